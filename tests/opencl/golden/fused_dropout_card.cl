// 32,000 items in groups of 64: random_uniform, greater_equal, multiply, where, where, multiply
#pragma OPENCL FP_CONTRACT OFF

void philox(const ulong seed, const ulong counter, uint *words)
{
    uint first = convert_uint(counter), second = convert_uint(counter >> 32);
    uint third = 0, fourth = 0;
    uint one = (uint)seed, two = (uint)(seed >> 32);
    for (int round = 0; round < 10; ++round) {
        const uint high = mul_hi((uint)(0xCD9E8D57u), third) ^ second ^ one;
        const uint other = mul_hi((uint)(0xD2511F53u), first) ^ fourth ^ two;
        second = 0xCD9E8D57u * third;
        fourth = 0xD2511F53u * first;
        first = high;
        third = other;
        one += 0x9E3779B9u;
        two += 0xBB67AE85u;
    }
    words[0] = first;
    words[1] = second;
    words[2] = third;
    words[3] = fourth;
}

uint random_word(const ulong seed, const ulong draws, const ulong number)
{
    uint words[4];
    philox(seed, draws + number / 4, words);
    const uint which = convert_uint(number & 3);
    const uint front = which == 0 ? words[0] : words[1];
    const uint back = which == 2 ? words[2] : words[3];
    return which < 2 ? front : back;
}

float random_uniform_float32(const ulong seed, const ulong draws, const ulong number)
{
    return convert_float(random_word(seed, draws, number) >> 8) * 0x1p-24f;
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
    const float random_uniform_0 = random_uniform_float32(seed_random_uniform_0, draws_random_uniform_0, (ulong)((column)));
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
