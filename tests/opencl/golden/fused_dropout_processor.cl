// 8 items in groups of 1: random_uniform, greater_equal, multiply, where, where, multiply
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

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void map_random_uniform_greater_equal(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    const ulong seed_random_uniform_0,
    const ulong draws_random_uniform_0,
    const float number_2,
    global const float *restrict given_0,
    const long given_0_offset,
    const float number_3,
    const float number_4,
    global const float *restrict given_1,
    const long given_1_offset,
    const float number_5,
    const float number_6,
    global float *restrict where_3_out,
    const long where_3_out_offset,
    global float *restrict multiply_5_out,
    const long multiply_5_out_offset)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 8 <= last_column; column += 8) {
            const float8 random_uniform_0 = (float8)(random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 0)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 1)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 2)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 3)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 4)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 5)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 6)), random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 7)));
            const char8 greater_equal_1 = convert_char8(random_uniform_0 >= (float8)(number_2));
            const float8 x0 = vload8(0, given_0 + (given_0_offset + column));
            const float8 multiply_2 = x0 * (float8)(number_3);
            const float8 where_3 = select((float8)(number_4), multiply_2, convert_int8(greater_equal_1));
            const float8 x1 = vload8(0, given_1 + (given_1_offset + column));
            const float8 where_4 = select((float8)(number_5), x1, convert_int8(greater_equal_1));
            const float8 multiply_5 = where_4 * (float8)(number_6);
            vstore8(where_3, 0, where_3_out + (where_3_out_offset + column));
            vstore8(multiply_5, 0, multiply_5_out + (multiply_5_out_offset + column));
        }
    }
}
