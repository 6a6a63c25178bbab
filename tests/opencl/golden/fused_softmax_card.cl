// 8,192 items in groups of 256: reduce_max, subtract, exp, sum, divide
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void row_reduce_max_exp_sum(
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    global float *restrict divide_4_out,
    const long divide_4_out_offset)
{
    local float shared_float[256];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float reduce_max_0_so_far = -INFINITY;
    for (long column = own; column < columns; column += 256) {
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        reduce_max_0_so_far = (reduce_max_0_so_far > x0 || isnan(reduce_max_0_so_far)) ? reduce_max_0_so_far : x0;
    }
    shared_float[own] = reduce_max_0_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 128; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = (shared_float[own] > shared_float[own + step] || isnan(shared_float[own])) ? shared_float[own] : shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    reduce_max_0_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float reduce_max_0 = reduce_max_0_so_far;
    float sum_3_so_far = 0;
    for (long column = own; column < columns; column += 256) {
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        const float subtract_1 = x0 - reduce_max_0;
        const float exp_2 = exp(subtract_1);
        sum_3_so_far = sum_3_so_far + exp_2;
    }
    shared_float[own] = sum_3_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 128; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_3_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_3 = sum_3_so_far;
    for (long column = own; column < columns; column += 256) {
        const float x0 = *(given_0 + (given_0_offset + row * stride_a0 + column));
        const float subtract_1 = x0 - reduce_max_0;
        const float exp_2 = exp(subtract_1);
        const float divide_4 = exp_2 / sum_3;
        *(divide_4_out + (divide_4_out_offset + row * stride_a0 + column)) = divide_4;
    }
}
