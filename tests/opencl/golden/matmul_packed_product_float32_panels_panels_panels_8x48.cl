#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void product_float32_panels_panels_panels_8x48(
    global const float *x,
    const ulong x_offset,
    global const float *y,
    const ulong y_offset,
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
    const uint column_blocks = (columns + strips * 48 - 1) / (strips * 48);
    const uint row_blocks = (rows + row_tiles * 8 - 1) / (row_tiles * 8);
    ulong block_number = get_group_id(0);
    const uint first_column = (uint)(block_number % column_blocks) * (strips * 48);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (row_tiles * 8);
    const uint batch = 0;
    const uint first_inner = 0;
    const uint last_inner = inner;
    x += x_offset;
    y += y_offset;
    out += out_offset;
    local float16 sums[3072];

    for (uint block = first_inner; block < last_inner; block += block_depth) {
        const uint depth = min(block_depth, last_inner - block);
        for (uint strip = 0; strip < strips; ++strip) {
            const uint column = first_column + strip * 48;
            if (column >= columns)
                break;
            for (uint tile = 0; tile < row_tiles; ++tile) {
                const uint row = first_row + tile * 8;
                if (row >= rows)
                    break;
                global const float *x_tile = x + ((ulong)(row / 8) * inner + block) * 8;
                local float16 *tile_sums = sums + (tile * strips + strip) * 24;
                global const float16 *y_strip = (global const float16 *)y + ((ulong)(column / 48) * inner + block) * 3;
                global const float *x_step = x_tile;
                float16 sum_0_0 = block > first_inner ? tile_sums[0] : (float16)(0);
                float16 sum_0_1 = block > first_inner ? tile_sums[1] : (float16)(0);
                float16 sum_0_2 = block > first_inner ? tile_sums[2] : (float16)(0);
                float16 sum_1_0 = block > first_inner ? tile_sums[3] : (float16)(0);
                float16 sum_1_1 = block > first_inner ? tile_sums[4] : (float16)(0);
                float16 sum_1_2 = block > first_inner ? tile_sums[5] : (float16)(0);
                float16 sum_2_0 = block > first_inner ? tile_sums[6] : (float16)(0);
                float16 sum_2_1 = block > first_inner ? tile_sums[7] : (float16)(0);
                float16 sum_2_2 = block > first_inner ? tile_sums[8] : (float16)(0);
                float16 sum_3_0 = block > first_inner ? tile_sums[9] : (float16)(0);
                float16 sum_3_1 = block > first_inner ? tile_sums[10] : (float16)(0);
                float16 sum_3_2 = block > first_inner ? tile_sums[11] : (float16)(0);
                float16 sum_4_0 = block > first_inner ? tile_sums[12] : (float16)(0);
                float16 sum_4_1 = block > first_inner ? tile_sums[13] : (float16)(0);
                float16 sum_4_2 = block > first_inner ? tile_sums[14] : (float16)(0);
                float16 sum_5_0 = block > first_inner ? tile_sums[15] : (float16)(0);
                float16 sum_5_1 = block > first_inner ? tile_sums[16] : (float16)(0);
                float16 sum_5_2 = block > first_inner ? tile_sums[17] : (float16)(0);
                float16 sum_6_0 = block > first_inner ? tile_sums[18] : (float16)(0);
                float16 sum_6_1 = block > first_inner ? tile_sums[19] : (float16)(0);
                float16 sum_6_2 = block > first_inner ? tile_sums[20] : (float16)(0);
                float16 sum_7_0 = block > first_inner ? tile_sums[21] : (float16)(0);
                float16 sum_7_1 = block > first_inner ? tile_sums[22] : (float16)(0);
                float16 sum_7_2 = block > first_inner ? tile_sums[23] : (float16)(0);
                for (uint k = 0; k < depth; ++k) {
                    const float16 y_0 = y_strip[0];
                    const float16 y_1 = y_strip[1];
                    const float16 y_2 = y_strip[2];
                    const float x_0 = x_step[0];
                    sum_0_0 += x_0 * y_0;
                    sum_0_1 += x_0 * y_1;
                    sum_0_2 += x_0 * y_2;
                    const float x_1 = x_step[1];
                    sum_1_0 += x_1 * y_0;
                    sum_1_1 += x_1 * y_1;
                    sum_1_2 += x_1 * y_2;
                    const float x_2 = x_step[2];
                    sum_2_0 += x_2 * y_0;
                    sum_2_1 += x_2 * y_1;
                    sum_2_2 += x_2 * y_2;
                    const float x_3 = x_step[3];
                    sum_3_0 += x_3 * y_0;
                    sum_3_1 += x_3 * y_1;
                    sum_3_2 += x_3 * y_2;
                    const float x_4 = x_step[4];
                    sum_4_0 += x_4 * y_0;
                    sum_4_1 += x_4 * y_1;
                    sum_4_2 += x_4 * y_2;
                    const float x_5 = x_step[5];
                    sum_5_0 += x_5 * y_0;
                    sum_5_1 += x_5 * y_1;
                    sum_5_2 += x_5 * y_2;
                    const float x_6 = x_step[6];
                    sum_6_0 += x_6 * y_0;
                    sum_6_1 += x_6 * y_1;
                    sum_6_2 += x_6 * y_2;
                    const float x_7 = x_step[7];
                    sum_7_0 += x_7 * y_0;
                    sum_7_1 += x_7 * y_1;
                    sum_7_2 += x_7 * y_2;
                    x_step += 8;
                    y_strip += 3;
                }
                if (block + depth == last_inner && row + 8 <= rows && column + 48 <= columns) {
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
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_0_2;
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
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_1_2;
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
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_2_2;
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
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_3_2;
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
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_4_2;
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
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_5_2;
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
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_6_2;
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
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_7_2;
                            vstore16(value, 0, out + place);
                        }
                    }
                    continue;
                }
                tile_sums[0] = sum_0_0;
                tile_sums[1] = sum_0_1;
                tile_sums[2] = sum_0_2;
                tile_sums[3] = sum_1_0;
                tile_sums[4] = sum_1_1;
                tile_sums[5] = sum_1_2;
                tile_sums[6] = sum_2_0;
                tile_sums[7] = sum_2_1;
                tile_sums[8] = sum_2_2;
                tile_sums[9] = sum_3_0;
                tile_sums[10] = sum_3_1;
                tile_sums[11] = sum_3_2;
                tile_sums[12] = sum_4_0;
                tile_sums[13] = sum_4_1;
                tile_sums[14] = sum_4_2;
                tile_sums[15] = sum_5_0;
                tile_sums[16] = sum_5_1;
                tile_sums[17] = sum_5_2;
                tile_sums[18] = sum_6_0;
                tile_sums[19] = sum_6_1;
                tile_sums[20] = sum_6_2;
                tile_sums[21] = sum_7_0;
                tile_sums[22] = sum_7_1;
                tile_sums[23] = sum_7_2;
                if (block + depth < last_inner)
                    continue;
                local const float *totals = (local const float *)tile_sums;
                for (uint i = 0; i < 8 && row + i < rows; ++i) {
                    const uint out_row = row + i;
                    const uint end = min(column + 48, columns);
                    uint out_column = column;
                    for (; out_column + 16 <= end; out_column += 16) {
                        const ulong place = (ulong)out_row * out_stride + out_column;
                        const float16 value = vload16(0, totals + i * 48 + (out_column - column));
                        vstore16(value, 0, out + place);
                    }
                    for (; out_column < end; ++out_column) {
                        const ulong place = (ulong)out_row * out_stride + out_column;
                        const float value = totals[i * 48 + (out_column - column)];
                        out[place] = value;
                    }
                }
            }
        }
    }
}
