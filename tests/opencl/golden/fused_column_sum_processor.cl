// 1 items in groups of 1: sum
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void column_sum(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    global const float *restrict given_0,
    const long given_0_offset,
    const long walk_0_0,
    const long size_0,
    global float *restrict sum_0_out,
    const long sum_0_out_offset)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 16 <= last_column; column += 16) {
            float16 sum_0_so_far = (float16)(0);
            for (long i0 = 0; i0 < size_0; ++i0) {
                const float16 given_0_0 = vload16(0, given_0 + (given_0_offset + i0 * walk_0_0 + column));
                sum_0_so_far = sum_0_so_far + given_0_0;
            }
            const float16 sum_0 = sum_0_so_far;
            vstore16(sum_0, 0, sum_0_out + (sum_0_out_offset + column));
        }
    }
}
