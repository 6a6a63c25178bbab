// 4 items in groups of 1: sum, divide, subtract, square, sum, divide, add, rsqrt, multiply, multiply, add, sum, multiply, multiply, sum, sum, divide, multiply, sum, divide, subtract, multiply, subtract, multiply
#pragma OPENCL FP_CONTRACT OFF

void store_some_float32_16(const float16 value, global float *place, const int count)
{
    float lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = lanes[lane];
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

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void row_sum_square_rsqrt(
    const long rows_each,
    const long rows,
    const long columns,
    global float *restrict sum_11_out,
    const long sum_11_out_offset,
    global float *restrict sum_14_out,
    const long sum_14_out_offset,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    const float number_0,
    const float number_1,
    global const float *restrict given_3,
    const long given_3_offset,
    global float *restrict add_10_out,
    const long add_10_out_offset,
    global float *restrict multiply_23_out,
    const long multiply_23_out_offset)
{
    long item = get_global_id(0);
    const long part = item;
    {
        long column = 0;
        for (; column + 16 <= columns; column += 16) {
            vstore16((float16)(0), 0, sum_11_out + (sum_11_out_offset + part * columns + column));
            vstore16((float16)(0), 0, sum_14_out + (sum_14_out_offset + part * columns + column));
        }
    }
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_0_so_far = (float16)(0);
        float16 sum_15_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                sum_0_so_far = sum_0_so_far + x0;
                const float16 x1 = vload16(0, given_1 + (given_1_offset + row * stride_a0 + column));
                const float16 x2 = vload16(0, given_2 + (given_2_offset + column));
                const float16 multiply_12 = x1 * x2;
                sum_15_so_far = sum_15_so_far + multiply_12;
                const float16 sum_11_before = vload16(0, sum_11_out + (sum_11_out_offset + part * columns + column));
                const float16 sum_11 = sum_11_before + x1;
                vstore16(sum_11, 0, sum_11_out + (sum_11_out_offset + part * columns + column));
            }
        }
        const float sum_0 = across_sum_float32_16(sum_0_so_far);
        const float sum_15 = across_sum_float32_16(sum_15_so_far);
        const float divide_1 = sum_0 / number_0;
        float16 sum_4_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                const float16 divide_1_all = (float16)(divide_1);
                const float16 subtract_2 = x0 - divide_1_all;
                const float16 square_3 = subtract_2 * subtract_2;
                sum_4_so_far = sum_4_so_far + square_3;
            }
        }
        const float sum_4 = across_sum_float32_16(sum_4_so_far);
        const float divide_5 = sum_4 / number_0;
        const float add_6 = divide_5 + number_1;
        const float rsqrt_7 = 1 / sqrt(add_6);
        float16 sum_18_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x1 = vload16(0, given_1 + (given_1_offset + row * stride_a0 + column));
                const float16 x2 = vload16(0, given_2 + (given_2_offset + column));
                const float16 multiply_12 = x1 * x2;
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                const float16 divide_1_all = (float16)(divide_1);
                const float16 subtract_2 = x0 - divide_1_all;
                const float16 rsqrt_7_all = (float16)(rsqrt_7);
                const float16 multiply_8 = subtract_2 * rsqrt_7_all;
                const float16 multiply_17 = multiply_12 * multiply_8;
                sum_18_so_far = sum_18_so_far + multiply_17;
                const float16 multiply_13 = x1 * multiply_8;
                const float16 sum_14_before = vload16(0, sum_14_out + (sum_14_out_offset + part * columns + column));
                const float16 sum_14 = sum_14_before + multiply_13;
                vstore16(sum_14, 0, sum_14_out + (sum_14_out_offset + part * columns + column));
                const float16 multiply_9 = multiply_8 * x2;
                const float16 x3 = vload16(0, given_3 + (given_3_offset + column));
                const float16 add_10 = multiply_9 + x3;
                vstore16(add_10, 0, add_10_out + (add_10_out_offset + row * stride_a0 + column));
            }
        }
        const float sum_18 = across_sum_float32_16(sum_18_so_far);
        const float divide_16 = sum_15 / number_0;
        const float divide_19 = sum_18 / number_0;
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x1 = vload16(0, given_1 + (given_1_offset + row * stride_a0 + column));
                const float16 x2 = vload16(0, given_2 + (given_2_offset + column));
                const float16 multiply_12 = x1 * x2;
                const float16 divide_16_all = (float16)(divide_16);
                const float16 subtract_20 = multiply_12 - divide_16_all;
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                const float16 divide_1_all = (float16)(divide_1);
                const float16 subtract_2 = x0 - divide_1_all;
                const float16 rsqrt_7_all = (float16)(rsqrt_7);
                const float16 multiply_8 = subtract_2 * rsqrt_7_all;
                const float16 divide_19_all = (float16)(divide_19);
                const float16 multiply_21 = multiply_8 * divide_19_all;
                const float16 subtract_22 = subtract_20 - multiply_21;
                const float16 multiply_23 = subtract_22 * rsqrt_7_all;
                vstore16(multiply_23, 0, multiply_23_out + (multiply_23_out_offset + row * stride_a0 + column));
            }
        }
    }
}

// 1 items in groups of 1: sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void column_sum(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    const long size_0,
    global float *restrict sum_0_out,
    const long sum_0_out_offset)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 16 <= last_column; column += 16) {
            float16 sum_0_so_far = (float16)(0);
            for (long i0 = 0; i0 < size_0; ++i0) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + i0 * stride_a0 + column));
                sum_0_so_far = sum_0_so_far + x0;
            }
            const float16 sum_0 = sum_0_so_far;
            vstore16(sum_0, 0, sum_0_out + (sum_0_out_offset + column));
        }
    }
}

// 1 items in groups of 1: sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void column_sum(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    const long size_0,
    global float *restrict sum_0_out,
    const long sum_0_out_offset)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 16 <= last_column; column += 16) {
            float16 sum_0_so_far = (float16)(0);
            for (long i0 = 0; i0 < size_0; ++i0) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + i0 * stride_a0 + column));
                sum_0_so_far = sum_0_so_far + x0;
            }
            const float16 sum_0 = sum_0_so_far;
            vstore16(sum_0, 0, sum_0_out + (sum_0_out_offset + column));
        }
    }
}
