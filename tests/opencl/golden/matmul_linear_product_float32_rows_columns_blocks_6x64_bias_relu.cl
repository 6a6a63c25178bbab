#pragma OPENCL FP_CONTRACT ON

float16 weave_low(const float16 a, const float16 b)
{
    return (float16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
}

float16 weave_high(const float16 a, const float16 b)
{
    return (float16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf);
}

void copy_turned(global const float *source, const ulong stride, const uint last, local float16 *target, const uint step)
{
    const float16 row_0 = vload16(0, source + min(0u, last) * stride);
    const float16 row_1 = vload16(0, source + min(1u, last) * stride);
    const float16 row_2 = vload16(0, source + min(2u, last) * stride);
    const float16 row_3 = vload16(0, source + min(3u, last) * stride);
    const float16 row_4 = vload16(0, source + min(4u, last) * stride);
    const float16 row_5 = vload16(0, source + min(5u, last) * stride);
    const float16 row_6 = vload16(0, source + min(6u, last) * stride);
    const float16 row_7 = vload16(0, source + min(7u, last) * stride);
    const float16 row_8 = vload16(0, source + min(8u, last) * stride);
    const float16 row_9 = vload16(0, source + min(9u, last) * stride);
    const float16 row_10 = vload16(0, source + min(10u, last) * stride);
    const float16 row_11 = vload16(0, source + min(11u, last) * stride);
    const float16 row_12 = vload16(0, source + min(12u, last) * stride);
    const float16 row_13 = vload16(0, source + min(13u, last) * stride);
    const float16 row_14 = vload16(0, source + min(14u, last) * stride);
    const float16 row_15 = vload16(0, source + min(15u, last) * stride);
    const float16 turn_0_0 = weave_low(row_0, row_8);
    const float16 turn_0_1 = weave_high(row_0, row_8);
    const float16 turn_0_2 = weave_low(row_1, row_9);
    const float16 turn_0_3 = weave_high(row_1, row_9);
    const float16 turn_0_4 = weave_low(row_2, row_10);
    const float16 turn_0_5 = weave_high(row_2, row_10);
    const float16 turn_0_6 = weave_low(row_3, row_11);
    const float16 turn_0_7 = weave_high(row_3, row_11);
    const float16 turn_0_8 = weave_low(row_4, row_12);
    const float16 turn_0_9 = weave_high(row_4, row_12);
    const float16 turn_0_10 = weave_low(row_5, row_13);
    const float16 turn_0_11 = weave_high(row_5, row_13);
    const float16 turn_0_12 = weave_low(row_6, row_14);
    const float16 turn_0_13 = weave_high(row_6, row_14);
    const float16 turn_0_14 = weave_low(row_7, row_15);
    const float16 turn_0_15 = weave_high(row_7, row_15);
    const float16 turn_1_0 = weave_low(turn_0_0, turn_0_8);
    const float16 turn_1_1 = weave_high(turn_0_0, turn_0_8);
    const float16 turn_1_2 = weave_low(turn_0_1, turn_0_9);
    const float16 turn_1_3 = weave_high(turn_0_1, turn_0_9);
    const float16 turn_1_4 = weave_low(turn_0_2, turn_0_10);
    const float16 turn_1_5 = weave_high(turn_0_2, turn_0_10);
    const float16 turn_1_6 = weave_low(turn_0_3, turn_0_11);
    const float16 turn_1_7 = weave_high(turn_0_3, turn_0_11);
    const float16 turn_1_8 = weave_low(turn_0_4, turn_0_12);
    const float16 turn_1_9 = weave_high(turn_0_4, turn_0_12);
    const float16 turn_1_10 = weave_low(turn_0_5, turn_0_13);
    const float16 turn_1_11 = weave_high(turn_0_5, turn_0_13);
    const float16 turn_1_12 = weave_low(turn_0_6, turn_0_14);
    const float16 turn_1_13 = weave_high(turn_0_6, turn_0_14);
    const float16 turn_1_14 = weave_low(turn_0_7, turn_0_15);
    const float16 turn_1_15 = weave_high(turn_0_7, turn_0_15);
    const float16 turn_2_0 = weave_low(turn_1_0, turn_1_8);
    const float16 turn_2_1 = weave_high(turn_1_0, turn_1_8);
    const float16 turn_2_2 = weave_low(turn_1_1, turn_1_9);
    const float16 turn_2_3 = weave_high(turn_1_1, turn_1_9);
    const float16 turn_2_4 = weave_low(turn_1_2, turn_1_10);
    const float16 turn_2_5 = weave_high(turn_1_2, turn_1_10);
    const float16 turn_2_6 = weave_low(turn_1_3, turn_1_11);
    const float16 turn_2_7 = weave_high(turn_1_3, turn_1_11);
    const float16 turn_2_8 = weave_low(turn_1_4, turn_1_12);
    const float16 turn_2_9 = weave_high(turn_1_4, turn_1_12);
    const float16 turn_2_10 = weave_low(turn_1_5, turn_1_13);
    const float16 turn_2_11 = weave_high(turn_1_5, turn_1_13);
    const float16 turn_2_12 = weave_low(turn_1_6, turn_1_14);
    const float16 turn_2_13 = weave_high(turn_1_6, turn_1_14);
    const float16 turn_2_14 = weave_low(turn_1_7, turn_1_15);
    const float16 turn_2_15 = weave_high(turn_1_7, turn_1_15);
    const float16 turn_3_0 = weave_low(turn_2_0, turn_2_8);
    const float16 turn_3_1 = weave_high(turn_2_0, turn_2_8);
    const float16 turn_3_2 = weave_low(turn_2_1, turn_2_9);
    const float16 turn_3_3 = weave_high(turn_2_1, turn_2_9);
    const float16 turn_3_4 = weave_low(turn_2_2, turn_2_10);
    const float16 turn_3_5 = weave_high(turn_2_2, turn_2_10);
    const float16 turn_3_6 = weave_low(turn_2_3, turn_2_11);
    const float16 turn_3_7 = weave_high(turn_2_3, turn_2_11);
    const float16 turn_3_8 = weave_low(turn_2_4, turn_2_12);
    const float16 turn_3_9 = weave_high(turn_2_4, turn_2_12);
    const float16 turn_3_10 = weave_low(turn_2_5, turn_2_13);
    const float16 turn_3_11 = weave_high(turn_2_5, turn_2_13);
    const float16 turn_3_12 = weave_low(turn_2_6, turn_2_14);
    const float16 turn_3_13 = weave_high(turn_2_6, turn_2_14);
    const float16 turn_3_14 = weave_low(turn_2_7, turn_2_15);
    const float16 turn_3_15 = weave_high(turn_2_7, turn_2_15);
    target[0 * step] = turn_3_0;
    target[1 * step] = turn_3_1;
    target[2 * step] = turn_3_2;
    target[3 * step] = turn_3_3;
    target[4 * step] = turn_3_4;
    target[5 * step] = turn_3_5;
    target[6 * step] = turn_3_6;
    target[7 * step] = turn_3_7;
    target[8 * step] = turn_3_8;
    target[9 * step] = turn_3_9;
    target[10 * step] = turn_3_10;
    target[11 * step] = turn_3_11;
    target[12 * step] = turn_3_12;
    target[13 * step] = turn_3_13;
    target[14 * step] = turn_3_14;
    target[15 * step] = turn_3_15;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void product_float32_rows_columns_blocks_6x64_bias_relu(
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
    const uint block_depth,
    global const float *bias,
    const ulong bias_offset)
{
    const uint column_blocks = (columns + strips * 64 - 1) / (strips * 64);
    const uint row_blocks = (rows + row_tiles * 6 - 1) / (row_tiles * 6);
    ulong block_number = get_group_id(0);
    const uint first_column = (uint)(block_number % column_blocks) * (strips * 64);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (row_tiles * 6);
    const uint batch = 0;
    const uint first_inner = 0;
    const uint last_inner = inner;
    x += x_offset;
    y += y_offset;
    out += out_offset;
    local float16 sums[1536];
    local float16 y_block[2048];

    for (uint block = first_inner; block < last_inner; block += block_depth) {
        const uint depth = min(block_depth, last_inner - block);
        for (uint part = 0; part < strips * 4; ++part) {
            const uint column = first_column + part * 16;
            local float16 *target = y_block + part / 4 * 1024 + part % 4;
            if (column >= columns) {
                for (uint k = 0; k < depth; ++k)
                    target[k * 4] = (float16)(0);
                continue;
            }
            const uint last = min(16u, columns - column) - 1;
            global const float *y_row = y + (ulong)column * y_stride + block;
            uint k = 0;
            for (; k + 16 <= depth; k += 16)
                copy_turned(y_row + k, y_stride, last, target + k * 4, 4);
            for (; k < depth; ++k)
                for (uint j = 0; j < 16; ++j)
                    ((local float *)(target + k * 4))[j] = y_row[((ulong)min(j, last) * y_stride + k)];
        }
        for (uint strip = 0; strip < strips; ++strip) {
            const uint column = first_column + strip * 64;
            if (column >= columns)
                break;
            for (uint tile = 0; tile < row_tiles; ++tile) {
                const uint row = first_row + tile * 6;
                if (row >= rows)
                    break;
                // Rows beyond the last are the last again: their sums are not stored.
                global const float *x_row_0 = (global const float *)x + (ulong)min(row + 0, rows - 1) * x_stride + block;
                global const float *x_row_1 = (global const float *)x + (ulong)min(row + 1, rows - 1) * x_stride + block;
                global const float *x_row_2 = (global const float *)x + (ulong)min(row + 2, rows - 1) * x_stride + block;
                global const float *x_row_3 = (global const float *)x + (ulong)min(row + 3, rows - 1) * x_stride + block;
                global const float *x_row_4 = (global const float *)x + (ulong)min(row + 4, rows - 1) * x_stride + block;
                global const float *x_row_5 = (global const float *)x + (ulong)min(row + 5, rows - 1) * x_stride + block;
                local float16 *tile_sums = sums + (tile * strips + strip) * 24;
                local const float16 *y_strip = y_block + strip * 1024;
                float16 sum_0_0 = block > first_inner ? tile_sums[0] : (float16)(0);
                float16 sum_0_1 = block > first_inner ? tile_sums[1] : (float16)(0);
                float16 sum_0_2 = block > first_inner ? tile_sums[2] : (float16)(0);
                float16 sum_0_3 = block > first_inner ? tile_sums[3] : (float16)(0);
                float16 sum_1_0 = block > first_inner ? tile_sums[4] : (float16)(0);
                float16 sum_1_1 = block > first_inner ? tile_sums[5] : (float16)(0);
                float16 sum_1_2 = block > first_inner ? tile_sums[6] : (float16)(0);
                float16 sum_1_3 = block > first_inner ? tile_sums[7] : (float16)(0);
                float16 sum_2_0 = block > first_inner ? tile_sums[8] : (float16)(0);
                float16 sum_2_1 = block > first_inner ? tile_sums[9] : (float16)(0);
                float16 sum_2_2 = block > first_inner ? tile_sums[10] : (float16)(0);
                float16 sum_2_3 = block > first_inner ? tile_sums[11] : (float16)(0);
                float16 sum_3_0 = block > first_inner ? tile_sums[12] : (float16)(0);
                float16 sum_3_1 = block > first_inner ? tile_sums[13] : (float16)(0);
                float16 sum_3_2 = block > first_inner ? tile_sums[14] : (float16)(0);
                float16 sum_3_3 = block > first_inner ? tile_sums[15] : (float16)(0);
                float16 sum_4_0 = block > first_inner ? tile_sums[16] : (float16)(0);
                float16 sum_4_1 = block > first_inner ? tile_sums[17] : (float16)(0);
                float16 sum_4_2 = block > first_inner ? tile_sums[18] : (float16)(0);
                float16 sum_4_3 = block > first_inner ? tile_sums[19] : (float16)(0);
                float16 sum_5_0 = block > first_inner ? tile_sums[20] : (float16)(0);
                float16 sum_5_1 = block > first_inner ? tile_sums[21] : (float16)(0);
                float16 sum_5_2 = block > first_inner ? tile_sums[22] : (float16)(0);
                float16 sum_5_3 = block > first_inner ? tile_sums[23] : (float16)(0);
                for (uint k = 0; k < depth; ++k) {
                    const float16 y_0 = y_strip[0];
                    const float16 y_1 = y_strip[1];
                    const float16 y_2 = y_strip[2];
                    const float16 y_3 = y_strip[3];
                    const float x_0 = x_row_0[k];
                    sum_0_0 += x_0 * y_0;
                    sum_0_1 += x_0 * y_1;
                    sum_0_2 += x_0 * y_2;
                    sum_0_3 += x_0 * y_3;
                    const float x_1 = x_row_1[k];
                    sum_1_0 += x_1 * y_0;
                    sum_1_1 += x_1 * y_1;
                    sum_1_2 += x_1 * y_2;
                    sum_1_3 += x_1 * y_3;
                    const float x_2 = x_row_2[k];
                    sum_2_0 += x_2 * y_0;
                    sum_2_1 += x_2 * y_1;
                    sum_2_2 += x_2 * y_2;
                    sum_2_3 += x_2 * y_3;
                    const float x_3 = x_row_3[k];
                    sum_3_0 += x_3 * y_0;
                    sum_3_1 += x_3 * y_1;
                    sum_3_2 += x_3 * y_2;
                    sum_3_3 += x_3 * y_3;
                    const float x_4 = x_row_4[k];
                    sum_4_0 += x_4 * y_0;
                    sum_4_1 += x_4 * y_1;
                    sum_4_2 += x_4 * y_2;
                    sum_4_3 += x_4 * y_3;
                    const float x_5 = x_row_5[k];
                    sum_5_0 += x_5 * y_0;
                    sum_5_1 += x_5 * y_1;
                    sum_5_2 += x_5 * y_2;
                    sum_5_3 += x_5 * y_3;
                    y_strip += 4;
                }
                if (block + depth == last_inner && row + 6 <= rows && column + 64 <= columns) {
                    {
                        const uint out_row = row + 0;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_0_0;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_0_1;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_0_2;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 48;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_0_3;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 1;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_1_0;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_1_1;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_1_2;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 48;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_1_3;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 2;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_2_0;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_2_1;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_2_2;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 48;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_2_3;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 3;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_3_0;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_3_1;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_3_2;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 48;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_3_3;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 4;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_4_0;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_4_1;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_4_2;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 48;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_4_3;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                    }
                    {
                        const uint out_row = row + 5;
                        {
                            const uint out_column = column + 0;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_5_0;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 16;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_5_1;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 32;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_5_2;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                        {
                            const uint out_column = column + 48;
                            const ulong place = (ulong)out_row * out_stride + out_column;
                            const float16 value = sum_5_3;
                            float16 result = value + vload16(0, bias + bias_offset + out_column);
                            result = result < (float16)(0) ? (float16)(0) : result;
                            vstore16(result, 0, out + place);
                        }
                    }
                    continue;
                }
                tile_sums[0] = sum_0_0;
                tile_sums[1] = sum_0_1;
                tile_sums[2] = sum_0_2;
                tile_sums[3] = sum_0_3;
                tile_sums[4] = sum_1_0;
                tile_sums[5] = sum_1_1;
                tile_sums[6] = sum_1_2;
                tile_sums[7] = sum_1_3;
                tile_sums[8] = sum_2_0;
                tile_sums[9] = sum_2_1;
                tile_sums[10] = sum_2_2;
                tile_sums[11] = sum_2_3;
                tile_sums[12] = sum_3_0;
                tile_sums[13] = sum_3_1;
                tile_sums[14] = sum_3_2;
                tile_sums[15] = sum_3_3;
                tile_sums[16] = sum_4_0;
                tile_sums[17] = sum_4_1;
                tile_sums[18] = sum_4_2;
                tile_sums[19] = sum_4_3;
                tile_sums[20] = sum_5_0;
                tile_sums[21] = sum_5_1;
                tile_sums[22] = sum_5_2;
                tile_sums[23] = sum_5_3;
                if (block + depth < last_inner)
                    continue;
                local const float *totals = (local const float *)tile_sums;
                for (uint i = 0; i < 6 && row + i < rows; ++i) {
                    const uint out_row = row + i;
                    const uint end = min(column + 64, columns);
                    uint out_column = column;
                    for (; out_column + 16 <= end; out_column += 16) {
                        const ulong place = (ulong)out_row * out_stride + out_column;
                        const float16 value = vload16(0, totals + i * 64 + (out_column - column));
                        float16 result = value + vload16(0, bias + bias_offset + out_column);
                        result = result < (float16)(0) ? (float16)(0) : result;
                        vstore16(result, 0, out + place);
                    }
                    for (; out_column < end; ++out_column) {
                        const ulong place = (ulong)out_row * out_stride + out_column;
                        const float value = totals[i * 64 + (out_column - column)];
                        float result = value + bias[bias_offset + out_column];
                        result = result < (float)(0) ? (float)(0) : result;
                        out[place] = result;
                    }
                }
            }
        }
    }
}
