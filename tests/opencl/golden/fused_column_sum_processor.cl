// 8 items in groups of 1: sum
#pragma OPENCL FP_CONTRACT OFF

void store_some_float32_16(const float16 value, global float *place, const int count)
{
    float lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = lanes[lane];
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void map_sum(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    global float *restrict sum_0_out,
    const long sum_0_out_offset,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    const long part = item;
    {
        long column = 0;
        for (; column + 16 <= columns; column += 16) {
            vstore16((float16)(0), 0, sum_0_out + (sum_0_out_offset + part * columns + column));
        }
    }
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 16 <= last_column; column += 16) {
            const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
            const float16 sum_0_before = vload16(0, sum_0_out + (sum_0_out_offset + part * columns + column));
            const float16 sum_0 = sum_0_before + x0;
            vstore16(sum_0, 0, sum_0_out + (sum_0_out_offset + part * columns + column));
        }
    }
}

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
    const long stride_a0,
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
                const float16 x0 = vload16(0, given_0 + (given_0_offset + i0 * stride_a0 + column));
                sum_0_so_far = sum_0_so_far + x0;
            }
            const float16 sum_0 = sum_0_so_far;
            vstore16(sum_0, 0, sum_0_out + (sum_0_out_offset + column));
        }
    }
}
