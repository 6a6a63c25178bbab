// 64 items in groups of 64: not_equal, where, cast, cast, sum, divide, where, negative, cast
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_not_equal_sum_divide_negative(
    const long columns,
    global const long *restrict given_0,
    const long given_0_offset,
    const long number_0,
    const long number_1,
    global uchar *restrict not_equal_0_out,
    const long not_equal_0_out_offset,
    global int *restrict cast_2_out,
    const long cast_2_out_offset,
    global int *restrict cast_8_out,
    const long cast_8_out_offset,
    const float number_2,
    const float number_3,
    global float *restrict negative_7_out,
    const long negative_7_out_offset,
    global float *restrict sum_4_out,
    const long sum_4_out_offset)
{
    local float shared_float[64];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_4_so_far = 0;
    for (long column = own; column < columns; column += 64) {
        const long x0 = *(given_0 + (given_0_offset + column));
        const char not_equal_0 = (x0 != number_0);
        const float cast_3 = convert_float(not_equal_0);
        sum_4_so_far = sum_4_so_far + cast_3;
        const long where_1 = not_equal_0 ? x0 : number_1;
        const int cast_2 = convert_int(where_1);
        const int cast_8 = convert_int(where_1);
        *(not_equal_0_out + (not_equal_0_out_offset + column)) = as_uchar(not_equal_0);
        *(cast_2_out + (cast_2_out_offset + column)) = cast_2;
        *(cast_8_out + (cast_8_out_offset + column)) = cast_8;
    }
    shared_float[own] = sum_4_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_4_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_4 = sum_4_so_far;
    const float divide_5 = number_2 / sum_4;
    for (long column = own; column < columns; column += 64) {
        const long x0 = *(given_0 + (given_0_offset + column));
        const char not_equal_0 = (x0 != number_0);
        const float where_6 = not_equal_0 ? divide_5 : number_3;
        const float negative_7 = (float)(-where_6);
        *(negative_7_out + (negative_7_out_offset + column)) = negative_7;
    }
    if (own == 0) {
        *(sum_4_out + sum_4_out_offset) = sum_4;
    }
}

// 4,096 items in groups of 64: reduce_max, subtract, exp, sum, log, subtract, equal, where, sum, negative, where, equal, add, where, sum, exp, multiply, subtract
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_reduce_max_exp_sum_log(
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    global const int *restrict given_1,
    const long given_1_offset,
    const float number_0,
    global const float *restrict given_2,
    const long given_2_offset,
    global const int *restrict given_3,
    const long given_3_offset,
    const float number_1,
    global float *restrict subtract_17_out,
    const long subtract_17_out_offset,
    global const uchar *restrict given_4,
    const long given_4_offset,
    const float number_2,
    global float *restrict where_10_out,
    const long where_10_out_offset)
{
    local float shared_float[64];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float reduce_max_0_so_far = -INFINITY;
    float sum_14_so_far = 0;
    for (long column = own; column < columns; column += 64) {
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        reduce_max_0_so_far = (reduce_max_0_so_far > x0 || isnan(reduce_max_0_so_far)) ? reduce_max_0_so_far : x0;
        const int place_0 = (int)(column);
        const int x1 = *(given_1 + (given_1_offset + row));
        const char equal_11 = (place_0 == x1);
        const float x2 = *(given_2 + (given_2_offset + row));
        const float add_12 = number_0 + x2;
        const float where_13 = equal_11 ? add_12 : number_0;
        sum_14_so_far = sum_14_so_far + where_13;
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
    shared_float[own] = sum_14_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_14_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_14 = sum_14_so_far;
    float sum_3_so_far = 0;
    for (long column = own; column < columns; column += 64) {
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
    const float log_4 = log(sum_3);
    float sum_8_so_far = 0;
    for (long column = own; column < columns; column += 64) {
        const int place_0 = (int)(column);
        const int x3 = *(given_3 + (given_3_offset + row));
        const char equal_6 = (place_0 == x3);
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        const float subtract_1 = x0 - reduce_max_0;
        const float subtract_5 = subtract_1 - log_4;
        const float where_7 = equal_6 ? subtract_5 : number_1;
        sum_8_so_far = sum_8_so_far + where_7;
        const int x1 = *(given_1 + (given_1_offset + row));
        const char equal_11 = (place_0 == x1);
        const float x2 = *(given_2 + (given_2_offset + row));
        const float add_12 = number_0 + x2;
        const float where_13 = equal_11 ? add_12 : number_0;
        const float exp_15 = exp(subtract_5);
        const float multiply_16 = exp_15 * sum_14;
        const float subtract_17 = where_13 - multiply_16;
        *(subtract_17_out + (subtract_17_out_offset + row * stride_a0 + column)) = subtract_17;
    }
    shared_float[own] = sum_8_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_8_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_8 = sum_8_so_far;
    const char x4 = as_char(*(given_4 + (given_4_offset + row)));
    const float negative_9 = (float)(-sum_8);
    const float where_10 = x4 ? negative_9 : number_2;
    if (own == 0) {
        *(where_10_out + (where_10_out_offset + row)) = where_10;
    }
}

// 64 items in groups of 64: sum, divide
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_sum_divide(
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    global const float *restrict given_1,
    const long given_1_offset,
    global float *restrict divide_1_out,
    const long divide_1_out_offset)
{
    local float shared_float[64];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_0_so_far = 0;
    for (long column = own; column < columns; column += 64) {
        const float x0 = *(given_0 + (given_0_offset + column));
        sum_0_so_far = sum_0_so_far + x0;
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
    const float x1 = *(given_1 + given_1_offset);
    const float divide_1 = sum_0 / x1;
    if (own == 0) {
        *(divide_1_out + divide_1_out_offset) = divide_1;
    }
}
