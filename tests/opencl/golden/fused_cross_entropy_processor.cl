// 1 items in groups of 1: not_equal, where, cast, cast, sum, divide, where, negative, cast
#pragma OPENCL FP_CONTRACT OFF

float across_sum_float32_8(const float8 lanes)
{
    const float4 low_4 = lanes.lo, high_4 = lanes.hi;
    const float4 folded_4 = low_4 + high_4;
    const float2 low_2 = folded_4.lo, high_2 = folded_4.hi;
    const float2 folded_2 = low_2 + high_2;
    const float low_1 = folded_2.s0, high_1 = folded_2.s1;
    const float folded_1 = low_1 + high_1;
    return folded_1;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void row_not_equal_sum_divide_negative(
    const long rows_each,
    const long rows,
    const long columns,
    global const long *restrict given_0,
    const long given_0_offset,
    const long number_0,
    const long number_1,
    global uchar *restrict not_equal_0_out,
    const long not_equal_0_out_offset,
    global int *restrict cast_2_out,
    const long cast_2_out_offset,
    global int *restrict cast_8_out,
    const long cast_8_out_offset,
    const float number_2,
    const float number_3,
    global float *restrict negative_7_out,
    const long negative_7_out_offset,
    global float *restrict sum_4_out,
    const long sum_4_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float8 sum_4_so_far = (float8)(0);
        {
            long column = 0;
            for (; column + 8 <= columns; column += 8) {
                const long8 x0 = vload8(0, given_0 + (given_0_offset + column));
                const char8 not_equal_0 = convert_char8(x0 != (long8)(number_0));
                const float8 cast_3 = convert_float8(-not_equal_0);
                sum_4_so_far = sum_4_so_far + cast_3;
                const long8 where_1 = select((long8)(number_1), x0, convert_long8(not_equal_0));
                const int8 cast_2 = convert_int8(where_1);
                const int8 cast_8 = convert_int8(where_1);
                vstore8(as_uchar8(-not_equal_0), 0, not_equal_0_out + (not_equal_0_out_offset + column));
                vstore8(cast_2, 0, cast_2_out + (cast_2_out_offset + column));
                vstore8(cast_8, 0, cast_8_out + (cast_8_out_offset + column));
            }
        }
        const float sum_4 = across_sum_float32_8(sum_4_so_far);
        const float divide_5 = number_2 / sum_4;
        {
            long column = 0;
            for (; column + 8 <= columns; column += 8) {
                const char8 not_equal_0 = -as_char8(vload8(0, not_equal_0_out + (not_equal_0_out_offset + column)));
                const float8 divide_5_all = (float8)(divide_5);
                const float8 where_6 = select((float8)(number_3), divide_5_all, convert_int8(not_equal_0));
                const float8 negative_7 = -where_6;
                vstore8(negative_7, 0, negative_7_out + (negative_7_out_offset + column));
            }
        }
        *(sum_4_out + sum_4_out_offset) = sum_4;
    }
}

