// 8 items in groups of 1: sigmoid, multiply, multiply, add, tanh, multiply, subtract, multiply, multiply, multiply, multiply, sum, subtract, multiply, multiply
#pragma OPENCL FP_CONTRACT OFF

void store_some_float32_16(const float16 value, global float *place, const int count)
{
    float lanes[16];
    vstore16(value, 0, lanes);
    for (int lane = 0; lane < count; ++lane)
        *(place + lane) = lanes[lane];
}

float16 load_some_float32_16(global const float *place, const int count)
{
    float lanes[16];
    for (int lane = 0; lane < 16; ++lane)
        lanes[lane] = 0;
    for (int lane = 0; lane < count; ++lane)
        lanes[lane] = *(place + lane);
    return vload16(0, lanes);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void map_sigmoid_tanh_sum(
    const long column_parts,
    const long columns_each,
    const long columns,
    const long rows_each,
    const long rows,
    global float *restrict sum_11_out,
    const long sum_11_out_offset,
    global const float *restrict given_0,
    const long given_0_offset,
    const long stride_a0,
    const float number_0,
    global const float *restrict given_1,
    const long given_1_offset,
    global const float *restrict given_2,
    const long given_2_offset,
    global const float *restrict given_3,
    const long given_3_offset,
    const float number_1,
    const float number_2,
    const float number_3,
    global float *restrict tanh_4_out,
    const long tanh_4_out_offset,
    global float *restrict multiply_8_out,
    const long multiply_8_out_offset,
    global float *restrict multiply_14_out,
    const long multiply_14_out_offset)
{
    long item = get_global_id(0);
    const long first_column = item % column_parts * columns_each;
    const long last_column = min(columns, first_column + columns_each);
    item /= column_parts;
    const long part = item;
    {
        long column = 0;
        for (; column + 16 <= columns; column += 16) {
            vstore16((float16)(0), 0, sum_11_out + (sum_11_out_offset + part * columns + column));
        }
        if (column < columns) {
            const int left = (int)(columns - column);
            store_some_float32_16((float16)(0), sum_11_out + (sum_11_out_offset + part * columns + column), left);
        }
    }
    for (long row = item * rows_each; row < min(rows, (item + 1) * rows_each); ++row) {
        long column = first_column;
        for (; column + 16 <= last_column; column += 16) {
            const float16 x0 = vload16(0, given_0 + (given_0_offset + row * stride_a0 + column));
            const float16 x1 = vload16(0, given_1 + (given_1_offset + row * stride_a0 + column));
            const float16 sigmoid_0 = (float16)(1) / ((float16)(1) + exp(-x1));
            const float16 x2 = vload16(0, given_2 + (given_2_offset + column));
            const float16 multiply_1 = sigmoid_0 * x2;
            const float16 x3 = vload16(0, given_3 + (given_3_offset + row * stride_a0 + column));
            const float16 multiply_2 = x3 * (float16)(number_1);
            const float16 add_3 = multiply_1 + multiply_2;
            const float16 tanh_4 = tanh(add_3);
            const float16 multiply_5 = tanh_4 * tanh_4;
            const float16 subtract_6 = (float16)(number_0) - multiply_5;
            const float16 multiply_7 = x0 * subtract_6;
            const float16 multiply_10 = multiply_7 * sigmoid_0;
            const float16 sum_11_before = vload16(0, sum_11_out + (sum_11_out_offset + part * columns + column));
            const float16 sum_11 = sum_11_before + multiply_10;
            vstore16(sum_11, 0, sum_11_out + (sum_11_out_offset + part * columns + column));
            const float16 multiply_8 = multiply_7 * (float16)(number_2);
            const float16 multiply_9 = multiply_7 * x2;
            const float16 subtract_12 = (float16)(number_3) - sigmoid_0;
            const float16 multiply_13 = sigmoid_0 * subtract_12;
            const float16 multiply_14 = multiply_9 * multiply_13;
            vstore16(tanh_4, 0, tanh_4_out + (tanh_4_out_offset + row * stride_a0 + column));
            vstore16(multiply_8, 0, multiply_8_out + (multiply_8_out_offset + row * stride_a0 + column));
            vstore16(multiply_14, 0, multiply_14_out + (multiply_14_out_offset + row * stride_a0 + column));
        }
        if (column < last_column) {
            const int left = (int)(last_column - column);
            const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + row * stride_a0 + column), left);
            const float16 x1 = load_some_float32_16(given_1 + (given_1_offset + row * stride_a0 + column), left);
            const float16 sigmoid_0 = (float16)(1) / ((float16)(1) + exp(-x1));
            const float16 x2 = load_some_float32_16(given_2 + (given_2_offset + column), left);
            const float16 multiply_1 = sigmoid_0 * x2;
            const float16 x3 = load_some_float32_16(given_3 + (given_3_offset + row * stride_a0 + column), left);
            const float16 multiply_2 = x3 * (float16)(number_1);
            const float16 add_3 = multiply_1 + multiply_2;
            const float16 tanh_4 = tanh(add_3);
            const float16 multiply_5 = tanh_4 * tanh_4;
            const float16 subtract_6 = (float16)(number_0) - multiply_5;
            const float16 multiply_7 = x0 * subtract_6;
            const float16 multiply_10 = multiply_7 * sigmoid_0;
            const float16 sum_11_before = load_some_float32_16(sum_11_out + (sum_11_out_offset + part * columns + column), left);
            const float16 sum_11 = sum_11_before + multiply_10;
            store_some_float32_16(sum_11, sum_11_out + (sum_11_out_offset + part * columns + column), left);
            const float16 multiply_8 = multiply_7 * (float16)(number_2);
            const float16 multiply_9 = multiply_7 * x2;
            const float16 subtract_12 = (float16)(number_3) - sigmoid_0;
            const float16 multiply_13 = sigmoid_0 * subtract_12;
            const float16 multiply_14 = multiply_9 * multiply_13;
            store_some_float32_16(tanh_4, tanh_4_out + (tanh_4_out_offset + row * stride_a0 + column), left);
            store_some_float32_16(multiply_8, multiply_8_out + (multiply_8_out_offset + row * stride_a0 + column), left);
            store_some_float32_16(multiply_14, multiply_14_out + (multiply_14_out_offset + row * stride_a0 + column), left);
        }
    }
}

// 1 items in groups of 1: sum
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
        if (column < last_column) {
            const int left = (int)(last_column - column);
            float16 sum_0_so_far = (float16)(0);
            for (long i0 = 0; i0 < size_0; ++i0) {
                const float16 x0 = load_some_float32_16(given_0 + (given_0_offset + i0 * stride_a0 + column), left);
                sum_0_so_far = sum_0_so_far + x0;
            }
            const float16 sum_0 = sum_0_so_far;
            store_some_float32_16(sum_0, sum_0_out + (sum_0_out_offset + column), left);
        }
    }
}
