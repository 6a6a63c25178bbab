// 64 items in groups of 64: sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void column_sum(
    const long items,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    const long size_0,
    const long chunk,
    global float *restrict sum_0_out,
    const long sum_0_out_offset)
{
    long item = get_global_id(0);
    if (item >= items)
        return;
    const long column = item % columns;
    const long row = item / columns;
    float sum_0_so_far = 0;
    float sum_0_aside = 0;
    for (long i0 = 0; i0 < size_0;) {
        const long chunk_end = min(size_0, i0 + chunk);
        for (; i0 < chunk_end; ++i0) {
            const float x0 = *(given_0 + (given_0_offset + i0 * stride_a0 + column));
            sum_0_so_far = sum_0_so_far + x0;
        }
        sum_0_aside = sum_0_aside + sum_0_so_far;
        sum_0_so_far = 0;
    }
    sum_0_so_far = sum_0_aside + sum_0_so_far;
    const float sum_0 = sum_0_so_far;
    *(sum_0_out + (sum_0_out_offset + column)) = sum_0;
}
