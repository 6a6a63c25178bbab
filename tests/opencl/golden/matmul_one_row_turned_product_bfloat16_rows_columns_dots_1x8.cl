#pragma OPENCL FP_CONTRACT ON

ushort to_bfloat16_1(float value)
{
    const uint pattern = as_uint(value);
    const uint rounded = (pattern + 0x7fffu + ((pattern >> 16) & 1u)) >> 16;
    return convert_ushort(isnan(value) ? 0x7fc0u : rounded);
}

ushort8 to_bfloat16_8(float8 value)
{
    const uint8 pattern = as_uint8(value);
    const uint8 rounded = (pattern + 0x7fffu + ((pattern >> 16) & (uint8)(1))) >> 16;
    return convert_ushort8(select(rounded, (uint8)(0x7fc0), isnan(value)));
}

float total(const float16 sum)
{
    const float8 half_8 = sum.lo + sum.hi;
    const float4 half_4 = half_8.lo + half_8.hi;
    const float2 half_2 = half_4.lo + half_4.hi;
    return half_2.x + half_2.y;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void product_bfloat16_rows_columns_dots_1x8(
    global const ushort *x,
    const ulong x_offset,
    const uint x_stride,
    global const ushort *y,
    const ulong y_offset,
    const uint y_stride,
    global ushort *out,
    const ulong out_offset,
    const uint out_stride,
    const uint rows,
    const uint columns,
    const uint inner)
{
    const uint column_blocks = (columns + 8 - 1) / (8);
    const uint row_blocks = (rows + 1 - 1) / (1);
    ulong block_number = get_group_id(0);
    const uint first_column = (uint)(block_number % column_blocks) * (8);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (1);
    const uint batch = 0;
    const uint first_inner = 0;
    const uint last_inner = inner;
    x += x_offset;
    y += y_offset;
    out += out_offset;
    local float sums[8];
    const uint row = first_row;
    const uint column = first_column;
    const ulong x_row_0 = (ulong)min(row + 0, rows - 1) * x_stride;
    const ulong y_row_0 = (ulong)min(column + 0, columns - 1) * y_stride;
    const ulong y_row_1 = (ulong)min(column + 1, columns - 1) * y_stride;
    const ulong y_row_2 = (ulong)min(column + 2, columns - 1) * y_stride;
    const ulong y_row_3 = (ulong)min(column + 3, columns - 1) * y_stride;
    const ulong y_row_4 = (ulong)min(column + 4, columns - 1) * y_stride;
    const ulong y_row_5 = (ulong)min(column + 5, columns - 1) * y_stride;
    const ulong y_row_6 = (ulong)min(column + 6, columns - 1) * y_stride;
    const ulong y_row_7 = (ulong)min(column + 7, columns - 1) * y_stride;
    float16 sum_0_0 = (float16)(0);
    float16 sum_0_1 = (float16)(0);
    float16 sum_0_2 = (float16)(0);
    float16 sum_0_3 = (float16)(0);
    float16 sum_0_4 = (float16)(0);
    float16 sum_0_5 = (float16)(0);
    float16 sum_0_6 = (float16)(0);
    float16 sum_0_7 = (float16)(0);
    uint k = first_inner;
    for (; k + 16 <= last_inner; k += 16) {
        const float16 y_0 = as_float16(convert_uint16(vload16(0, y + y_row_0 + k)) << 16);
        const float16 y_1 = as_float16(convert_uint16(vload16(0, y + y_row_1 + k)) << 16);
        const float16 y_2 = as_float16(convert_uint16(vload16(0, y + y_row_2 + k)) << 16);
        const float16 y_3 = as_float16(convert_uint16(vload16(0, y + y_row_3 + k)) << 16);
        const float16 y_4 = as_float16(convert_uint16(vload16(0, y + y_row_4 + k)) << 16);
        const float16 y_5 = as_float16(convert_uint16(vload16(0, y + y_row_5 + k)) << 16);
        const float16 y_6 = as_float16(convert_uint16(vload16(0, y + y_row_6 + k)) << 16);
        const float16 y_7 = as_float16(convert_uint16(vload16(0, y + y_row_7 + k)) << 16);
        const float16 x_0 = as_float16(convert_uint16(vload16(0, x + x_row_0 + k)) << 16);
        sum_0_0 += x_0 * y_0;
        sum_0_1 += x_0 * y_1;
        sum_0_2 += x_0 * y_2;
        sum_0_3 += x_0 * y_3;
        sum_0_4 += x_0 * y_4;
        sum_0_5 += x_0 * y_5;
        sum_0_6 += x_0 * y_6;
        sum_0_7 += x_0 * y_7;
    }
    float total_0_0 = total(sum_0_0);
    float total_0_1 = total(sum_0_1);
    float total_0_2 = total(sum_0_2);
    float total_0_3 = total(sum_0_3);
    float total_0_4 = total(sum_0_4);
    float total_0_5 = total(sum_0_5);
    float total_0_6 = total(sum_0_6);
    float total_0_7 = total(sum_0_7);
    for (; k < last_inner; ++k) {
        const float y_0 = as_float(convert_uint(y[y_row_0 + k]) << 16);
        const float y_1 = as_float(convert_uint(y[y_row_1 + k]) << 16);
        const float y_2 = as_float(convert_uint(y[y_row_2 + k]) << 16);
        const float y_3 = as_float(convert_uint(y[y_row_3 + k]) << 16);
        const float y_4 = as_float(convert_uint(y[y_row_4 + k]) << 16);
        const float y_5 = as_float(convert_uint(y[y_row_5 + k]) << 16);
        const float y_6 = as_float(convert_uint(y[y_row_6 + k]) << 16);
        const float y_7 = as_float(convert_uint(y[y_row_7 + k]) << 16);
        const float x_0 = as_float(convert_uint(x[x_row_0 + k]) << 16);
        total_0_0 += x_0 * y_0;
        total_0_1 += x_0 * y_1;
        total_0_2 += x_0 * y_2;
        total_0_3 += x_0 * y_3;
        total_0_4 += x_0 * y_4;
        total_0_5 += x_0 * y_5;
        total_0_6 += x_0 * y_6;
        total_0_7 += x_0 * y_7;
    }
    sums[0] = total_0_0;
    sums[1] = total_0_1;
    sums[2] = total_0_2;
    sums[3] = total_0_3;
    sums[4] = total_0_4;
    sums[5] = total_0_5;
    sums[6] = total_0_6;
    sums[7] = total_0_7;
    local const float *totals = (local const float *)sums;
    for (uint i = 0; i < 1 && row + i < rows; ++i) {
        const uint out_row = row + i;
        const uint end = min(column + 8, columns);
        uint out_column = column;
        for (; out_column + 8 <= end; out_column += 8) {
            const ulong place = (ulong)out_row * out_stride + out_column;
            const float8 value = vload8(0, totals + i * 8 + (out_column - column));
            vstore8(to_bfloat16_8(value), 0, out + place);
        }
        for (; out_column < end; ++out_column) {
            const ulong place = (ulong)out_row * out_stride + out_column;
            const float value = totals[i * 8 + (out_column - column)];
            out[place] = to_bfloat16_1(value);
        }
    }
}
