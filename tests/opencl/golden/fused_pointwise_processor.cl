// 1 items in groups of 1: sigmoid, multiply, multiply, add, tanh, sum, multiply, subtract, multiply, multiply, multiply, multiply, subtract, multiply, multiply
#pragma OPENCL FP_CONTRACT OFF

float16 load_some_float32_16(global const float *place, const int count)
{
    float lanes[16];
    for (int lane = 0; lane < 16; ++lane)
        lanes[lane] = 0;
    for (int lane = 0; lane < count; ++lane)
        lanes[lane] = *(place + lane);
    return vload16(0, lanes);
}

void store_some_float32_16(const float16 value, global float *place, const int count)
{
    float lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = lanes[lane];
}

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
void row_sigmoid_multiply_add_tanh_sum_subtract(
    const long rows_each,
    const long rows,
    const long size_1,
    global const float *restrict given_0,
    const long given_0_offset,
    const long walk_0_0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    const float number_0,
    const float number_1,
    const float number_2,
    const float number_3,
    const float number_4,
    global float *restrict tanh_4_out,
    const long tanh_4_out_offset,
    global float *restrict multiply_9_out,
    const long multiply_9_out_offset,
    global float *restrict multiply_11_out,
    const long multiply_11_out_offset,
    global float *restrict multiply_14_out,
    const long multiply_14_out_offset,
    const long size_0,
    global float *restrict sum_5_out,
    const long sum_5_out_offset)
{
    long item = get_global_id(0);
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        float16 sum_5_so_far = (float16)(0);
        {
            for (long i0 = 0; i0 < size_0; ++i0) {
                long column = 0;
                for (; column + 16 <= size_1; column += 16) {
                    const float16 given_0_0 = vload16(0, given_0 + (given_0_offset + i0 * walk_0_0 + column));
                    const float16 sigmoid_0 = (float16)(1) / ((float16)(1) + exp(-given_0_0));
                    const float16 given_1_1 = vload16(0, given_1 + (given_1_offset + column));
                    const float16 multiply_1 = sigmoid_0 * given_1_1;
                    const float16 given_2_2 = vload16(0, given_2 + (given_2_offset + i0 * walk_0_0 + column));
                    const float16 multiply_2 = given_2_2 * (float16)(number_0);
                    const float16 add_3 = multiply_1 + multiply_2;
                    const float16 tanh_4 = tanh(add_3);
                    sum_5_so_far = sum_5_so_far + tanh_4;
                    const float16 multiply_6 = tanh_4 * tanh_4;
                    const float16 subtract_7 = (float16)(number_2) - multiply_6;
                    const float16 multiply_8 = (float16)(number_1) * subtract_7;
                    const float16 multiply_9 = multiply_8 * (float16)(number_3);
                    const float16 multiply_11 = multiply_8 * sigmoid_0;
                    const float16 multiply_10 = multiply_8 * given_1_1;
                    const float16 subtract_12 = (float16)(number_4) - sigmoid_0;
                    const float16 multiply_13 = sigmoid_0 * subtract_12;
                    const float16 multiply_14 = multiply_10 * multiply_13;
                    vstore16(tanh_4, 0, tanh_4_out + (tanh_4_out_offset + i0 * walk_0_0 + column));
                    vstore16(multiply_9, 0, multiply_9_out + (multiply_9_out_offset + i0 * walk_0_0 + column));
                    vstore16(multiply_11, 0, multiply_11_out + (multiply_11_out_offset + i0 * walk_0_0 + column));
                    vstore16(multiply_14, 0, multiply_14_out + (multiply_14_out_offset + i0 * walk_0_0 + column));
                }
                if (column < size_1) {
                    const int left = (int)(size_1 - column);
                    const char16 inside = convert_char16((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) < (int16)(left));
                    const float16 given_0_0 = load_some_float32_16(given_0 + (given_0_offset + i0 * walk_0_0 + column), left);
                    const float16 sigmoid_0 = (float16)(1) / ((float16)(1) + exp(-given_0_0));
                    const float16 given_1_1 = load_some_float32_16(given_1 + (given_1_offset + column), left);
                    const float16 multiply_1 = sigmoid_0 * given_1_1;
                    const float16 given_2_2 = load_some_float32_16(given_2 + (given_2_offset + i0 * walk_0_0 + column), left);
                    const float16 multiply_2 = given_2_2 * (float16)(number_0);
                    const float16 add_3 = multiply_1 + multiply_2;
                    const float16 tanh_4 = tanh(add_3);
                    sum_5_so_far = select(sum_5_so_far, sum_5_so_far + tanh_4, convert_int16(inside));
                    const float16 multiply_6 = tanh_4 * tanh_4;
                    const float16 subtract_7 = (float16)(number_2) - multiply_6;
                    const float16 multiply_8 = (float16)(number_1) * subtract_7;
                    const float16 multiply_9 = multiply_8 * (float16)(number_3);
                    const float16 multiply_11 = multiply_8 * sigmoid_0;
                    const float16 multiply_10 = multiply_8 * given_1_1;
                    const float16 subtract_12 = (float16)(number_4) - sigmoid_0;
                    const float16 multiply_13 = sigmoid_0 * subtract_12;
                    const float16 multiply_14 = multiply_10 * multiply_13;
                    store_some_float32_16(tanh_4, tanh_4_out + (tanh_4_out_offset + i0 * walk_0_0 + column), left);
                    store_some_float32_16(multiply_9, multiply_9_out + (multiply_9_out_offset + i0 * walk_0_0 + column), left);
                    store_some_float32_16(multiply_11, multiply_11_out + (multiply_11_out_offset + i0 * walk_0_0 + column), left);
                    store_some_float32_16(multiply_14, multiply_14_out + (multiply_14_out_offset + i0 * walk_0_0 + column), left);
                }
            }
        }
        const float sum_5 = across_sum_float32_16(sum_5_so_far);
        *(sum_5_out + (sum_5_out_offset + 0)) = sum_5;
    }
}

// 1 items in groups of 1: full
#pragma OPENCL FP_CONTRACT OFF

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float)))
void map_full(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    const float number_0,
    global float *restrict full_0_out,
    const long full_0_out_offset)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column < last_column; ++column) {
            const float full_0 = number_0;
            *(full_0_out + (full_0_out_offset + column)) = full_0;
        }
    }
}

// 4 items in groups of 1: sum
#pragma OPENCL FP_CONTRACT OFF

float16 load_some_float32_16(global const float *place, const int count)
{
    float lanes[16];
    for (int lane = 0; lane < 16; ++lane)
        lanes[lane] = 0;
    for (int lane = 0; lane < count; ++lane)
        lanes[lane] = *(place + lane);
    return vload16(0, lanes);
}

void store_some_float32_16(const float16 value, global float *place, const int count)
{
    float lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = lanes[lane];
}

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
        if (column < last_column) {
            const int left = (int)(last_column - column);
            float16 sum_0_so_far = (float16)(0);
            for (long i0 = 0; i0 < size_0; ++i0) {
                const float16 given_0_0 = load_some_float32_16(given_0 + (given_0_offset + i0 * walk_0_0 + column), left);
                sum_0_so_far = sum_0_so_far + given_0_0;
            }
            const float16 sum_0 = sum_0_so_far;
            store_some_float32_16(sum_0, sum_0_out + (sum_0_out_offset + column), left);
        }
    }
}
