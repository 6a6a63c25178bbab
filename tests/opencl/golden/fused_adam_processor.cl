// 8 items in groups of 1: multiply, add, multiply, multiply, add, multiply, square, multiply, add, sqrt, add, divide, multiply, subtract
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void map_square_sqrt(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    global float *restrict add_8_out,
    const long add_8_out_offset,
    const float number_0,
    global const float *restrict given_0,
    const long given_0_offset,
    global float *restrict add_4_out,
    const long add_4_out_offset,
    const float number_1,
    const float number_2,
    global float *restrict subtract_13_out,
    const long subtract_13_out_offset,
    const float number_3,
    const float number_4,
    const float number_5,
    const float number_6)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 16 <= last_column; column += 16) {
            const float16 x0 = vload16(0, add_8_out + (add_8_out_offset + column));
            const float16 multiply_2 = x0 * (float16)(number_0);
            const float16 x1 = vload16(0, given_0 + (given_0_offset + column));
            const float16 x2 = vload16(0, add_4_out + (add_4_out_offset + column));
            const float16 multiply_0 = x2 * (float16)(number_1);
            const float16 add_1 = x1 + multiply_0;
            const float16 multiply_3 = add_1 * (float16)(number_2);
            const float16 add_4 = multiply_2 + multiply_3;
            const float16 x3 = vload16(0, subtract_13_out + (subtract_13_out_offset + column));
            const float16 multiply_5 = x3 * (float16)(number_3);
            const float16 square_6 = add_1 * add_1;
            const float16 multiply_7 = square_6 * (float16)(number_4);
            const float16 add_8 = multiply_5 + multiply_7;
            const float16 sqrt_9 = sqrt(add_8);
            const float16 add_10 = sqrt_9 + (float16)(number_5);
            const float16 divide_11 = add_4 / add_10;
            const float16 multiply_12 = divide_11 * (float16)(number_6);
            const float16 subtract_13 = x2 - multiply_12;
            vstore16(add_4, 0, add_4_out + (add_4_out_offset + column));
            vstore16(add_8, 0, add_8_out + (add_8_out_offset + column));
            vstore16(subtract_13, 0, subtract_13_out + (subtract_13_out_offset + column));
        }
    }
}
