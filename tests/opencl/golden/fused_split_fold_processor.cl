// 512 items in groups of 1: multiply, sum
#pragma OPENCL FP_CONTRACT OFF

float across_sum_float32_16(const float16 lanes)
{
    const float8 low_8 = lanes.lo, high_8 = lanes.hi;
    const float8 folded_8 = low_8 + high_8;
    const float4 low_4 = folded_8.lo, high_4 = folded_8.hi;
    const float4 folded_4 = low_4 + high_4;
    const float2 low_2 = folded_4.lo, high_2 = folded_4.hi;
    const float2 folded_2 = low_2 + high_2;
    const float low_1 = folded_2.s0, high_1 = folded_2.s1;
    const float folded_1 = low_1 + high_1;
    return folded_1;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void row_multiply_sum(
    const long parts,
    const long rows_each,
    const long rows,
    const long columns,
    const long part_size,
    global const float *restrict given_0,
    const long given_0_offset,
    const long chunk,
    const long outer_size,
    global float *restrict sum_1_out,
    const long sum_1_out_offset)
{
    long item = get_global_id(0);
    const long part = item % parts;
    item /= parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_1_so_far = (float16)(0);
        float16 sum_1_aside = (float16)(0);
        {
            long column = min(columns, part * part_size);
            const long last_column = min(columns, (part + 1) * part_size);
            for (; column + 16 <= last_column;) {
                const long chunk_end = min(last_column, column + chunk);
                for (; column + 16 <= chunk_end; column += 16) {
                    const float16 x0 = vload16(0, given_0 + (given_0_offset + column));
                    const float16 multiply_0 = x0 * x0;
                    sum_1_so_far = sum_1_so_far + multiply_0;
                }
                sum_1_aside = sum_1_aside + sum_1_so_far;
                sum_1_so_far = (float16)(0);
            }
        }
        sum_1_so_far = sum_1_aside + sum_1_so_far;
        const float sum_1 = across_sum_float32_16(sum_1_so_far);
        *(sum_1_out + (sum_1_out_offset + 0 + part * outer_size)) = sum_1;
    }
}

// 1 items in groups of 1: sum
#pragma OPENCL FP_CONTRACT OFF

float across_sum_float32_16(const float16 lanes)
{
    const float8 low_8 = lanes.lo, high_8 = lanes.hi;
    const float8 folded_8 = low_8 + high_8;
    const float4 low_4 = folded_8.lo, high_4 = folded_8.hi;
    const float4 folded_4 = low_4 + high_4;
    const float2 low_2 = folded_4.lo, high_2 = folded_4.hi;
    const float2 folded_2 = low_2 + high_2;
    const float low_1 = folded_2.s0, high_1 = folded_2.s1;
    const float folded_1 = low_1 + high_1;
    return folded_1;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void row_sum(
    const long rows_each,
    const long rows,
    const long columns,
    global const float *restrict given_0,
    const long given_0_offset,
    global float *restrict sum_0_out,
    const long sum_0_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_0_so_far = (float16)(0);
        {
            long column = 0;
            for (; column + 16 <= columns; column += 16) {
                const float16 x0 = vload16(0, given_0 + (given_0_offset + column));
                sum_0_so_far = sum_0_so_far + x0;
            }
        }
        const float sum_0 = across_sum_float32_16(sum_0_so_far);
        *(sum_0_out + sum_0_out_offset) = sum_0;
    }
}
