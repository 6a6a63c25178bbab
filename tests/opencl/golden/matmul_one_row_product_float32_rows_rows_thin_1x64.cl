#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void product_float32_rows_rows_thin_1x64(
    global const float *x,
    const ulong x_offset,
    const uint x_stride,
    global const float *y,
    const ulong y_offset,
    const uint y_stride,
    global float *out,
    const ulong out_offset,
    const uint out_stride,
    const uint rows,
    const uint columns,
    const uint inner)
{
    const uint column_blocks = (columns + 64 - 1) / (64);
    const uint row_blocks = (rows + 1 - 1) / (1);
    ulong block_number = get_group_id(0);
    const uint first_column = (uint)(block_number % column_blocks) * (64);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (1);
    const uint batch = 0;
    const uint first_inner = 0;
    const uint last_inner = inner;
    x += x_offset;
    y += y_offset;
    out += out_offset;
    local float16 sums[4];
    const uint row = first_row;
    const uint column = columns < 64 ? first_column : min(first_column, columns - 64);
    const ulong x_start_0 = (ulong)min(row + 0, rows - 1) * x_stride + first_inner;
    y += (ulong)first_inner * y_stride + column;
    if (columns >= 64) {
        float16 sum_0_0 = (float16)(0);
        float16 sum_0_1 = (float16)(0);
        float16 sum_0_2 = (float16)(0);
        float16 sum_0_3 = (float16)(0);
        ulong x_step = 0;
        for (uint k = first_inner; k < last_inner; ++k) {
            const float16 y_0 = vload16(0, y);
            const float16 y_1 = vload16(0, y + 16);
            const float16 y_2 = vload16(0, y + 32);
            const float16 y_3 = vload16(0, y + 48);
            const float x_0 = x[(x_start_0 + x_step)];
            sum_0_0 += x_0 * y_0;
            sum_0_1 += x_0 * y_1;
            sum_0_2 += x_0 * y_2;
            sum_0_3 += x_0 * y_3;
            x_step += 1;
            y += y_stride;
        }
        sums[0] = sum_0_0;
        sums[1] = sum_0_1;
        sums[2] = sum_0_2;
        sums[3] = sum_0_3;
    } else {
        for (uint j = 0; j < columns; ++j) {
            float sum_0 = 0;
            for (uint k = 0; k < last_inner - first_inner; ++k) {
                const float y_0 = y[((ulong)k * y_stride + j)];
                sum_0 += x[(x_start_0 + (ulong)k * 1)] * y_0;
            }
            ((local float *)sums)[0 + j] = sum_0;
        }
    }
    local const float *totals = (local const float *)sums;
    for (uint i = 0; i < 1 && row + i < rows; ++i) {
        const uint out_row = row + i;
        const uint end = min(column + 64, columns);
        uint out_column = first_column;
        for (; out_column + 16 <= end; out_column += 16) {
            const ulong place = (ulong)out_row * out_stride + out_column;
            const float16 value = vload16(0, totals + i * 64 + (out_column - column));
            vstore16(value, 0, out + place);
        }
        for (; out_column < end; ++out_column) {
            const ulong place = (ulong)out_row * out_stride + out_column;
            const float value = totals[i * 64 + (out_column - column)];
            out[place] = value;
        }
    }
}