// 1 items in groups of 1: reduce_max, subtract, exp, sum, log, subtract, equal, where, sum, negative, where, equal, add, where, sum, exp, multiply, subtract
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
void row_reduce_max_exp_sum_log(
    const long rows_each,
    const long rows,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    global const int *restrict given_1,
    const long given_1_offset,
    const float number_0,
    global const float *restrict given_2,
    const long given_2_offset,
    global const int *restrict given_3,
    const long given_3_offset,
    const float number_1,
    global float *restrict subtract_17_out,
    const long subtract_17_out_offset,
    global const uchar *restrict given_4,
    const long given_4_offset,
    const float number_2,
    global float *restrict where_10_out,
    const long where_10_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 reduce_max_0_so_far = (float16)(-INFINITY);
        float16 sum_14_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                reduce_max_0_so_far = select(x0, reduce_max_0_so_far, (reduce_max_0_so_far > x0) | isnan(reduce_max_0_so_far));
                const int16 place_0 = (int16)((int)(column)) + (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                const int16 x1 = (int16)(*(given_1 + (given_1_offset + row)));
                const char16 equal_11 = convert_char16(place_0 == x1);
                const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                const float16 add_12 = (float16)(number_0) + x2;
                const float16 where_13 = select((float16)(number_0), add_12, convert_int16(equal_11));
                sum_14_so_far = sum_14_so_far + where_13;
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                reduce_max_0_so_far = select(reduce_max_0_so_far, select(x0, reduce_max_0_so_far, (reduce_max_0_so_far > x0) | isnan(reduce_max_0_so_far)), convert_int16(inside));
                const int16 place_0 = (int16)((int)(column)) + (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                const int16 x1 = (int16)(*(given_1 + (given_1_offset + row)));
                const char16 equal_11 = convert_char16(place_0 == x1);
                const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                const float16 add_12 = (float16)(number_0) + x2;
                const float16 where_13 = select((float16)(number_0), add_12, convert_int16(equal_11));
                sum_14_so_far = select(sum_14_so_far, sum_14_so_far + where_13, convert_int16(inside));
            }
        }
        const float reduce_max_0 = across_reduce_max_float32_16(reduce_max_0_so_far);
        const float sum_14 = across_sum_float32_16(sum_14_so_far);
        float16 sum_3_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 exp_2 = exp(subtract_1);
                sum_3_so_far = sum_3_so_far + exp_2;
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 exp_2 = exp(subtract_1);
                sum_3_so_far = select(sum_3_so_far, sum_3_so_far + exp_2, convert_int16(inside));
            }
        }
        const float sum_3 = across_sum_float32_16(sum_3_so_far);
        const float log_4 = log(sum_3);
        float16 sum_8_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const int16 place_0 = (int16)((int)(column)) + (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                const int16 x3 = (int16)(*(given_3 + (given_3_offset + row)));
                const char16 equal_6 = convert_char16(place_0 == x3);
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 log_4_all = (float16)(log_4);
                const float16 subtract_5 = subtract_1 - log_4_all;
                const float16 where_7 = select((float16)(number_1), subtract_5, convert_int16(equal_6));
                sum_8_so_far = sum_8_so_far + where_7;
                const int16 x1 = (int16)(*(given_1 + (given_1_offset + row)));
                const char16 equal_11 = convert_char16(place_0 == x1);
                const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                const float16 add_12 = (float16)(number_0) + x2;
                const float16 where_13 = select((float16)(number_0), add_12, convert_int16(equal_11));
                const float16 exp_15 = exp(subtract_5);
                const float16 sum_14_all = (float16)(sum_14);
                const float16 multiply_16 = exp_15 * sum_14_all;
                const float16 subtract_17 = where_13 - multiply_16;
                vstore16(subtract_17, 0, subtract_17_out + (subtract_17_out_offset + row * stride_a0 + column));
            }
            if (column < columns) {
                const int left = (int)(columns - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const int16 place_0 = (int16)((int)(column)) + (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                const int16 x3 = (int16)(*(given_3 + (given_3_offset + row)));
                const char16 equal_6 = convert_char16(place_0 == x3);
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 log_4_all = (float16)(log_4);
                const float16 subtract_5 = subtract_1 - log_4_all;
                const float16 where_7 = select((float16)(number_1), subtract_5, convert_int16(equal_6));
                sum_8_so_far = select(sum_8_so_far, sum_8_so_far + where_7, convert_int16(inside));
                const int16 x1 = (int16)(*(given_1 + (given_1_offset + row)));
                const char16 equal_11 = convert_char16(place_0 == x1);
                const float16 x2 = (float16)(*(given_2 + (given_2_offset + row)));
                const float16 add_12 = (float16)(number_0) + x2;
                const float16 where_13 = select((float16)(number_0), add_12, convert_int16(equal_11));
                const float16 exp_15 = exp(subtract_5);
                const float16 sum_14_all = (float16)(sum_14);
                const float16 multiply_16 = exp_15 * sum_14_all;
                const float16 subtract_17 = where_13 - multiply_16;
                store_some_float32_16(subtract_17, subtract_17_out + (subtract_17_out_offset + row * stride_a0 + column), left);
            }
        }
        const float sum_8 = across_sum_float32_16(sum_8_so_far);
        const char x4 = as_char(*(given_4 + (given_4_offset + row)));
        const float negative_9 = (float)(-sum_8);
        const float where_10 = x4 ? negative_9 : number_2;
        *(where_10_out + (where_10_out_offset + row)) = where_10;
    }
}

// 1 items in groups of 1: sum, divide
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
void row_sum_divide(
    const long rows_each,
    const long rows,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    global const float *restrict given_1,
    const long given_1_offset,
    global float *restrict divide_1_out,
    const long divide_1_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_0_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + column));
                sum_0_so_far = sum_0_so_far + x0;
            }
        }
        const float sum_0 = across_sum_float32_16(sum_0_so_far);
        const float x1 = *(given_1 + given_1_offset);
        const float divide_1 = sum_0 / x1;
        *(divide_1_out + divide_1_out_offset) = divide_1;
    }
}
