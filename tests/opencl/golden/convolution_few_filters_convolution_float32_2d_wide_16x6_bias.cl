#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void convolution_float32_2d_wide_16x6_bias(
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
    const long inner_y_2,
    const uint length,
    const long x_near,
    const long out_near)
{
    const uint column_blocks = (columns + 6 - 1) / 6;
    const uint row_blocks = (rows + row_tiles * 2 - 1) / (row_tiles * 2);
    ulong block_number = get_group_id(0);
    const uint column_block = (uint)(block_number % column_blocks);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (row_tiles * 2);
    block_number /= row_blocks;
    const uint group = (uint)(block_number % groups);
    const uint first_column = column_block * 6;
    x += x_offset + x_start + group * x_group;
    y += y_offset + y_start + group * y_group;
    out += out_offset + out_start + group * out_group;
    const uint first_inner = 0;
    const uint last_inner = inner;
    bias += bias_offset + group * columns;
    local float8 sums[384];
    local long unit_x[64];
    local long unit_out[64];
    const uint unit_count = min(row_tiles * 2, rows - first_row);
    const uint longer = length < 8 ? 0 : row_size_2 * 8 - length;
    uint row_rest = first_row;
    uint row_2 = row_rest % row_size_2;
    row_rest /= row_size_2;
    uint row_1 = row_rest % row_size_1;
    row_rest /= row_size_1;
    uint row_0 = row_rest;
    long place = row_0 * row_x_0 + row_1 * row_x_1 + row_2 * row_x_2;
    long out_place = row_0 * row_out_0 + row_1 * row_out_1 + row_2 * row_out_2;
    for (uint i = 0; i < row_tiles * 2; ++i) {
        const uint behind = row_2 + 1 == row_size_2 ? longer : 0;
        unit_x[i] = place - behind * x_near;
        unit_out[i] = out_place - behind * out_near;
        // Units beyond the last are the last again: their sums are not stored.
        if (i + 1 < unit_count) {
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
    global const float *y_line_0 = (global const float *)y + min(first_column + 0, columns - 1) * y_columns;
    global const float *y_line_1 = (global const float *)y + min(first_column + 1, columns - 1) * y_columns;
    global const float *y_line_2 = (global const float *)y + min(first_column + 2, columns - 1) * y_columns;
    global const float *y_line_3 = (global const float *)y + min(first_column + 3, columns - 1) * y_columns;
    global const float *y_line_4 = (global const float *)y + min(first_column + 4, columns - 1) * y_columns;
    global const float *y_line_5 = (global const float *)y + min(first_column + 5, columns - 1) * y_columns;
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
            for (uint tile = 0; tile * 2 < unit_count; ++tile) {
                local float8 *tile_sums = sums + tile * 12;
                global const float *x_unit_0 = (global const float *)x + unit_x[tile * 2 + 0];
                global const float *x_unit_1 = (global const float *)x + unit_x[tile * 2 + 1];
                float8 sum_0_0 = block > first_inner ? tile_sums[0] : (float8)(0);
                float8 sum_0_1 = block > first_inner ? tile_sums[1] : (float8)(0);
                float8 sum_0_2 = block > first_inner ? tile_sums[2] : (float8)(0);
                float8 sum_0_3 = block > first_inner ? tile_sums[3] : (float8)(0);
                float8 sum_0_4 = block > first_inner ? tile_sums[4] : (float8)(0);
                float8 sum_0_5 = block > first_inner ? tile_sums[5] : (float8)(0);
                float8 sum_1_0 = block > first_inner ? tile_sums[6] : (float8)(0);
                float8 sum_1_1 = block > first_inner ? tile_sums[7] : (float8)(0);
                float8 sum_1_2 = block > first_inner ? tile_sums[8] : (float8)(0);
                float8 sum_1_3 = block > first_inner ? tile_sums[9] : (float8)(0);
                float8 sum_1_4 = block > first_inner ? tile_sums[10] : (float8)(0);
                float8 sum_1_5 = block > first_inner ? tile_sums[11] : (float8)(0);
                for (uint t = 0; t < depth; ++t) {
                    const long x_step = inner_x[t];
                    const long y_step = inner_y[t];
                    const float8 x_0 = vload8(0, x_unit_0 + x_step);
                    const float8 x_1 = vload8(0, x_unit_1 + x_step);
                    const float y_0 = y_line_0[y_step];
                    sum_0_0 += y_0 * x_0;
                    sum_1_0 += y_0 * x_1;
                    const float y_1 = y_line_1[y_step];
                    sum_0_1 += y_1 * x_0;
                    sum_1_1 += y_1 * x_1;
                    const float y_2 = y_line_2[y_step];
                    sum_0_2 += y_2 * x_0;
                    sum_1_2 += y_2 * x_1;
                    const float y_3 = y_line_3[y_step];
                    sum_0_3 += y_3 * x_0;
                    sum_1_3 += y_3 * x_1;
                    const float y_4 = y_line_4[y_step];
                    sum_0_4 += y_4 * x_0;
                    sum_1_4 += y_4 * x_1;
                    const float y_5 = y_line_5[y_step];
                    sum_0_5 += y_5 * x_0;
                    sum_1_5 += y_5 * x_1;
                }
                tile_sums[0] = sum_0_0;
                tile_sums[1] = sum_0_1;
                tile_sums[2] = sum_0_2;
                tile_sums[3] = sum_0_3;
                tile_sums[4] = sum_0_4;
                tile_sums[5] = sum_0_5;
                tile_sums[6] = sum_1_0;
                tile_sums[7] = sum_1_1;
                tile_sums[8] = sum_1_2;
                tile_sums[9] = sum_1_3;
                tile_sums[10] = sum_1_4;
                tile_sums[11] = sum_1_5;
            }
        }
    }
    const uint wide = min(6u, columns - first_column);
    const uint filled = min(8u, length);
    for (uint j = 0; j < wide; ++j) {
        for (uint i = 0; i < unit_count; ++i) {
            const float8 sum = inner > 0 ? sums[i * 6 + j] : (float8)(0);
            const long unit_place = unit_out[i] + (first_column + j) * out_column;
            if (filled == 8 && out_near == 1) {
                const float8 value = (sum + bias[(first_column + j)]);
                vstore8(value, 0, out + unit_place);
            } else {
                local float *totals = (local float *)(sums + i * 6 + j);
                vstore8(sum, 0, totals);
                for (uint k = 0; k < filled; ++k) {
                    const long out_place = unit_place + k * out_near;
                    const float value = (totals[k] + bias[(first_column + j)]);
                    out[out_place] = value;
                }
            }
        }
    }
}
