// 128 items in groups of 128: sigmoid, multiply, multiply, add, tanh, sum, multiply, subtract, multiply, multiply, multiply, multiply, subtract, multiply, multiply
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void row_sigmoid_multiply_add_tanh_sum_subtract(
    const long size_1,
    global const float *restrict given_0,
    const long given_0_offset,
    const long walk_0_0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    const float number_0,
    const float number_1,
    const float number_2,
    const float number_3,
    const float number_4,
    global float *restrict tanh_4_out,
    const long tanh_4_out_offset,
    global float *restrict multiply_9_out,
    const long multiply_9_out_offset,
    global float *restrict multiply_11_out,
    const long multiply_11_out_offset,
    global float *restrict multiply_14_out,
    const long multiply_14_out_offset,
    const long size_0,
    global float *restrict sum_5_out,
    const long sum_5_out_offset)
{
    local float shared_float[128];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_5_so_far = 0;
    for (long i0 = 0; i0 < size_0; ++i0) {
        for (long column = 0 + own; column < size_1; column += 128) {
            const float given_0_0 = *(given_0 + (given_0_offset + i0 * walk_0_0 + column));
            const float sigmoid_0 = 1 / (1 + exp(-given_0_0));
            const float given_1_1 = *(given_1 + (given_1_offset + column));
            const float multiply_1 = sigmoid_0 * given_1_1;
            const float given_2_2 = *(given_2 + (given_2_offset + i0 * walk_0_0 + column));
            const float multiply_2 = given_2_2 * number_0;
            const float add_3 = multiply_1 + multiply_2;
            const float tanh_4 = tanh(add_3);
            sum_5_so_far = sum_5_so_far + tanh_4;
            const float multiply_6 = tanh_4 * tanh_4;
            const float subtract_7 = number_2 - multiply_6;
            const float multiply_8 = number_1 * subtract_7;
            const float multiply_9 = multiply_8 * number_3;
            const float multiply_11 = multiply_8 * sigmoid_0;
            const float multiply_10 = multiply_8 * given_1_1;
            const float subtract_12 = number_4 - sigmoid_0;
            const float multiply_13 = sigmoid_0 * subtract_12;
            const float multiply_14 = multiply_10 * multiply_13;
            *(tanh_4_out + (tanh_4_out_offset + i0 * walk_0_0 + column)) = tanh_4;
            *(multiply_9_out + (multiply_9_out_offset + i0 * walk_0_0 + column)) = multiply_9;
            *(multiply_11_out + (multiply_11_out_offset + i0 * walk_0_0 + column)) = multiply_11;
            *(multiply_14_out + (multiply_14_out_offset + i0 * walk_0_0 + column)) = multiply_14;
        }
    }
    shared_float[own] = sum_5_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 64; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_5_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_5 = sum_5_so_far;
    if (own == 0) {
        *(sum_5_out + (sum_5_out_offset + 0)) = sum_5;
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

// 256 items in groups of 64: sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void column_sum(
    const long items,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long walk_0_0,
    const long size_0,
    global float *restrict sum_0_out,
    const long sum_0_out_offset)
{
    long item = get_global_id(0);
    if (item >= items)
        return;
    const long column = item % columns;
    const long row = item / columns;
    float sum_0_so_far = 0;
    for (long i0 = 0; i0 < size_0; ++i0) {
        const float given_0_0 = *(given_0 + (given_0_offset + i0 * walk_0_0 + column));
        sum_0_so_far = sum_0_so_far + given_0_0;
    }
    const float sum_0 = sum_0_so_far;
    *(sum_0_out + (sum_0_out_offset + column)) = sum_0;
}
