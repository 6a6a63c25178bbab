#pragma OPENCL FP_CONTRACT ON

float total(const float8 sum)
{
    const float4 half_4 = sum.lo + sum.hi;
    const float2 half_2 = half_4.lo + half_4.hi;
    return half_2.x + half_2.y;
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void convolution_float32_2d_dots_9x1(
    global const float *x,
    const ulong x_offset,
    global const float *y,
    const ulong y_offset,
    global float *out,
    const ulong out_offset,
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
    const uint column_blocks = (columns + 1 - 1) / 1;
    const uint row_blocks = (rows + 9 - 1) / (9);
    ulong block_number = get_group_id(0);
    const uint column_block = (uint)(block_number % column_blocks);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (9);
    block_number /= row_blocks;
    const uint group = (uint)(block_number % groups);
    const uint first_column = column_block * 1;
    x += x_offset + x_start + group * x_group;
    y += y_offset + y_start + group * y_group;
    out += out_offset + out_start + group * out_group;
    const uint first_inner = 0;
    const uint last_inner = inner;
    local long row_x[9];
    local long row_out[9];
    const uint row_count = min(row_tiles * 9, rows - first_row);
    uint row_rest = first_row;
    uint row_2 = row_rest % row_size_2;
    row_rest /= row_size_2;
    uint row_1 = row_rest % row_size_1;
    row_rest /= row_size_1;
    uint row_0 = row_rest;
    long place = row_0 * row_x_0 + row_1 * row_x_1 + row_2 * row_x_2;
    long out_place = row_0 * row_out_0 + row_1 * row_out_1 + row_2 * row_out_2;
    for (uint i = 0; i < row_tiles * 9; ++i) {
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
    global const float *y_line_0 = (global const float *)y + min(first_column + 0, columns - 1) * y_columns;
    const int8 lane = (int8)(0, 1, 2, 3, 4, 5, 6, 7);
    global const float *x_row_0 = (global const float *)x + row_x[0];
    global const float *x_row_1 = (global const float *)x + row_x[1];
    global const float *x_row_2 = (global const float *)x + row_x[2];
    global const float *x_row_3 = (global const float *)x + row_x[3];
    global const float *x_row_4 = (global const float *)x + row_x[4];
    global const float *x_row_5 = (global const float *)x + row_x[5];
    global const float *x_row_6 = (global const float *)x + row_x[6];
    global const float *x_row_7 = (global const float *)x + row_x[7];
    global const float *x_row_8 = (global const float *)x + row_x[8];
    float8 sum_0_0 = (float8)(0);
    float8 sum_1_0 = (float8)(0);
    float8 sum_2_0 = (float8)(0);
    float8 sum_3_0 = (float8)(0);
    float8 sum_4_0 = (float8)(0);
    float8 sum_5_0 = (float8)(0);
    float8 sum_6_0 = (float8)(0);
    float8 sum_7_0 = (float8)(0);
    float8 sum_8_0 = (float8)(0);
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
            for (uint t = 0; t < depth; ++t) {
                for (uint next = 0; next < length; next += 8) {
                    const uint start = min(next, length - 8);
                    const long x_step = inner_x[t] + start * x_near;
                    const long y_step = inner_y[t] + start;
                    const int8 counts = lane >= (int8)(next - start);
                    const float8 y_0 = select((float8)(0), vload8(0, y_line_0 + y_step), counts);
                    const float8 x_0 = select((float8)(0), vload8(0, x_row_0 + x_step), counts);
                    sum_0_0 += x_0 * y_0;
                    const float8 x_1 = select((float8)(0), vload8(0, x_row_1 + x_step), counts);
                    sum_1_0 += x_1 * y_0;
                    const float8 x_2 = select((float8)(0), vload8(0, x_row_2 + x_step), counts);
                    sum_2_0 += x_2 * y_0;
                    const float8 x_3 = select((float8)(0), vload8(0, x_row_3 + x_step), counts);
                    sum_3_0 += x_3 * y_0;
                    const float8 x_4 = select((float8)(0), vload8(0, x_row_4 + x_step), counts);
                    sum_4_0 += x_4 * y_0;
                    const float8 x_5 = select((float8)(0), vload8(0, x_row_5 + x_step), counts);
                    sum_5_0 += x_5 * y_0;
                    const float8 x_6 = select((float8)(0), vload8(0, x_row_6 + x_step), counts);
                    sum_6_0 += x_6 * y_0;
                    const float8 x_7 = select((float8)(0), vload8(0, x_row_7 + x_step), counts);
                    sum_7_0 += x_7 * y_0;
                    const float8 x_8 = select((float8)(0), vload8(0, x_row_8 + x_step), counts);
                    sum_8_0 += x_8 * y_0;
                }
            }
        }
    }
    local float totals[9];
    totals[0] = total(sum_0_0);
    totals[1] = total(sum_1_0);
    totals[2] = total(sum_2_0);
    totals[3] = total(sum_3_0);
    totals[4] = total(sum_4_0);
    totals[5] = total(sum_5_0);
    totals[6] = total(sum_6_0);
    totals[7] = total(sum_7_0);
    totals[8] = total(sum_8_0);
    for (uint i = 0; i < row_count; ++i)
        for (uint j = 0; j < 1 && first_column + j < columns; ++j) {
            const long out_place = row_out[i] + (first_column + j) * out_column;
            const float value = totals[i * 1 + j];
            out[out_place] = value;
        }
}
