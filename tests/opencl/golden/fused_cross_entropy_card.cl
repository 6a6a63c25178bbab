// 4,096 items in groups of 64: reduce_max, subtract, exp, sum, log, subtract, not_equal, where, cast, equal, where, sum, negative, where, cast, cast, equal, exp
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_reduce_max_exp_sum_log(
    const long size_1,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    global const long *restrict given_1,
    const long given_1_offset,
    const long number_0,
    const long number_1,
    global uchar *restrict equal_16_out,
    const long equal_16_out_offset,
    const float number_2,
    global float *restrict exp_17_out,
    const long exp_17_out_offset,
    global uchar *restrict not_equal_6_out,
    const long not_equal_6_out_offset,
    const float number_3,
    global float *restrict where_13_out,
    const long where_13_out_offset,
    global float *restrict cast_14_out,
    const long cast_14_out_offset)
{
    local float shared_float[64];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    const long x1 = *(given_1 + (given_1_offset + row));
    const char not_equal_6 = (x1 != number_0);
    const long where_7 = not_equal_6 ? x1 : number_1;
    const int cast_15 = convert_int(where_7);
    float reduce_max_0_so_far = -INFINITY;
    for (long column = 0 + own; column < size_1; column += 64) {
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        reduce_max_0_so_far = (reduce_max_0_so_far > x0 || isnan(reduce_max_0_so_far)) ? reduce_max_0_so_far : x0;
        const int place_0 = (int)(column);
        const char equal_16 = (place_0 == cast_15);
        *(equal_16_out + (equal_16_out_offset + row * stride_a0 + column)) = as_uchar(equal_16);
    }
    shared_float[own] = reduce_max_0_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = (shared_float[own] > shared_float[own + step] || isnan(shared_float[own])) ? shared_float[own] : shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    reduce_max_0_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float reduce_max_0 = reduce_max_0_so_far;
    float sum_3_so_far = 0;
    for (long column = 0 + own; column < size_1; column += 64) {
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        const float subtract_1 = x0 - reduce_max_0;
        const float exp_2 = exp(subtract_1);
        sum_3_so_far = sum_3_so_far + exp_2;
    }
    shared_float[own] = sum_3_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_3_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_3 = sum_3_so_far;
    const int cast_8 = convert_int(where_7);
    const float log_4 = log(sum_3);
    float sum_11_so_far = 0;
    for (long column = 0 + own; column < size_1; column += 64) {
        const int place_0 = (int)(column);
        const char equal_9 = (place_0 == cast_8);
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        const float subtract_1 = x0 - reduce_max_0;
        const float subtract_5 = subtract_1 - log_4;
        const float where_10 = equal_9 ? subtract_5 : number_2;
        sum_11_so_far = sum_11_so_far + where_10;
        const float exp_17 = exp(subtract_5);
        *(exp_17_out + (exp_17_out_offset + row * stride_a0 + column)) = exp_17;
    }
    shared_float[own] = sum_11_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_11_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_11 = sum_11_so_far;
    const float negative_12 = (float)(-sum_11);
    const float where_13 = not_equal_6 ? negative_12 : number_3;
    const float cast_14 = convert_float(not_equal_6);
    if (own == 0) {
        *(not_equal_6_out + (not_equal_6_out_offset + row)) = as_uchar(not_equal_6);
        *(where_13_out + (where_13_out_offset + row)) = where_13;
        *(cast_14_out + (cast_14_out_offset + row)) = cast_14;
    }
}

// 64 items in groups of 64: sum, sum, divide, divide, where, negative
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_sum_divide_negative(
    const long size_0,
    global const float *restrict given_0,
    const long given_0_offset,
    global const float *restrict given_1,
    const long given_1_offset,
    global const uchar *restrict given_2,
    const long given_2_offset,
    const float number_0,
    const float number_1,
    global float *restrict negative_5_out,
    const long negative_5_out_offset,
    global float *restrict divide_2_out,
    const long divide_2_out_offset)
{
    local float shared_float[64];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_0_so_far = 0;
    float sum_1_so_far = 0;
    for (long column = 0 + own; column < size_0; column += 64) {
        const float x0 = *(given_0 + (given_0_offset + column));
        sum_0_so_far = sum_0_so_far + x0;
        const float x1 = *(given_1 + (given_1_offset + column));
        sum_1_so_far = sum_1_so_far + x1;
    }
    shared_float[own] = sum_0_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_0_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_0 = sum_0_so_far;
    shared_float[own] = sum_1_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_1_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_1 = sum_1_so_far;
    const float divide_3 = number_0 / sum_1;
    for (long column = 0 + own; column < size_0; column += 64) {
        const char x2 = as_char(*(given_2 + (given_2_offset + column)));
        const float where_4 = x2 ? divide_3 : number_1;
        const float negative_5 = (float)(-where_4);
        *(negative_5_out + (negative_5_out_offset + column)) = negative_5;
    }
    const float divide_2 = sum_0 / sum_1;
    if (own == 0) {
        *(divide_2_out + divide_2_out_offset) = divide_2;
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

// 4,096 items in groups of 64: add, where, sum, multiply, subtract
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_add_sum_multiply_subtract(
    const long size_1,
    global const uchar *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    const float number_0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    global float *restrict subtract_4_out,
    const long subtract_4_out_offset)
{
    local float shared_float[64];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_2_so_far = 0;
    for (long column = 0 + own; column < size_1; column += 64) {
        const char x0 = as_char(*(given_0 + (given_0_offset + row * stride_a0 + column)));
        const float x1 = *(given_1 + (given_1_offset + row));
        const float add_0 = number_0 + x1;
        const float where_1 = x0 ? add_0 : number_0;
        sum_2_so_far = sum_2_so_far + where_1;
    }
    shared_float[own] = sum_2_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_2_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_2 = sum_2_so_far;
    for (long column = 0 + own; column < size_1; column += 64) {
        const char x0 = as_char(*(given_0 + (given_0_offset + row * stride_a0 + column)));
        const float x1 = *(given_1 + (given_1_offset + row));
        const float add_0 = number_0 + x1;
        const float where_1 = x0 ? add_0 : number_0;
        const float x2 = *(given_2 + (given_2_offset + row * stride_a0 + column));
        const float multiply_3 = x2 * sum_2;
        const float subtract_4 = where_1 - multiply_3;
        *(subtract_4_out + (subtract_4_out_offset + row * stride_a0 + column)) = subtract_4;
    }
}
