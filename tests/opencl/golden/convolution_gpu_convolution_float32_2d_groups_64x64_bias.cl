#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void convolution_float32_2d_groups_64x64_bias(
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
    const uint column_blocks = (columns + 64 - 1) / 64;
    const uint row_blocks = (rows + 64 - 1) / (64);
    ulong block_number = get_group_id(0);
    const uint column_block = (uint)(block_number % column_blocks);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (64);
    block_number /= row_blocks;
    const uint group = (uint)(block_number % groups);
    const uint first_column = column_block * 64;
    x += x_offset + x_start + group * x_group;
    y += y_offset + y_start + group * y_group;
    out += out_offset + out_start + group * out_group;
    const uint first_inner = 0;
    const uint last_inner = inner;
    bias += bias_offset + group * columns;
    local float x_tile[1088];
    local float y_tile[1088];
    local long row_x[64];
    local long row_out[64];
    local long inner_x[16];
    local long inner_y[16];
    const uint item = get_local_id(0);
    // Neighbouring items have neighbouring rows, which are neighbours in the result.
    const uint item_row = item % 16;
    const uint item_column = item / 16;
    for (uint i = item; i < 64; i += 256) {
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
    float sums[4][4];
    #pragma unroll
    for (uint i = 0; i < 4; ++i) {
        #pragma unroll
        for (uint j = 0; j < 4; ++j)
            sums[i][j] = 0;
    }
    for (uint block = first_inner; block < last_inner; block += 16) {
        const uint depth = min(16u, last_inner - block);
        for (uint t = item; t < depth; t += 256) {
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
        for (uint n = item; n < 1024; n += 256) {
            const uint line = n % 64;
            const uint k = n / 64;
            x_tile[k * 68 + line] = k < depth ? x[(row_x[line] + inner_x[k])] : 0;
        }
        for (uint n = item; n < 1024; n += 256) {
            const uint k = n % 16;
            const uint line = n / 16;
            y_tile[k * 68 + line] = k < depth ? y[(min(first_column + line, columns - 1) * y_columns + inner_y[k])] : 0;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        #pragma unroll
        for (uint k = 0; k < 16; ++k) {
            float x_values[4];
            float y_values[4];
            #pragma unroll
            for (uint i = 0; i < 4; ++i)
                x_values[i] = x_tile[k * 68 + item_row + i * 16];
            #pragma unroll
            for (uint j = 0; j < 4; ++j)
                y_values[j] = y_tile[k * 68 + item_column + j * 16];
            #pragma unroll
            for (uint i = 0; i < 4; ++i) {
                #pragma unroll
                for (uint j = 0; j < 4; ++j)
                    sums[i][j] += x_values[i] * y_values[j];
            }
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    #pragma unroll
    for (uint i = 0; i < 4; ++i) {
        #pragma unroll
        for (uint j = 0; j < 4; ++j) {
            const uint row = item_row + i * 16;
            const uint column = first_column + item_column + j * 16;
            if (first_row + row < rows && column < columns) {
                const long out_place = row_out[row] + column * out_column;
                const float value = (sums[i][j] + bias[column]);
                out[out_place] = value;
            }
        }
    }
}
