// 128 items in groups of 64: cast, multiply, cast, cast, reduce_max, subtract, exp, sum, divide, cast
#pragma OPENCL FP_CONTRACT OFF

ushort to_bfloat16_1(float value)
{
    const uint pattern = as_uint(value);
    const uint rounded = (pattern + 0x7fffu + ((pattern >> 16) & 1u)) >> 16;
    return convert_ushort(isnan(value) ? 0x7fc0u : rounded);
}

float round_bfloat16_1(float value)
{
    return as_float(convert_uint(to_bfloat16_1(value)) << 16);
}

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_reduce_max_exp_sum(
    const long items,
    const long columns,
    global const ushort *restrict given_0,
    const long given_0_offset,
    const long stride_a1,
    const float number_0,
    const long stride_b0,
    global ushort *restrict cast_9_out,
    const long cast_9_out_offset)
{
    long item = get_global_id(0);
    if (item >= items)
        return;
    const long row = item;
    float reduce_max_4_so_far = -INFINITY;
    {
        long column = 0;
        for (; column + 1 <= columns; column += 1) {
            const float x0 = as_float(convert_uint(*(given_0 + (given_0_offset + row + column * stride_a1))) << 16);
            const float cast_0 = x0;
            const float multiply_1 = cast_0 * number_0;
            const float cast_2 = round_bfloat16_1(multiply_1);
            const float cast_3 = cast_2;
            reduce_max_4_so_far = (reduce_max_4_so_far > cast_3 || isnan(reduce_max_4_so_far)) ? reduce_max_4_so_far : cast_3;
        }
    }
    const float reduce_max_4 = reduce_max_4_so_far;
    float sum_7_so_far = 0;
    {
        long column = 0;
        for (; column + 1 <= columns; column += 1) {
            const float x0 = as_float(convert_uint(*(given_0 + (given_0_offset + row + column * stride_a1))) << 16);
            const float cast_0 = x0;
            const float multiply_1 = cast_0 * number_0;
            const float cast_2 = round_bfloat16_1(multiply_1);
            const float cast_3 = cast_2;
            const float subtract_5 = cast_3 - reduce_max_4;
            const float exp_6 = exp(subtract_5);
            sum_7_so_far = sum_7_so_far + exp_6;
        }
    }
    const float sum_7 = sum_7_so_far;
    {
        long column = 0;
        for (; column + 1 <= columns; column += 1) {
            const float x0 = as_float(convert_uint(*(given_0 + (given_0_offset + row + column * stride_a1))) << 16);
            const float cast_0 = x0;
            const float multiply_1 = cast_0 * number_0;
            const float cast_2 = round_bfloat16_1(multiply_1);
            const float cast_3 = cast_2;
            const float subtract_5 = cast_3 - reduce_max_4;
            const float exp_6 = exp(subtract_5);
            const float divide_8 = exp_6 / sum_7;
            const float cast_9 = round_bfloat16_1(divide_8);
            *(cast_9_out + (cast_9_out_offset + row * stride_b0 + column)) = convert_ushort(as_uint(cast_9) >> 16);
        }
    }
}
