// 8 items in groups of 1: random_uniform, greater_equal, multiply, where, where, multiply
#pragma OPENCL FP_CONTRACT OFF

void philox_8(const ulong seed, const ulong8 counter, uint8 *words)
{
    uint8 first = convert_uint8(counter), second = convert_uint8(counter >> 32);
    uint8 third = 0, fourth = 0;
    uint one = (uint)seed, two = (uint)(seed >> 32);
    for (int round = 0; round < 10; ++round) {
        const uint8 high = mul_hi((uint8)(0xCD9E8D57u), third) ^ second ^ one;
        const uint8 other = mul_hi((uint8)(0xD2511F53u), first) ^ fourth ^ two;
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

uint8 random_word_8(const ulong seed, const ulong draws, const ulong8 number)
{
    uint8 words[4];
    philox_8(seed, draws + number / 4, words);
    const uint8 which = convert_uint8(number & 3);
    const uint8 front = select(words[1], words[0], which == 0);
    const uint8 back = select(words[3], words[2], which == 2);
    return select(back, front, which < 2);
}

float8 random_uniform_float32_8(const ulong seed, const ulong draws, const ulong8 number)
{
    return convert_float8(random_word_8(seed, draws, number) >> 8) * 0x1p-24f;
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
            const float8 random_uniform_0 = random_uniform_float32_8(seed_random_uniform_0, draws_random_uniform_0, (ulong8)((column)) + (ulong8)(0, 1, 2, 3, 4, 5, 6, 7));
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
