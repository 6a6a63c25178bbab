// 32,768 items in groups of 256: multiply, sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void row_multiply_sum(
    const long parts,
    const long columns,
    const long part_size,
    global const float *restrict given_0,
    const long given_0_offset,
    const long outer_size,
    global float *restrict sum_1_out,
    const long sum_1_out_offset)
{
    local float shared_float[256];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long part = item % parts;
    item /= parts;
    const long row = item;
    float sum_1_so_far = 0;
    for (long column = min(columns, part * part_size) + own; column < min(columns, (part + 1) * part_size); column += 256) {
        const float x0 = *(given_0 + (given_0_offset + column));
        const float multiply_0 = x0 * x0;
        sum_1_so_far = sum_1_so_far + multiply_0;
    }
    shared_float[own] = sum_1_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 128; step > 0; step /= 2) {
        if (own < step)
            shared_float[own] = shared_float[own] + shared_float[own + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    sum_1_so_far = shared_float[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum_1 = sum_1_so_far;
    if (own == 0) {
        *(sum_1_out + (sum_1_out_offset + 0 + part * outer_size)) = sum_1;
    }
}

// 128 items in groups of 128: sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void row_sum(
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    global float *restrict sum_0_out,
    const long sum_0_out_offset)
{
    local float shared_float[128];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    float sum_0_so_far = 0;
    for (long column = own; column < columns; column += 128) {
        const float x0 = *(given_0 + (given_0_offset + column));
        sum_0_so_far = sum_0_so_far + x0;
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
    if (own == 0) {
        *(sum_0_out + sum_0_out_offset) = sum_0;
    }
}
