// 64 items in groups of 64: add
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void map_add(
    const long items,
    const long columns,
    global long *restrict add_0_out,
    const long add_0_out_offset,
    const long number_0)
{
    long item = get_global_id(0);
    if (item >= items)
        return;
    const long column = item % columns;
    const long row = item / columns;
    const long x0 = *(add_0_out + add_0_out_offset);
    const long add_0 = as_long(as_ulong(x0) + as_ulong(number_0));
    *(add_0_out + (add_0_out_offset + column)) = add_0;
}

// 2,048 items in groups of 128: sum, divide, subtract, square, sum, divide, multiply, multiply, add, multiply, multiply, add, divide, add, rsqrt, multiply, multiply, add, sum, multiply, multiply, sum, sum, divide, multiply, sum, divide, subtract, multiply, subtract, multiply
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void row_sum_square_rsqrt(
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a1,
    const long stride_a0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    const long size_0,
    const float number_0,
    const float number_1,
    global const float *restrict given_3,
    const long given_3_offset,
    global float *restrict add_17_out,
    const long add_17_out_offset,
    global float *restrict multiply_30_out,
    const long multiply_30_out_offset,
    global const float *restrict given_4,
    const long given_4_offset,
    const float number_2,
    const float number_3,
    global float *restrict add_8_out,
    const long add_8_out_offset,
    global const float *restrict given_5,
    const long given_5_offset,
    const float number_4,
    const float number_5,
    const float number_6,
    global float *restrict add_11_out,
    const long add_11_out_offset,
    global float *restrict sum_18_out,
    const long sum_18_out_offset,
    global float *restrict sum_21_out,
    const long sum_21_out_offset)
{
    local float shared_float[128];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_0_so_far = 0;
    float sum_18_so_far = 0;
    float sum_22_so_far = 0;
    for (long i0 = 0; i0 < size_0; ++i0) {
        for (long column = own; column < columns; column += 128) {
            const float x0 = *(given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column));
            sum_0_so_far = sum_0_so_far + x0;
            const float x1 = *(given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column));
            sum_18_so_far = sum_18_so_far + x1;
            const float x2 = *(given_2 + (given_2_offset + row));
            const float multiply_19 = x1 * x2;
            sum_22_so_far = sum_22_so_far + multiply_19;
        }
    }
    shared_float[own] = sum_0_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 64; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_0_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_0 = sum_0_so_far;
    shared_float[own] = sum_18_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 64; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_18_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_18 = sum_18_so_far;
    shared_float[own] = sum_22_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 64; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_22_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_22 = sum_22_so_far;
    const float divide_1 = sum_0 / number_0;
    float sum_4_so_far = 0;
    for (long i0 = 0; i0 < size_0; ++i0) {
        for (long column = own; column < columns; column += 128) {
            const float x0 = *(given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column));
            const float subtract_2 = x0 - divide_1;
            const float square_3 = subtract_2 * subtract_2;
            sum_4_so_far = sum_4_so_far + square_3;
        }
    }
    shared_float[own] = sum_4_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 64; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_4_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_4 = sum_4_so_far;
    const float divide_12 = sum_4 / number_0;
    const float add_13 = divide_12 + number_1;
    const float rsqrt_14 = 1 / sqrt(add_13);
    float sum_21_so_far = 0;
    float sum_25_so_far = 0;
    for (long i0 = 0; i0 < size_0; ++i0) {
        for (long column = own; column < columns; column += 128) {
            const float x1 = *(given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column));
            const float x0 = *(given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column));
            const float subtract_2 = x0 - divide_1;
            const float multiply_15 = subtract_2 * rsqrt_14;
            const float multiply_20 = x1 * multiply_15;
            sum_21_so_far = sum_21_so_far + multiply_20;
            const float x2 = *(given_2 + (given_2_offset + row));
            const float multiply_19 = x1 * x2;
            const float multiply_24 = multiply_19 * multiply_15;
            sum_25_so_far = sum_25_so_far + multiply_24;
            const float multiply_16 = multiply_15 * x2;
            const float x3 = *(given_3 + (given_3_offset + row));
            const float add_17 = multiply_16 + x3;
            *(add_17_out + (add_17_out_offset + row * stride_a1 + i0 * stride_a0 + column)) = add_17;
        }
    }
    shared_float[own] = sum_21_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 64; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_21_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_21 = sum_21_so_far;
    shared_float[own] = sum_25_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 64; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_25_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_25 = sum_25_so_far;
    const float divide_23 = sum_22 / number_0;
    const float divide_26 = sum_25 / number_0;
    for (long i0 = 0; i0 < size_0; ++i0) {
        for (long column = own; column < columns; column += 128) {
            const float x1 = *(given_1 + (given_1_offset + row * stride_a1 + i0 * stride_a0 + column));
            const float x2 = *(given_2 + (given_2_offset + row));
            const float multiply_19 = x1 * x2;
            const float subtract_27 = multiply_19 - divide_23;
            const float x0 = *(given_0 + (given_0_offset + row * stride_a1 + i0 * stride_a0 + column));
            const float subtract_2 = x0 - divide_1;
            const float multiply_15 = subtract_2 * rsqrt_14;
            const float multiply_28 = multiply_15 * divide_26;
            const float subtract_29 = subtract_27 - multiply_28;
            const float multiply_30 = subtract_29 * rsqrt_14;
            *(multiply_30_out + (multiply_30_out_offset + row * stride_a1 + i0 * stride_a0 + column)) = multiply_30;
        }
    }
    const float x4 = *(given_4 + (given_4_offset + row));
    const float multiply_6 = x4 * number_2;
    const float multiply_7 = divide_1 * number_3;
    const float add_8 = multiply_6 + multiply_7;
    const float x5 = *(given_5 + (given_5_offset + row));
    const float multiply_9 = x5 * number_4;
    const float divide_5 = sum_4 / number_5;
    const float multiply_10 = divide_5 * number_6;
    const float add_11 = multiply_9 + multiply_10;
    if (own == 0) {
        *(add_8_out + (add_8_out_offset + row)) = add_8;
        *(add_11_out + (add_11_out_offset + row)) = add_11;
        *(sum_18_out + (sum_18_out_offset + row)) = sum_18;
        *(sum_21_out + (sum_21_out_offset + row)) = sum_21;
    }
}
