// 64 items in groups of 64: reduce_min
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_reduce_min(
    const long columns,
    global const long *restrict given_0,
    const long given_0_offset,
    global long *restrict reduce_min_0_out,
    const long reduce_min_0_out_offset)
{
    local long shared_long[64];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    long reduce_min_0_so_far = LONG_MAX;
    for (long column = own; column < columns; column += 64) {
        const long x0 = *(given_0 + (given_0_offset + column));
        reduce_min_0_so_far = min(reduce_min_0_so_far, x0);
    }
    shared_long[own] = reduce_min_0_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_long[own] = min(shared_long[own], shared_long[own + step]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    reduce_min_0_so_far = shared_long[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const long reduce_min_0 = reduce_min_0_so_far;
    if (own == 0) {
        *(reduce_min_0_out + reduce_min_0_out_offset) = reduce_min_0;
    }
}

// 64 items in groups of 64: reduce_max
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void row_reduce_max(
    const long columns,
    global const long *restrict given_0,
    const long given_0_offset,
    global long *restrict reduce_max_0_out,
    const long reduce_max_0_out_offset)
{
    local long shared_long[64];
    long item = get_group_id(0);
    const int own = get_local_id(0);
    const long row = item;
    long reduce_max_0_so_far = LONG_MIN;
    for (long column = own; column < columns; column += 64) {
        const long x0 = *(given_0 + (given_0_offset + column));
        reduce_max_0_so_far = max(reduce_max_0_so_far, x0);
    }
    shared_long[own] = reduce_max_0_so_far;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int step = 32; step > 0; step /= 2) {
        if (own < step)
            shared_long[own] = max(shared_long[own], shared_long[own + step]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    reduce_max_0_so_far = shared_long[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    const long reduce_max_0 = reduce_max_0_so_far;
    if (own == 0) {
        *(reduce_max_0_out + reduce_max_0_out_offset) = reduce_max_0;
    }
}

// 4,800 items in groups of 64: pick
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void map_pick(
    const long items,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    global const long *restrict given_1,
    const long given_1_offset,
    const long pick_0_step_0,
    const long stride_a0,
    global float *restrict pick_0_out,
    const long pick_0_out_offset)
{
    long item = get_global_id(0);
    if (item >= items)
        return;
    const long column = item % columns;
    const long row = item / columns;
    const long x0 = *(given_1 + (given_1_offset + row));
    const float pick_0 = *(given_0 + (given_0_offset + column + convert_long(x0) * pick_0_step_0));
    *(pick_0_out + (pick_0_out_offset + row * stride_a0 + column)) = pick_0;
}
