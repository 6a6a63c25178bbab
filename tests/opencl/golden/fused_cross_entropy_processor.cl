// 1 items in groups of 1: reduce_max, subtract, exp, sum, log, subtract, not_equal, where, cast, equal, where, sum, negative, where, cast, cast, equal, exp
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

void store_some_bool_16(const char16 value, global uchar *place, const int count)
{
    char lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = as_uchar((char)(lanes[lane] & 1));
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
    const long size_1,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    global const long *restrict given_1,
    const long given_1_offset,
    const long number_0,
    const long number_1,
    global uchar *restrict equal_16_out,
    const long equal_16_out_offset,
    const float number_2,
    global float *restrict exp_17_out,
    const long exp_17_out_offset,
    global uchar *restrict not_equal_6_out,
    const long not_equal_6_out_offset,
    const float number_3,
    global float *restrict where_13_out,
    const long where_13_out_offset,
    global float *restrict cast_14_out,
    const long cast_14_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        const long x1 = *(given_1 + (given_1_offset + row));
        const char not_equal_6 = (x1 != number_0);
        const long where_7 = not_equal_6 ? x1 : number_1;
        const int cast_15 = convert_int(where_7);
        float16 reduce_max_0_so_far = (float16)(-INFINITY);
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                reduce_max_0_so_far = select(x0, reduce_max_0_so_far, (reduce_max_0_so_far > x0) | isnan(reduce_max_0_so_far));
                const int16 place_0 = (int16)((int)(column)) + (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                const int16 cast_15_all = (int16)(cast_15);
                const char16 equal_16 = convert_char16(place_0 == cast_15_all);
                vstore16(as_uchar16(-equal_16), 0, equal_16_out + (equal_16_out_offset + row * stride_a0 + column));
            }
            if (column < size_1) {
                const int left = (int)(size_1 - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                reduce_max_0_so_far = select(reduce_max_0_so_far, select(x0, reduce_max_0_so_far, (reduce_max_0_so_far > x0) | isnan(reduce_max_0_so_far)), convert_int16(inside));
                const int16 place_0 = (int16)((int)(column)) + (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                const int16 cast_15_all = (int16)(cast_15);
                const char16 equal_16 = convert_char16(place_0 == cast_15_all);
                store_some_bool_16(equal_16, equal_16_out + (equal_16_out_offset + row * stride_a0 + column), left);
            }
        }
        const float reduce_max_0 = across_reduce_max_float32_16(reduce_max_0_so_far);
        float16 sum_3_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 exp_2 = exp(subtract_1);
                sum_3_so_far = sum_3_so_far + exp_2;
            }
            if (column < size_1) {
                const int left = (int)(size_1 - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 exp_2 = exp(subtract_1);
                sum_3_so_far = select(sum_3_so_far, sum_3_so_far + exp_2, convert_int16(inside));
            }
        }
        const float sum_3 = across_sum_float32_16(sum_3_so_far);
        const int cast_8 = convert_int(where_7);
        const float log_4 = log(sum_3);
        float16 sum_11_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const int16 place_0 = (int16)((int)(column)) + (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                const int16 cast_8_all = (int16)(cast_8);
                const char16 equal_9 = convert_char16(place_0 == cast_8_all);
                const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 log_4_all = (float16)(log_4);
                const float16 subtract_5 = subtract_1 - log_4_all;
                const float16 where_10 = select((float16)(number_2), subtract_5, convert_int16(equal_9));
                sum_11_so_far = sum_11_so_far + where_10;
                const float16 exp_17 = exp(subtract_5);
                vstore16(exp_17, 0, exp_17_out + (exp_17_out_offset + row * stride_a0 + column));
            }
            if (column < size_1) {
                const int left = (int)(size_1 - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const int16 place_0 = (int16)((int)(column)) + (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                const int16 cast_8_all = (int16)(cast_8);
                const char16 equal_9 = convert_char16(place_0 == cast_8_all);
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                const float16 reduce_max_0_all = (float16)(reduce_max_0);
                const float16 subtract_1 = x0 - reduce_max_0_all;
                const float16 log_4_all = (float16)(log_4);
                const float16 subtract_5 = subtract_1 - log_4_all;
                const float16 where_10 = select((float16)(number_2), subtract_5, convert_int16(equal_9));
                sum_11_so_far = select(sum_11_so_far, sum_11_so_far + where_10, convert_int16(inside));
                const float16 exp_17 = exp(subtract_5);
                store_some_float32_16(exp_17, exp_17_out + (exp_17_out_offset + row * stride_a0 + column), left);
            }
        }
        const float sum_11 = across_sum_float32_16(sum_11_so_far);
        *(not_equal_6_out + (not_equal_6_out_offset + row)) = as_uchar(not_equal_6);
        const float negative_12 = (float)(-sum_11);
        const float where_13 = not_equal_6 ? negative_12 : number_3;
        *(where_13_out + (where_13_out_offset + row)) = where_13;
        const float cast_14 = convert_float(not_equal_6);
        *(cast_14_out + (cast_14_out_offset + row)) = cast_14;
    }
}

