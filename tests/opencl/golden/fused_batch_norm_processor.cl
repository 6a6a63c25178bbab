// 1 items in groups of 1: add
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float)))
void map_add(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    global long *restrict add_0_out,
    const long add_0_out_offset,
    const long number_0)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column < last_column; ++column) {
            const long x0 = *(add_0_out + add_0_out_offset);
            const long add_0 = as_long(as_ulong(x0) + as_ulong(number_0));
            *(add_0_out + (add_0_out_offset + column)) = add_0;
        }
    }
}

// 8 items in groups of 1: sum, divide, subtract, square, sum, divide, multiply, multiply, add, multiply, multiply, add, divide, add, rsqrt, multiply, multiply, add, sum, multiply, multiply, sum, sum, divide, multiply, sum, divide, subtract, multiply, subtract, multiply
#pragma OPENCL FP_CONTRACT OFF

float16 load_some_float32_16(global const float *place, const int count)
{
    float lanes[16];
    for (int lane = 0; lane < 16; ++lane)
        lanes[lane] = 0;
    for (int lane = 0; lane < count; ++lane)
        lanes[lane] = *(place + lane);
    return vload16(0, lanes);
}

float across_sum_float32_16(const float16 lanes)
{
    const float8 low_8 = lanes.lo, high_8 = lanes.hi;
    const float8 folded_8 = low_8 + high_8;
    const float4 low_4 = folded_8.lo, high_4 = folded_8.hi;
    const float4 folded_4 = low_4 + high_4;
    const float2 low_2 = folded_4.lo, high_2 = folded_4.hi;
    const float2 folded_2 = low_2 + high_2;
    const float low_1 = folded_2.s0, high_1 = folded_2.s1;
    const float folded_1 = low_1 + high_1;
    return folded_1;
}

