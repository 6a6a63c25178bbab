#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void product_float32_columns_rows_blocks_12x32(
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
    const uint inner,
    const uint row_tiles,
    const uint strips,
    const uint block_depth)
{
    const uint column_blocks = (columns + strips * 32 - 1) / (strips * 32);
    const uint row_blocks = (rows + row_tiles * 12 - 1) / (row_tiles * 12);
    ulong block_number = get_group_id(0);
    const uint first_column = (uint)(block_number % column_blocks) * (strips * 32);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (row_tiles * 12);
    const uint batch = 0;
    const uint first_inner = 0;
    const uint last_inner = inner;
    x += x_offset;
    y += y_offset;
    out += out_offset;
    local float16 sums[24];
    local float16 y_block[1024];
    local float x_block[3072];

    for (uint block = first_inner; block < last_inner; block += block_depth) {
        const uint depth = min(block_depth, last_inner - block);
        for (uint strip = 0; strip < strips; ++strip) {
            const uint column = first_column + strip * 32;
            local float16 *target = y_block + strip * 256;
            global const float *y_row = y + (ulong)block * y_stride + column;
            // What follows a row may be read along, up to the end of y; nobody looks at it.
            const ulong left = (ulong)(inner - 1 - block) * y_stride + columns - column;
            const uint safe = column >= columns ? 0 : column + 32 <= columns ? depth : left < 32 ? 0 : (uint)min((ulong)depth, (left - 32) / y_stride + 1);
            uint k = 0;
            for (; k < safe; ++k) {
                target[0] = vload16(0, y_row);
                target[1] = vload16(0, y_row + 16);
                y_row += y_stride;
                target += 2;
            }
            for (; k < depth && column < columns; ++k) {
                for (uint j = 0; j < 32; ++j)
                    ((local float *)target)[j] = column + j < columns ? y_row[j] : 0;
                y_row += y_stride;
                target += 2;
            }
        }
        for (uint tile = 0; tile < row_tiles; ++tile) {
            const uint row = first_row + tile * 12;
            if (row >= rows)
                break;
            if (tile % 2 == 0) {
                // What follows a row of x may be read along, up to the end; nobody looks at it.
                const ulong left = (ulong)(inner - 1 - block) * x_stride + rows - row;
                const uint safe = row + 24 <= rows ? depth : left < 24 ? 0 : (uint)min((ulong)depth, (left - 24) / x_stride + 1);
                global const float *x_step = x + (ulong)block * x_stride + row;
                uint k = 0;
                for (; k < safe; ++k) {
                    vstore16(vload16(0, x_step), 0, x_block + k * 24 + 0);
                    vstore8(vload8(0, x_step + 16), 0, x_block + k * 24 + 16);
                    x_step += x_stride;
                }
                for (; k < depth; ++k) {
                    for (uint i = 0; i < 24; ++i)
                        x_block[k * 24 + i] = row + i < rows ? x_step[i] : 0;
                    x_step += x_stride;
                }
            }
            for (uint strip = 0; strip < strips; ++strip) {
                const uint column = first_column + strip * 32;
                if (column >= columns)
                    break;
                local float16 *tile_sums = sums;
                local const float16 *y_strip = y_block + strip * 256;
                local const float *x_step = x_block + tile % 2 * 12;
                float16 sum_0_0 = (float16)(0);
                float16 sum_0_1 = (float16)(0);
                float16 sum_1_0 = (float16)(0);
                float16 sum_1_1 = (float16)(0);
                float16 sum_2_0 = (float16)(0);
                float16 sum_2_1 = (float16)(0);
                float16 sum_3_0 = (float16)(0);
                float16 sum_3_1 = (float16)(0);
                float16 sum_4_0 = (float16)(0);
                float16 sum_4_1 = (float16)(0);
                float16 sum_5_0 = (float16)(0);
                float16 sum_5_1 = (float16)(0);
                float16 sum_6_0 = (float16)(0);
                float16 sum_6_1 = (float16)(0);
                float16 sum_7_0 = (float16)(0);
                float16 sum_7_1 = (float16)(0);
                float16 sum_8_0 = (float16)(0);
                float16 sum_8_1 = (float16)(0);
                float16 sum_9_0 = (float16)(0);
                float16 sum_9_1 = (float16)(0);
                float16 sum_10_0 = (float16)(0);
                float16 sum_10_1 = (float16)(0);
                float16 sum_11_0 = (float16)(0);
                float16 sum_11_1 = (float16)(0);
                for (uint k = 0; k < depth; ++k) {
                    const float16 y_0 = y_strip[0];
                    const float16 y_1 = y_strip[1];
                    const float x_0 = x_step[0];
                    sum_0_0 += x_0 * y_0;
                    sum_0_1 += x_0 * y_1;
                    const float x_1 = x_step[1];
                    sum_1_0 += x_1 * y_0;
                    sum_1_1 += x_1 * y_1;
                    const float x_2 = x_step[2];
                    sum_2_0 += x_2 * y_0;
                    sum_2_1 += x_2 * y_1;
                    const float x_3 = x_step[3];
                    sum_3_0 += x_3 * y_0;
                    sum_3_1 += x_3 * y_1;
                    const float x_4 = x_step[4];
                    sum_4_0 += x_4 * y_0;
                    sum_4_1 += x_4 * y_1;
                    const float x_5 = x_step[5];
                    sum_5_0 += x_5 * y_0;
                    sum_5_1 += x_5 * y_1;
                    const float x_6 = x_step[6];
                    sum_6_0 += x_6 * y_0;
                    sum_6_1 += x_6 * y_1;
                    const float x_7 = x_step[7];
                    sum_7_0 += x_7 * y_0;
                    sum_7_1 += x_7 * y_1;
                    const float x_8 = x_step[8];
                    sum_8_0 += x_8 * y_0;
                    sum_8_1 += x_8 * y_1;
                    const float x_9 = x_step[9];
                    sum_9_0 += x_9 * y_0;
                    sum_9_1 += x_9 * y_1;
                    const float x_10 = x_step[10];
                    sum_10_0 += x_10 * y_0;
                    sum_10_1 += x_10 * y_1;
                    const float x_11 = x_step[11];
                    sum_11_0 += x_11 * y_0;
                    sum_11_1 += x_11 * y_1;
                    x_step += 24;
                    y_strip += 2;
                }
                if (row + 12 <= rows && column + 32 <= columns) {
                    {
                        const uint out_row = row + 0;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_0_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_0_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 1;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_1_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_1_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 2;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_2_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_2_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 3;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_3_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_3_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 4;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_4_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_4_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 5;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_5_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_5_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 6;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_6_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_6_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 7;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_7_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_7_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 8;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_8_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_8_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 9;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_9_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_9_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 10;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_10_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_10_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 11;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_11_0;
                            vstore16(value, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_11_1;
                            vstore16(value, 0, out + place);
                        }
                    }
                    continue;
                }
                tile_sums[0] = sum_0_0;
                tile_sums[1] = sum_0_1;
                tile_sums[2] = sum_1_0;
                tile_sums[3] = sum_1_1;
                tile_sums[4] = sum_2_0;
                tile_sums[5] = sum_2_1;
                tile_sums[6] = sum_3_0;
                tile_sums[7] = sum_3_1;
                tile_sums[8] = sum_4_0;
                tile_sums[9] = sum_4_1;
                tile_sums[10] = sum_5_0;
                tile_sums[11] = sum_5_1;
                tile_sums[12] = sum_6_0;
                tile_sums[13] = sum_6_1;
                tile_sums[14] = sum_7_0;
                tile_sums[15] = sum_7_1;
                tile_sums[16] = sum_8_0;
                tile_sums[17] = sum_8_1;
                tile_sums[18] = sum_9_0;
                tile_sums[19] = sum_9_1;
                tile_sums[20] = sum_10_0;
                tile_sums[21] = sum_10_1;
                tile_sums[22] = sum_11_0;
                tile_sums[23] = sum_11_1;
                local const float *totals = (local const float *)tile_sums;
                for (uint i = 0; i < 12 && row + i < rows; ++i) {
                    const uint out_row = row + i;
                    const uint end = min(column + 32, columns);
                    uint out_column = column;
                    for (; out_column + 16 <= end; out_column += 16) {
                        const ulong place = (ulong)out_row * out_stride + out_column;
                        const float16 value = vload16(0, totals + i * 32 + (out_column - column));
                        vstore16(value, 0, out + place);
                    }
                    for (; out_column < end; ++out_column) {
                        const ulong place = (ulong)out_row * out_stride + out_column;
                        const float value = totals[i * 32 + (out_column - column)];
                        out[place] = value;
                    }
                }
            }
        }
    }
}