// 1 items in groups of 1: sum, sum, divide, divide, where, negative
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
void row_sum_divide_negative(
    const long rows_each,
    const long rows,
    const long size_0,
    global const float *restrict given_0,
    const long given_0_offset,
    global const float *restrict given_1,
    const long given_1_offset,
    global const uchar *restrict given_2,
    const long given_2_offset,
    const float number_0,
    const float number_1,
    global float *restrict negative_5_out,
    const long negative_5_out_offset,
    global float *restrict divide_2_out,
    const long divide_2_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_0_so_far = (float16)(0);
        float16 sum_1_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= size_0; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + column));
                sum_0_so_far = sum_0_so_far + x0;
                const float16 x1 = vload16(0, given_1 + (given_1_offset + column));
                sum_1_so_far = sum_1_so_far + x1;
            }
        }
        const float sum_0 = across_sum_float32_16(sum_0_so_far);
        const float sum_1 = across_sum_float32_16(sum_1_so_far);
        const float divide_3 = number_0 / sum_1;
        {
            long column = 0;
            for (; column + 16 <= size_0; column += 16) {
                const char16 x2 = -as_char16(vload16(0, given_2 + (given_2_offset + column)));
                const float16 divide_3_all = (float16)(divide_3);
                const float16 where_4 = select((float16)(number_1), divide_3_all, convert_int16(x2));
                const float16 negative_5 = -where_4;
                vstore16(negative_5, 0, negative_5_out + (negative_5_out_offset + column));
            }
        }
        const float divide_2 = sum_0 / sum_1;
        *(divide_2_out + divide_2_out_offset) = divide_2;
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

// 1 items in groups of 1: add, where, sum, multiply, subtract
#pragma OPENCL FP_CONTRACT OFF

char16 load_some_bool_16(global const uchar *place, const int count)
{
    char lanes[16];
    for (int lane = 0; lane < 16; ++lane)
        lanes[lane] = 0;
    for (int lane = 0; lane < count; ++lane)
        lanes[lane] = (char)(-as_char(*(place + lane)));
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

float16 load_some_float32_16(global const float *place, const int count)
{
    float lanes[16];
    for (int lane = 0; lane < 16; ++lane)
        lanes[lane] = 0;
    for (int lane = 0; lane < count; ++lane)
        lanes[lane] = *(place + lane);
    return vload16(0, lanes);
}

void store_some_float32_16(const float16 value, global float *place, const int count)
{
    float lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = lanes[lane];
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void row_add_sum_multiply_subtract(
    const long rows_each,
    const long rows,
    const long size_1,
    global const uchar *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    const float number_0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    global float *restrict subtract_4_out,
    const long subtract_4_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_2_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const char16 x0 = -as_char16(vload16(0, given_0 + (given_0_offset + row * stride_a0 + column)));
                const float16 x1 = (float16)(*(given_1 + (given_1_offset + row)));
                const float16 add_0 = (float16)(number_0) + x1;
                const float16 where_1 = select((float16)(number_0), add_0, convert_int16(x0));
                sum_2_so_far = sum_2_so_far + where_1;
            }
            if (column < size_1) {
                const int left = (int)(size_1 - column);
                const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                const char16 x0 = load_some_bool_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                const float16 x1 = (float16)(*(given_1 + (given_1_offset + row)));
                const float16 add_0 = (float16)(number_0) + x1;
                const float16 where_1 = select((float16)(number_0), add_0, convert_int16(x0));
                sum_2_so_far = select(sum_2_so_far, sum_2_so_far + where_1, convert_int16(inside));
            }
        }
        const float sum_2 = across_sum_float32_16(sum_2_so_far);
        {
            long column = 0;
            for (; column + 16 <= size_1; column += 16) {
                const char16 x0 = -as_char16(vload16(0, given_0 + (given_0_offset + row * stride_a0 + column)));
                const float16 x1 = (float16)(*(given_1 + (given_1_offset + row)));
                const float16 add_0 = (float16)(number_0) + x1;
                const float16 where_1 = select((float16)(number_0), add_0, convert_int16(x0));
                const float16 x2 = vload16(0, given_2 + (given_2_offset + row * stride_a0 + column));
                const float16 sum_2_all = (float16)(sum_2);
                const float16 multiply_3 = x2 * sum_2_all;
                const float16 subtract_4 = where_1 - multiply_3;
                vstore16(subtract_4, 0, subtract_4_out + (subtract_4_out_offset + row * stride_a0 + column));
            }
            if (column < size_1) {
                const int left = (int)(size_1 - column);
                const char16 x0 = load_some_bool_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
                const float16 x1 = (float16)(*(given_1 + (given_1_offset + row)));
                const float16 add_0 = (float16)(number_0) + x1;
                const float16 where_1 = select((float16)(number_0), add_0, convert_int16(x0));
                const float16 x2 = load_some_float32_16(given_2 + (given_2_offset + row * stride_a0 + column), left);
                const float16 sum_2_all = (float16)(sum_2);
                const float16 multiply_3 = x2 * sum_2_all;
                const float16 subtract_4 = where_1 - multiply_3;
                store_some_float32_16(subtract_4, subtract_4_out + (subtract_4_out_offset + row * stride_a0 + column), left);
            }
        }
    }
}
