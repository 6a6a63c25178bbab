// 256 items in groups of 64: sigmoid, multiply, multiply, add, tanh, multiply, subtract, multiply, multiply, multiply, multiply, sum, subtract, multiply, multiply
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void column_sigmoid_tanh_sum(
    const long items,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    const float number_0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    global const float *restrict given_3,
    const long given_3_offset,
    const float number_1,
    const float number_2,
    const float number_3,
    global float *restrict tanh_4_out,
    const long tanh_4_out_offset,
    global float *restrict multiply_8_out,
    const long multiply_8_out_offset,
    global float *restrict multiply_14_out,
    const long multiply_14_out_offset,
    const long size_0,
    const long chunk,
    global float *restrict sum_11_out,
    const long sum_11_out_offset)
{
    long item = get_global_id(0);
    if (item >= items)
        return;
    const long column = item % columns;
    const long row = item / columns;
    float sum_11_so_far = 0;
    float sum_11_aside = 0;
    for (long i0 = 0; i0 < size_0;) {
        const long chunk_end = min(size_0, i0 + chunk);
        for (; i0 < chunk_end; ++i0) {
            const float x0 = *(given_0 + (given_0_offset + i0 * stride_a0 + column));
            const float x1 = *(given_1 + (given_1_offset + i0 * stride_a0 + column));
            const float sigmoid_0 = 1 / (1 + exp(-x1));
            const float x2 = *(given_2 + (given_2_offset + column));
            const float multiply_1 = sigmoid_0 * x2;
            const float x3 = *(given_3 + (given_3_offset + i0 * stride_a0 + column));
            const float multiply_2 = x3 * number_1;
            const float add_3 = multiply_1 + multiply_2;
            const float tanh_4 = tanh(add_3);
            const float multiply_5 = tanh_4 * tanh_4;
            const float subtract_6 = number_0 - multiply_5;
            const float multiply_7 = x0 * subtract_6;
            const float multiply_10 = multiply_7 * sigmoid_0;
            sum_11_so_far = sum_11_so_far + multiply_10;
            const float multiply_8 = multiply_7 * number_2;
            const float multiply_9 = multiply_7 * x2;
            const float subtract_12 = number_3 - sigmoid_0;
            const float multiply_13 = sigmoid_0 * subtract_12;
            const float multiply_14 = multiply_9 * multiply_13;
            *(tanh_4_out + (tanh_4_out_offset + i0 * stride_a0 + column)) = tanh_4;
            *(multiply_8_out + (multiply_8_out_offset + i0 * stride_a0 + column)) = multiply_8;
            *(multiply_14_out + (multiply_14_out_offset + i0 * stride_a0 + column)) = multiply_14;
        }
        sum_11_aside = sum_11_aside + sum_11_so_far;
        sum_11_so_far = 0;
    }
    sum_11_so_far = sum_11_aside + sum_11_so_far;
    const float sum_11 = sum_11_so_far;
    *(sum_11_out + (sum_11_out_offset + column)) = sum_11;
}
