// 1 items in groups of 1: reduce_min
#pragma OPENCL FP_CONTRACT OFF

long across_reduce_min_int64_8(const long8 lanes)
{
    const long4 low_4 = lanes.lo, high_4 = lanes.hi;
    const long4 folded_4 = min(low_4, high_4);
    const long2 low_2 = folded_4.lo, high_2 = folded_4.hi;
    const long2 folded_2 = min(low_2, high_2);
    const long low_1 = folded_2.s0, high_1 = folded_2.s1;
    const long folded_1 = min(low_1, high_1);
    return folded_1;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void row_reduce_min(
    const long rows_each,
    const long rows,
    const long columns,
    global const long *restrict given_0,
    const long given_0_offset,
    global long *restrict reduce_min_0_out,
    const long reduce_min_0_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long8 reduce_min_0_so_far = (long8)(LONG_MAX);
        {
            long column = 0;
            for (; column + 8 <= columns; column += 8) {
                const long8 x0 = vload8(0, given_0 + (given_0_offset + column));
                reduce_min_0_so_far = min(reduce_min_0_so_far, x0);
            }
        }
        const long reduce_min_0 = across_reduce_min_int64_8(reduce_min_0_so_far);
        *(reduce_min_0_out + reduce_min_0_out_offset) = reduce_min_0;
    }
}

// 1 items in groups of 1: reduce_max
#pragma OPENCL FP_CONTRACT OFF

long across_reduce_max_int64_8(const long8 lanes)
{
    const long4 low_4 = lanes.lo, high_4 = lanes.hi;
    const long4 folded_4 = max(low_4, high_4);
    const long2 low_2 = folded_4.lo, high_2 = folded_4.hi;
    const long2 folded_2 = max(low_2, high_2);
    const long low_1 = folded_2.s0, high_1 = folded_2.s1;
    const long folded_1 = max(low_1, high_1);
    return folded_1;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void row_reduce_max(
    const long rows_each,
    const long rows,
    const long columns,
    global const long *restrict given_0,
    const long given_0_offset,
    global long *restrict reduce_max_0_out,
    const long reduce_max_0_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long8 reduce_max_0_so_far = (long8)(LONG_MIN);
        {
            long column = 0;
            for (; column + 8 <= columns; column += 8) {
                const long8 x0 = vload8(0, given_0 + (given_0_offset + column));
                reduce_max_0_so_far = max(reduce_max_0_so_far, x0);
            }
        }
        const long reduce_max_0 = across_reduce_max_int64_8(reduce_max_0_so_far);
        *(reduce_max_0_out + reduce_max_0_out_offset) = reduce_max_0;
    }
}

// 1 items in groups of 1: pick
#pragma OPENCL FP_CONTRACT OFF

float8 load_some_float32_8(global const float *place, const int count)
{
    float lanes[8];
    for (int lane = 0; lane < 8; ++lane)
        lanes[lane] = 0;
    for (int lane = 0; lane < count; ++lane)
        lanes[lane] = *(place + lane);
    return vload8(0, lanes);
}

void store_some_float32_8(const float8 value, global float *place, const int count)
{
    float lanes[8];
    vstore8(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = lanes[lane];
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void map_pick(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
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
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 8 <= last_column; column += 8) {
            const long x0 = *(given_1 + (given_1_offset + row));
            const float8 pick_0 = vload8(0, given_0 + (given_0_offset + column + convert_long(x0) * pick_0_step_0));
            vstore8(pick_0, 0, pick_0_out + (pick_0_out_offset + row * stride_a0 + column));
        }
        if (column < last_column) {
            const int left = (int)(last_column - column);
            const long x0 = *(given_1 + (given_1_offset + row));
            const float8 pick_0 = load_some_float32_8(given_0 + (given_0_offset + column + convert_long(x0) * pick_0_step_0), left);
            store_some_float32_8(pick_0, pick_0_out + (pick_0_out_offset + row * stride_a0 + column), left);
        }
    }
}
