// 1 items in groups of 1: random_uniform, greater_equal, multiply, where, sum, where, multiply
#pragma OPENCL FP_CONTRACT OFF

uint4 philox(const ulong seed, const ulong counter)
{
    uint4 words = (uint4)((uint)counter, (uint)(counter >> 32), 0, 0);
    uint2 key = (uint2)((uint)seed, (uint)(seed >> 32));
    for (int round = 0; round < 10; ++round) {
        const uint first = words.s0, third = words.s2;
        words = (uint4)(mul_hi(0xCD9E8D57u, third) ^ words.s1 ^ key.s0, 0xCD9E8D57u * third,
                        mul_hi(0xD2511F53u, first) ^ words.s3 ^ key.s1, 0xD2511F53u * first);
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return words;
}

uint random_word(const ulong seed, const ulong offset, const ulong number)
{
    const uint4 words = philox(seed, offset + number / 4);
    const uint which = (uint)(number % 4);
    const uint2 half_of = which < 2 ? words.s01 : words.s23;
    return which % 2 == 0 ? half_of.s0 : half_of.s1;
}

ulong random_pair(const ulong seed, const ulong offset, const ulong number)
{
    const uint4 words = philox(seed, offset + number / 2);
    const uint2 pair = number % 2 == 0 ? words.s01 : words.s23;
    return ((ulong)pair.s0 << 32) | pair.s1;
}

float random_uniform_float32(const ulong seed, const ulong offset, const ulong number)
{
    return (float)(random_word(seed, offset, number) >> 8) * 0x1p-24f;
}

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
void row_random_uniform_greater_equal_multiply_sum(
    const long rows_each,
    const long rows,
    const long size_0,
    const ulong seed_random_uniform_0,
    const ulong draws_random_uniform_0,
    const float number_2,
    global const float *restrict given_0,
    const long given_0_offset,
    const float number_3,
    const float number_4,
    const float number_5,
    const float number_6,
    const float number_7,
    global float *restrict where_3_out,
    const long where_3_out_offset,
    global float *restrict multiply_6_out,
    const long multiply_6_out_offset,
    global float *restrict sum_4_out,
    const long sum_4_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float8 sum_4_so_far = (float8)(0);
        {
            long column = 0;
            for (; column + 8 <= size_0; column += 8) {
                const float8 random_uniform_0 = (float8)(random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 0)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 1)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 2)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 3)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 4)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 5)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 6)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 7)));
                const char8 greater_equal_1 = convert_char8(random_uniform_0 >= (float8)(number_2));
                const float8 given_0_0 = vload8(0, given_0 + (given_0_offset + column));
                const float8 multiply_2 = given_0_0 * (float8)(number_3);
                const float8 where_3 = select((float8)(number_4), multiply_2, convert_int8(greater_equal_1));
                sum_4_so_far = sum_4_so_far + where_3;
                const float8 where_5 = select((float8)(number_6), (float8)(number_5), convert_int8(greater_equal_1));
                const float8 multiply_6 = where_5 * (float8)(number_7);
                vstore8(where_3, 0, where_3_out + (where_3_out_offset + column));
                vstore8(multiply_6, 0, multiply_6_out + (multiply_6_out_offset + column));
            }
        }
        const float sum_4 = across_sum_float32_8(sum_4_so_far);
        *(sum_4_out + (sum_4_out_offset + 0)) = sum_4;
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
