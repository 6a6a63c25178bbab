// 8 items in groups of 1: sum, divide, subtract, square, sum, divide, add, rsqrt, multiply, multiply, add, multiply, multiply, add, rsqrt, multiply, sum, divide, multiply, sum, divide, subtract, multiply, subtract, multiply
#pragma OPENCL FP_CONTRACT OFF

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
void row_sum_divide_subtract_square_add_rsqrt_more(
    const long rows_each,
    const long rows,
    const long size_1,
    global const float *restrict given_0,
    const long given_0_offset,
    const long walk_0_0,
    const float number_0,
    global const float *restrict given_1,
    const long given_1_offset,
    const float number_1,
    const float number_2,
    const float number_3,
    global const float *restrict given_2,
    const long given_2_offset,
    global float *restrict add_10_out,
    const long add_10_out_offset,
    global float *restrict multiply_12_out,
    const long multiply_12_out_offset,
    global float *restrict multiply_24_out,
    const long multiply_24_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        const long i0 = row;
        float16 sum_0_so_far = (float16)(0);
        float16 sum_16_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const float16 given_0_0 = vload16(0, given_0 + (given_0_offset + i0 * walk_0_0 + column));
                sum_0_so_far = sum_0_so_far + given_0_0;
                const float16 given_1_1 = vload16(0, given_1 + (given_1_offset + column));
                const float16 multiply_11 = (float16)(number_0) * given_1_1;
                sum_16_so_far = sum_16_so_far + multiply_11;
            }
        }
        const float sum_0 = across_sum_float32_16(sum_0_so_far);
        const float sum_16 = across_sum_float32_16(sum_16_so_far);
        const float divide_1 = sum_0 / number_1;
        float16 sum_4_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const float16 given_0_0 = vload16(0, given_0 + (given_0_offset + i0 * walk_0_0 + column));
                const float16 divide_1_all = (float16)(divide_1);
                const float16 subtract_2 = given_0_0 - divide_1_all;
                const float16 square_3 = subtract_2 * subtract_2;
                sum_4_so_far = sum_4_so_far + square_3;
            }
        }
        const float sum_4 = across_sum_float32_16(sum_4_so_far);
        const float divide_5 = sum_4 / number_1;
        const float add_13 = divide_5 + number_2;
        const float rsqrt_14 = 1 / sqrt(add_13);
        const float add_6 = divide_5 + number_3;
        const float rsqrt_7 = 1 / sqrt(add_6);
        float16 sum_19_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const float16 given_1_0 = vload16(0, given_1 + (given_1_offset + column));
                const float16 multiply_11 = (float16)(number_0) * given_1_0;
                const float16 given_0_1 = vload16(0, given_0 + (given_0_offset + i0 * walk_0_0 + column));
                const float16 divide_1_all = (float16)(divide_1);
                const float16 subtract_2 = given_0_1 - divide_1_all;
                const float16 rsqrt_14_all = (float16)(rsqrt_14);
                const float16 multiply_15 = subtract_2 * rsqrt_14_all;
                const float16 multiply_18 = multiply_11 * multiply_15;
                sum_19_so_far = sum_19_so_far + multiply_18;
                const float16 rsqrt_7_all = (float16)(rsqrt_7);
                const float16 multiply_8 = subtract_2 * rsqrt_7_all;
                const float16 multiply_9 = multiply_8 * given_1_0;
                const float16 given_2_2 = vload16(0, given_2 + (given_2_offset + column));
                const float16 add_10 = multiply_9 + given_2_2;
                const float16 multiply_12 = (float16)(number_0) * multiply_8;
                vstore16(add_10, 0, add_10_out + (add_10_out_offset + i0 * walk_0_0 + column));
                vstore16(multiply_12, 0, multiply_12_out + (multiply_12_out_offset + i0 * walk_0_0 + column));
            }
        }
        const float sum_19 = across_sum_float32_16(sum_19_so_far);
        const float divide_17 = sum_16 / number_1;
        const float divide_20 = sum_19 / number_1;
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const float16 given_1_0 = vload16(0, given_1 + (given_1_offset + column));
                const float16 multiply_11 = (float16)(number_0) * given_1_0;
                const float16 divide_17_all = (float16)(divide_17);
                const float16 subtract_21 = multiply_11 - divide_17_all;
                const float16 given_0_1 = vload16(0, given_0 + (given_0_offset + i0 * walk_0_0 + column));
                const float16 divide_1_all = (float16)(divide_1);
                const float16 subtract_2 = given_0_1 - divide_1_all;
                const float16 rsqrt_14_all = (float16)(rsqrt_14);
                const float16 multiply_15 = subtract_2 * rsqrt_14_all;
                const float16 divide_20_all = (float16)(divide_20);
                const float16 multiply_22 = multiply_15 * divide_20_all;
                const float16 subtract_23 = subtract_21 - multiply_22;
                const float16 multiply_24 = subtract_23 * rsqrt_14_all;
                vstore16(multiply_24, 0, multiply_24_out + (multiply_24_out_offset + i0 * walk_0_0 + column));
            }
        }
    }
}

// 1 items in groups of 1: sum
#pragma OPENCL FP_CONTRACT OFF

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
void row_sum(
    const long rows_each,
    const long rows,
    const long size_0,
    global const float *restrict given_0,
    const long given_0_offset,
    global float *restrict sum_0_out,
    const long sum_0_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_0_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= size_0; column += 16) {
                const float16 given_0_0 = vload16(0, given_0 + (given_0_offset + column));
                sum_0_so_far = sum_0_so_far + given_0_0;
            }
        }
        const float sum_0 = across_sum_float32_16(sum_0_so_far);
        *(sum_0_out + (sum_0_out_offset + 0)) = sum_0;
    }
}

// 1 items in groups of 1: full
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float)))
void map_full(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    const float number_0,
    global float *restrict full_0_out,
    const long full_0_out_offset)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column < last_column; ++column) {
            const float full_0 = number_0;
            *(full_0_out + (full_0_out_offset + column)) = full_0;
        }
    }
}

// 6 items in groups of 1: full, sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void column_sum(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    const float number_0,
    const long size_0,
    global float *restrict sum_1_out,
    const long sum_1_out_offset)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 16 <= last_column; column += 16) {
            float16 sum_1_so_far = (float16)(0);
            for (long i0 = 0; i0 < size_0; ++i0) {
                const float16 full_0 = (float16)(number_0);
                sum_1_so_far = sum_1_so_far + full_0;
            }
            const float16 sum_1 = sum_1_so_far;
            vstore16(sum_1, 0, sum_1_out + (sum_1_out_offset + column));
        }
    }
}

// 6 items in groups of 1: sum
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
    const long walk_0_0,
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
                const float16 given_0_0 = vload16(0, given_0 + (given_0_offset + i0 * walk_0_0 + column));
                sum_0_so_far = sum_0_so_far + given_0_0;
            }
            const float16 sum_0 = sum_0_so_far;
            vstore16(sum_0, 0, sum_0_out + (sum_0_out_offset + column));
        }
    }
}
