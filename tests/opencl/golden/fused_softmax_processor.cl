// 8 items in groups of 1: reduce_max, subtract, exp, sum, divide
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

float across_reduce_max_float32_16(const float16 lanes)
{
    const float8 low_8 = lanes.lo, high_8 = lanes.hi;
    const float8 folded_8 = select(high_8, low_8, (low_8 > high_8) | isnan(low_8));
    const float4 low_4 = folded_8.lo, high_4 = folded_8.hi;
    const float4 folded_4 = select(high_4, low_4, (low_4 > high_4) | isnan(low_4));
    const float2 low_2 = folded_4.lo, high_2 = folded_4.hi;
    const float2 folded_2 = select(high_2, low_2, (low_2 > high_2) | isnan(low_2));
    const float low_1 = folded_2.s0, high_1 = folded_2.s1;
    const float folded_1 = (low_1 > high_1 || isnan(low_1)) ? low_1 : high_1;
    return folded_1;
}

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
void row_reduce_max_exp_sum(
    const long rows_each,
    const long rows,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    global float *restrict exp_2_row,
    const long exp_2_row_offset,
    const long row_length,
    global float *restrict divide_4_out,
    const long divide_4_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 reduce_max_0_so_far = (float16)(-INFINITY);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                reduce_max_0_so_far = select(x0, reduce_max_0_so_far, (reduce_max_0_so_far > x0) | isnan(reduce_max_0_so_far));
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                reduce_max_0_so_far = select(reduce_max_0_so_far, select(x0, reduce_max_0_so_far, (reduce_max_0_so_far > x0) | isnan(reduce_max_0_so_far)), convert_int16(inside));
            }
        }
        const float reduce_max_0 = across_reduce_max_float32_16(reduce_max_0_so_far);
        float16 sum_3_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 exp_2 = exp(subtract_1);
                vstore16(exp_2, 0, exp_2_row + (exp_2_row_offset + get_global_id(0) * row_length + column));
                sum_3_so_far = sum_3_so_far + exp_2;
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 exp_2 = exp(subtract_1);
                store_some_float32_16(exp_2, exp_2_row + (exp_2_row_offset + get_global_id(0) * row_length + column), left);
                sum_3_so_far = select(sum_3_so_far, sum_3_so_far + exp_2, convert_int16(inside));
            }
        }
        const float sum_3 = across_sum_float32_16(sum_3_so_far);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 exp_2 = vload16(0, exp_2_row + (exp_2_row_offset + get_global_id(0) * row_length + column));
                const float16 sum_3_all = (float16)(sum_3);
                const float16 divide_4 = exp_2 / sum_3_all;
                vstore16(divide_4, 0, divide_4_out + (divide_4_out_offset + row * stride_a0 + column));
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const float16 exp_2 = load_some_float32_16(exp_2_row + (exp_2_row_offset + get_global_id(0) * row_length + column), left);
                const float16 sum_3_all = (float16)(sum_3);
                const float16 divide_4 = exp_2 / sum_3_all;
                store_some_float32_16(divide_4, divide_4_out + (divide_4_out_offset + row * stride_a0 + column), left);
            }
        }
    }
}
