// 30,016 items in groups of 64: multiply, add, multiply, multiply, add, multiply, square, multiply, add, sqrt, add, divide, multiply, subtract
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void map_square_sqrt(
    const long items,
    const long columns,
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
    if (item >= items)
        return;
    const long column = item % columns;
    const long row = item / columns;
    const float x0 = *(add_8_out + (add_8_out_offset + column));
    const float multiply_2 = x0 * number_0;
    const float x1 = *(given_0 + (given_0_offset + column));
    const float x2 = *(add_4_out + (add_4_out_offset + column));
    const float multiply_0 = x2 * number_1;
    const float add_1 = x1 + multiply_0;
    const float multiply_3 = add_1 * number_2;
    const float add_4 = multiply_2 + multiply_3;
    const float x3 = *(subtract_13_out + (subtract_13_out_offset + column));
    const float multiply_5 = x3 * number_3;
    const float square_6 = add_1 * add_1;
    const float multiply_7 = square_6 * number_4;
    const float add_8 = multiply_5 + multiply_7;
    const float sqrt_9 = sqrt(add_8);
    const float add_10 = sqrt_9 + number_5;
    const float divide_11 = add_4 / add_10;
    const float multiply_12 = divide_11 * number_6;
    const float subtract_13 = x2 - multiply_12;
    *(add_4_out + (add_4_out_offset + column)) = add_4;
    *(add_8_out + (add_8_out_offset + column)) = add_8;
    *(subtract_13_out + (subtract_13_out_offset + column)) = subtract_13;
}
