#pragma OPENCL FP_CONTRACT ON

ushort to_bfloat16_1(float value)
{
    const uint pattern = as_uint(value);
    const uint rounded = (pattern + 0x7fffu + ((pattern >> 16) & 1u)) >> 16;
    return convert_ushort(isnan(value) ? 0x7fc0u : rounded);
}

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void convolution_bfloat16_2d_groups_16x16_split(
    global const float *x,
    const ulong x_offset,
    global const ushort *y,
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
    const uint split_depth,
    const ulong out_split)
{
    const uint column_blocks = (columns + 16 - 1) / 16;
    const uint row_blocks = (rows + 16 - 1) / (16);
    ulong block_number = get_group_id(0);
    const uint column_block = (uint)(block_number % column_blocks);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (16);
    block_number /= row_blocks;
    const uint group = (uint)(block_number % groups);
    const uint first_column = column_block * 16;
    x += x_offset + x_start + group * x_group;
    y += y_offset + y_start + group * y_group;
    out += out_offset + out_start + group * out_group;
    const uint split = (uint)(block_number / groups);
    out += split * out_split;
    const uint first_inner = split * split_depth;
    const uint last_inner = min(inner, first_inner + split_depth);
    local float x_tile[320];
    local float y_tile[320];
    local long row_x[16];
    local long row_out[16];
    local long inner_x[16];
    local long inner_y[16];
    const uint item = get_local_id(0);
    // Neighbouring items have neighbouring rows, which are neighbours in the result.
    const uint item_row = item % 8;
    const uint item_column = item / 8;
    for (uint i = item; i < 16; i += 64) {
        uint row_rest = min(first_row + i, rows - 1);
        uint row_2 = row_rest % row_size_2;
        row_rest /= row_size_2;
        uint row_1 = row_rest % row_size_1;
        row_rest /= row_size_1;
        uint row_0 = row_rest;
        long place = row_0 * row_x_0 + row_1 * row_x_1 + row_2 * row_x_2;
        long to = row_0 * row_out_0 + row_1 * row_out_1 + row_2 * row_out_2;
        row_x[i] = place;
        row_out[i] = to;
    }
    float sums[2][2];
    #pragma unroll
    for (uint i = 0; i < 2; ++i) {
        #pragma unroll
        for (uint j = 0; j < 2; ++j)
            sums[i][j] = 0;
    }
    for (uint block = first_inner; block < last_inner; block += 16) {
        const uint depth = min(16u, last_inner - block);
        for (uint t = item; t < depth; t += 64) {
            uint inner_rest = block + t;
            uint inner_2 = inner_rest % inner_size_2;
            inner_rest /= inner_size_2;
            uint inner_1 = inner_rest % inner_size_1;
            inner_rest /= inner_size_1;
            uint inner_0 = inner_rest;
            long x_place = inner_0 * inner_x_0 + inner_1 * inner_x_1 + inner_2 * inner_x_2;
            long y_place = inner_0 * inner_y_0 + inner_1 * inner_y_1 + inner_2 * inner_y_2;
            inner_x[t] = x_place;
            inner_y[t] = y_place;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint n = item; n < 256; n += 64) {
            const uint k = n % 16;
            const uint line = n / 16;
            x_tile[k * 20 + line] = k < depth ? x[(row_x[line] + inner_x[k])] : 0;
        }
        for (uint n = item; n < 256; n += 64) {
            const uint k = n % 16;
            const uint line = n / 16;
            y_tile[k * 20 + line] = k < depth ? as_float(convert_uint(y[(min(first_column + line, columns - 1) * y_columns + inner_y[k])]) << 16) : 0;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        #pragma unroll
        for (uint k = 0; k < 16; ++k) {
            float x_values[2];
            float y_values[2];
            #pragma unroll
            for (uint i = 0; i < 2; ++i)
                x_values[i] = x_tile[k * 20 + item_row + i * 8];
            #pragma unroll
            for (uint j = 0; j < 2; ++j)
                y_values[j] = y_tile[k * 20 + item_column + j * 8];
            #pragma unroll
            for (uint i = 0; i < 2; ++i) {
                #pragma unroll
                for (uint j = 0; j < 2; ++j)
                    sums[i][j] += x_values[i] * y_values[j];
            }
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    #pragma unroll
    for (uint i = 0; i < 2; ++i) {
        #pragma unroll
        for (uint j = 0; j < 2; ++j) {
            const uint row = item_row + i * 8;
            const uint column = first_column + item_column + j * 8;
            if (first_row + row < rows && column < columns) {
                const long out_place = row_out[row] + column * out_column;
                const float value = sums[i][j];
                out[out_place] = value;
            }
        }
    }
}
