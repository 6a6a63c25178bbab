// 8,192 items in groups of 256: sum, divide, subtract, square, sum, divide, add, rsqrt, multiply, multiply, add, multiply, multiply, sum, divide, multiply, sum, divide, subtract, multiply, subtract, multiply
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void row_sum_square_rsqrt(
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    const float number_0,
    const float number_1,
    global const float *restrict given_3,
    const long given_3_offset,
    global float *restrict add_10_out,
    const long add_10_out_offset,
    global float *restrict multiply_12_out,
    const long multiply_12_out_offset,
    global float *restrict multiply_21_out,
    const long multiply_21_out_offset)
{
    local float shared_float[256];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_0_so_far = 0;
    float sum_13_so_far = 0;
    for (long column = own; column < columns; column += 256) {
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        sum_0_so_far = sum_0_so_far + x0;
        const float x1 = *(given_1 + (given_1_offset + row * stride_a0 + column));
        const float x2 = *(given_2 + (given_2_offset + column));
        const float multiply_11 = x1 * x2;
        sum_13_so_far = sum_13_so_far + multiply_11;
    }
    shared_float[own] = sum_0_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 128; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_0_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_0 = sum_0_so_far;
    shared_float[own] = sum_13_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 128; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_13_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_13 = sum_13_so_far;
    const float divide_1 = sum_0 / number_0;
    float sum_4_so_far = 0;
    for (long column = own; column < columns; column += 256) {
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        const float subtract_2 = x0 - divide_1;
        const float square_3 = subtract_2 * subtract_2;
        sum_4_so_far = sum_4_so_far + square_3;
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
    const float divide_5 = sum_4 / number_0;
    const float add_6 = divide_5 + number_1;
    const float rsqrt_7 = 1 / sqrt(add_6);
    float sum_16_so_far = 0;
    for (long column = own; column < columns; column += 256) {
        const float x1 = *(given_1 + (given_1_offset + row * stride_a0 + column));
        const float x2 = *(given_2 + (given_2_offset + column));
        const float multiply_11 = x1 * x2;
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        const float subtract_2 = x0 - divide_1;
        const float multiply_8 = subtract_2 * rsqrt_7;
        const float multiply_15 = multiply_11 * multiply_8;
        sum_16_so_far = sum_16_so_far + multiply_15;
        const float multiply_9 = multiply_8 * x2;
        const float x3 = *(given_3 + (given_3_offset + column));
        const float add_10 = multiply_9 + x3;
        const float multiply_12 = x1 * multiply_8;
        *(add_10_out + (add_10_out_offset + row * stride_a0 + column)) = add_10;
        *(multiply_12_out + (multiply_12_out_offset + row * stride_a0 + column)) = multiply_12;
    }
    shared_float[own] = sum_16_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 128; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_16_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_16 = sum_16_so_far;
    const float divide_14 = sum_13 / number_0;
    const float divide_17 = sum_16 / number_0;
    for (long column = own; column < columns; column += 256) {
        const float x1 = *(given_1 + (given_1_offset + row * stride_a0 + column));
        const float x2 = *(given_2 + (given_2_offset + column));
        const float multiply_11 = x1 * x2;
        const float subtract_18 = multiply_11 - divide_14;
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        const float subtract_2 = x0 - divide_1;
        const float multiply_8 = subtract_2 * rsqrt_7;
        const float multiply_19 = multiply_8 * divide_17;
        const float subtract_20 = subtract_18 - multiply_19;
        const float multiply_21 = subtract_20 * rsqrt_7;
        *(multiply_21_out + (multiply_21_out_offset + row * stride_a0 + column)) = multiply_21;
    }
}

// 768 items in groups of 64: sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void column_sum(
    const long items,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
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
        const float x0 = *(given_0 + (given_0_offset + i0 * stride_a0 + column));
        sum_0_so_far = sum_0_so_far + x0;
    }
    const float sum_0 = sum_0_so_far;
    *(sum_0_out + (sum_0_out_offset + column)) = sum_0;
}

// 768 items in groups of 64: sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void column_sum(
    const long items,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
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
        const float x0 = *(given_0 + (given_0_offset + i0 * stride_a0 + column));
        sum_0_so_far = sum_0_so_far + x0;
    }
    const float sum_0 = sum_0_so_far;
    *(sum_0_out + (sum_0_out_offset + column)) = sum_0;
}