void store_some_float32_16(const float16 value, global float *place, const int count)
{
    float lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = lanes[lane];
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void row_sum_square_rsqrt(
    const long rows_each,
    const long rows,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a1,
    const long stride_a0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    const long size_0,
    const float number_0,
    const float number_1,
    global const float *restrict given_3,
    const long given_3_offset,
    global float *restrict add_17_out,
    const long add_17_out_offset,
    global float *restrict multiply_30_out,
    const long multiply_30_out_offset,
    global const float *restrict given_4,
    const long given_4_offset,
    const float number_2,
    const float number_3,
    global float *restrict add_8_out,
    const long add_8_out_offset,
    global const float *restrict given_5,
    const long given_5_offset,
    const float number_4,
    const float number_5,
    const float number_6,
    global float *restrict add_11_out,
    const long add_11_out_offset,
    global float *restrict sum_18_out,
    const long sum_18_out_offset,
    global float *restrict sum_21_out,
    const long sum_21_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_0_so_far = (float16)(0);
        float16 sum_18_so_far = (float16)(0);
        float16 sum_22_so_far = (float16)(0);
        {
            for (long i0 = 0; i0 < size_0; ++i0) {
                long column = 0;
                for (; column + 16 <= columns; column += 16) {
                    const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column));
                    sum_0_so_far = sum_0_so_far + x0;
                    const float16 x1 = vload16(0, given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column));
                    sum_18_so_far = sum_18_so_far + x1;
                    const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                    const float16 multiply_19 = x1 * x2;
                    sum_22_so_far = sum_22_so_far + multiply_19;
                }
                if (column < columns) {
                    const int left = (int)(columns - column);
                    const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                    const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                    sum_0_so_far = select(sum_0_so_far, sum_0_so_far + x0, convert_int16(inside));
                    const float16 x1 = load_some_float32_16(given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                    sum_18_so_far = select(sum_18_so_far, sum_18_so_far + x1, convert_int16(inside));
                    const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                    const float16 multiply_19 = x1 * x2;
                    sum_22_so_far = select(sum_22_so_far, sum_22_so_far + multiply_19, convert_int16(inside));
                }
            }
        }
        const float sum_0 = across_sum_float32_16(sum_0_so_far);
        const float sum_18 = across_sum_float32_16(sum_18_so_far);
        const float sum_22 = across_sum_float32_16(sum_22_so_far);
        const float divide_1 = sum_0 / number_0;
        float16 sum_4_so_far = (float16)(0);
        {
            for (long i0 = 0; i0 < size_0; ++i0) {
                long column = 0;
                for (; column + 16 <= columns; column += 16) {
                    const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column));
                    const float16 divide_1_all = (float16)(divide_1);
                    const float16 subtract_2 = x0 - divide_1_all;
                    const float16 square_3 = subtract_2 * subtract_2;
                    sum_4_so_far = sum_4_so_far + square_3;
                }
                if (column < columns) {
                    const int left = (int)(columns - column);
                    const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                    const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                    const float16 divide_1_all = (float16)(divide_1);
                    const float16 subtract_2 = x0 - divide_1_all;
                    const float16 square_3 = subtract_2 * subtract_2;
                    sum_4_so_far = select(sum_4_so_far, sum_4_so_far + square_3, convert_int16(inside));
                }
            }
        }
        const float sum_4 = across_sum_float32_16(sum_4_so_far);
        const float divide_12 = sum_4 / number_0;
        const float add_13 = divide_12 + number_1;
        const float rsqrt_14 = 1 / sqrt(add_13);
        float16 sum_21_so_far = (float16)(0);
        float16 sum_25_so_far = (float16)(0);
        {
            for (long i0 = 0; i0 < size_0; ++i0) {
                long column = 0;
                for (; column + 16 <= columns; column += 16) {
                    const float16 x1 = vload16(0, given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column));
                    const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column));
                    const float16 divide_1_all = (float16)(divide_1);
                    const float16 subtract_2 = x0 - divide_1_all;
                    const float16 rsqrt_14_all = (float16)(rsqrt_14);
                    const float16 multiply_15 = subtract_2 * rsqrt_14_all;
                    const float16 multiply_20 = x1 * multiply_15;
                    sum_21_so_far = sum_21_so_far + multiply_20;
                    const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                    const float16 multiply_19 = x1 * x2;
                    const float16 multiply_24 = multiply_19 * multiply_15;
                    sum_25_so_far = sum_25_so_far + multiply_24;
                    const float16 multiply_16 = multiply_15 * x2;
                    const float16 x3 = (float16)(*(given_3 + (given_3_offset + row)));
                    const float16 add_17 = multiply_16 + x3;
                    vstore16(add_17, 0, add_17_out + (add_17_out_offset + row * stride_a1 + i0 * stride_a0 + column));
                }
                if (column < columns) {
                    const int left = (int)(columns - column);
                    const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                    const float16 x1 = load_some_float32_16(given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                    const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                    const float16 divide_1_all = (float16)(divide_1);
                    const float16 subtract_2 = x0 - divide_1_all;
                    const float16 rsqrt_14_all = (float16)(rsqrt_14);
                    const float16 multiply_15 = subtract_2 * rsqrt_14_all;
                    const float16 multiply_20 = x1 * multiply_15;
                    sum_21_so_far = select(sum_21_so_far, sum_21_so_far + multiply_20, convert_int16(inside));
                    const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                    const float16 multiply_19 = x1 * x2;
                    const float16 multiply_24 = multiply_19 * multiply_15;
                    sum_25_so_far = select(sum_25_so_far, sum_25_so_far + multiply_24, convert_int16(inside));
                    const float16 multiply_16 = multiply_15 * x2;
                    const float16 x3 = (float16)(*(given_3 + (given_3_offset + row)));
                    const float16 add_17 = multiply_16 + x3;
                    store_some_float32_16(add_17, add_17_out + (add_17_out_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                }
            }
        }
        const float sum_21 = across_sum_float32_16(sum_21_so_far);
        const float sum_25 = across_sum_float32_16(sum_25_so_far);
        const float divide_23 = sum_22 / number_0;
        const float divide_26 = sum_25 / number_0;
        {
            for (long i0 = 0; i0 < size_0; ++i0) {
                long column = 0;
                for (; column + 16 <= columns; column += 16) {
                    const float16 x1 = vload16(0, given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column));
                    const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                    const float16 multiply_19 = x1 * x2;
                    const float16 divide_23_all = (float16)(divide_23);
                    const float16 subtract_27 = multiply_19 - divide_23_all;
                    const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column));
                    const float16 divide_1_all = (float16)(divide_1);
                    const float16 subtract_2 = x0 - divide_1_all;
                    const float16 rsqrt_14_all = (float16)(rsqrt_14);
                    const float16 multiply_15 = subtract_2 * rsqrt_14_all;
                    const float16 divide_26_all = (float16)(divide_26);
                    const float16 multiply_28 = multiply_15 * divide_26_all;
                    const float16 subtract_29 = subtract_27 - multiply_28;
                    const float16 multiply_30 = subtract_29 * rsqrt_14_all;
                    vstore16(multiply_30, 0, multiply_30_out + (multiply_30_out_offset + row * stride_a1 + i0 * stride_a0 + column));
                }
                if (column < columns) {
                    const int left = (int)(columns - column);
                    const float16 x1 = load_some_float32_16(given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                    const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                    const float16 multiply_19 = x1 * x2;
                    const float16 divide_23_all = (float16)(divide_23);
                    const float16 subtract_27 = multiply_19 - divide_23_all;
                    const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                    const float16 divide_1_all = (float16)(divide_1);
                    const float16 subtract_2 = x0 - divide_1_all;
                    const float16 rsqrt_14_all = (float16)(rsqrt_14);
                    const float16 multiply_15 = subtract_2 * rsqrt_14_all;
                    const float16 divide_26_all = (float16)(divide_26);
                    const float16 multiply_28 = multiply_15 * divide_26_all;
                    const float16 subtract_29 = subtract_27 - multiply_28;
                    const float16 multiply_30 = subtract_29 * rsqrt_14_all;
                    store_some_float32_16(multiply_30, multiply_30_out + (multiply_30_out_offset + row * stride_a1 + i0 * stride_a0 + column), left);
                }
            }
        }
        const float x4 = *(given_4 + (given_4_offset + row));
        const float multiply_6 = x4 * number_2;
        const float multiply_7 = divide_1 * number_3;
        const float add_8 = multiply_6 + multiply_7;
        *(add_8_out + (add_8_out_offset + row)) = add_8;
        const float x5 = *(given_5 + (given_5_offset + row));
        const float multiply_9 = x5 * number_4;
        const float divide_5 = sum_4 / number_5;
        const float multiply_10 = divide_5 * number_6;
        const float add_11 = multiply_9 + multiply_10;
        *(add_11_out + (add_11_out_offset + row)) = add_11;
        *(sum_18_out + (sum_18_out_offset + row)) = sum_18;
        *(sum_21_out + (sum_21_out_offset + row)) = sum_21;
    }
}
