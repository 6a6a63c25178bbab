// 256 items in groups of 256: random_uniform, greater_equal, multiply, where, sum, where, multiply
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

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void row_random_uniform_greater_equal_multiply_sum(
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
    local float shared_float[256];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_4_so_far = 0;
    for (long column = 0 + own; column < size_0; column += 256) {
        const float random_uniform_0 = random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column) + 0));
        const char greater_equal_1 = (random_uniform_0 >= number_2);
        const float given_0_0 = *(given_0 + (given_0_offset + column));
        const float multiply_2 = given_0_0 * number_3;
        const float where_3 = greater_equal_1 ? multiply_2 : number_4;
        sum_4_so_far = sum_4_so_far + where_3;
        const float where_5 = greater_equal_1 ? number_5 : number_6;
        const float multiply_6 = where_5 * number_7;
        *(where_3_out + (where_3_out_offset + column)) = where_3;
        *(multiply_6_out + (multiply_6_out_offset + column)) = multiply_6;
    }
    shared_float[own] = sum_4_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 128; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_4_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_4 = sum_4_so_far;
    if (own == 0) {
        *(sum_4_out + (sum_4_out_offset + 0)) = sum_4;
    }
}

// 64 items in groups of 64: full
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void map_full(
    const long items,
    const long columns,
    const float number_0,
    global float *restrict full_0_out,
    const long full_0_out_offset)
{
    long item = get_global_id(0);
    if (item >= items)
        return;
    const long column = item % columns;
    const long row = item / columns;
    const float full_0 = number_0;
    *(full_0_out + (full_0_out_offset + column)) = full_0;
}
