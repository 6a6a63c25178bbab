// 1 items in groups of 1: cast, multiply, cast, cast, reduce_max, subtract, exp, sum, divide, cast
#pragma OPENCL FP_CONTRACT OFF

ushort16 to_bfloat16_16(float16 value)
{
    const uint16 pattern = as_uint16(value);
    const uint16 rounded = (pattern + 0x7fffu + ((pattern >> 16) & (uint16)(1))) >> 16;
    return convert_ushort16(select(rounded, (uint16)(0x7fc0), isnan(value)));
}

float16 round_bfloat16_16(float16 value)
{
    return as_float16(convert_uint16(to_bfloat16_16(value)) << 16);
}

float16 load_strided_bfloat16_16(global const ushort *place, const long stride, const int count)
{
    float lanes[16];
    for (int lane = 0; lane < 16; ++lane)
        lanes[lane] = lane < count ? as_float(convert_uint(*(place + lane * stride)) << 16) : 0;
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

float16 load_some_float32_16(global const float *place, const int count)
{
    float lanes[16];
    for (int lane = 0; lane < 16; ++lane)
        lanes[lane] = 0;
    for (int lane = 0; lane < count; ++lane)
        lanes[lane] = *(place + lane);
    return vload16(0, lanes);
}

void store_some_bfloat16_16(const float16 value, global ushort *place, const int count)
{
    float lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = convert_ushort(as_uint(lanes[lane]) >> 16);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void row_reduce_max_exp_sum(
    const long rows_each,
    const long rows,
    const long columns,
    global const ushort *restrict given_0,
    const long given_0_offset,
    const long stride_a1,
    const float number_0,
    global float *restrict exp_6_row,
    const long exp_6_row_offset,
    const long row_length,
    const long stride_b0,
    global ushort *restrict cast_9_out,
    const long cast_9_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 reduce_max_4_so_far = (float16)(-INFINITY);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = load_strided_bfloat16_16(given_0 + (given_0_offset + row + column * stride_a1), stride_a1, 16);
                const float16 cast_0 = x0;
                const float16 multiply_1 = cast_0 * (float16)(number_0);
                const float16 cast_2 = round_bfloat16_16(multiply_1);
                const float16 cast_3 = cast_2;
                reduce_max_4_so_far = select(cast_3, reduce_max_4_so_far, (reduce_max_4_so_far > cast_3) | isnan(reduce_max_4_so_far));
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const float16 x0 = load_strided_bfloat16_16(given_0 + (given_0_offset + row + column * stride_a1), stride_a1, left);
                const float16 cast_0 = x0;
                const float16 multiply_1 = cast_0 * (float16)(number_0);
                const float16 cast_2 = round_bfloat16_16(multiply_1);
                const float16 cast_3 = cast_2;
                reduce_max_4_so_far = select(reduce_max_4_so_far, select(cast_3, reduce_max_4_so_far, (reduce_max_4_so_far > cast_3) | isnan(reduce_max_4_so_far)), convert_int16(inside));
            }
        }
        const float reduce_max_4 = across_reduce_max_float32_16(reduce_max_4_so_far);
        float16 sum_7_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = load_strided_bfloat16_16(given_0 + (given_0_offset + row + column * stride_a1), stride_a1, 16);
                const float16 cast_0 = x0;
                const float16 multiply_1 = cast_0 * (float16)(number_0);
                const float16 cast_2 = round_bfloat16_16(multiply_1);
                const float16 cast_3 = cast_2;
                const float16 reduce_max_4_all = (float16)(reduce_max_4);
                const float16 subtract_5 = cast_3 - reduce_max_4_all;
                const float16 exp_6 = exp(subtract_5);
                vstore16(exp_6, 0, exp_6_row + (exp_6_row_offset + get_global_id(0) * row_length + column));
                sum_7_so_far = sum_7_so_far + exp_6;
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const float16 x0 = load_strided_bfloat16_16(given_0 + (given_0_offset + row + column * stride_a1), stride_a1, left);
                const float16 cast_0 = x0;
                const float16 multiply_1 = cast_0 * (float16)(number_0);
                const float16 cast_2 = round_bfloat16_16(multiply_1);
                const float16 cast_3 = cast_2;
                const float16 reduce_max_4_all = (float16)(reduce_max_4);
                const float16 subtract_5 = cast_3 - reduce_max_4_all;
                const float16 exp_6 = exp(subtract_5);
                store_some_float32_16(exp_6, exp_6_row + (exp_6_row_offset + get_global_id(0) * row_length + column), left);
                sum_7_so_far = select(sum_7_so_far, sum_7_so_far + exp_6, convert_int16(inside));
            }
        }
        const float sum_7 = across_sum_float32_16(sum_7_so_far);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 exp_6 = vload16(0, exp_6_row + (exp_6_row_offset + get_global_id(0) * row_length + column));
                const float16 sum_7_all = (float16)(sum_7);
                const float16 divide_8 = exp_6 / sum_7_all;
                const float16 cast_9 = round_bfloat16_16(divide_8);
                vstore16(convert_ushort16(as_uint16(cast_9) >> 16), 0, cast_9_out + (cast_9_out_offset + row * stride_b0 + column));
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const float16 exp_6 = load_some_float32_16(exp_6_row + (exp_6_row_offset + get_global_id(0) * row_length + column), left);
                const float16 sum_7_all = (float16)(sum_7);
                const float16 divide_8 = exp_6 / sum_7_all;
                const float16 cast_9 = round_bfloat16_16(divide_8);
                store_some_bfloat16_16(cast_9, cast_9_out + (cast_9_out_offset + row * stride_b0 + column), left);
            }
        }
    }
}
