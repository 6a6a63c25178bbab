// 32,000 items in groups of 64: random_uniform, greater_equal, multiply, where, where, multiply
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

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void map_random_uniform_greater_equal(
    const long items,
    const long columns,
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
    if (item >= items)
        return;
    const long column = item % columns;
    const long row = item / columns;
    const float random_uniform_0 = random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 0));
    const char greater_equal_1 = (random_uniform_0 >= number_2);
    const float x0 = *(given_0 + (given_0_offset + column));
    const float multiply_2 = x0 * number_3;
    const float where_3 = greater_equal_1 ? multiply_2 : number_4;
    const float x1 = *(given_1 + (given_1_offset + column));
    const float where_4 = greater_equal_1 ? x1 : number_5;
    const float multiply_5 = where_4 * number_6;
    *(where_3_out + (where_3_out_offset + column)) = where_3;
    *(multiply_5_out + (multiply_5_out_offset + column)) = multiply_5;
}
