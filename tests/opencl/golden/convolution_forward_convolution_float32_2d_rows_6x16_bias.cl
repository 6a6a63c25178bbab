#pragma OPENCL FP_CONTRACT ON

float8 weave_low(const float8 a, const float8 b)
{
    return (float8)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3);
}

float8 weave_high(const float8 a, const float8 b)
{
    return (float8)(a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void convolution_float32_2d_rows_6x16_bias(
    global const float *x,
    const ulong x_offset,
    global const float *y,
    const ulong y_offset,
    global float *out,
    const ulong out_offset,
    global const float *bias,
    const ulong bias_offset,
    const ulong x_start,
    const ulong y_start,
    const ulong out_start,
    const uint rows,
    const uint columns,
    const uint inner,
    const uint groups,
    const uint row_tiles,
    const long x_group,
    const long y_group,
    const long y_columns,
    const long out_group,
    const long out_column,
    const uint row_size_0,
    const uint inner_size_0,
    const long row_x_0,
    const long row_out_0,
    const long inner_x_0,
    const long inner_y_0,
    const uint row_size_1,
    const uint inner_size_1,
    const long row_x_1,
    const long row_out_1,
    const long inner_x_1,
    const long inner_y_1,
    const uint row_size_2,
    const uint inner_size_2,
    const long row_x_2,
    const long row_out_2,
    const long inner_x_2,
    const long inner_y_2)
{
    const uint column_blocks = (columns + 16 - 1) / 16;
    const uint row_blocks = (rows + row_tiles * 6 - 1) / (row_tiles * 6);
    ulong block_number = get_group_id(0);
    const uint column_block = (uint)(block_number % column_blocks);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (row_tiles * 6);
    block_number /= row_blocks;
    const uint group = (uint)(block_number % groups);
    const uint first_column = column_block * 16;
    x += x_offset + x_start + group * x_group;
    y += y_offset + y_start + group * y_group;
    out += out_offset + out_start + group * out_group;
    const uint first_inner = 0;
    const uint last_inner = inner;
    bias += bias_offset + group * columns;
    y += column_block * y_columns;
    local float8 sums[384];
    local long row_x[192];
    local long row_out[192];
    const uint row_count = min(row_tiles * 6, rows - first_row);
    uint row_rest = first_row;
    uint row_2 = row_rest % row_size_2;
    row_rest /= row_size_2;
    uint row_1 = row_rest % row_size_1;
    row_rest /= row_size_1;
    uint row_0 = row_rest;
    long place = row_0 * row_x_0 + row_1 * row_x_1 + row_2 * row_x_2;
    long out_place = row_0 * row_out_0 + row_1 * row_out_1 + row_2 * row_out_2;
    for (uint i = 0; i < row_tiles * 6; ++i) {
        row_x[i] = place;
        row_out[i] = out_place;
        // Rows beyond the last are the last again: their sums are not stored.
        if (i + 1 < row_count) {
            place += row_x_2;
            out_place += row_out_2;
            if (++row_2 == row_size_2) {
                row_2 = 0;
                place -= row_size_2 * row_x_2;
                out_place -= row_size_2 * row_out_2;
                place += row_x_1;
                out_place += row_out_1;
                if (++row_1 == row_size_1) {
                    row_1 = 0;
                    place -= row_size_1 * row_x_1;
                    out_place -= row_size_1 * row_out_1;
                    ++row_0;
                    place += row_x_0;
                    out_place += row_out_0;
                }
            }
        }
    }
    local long inner_x[256];
    local long inner_y[256];
    if (inner > 0) {
        uint inner_rest = first_inner;
        uint inner_2 = inner_rest % inner_size_2;
        inner_rest /= inner_size_2;
        uint inner_1 = inner_rest % inner_size_1;
        inner_rest /= inner_size_1;
        uint inner_0 = inner_rest;
        long x_place = inner_0 * inner_x_0 + inner_1 * inner_x_1 + inner_2 * inner_x_2;
        long y_place = inner_0 * inner_y_0 + inner_1 * inner_y_1 + inner_2 * inner_y_2;
        for (uint block = first_inner; block < last_inner; block += 256) {
            const uint depth = min(256u, last_inner - block);
            for (uint t = 0; t < depth; ++t) {
                inner_x[t] = x_place;
                inner_y[t] = y_place;
                x_place += inner_x_2;
                y_place += inner_y_2;
                if (++inner_2 == inner_size_2) {
                    inner_2 = 0;
                    x_place -= inner_size_2 * inner_x_2;
                    y_place -= inner_size_2 * inner_y_2;
                    x_place += inner_x_1;
                    y_place += inner_y_1;
                    if (++inner_1 == inner_size_1) {
                        inner_1 = 0;
                        x_place -= inner_size_1 * inner_x_1;
                        y_place -= inner_size_1 * inner_y_1;
                        ++inner_0;
                        x_place += inner_x_0;
                        y_place += inner_y_0;
                    }
                }
            }
            for (uint tile = 0; tile * 6 < row_count; ++tile) {
                local float8 *tile_sums = sums + tile * 12;
                global const float *x_row_0 = (global const float *)x + row_x[tile * 6 + 0];
                global const float *x_row_1 = (global const float *)x + row_x[tile * 6 + 1];
                global const float *x_row_2 = (global const float *)x + row_x[tile * 6 + 2];
                global const float *x_row_3 = (global const float *)x + row_x[tile * 6 + 3];
                global const float *x_row_4 = (global const float *)x + row_x[tile * 6 + 4];
                global const float *x_row_5 = (global const float *)x + row_x[tile * 6 + 5];
                float8 sum_0_0 = block > first_inner ? tile_sums[0] : (float8)(0);
                float8 sum_0_1 = block > first_inner ? tile_sums[1] : (float8)(0);
                float8 sum_1_0 = block > first_inner ? tile_sums[2] : (float8)(0);
                float8 sum_1_1 = block > first_inner ? tile_sums[3] : (float8)(0);
                float8 sum_2_0 = block > first_inner ? tile_sums[4] : (float8)(0);
                float8 sum_2_1 = block > first_inner ? tile_sums[5] : (float8)(0);
                float8 sum_3_0 = block > first_inner ? tile_sums[6] : (float8)(0);
                float8 sum_3_1 = block > first_inner ? tile_sums[7] : (float8)(0);
                float8 sum_4_0 = block > first_inner ? tile_sums[8] : (float8)(0);
                float8 sum_4_1 = block > first_inner ? tile_sums[9] : (float8)(0);
                float8 sum_5_0 = block > first_inner ? tile_sums[10] : (float8)(0);
                float8 sum_5_1 = block > first_inner ? tile_sums[11] : (float8)(0);
                for (uint t = 0; t < depth; ++t) {
                    const long x_step = inner_x[t];
                    global const float8 *y_step = (global const float8 *)(y + inner_y[t]);
                    const float8 y_0 = y_step[0];
                    const float8 y_1 = y_step[1];
                    const float x_0 = x_row_0[x_step];
                    sum_0_0 += x_0 * y_0;
                    sum_0_1 += x_0 * y_1;
                    const float x_1 = x_row_1[x_step];
                    sum_1_0 += x_1 * y_0;
                    sum_1_1 += x_1 * y_1;
                    const float x_2 = x_row_2[x_step];
                    sum_2_0 += x_2 * y_0;
                    sum_2_1 += x_2 * y_1;
                    const float x_3 = x_row_3[x_step];
                    sum_3_0 += x_3 * y_0;
                    sum_3_1 += x_3 * y_1;
                    const float x_4 = x_row_4[x_step];
                    sum_4_0 += x_4 * y_0;
                    sum_4_1 += x_4 * y_1;
                    const float x_5 = x_row_5[x_step];
                    sum_5_0 += x_5 * y_0;
                    sum_5_1 += x_5 * y_1;
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
            }
        }
    }
    local float8 turned[8];
    const uint column_end = min(columns, first_column + 16);
    if (inner == 0)
        for (uint i = 0; i < row_tiles * 12; ++i)
            sums[i] = (float8)(0);
    for (uint i = 0; i < row_count;) {
        // As many rows as lie evenly in the result: a column of them is stored in one go.
        const long step = i + 1 < row_count ? row_out[i + 1] - row_out[i] : 1;
        uint run = 1;
        while (run < 8 && i + run < row_count && row_out[i + run] == row_out[i] + run * step)
            ++run;
        for (uint column = first_column; column < column_end; column += 8) {
            local const float8 *source = sums + i * 2 + (column - first_column) / 8;
            const uint wide = min(8u, column_end - column);
            if (run == 8 && step == 1) {
                const float8 line_0 = source[0];
                const float8 line_1 = source[2];
                const float8 line_2 = source[4];
                const float8 line_3 = source[6];
                const float8 line_4 = source[8];
                const float8 line_5 = source[10];
                const float8 line_6 = source[12];
                const float8 line_7 = source[14];
                const float8 turn_0_0 = weave_low(line_0, line_4);
                const float8 turn_0_1 = weave_high(line_0, line_4);
                const float8 turn_0_2 = weave_low(line_1, line_5);
                const float8 turn_0_3 = weave_high(line_1, line_5);
                const float8 turn_0_4 = weave_low(line_2, line_6);
                const float8 turn_0_5 = weave_high(line_2, line_6);
                const float8 turn_0_6 = weave_low(line_3, line_7);
                const float8 turn_0_7 = weave_high(line_3, line_7);
                const float8 turn_1_0 = weave_low(turn_0_0, turn_0_4);
                const float8 turn_1_1 = weave_high(turn_0_0, turn_0_4);
                const float8 turn_1_2 = weave_low(turn_0_1, turn_0_5);
                const float8 turn_1_3 = weave_high(turn_0_1, turn_0_5);
                const float8 turn_1_4 = weave_low(turn_0_2, turn_0_6);
                const float8 turn_1_5 = weave_high(turn_0_2, turn_0_6);
                const float8 turn_1_6 = weave_low(turn_0_3, turn_0_7);
                const float8 turn_1_7 = weave_high(turn_0_3, turn_0_7);
                const float8 turn_2_0 = weave_low(turn_1_0, turn_1_4);
                const float8 turn_2_1 = weave_high(turn_1_0, turn_1_4);
                const float8 turn_2_2 = weave_low(turn_1_1, turn_1_5);
                const float8 turn_2_3 = weave_high(turn_1_1, turn_1_5);
                const float8 turn_2_4 = weave_low(turn_1_2, turn_1_6);
                const float8 turn_2_5 = weave_high(turn_1_2, turn_1_6);
                const float8 turn_2_6 = weave_low(turn_1_3, turn_1_7);
                const float8 turn_2_7 = weave_high(turn_1_3, turn_1_7);
                turned[0] = turn_2_0;
                turned[1] = turn_2_1;
                turned[2] = turn_2_2;
                turned[3] = turn_2_3;
                turned[4] = turn_2_4;
                turned[5] = turn_2_5;
                turned[6] = turn_2_6;
                turned[7] = turn_2_7;
                for (uint j = 0; j < wide; ++j) {
                    const long out_place = row_out[i] + (column + j) * out_column;
                    const float8 value = (turned[j] + bias[(column + j)]);
                    vstore8(value, 0, out + out_place);
                }
            } else {
                local const float *totals = (local const float *)source;
                for (uint j = 0; j < wide; ++j)
                    for (uint k = 0; k < run; ++k) {
                        const long out_place = row_out[i] + k * step + (column + j) * out_column;
                        const float value = (totals[k * 16 + j] + bias[(column + j)]);
                        out[out_place] = value;
                    }
            }
        }
        i += run;
    }
}
