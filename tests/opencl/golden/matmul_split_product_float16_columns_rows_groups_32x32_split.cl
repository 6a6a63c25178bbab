#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void product_float16_columns_rows_groups_32x32_split(
    global const half *x,
    const ulong x_offset,
    const uint x_stride,
    global const half *y,
    const ulong y_offset,
    const uint y_stride,
    global float *out,
    const ulong out_offset,
    const uint out_stride,
    const uint rows,
    const uint columns,
    const uint inner,
    const uint batches,
    const uint split_depth,
    const ulong out_batch)
{
    const uint column_blocks = (columns + 32 - 1) / (32);
    const uint row_blocks = (rows + 32 - 1) / (32);
    ulong block_number = get_group_id(0);
    const uint first_column = (uint)(block_number % column_blocks) * (32);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (32);
    const ulong out_number = block_number / row_blocks;
    const uint batch = (uint)(out_number % batches);
    const uint first_inner = (uint)(out_number / batches) * split_depth;
    const uint last_inner = min(inner, first_inner + split_depth);
    x += x_offset;
    y += y_offset;
    out += out_offset + out_number * out_batch;
    local float x_tile[576];
    local float y_tile[576];
    const uint item = get_local_id(0);
    const uint item_row = item / 8 * 4;
    const uint item_column = item % 8 * 2;
    float2 sums[4][2];
    #pragma unroll
    for (uint i = 0; i < 4; ++i) {
        #pragma unroll
        for (uint j = 0; j < 2; ++j)
            sums[i][j] = (float2)(0);
    }
    float x_next[8];
    float y_next[8];
    #pragma unroll
    for (uint n = 0; n < 8; ++n) {
        const uint element = item + n * 64;
        const uint line = element % 32;
        const uint k = element / 32;
        x_next[n] = first_inner + k < last_inner ? vload_half(0, x + ((ulong)(first_inner + k) * x_stride + min(first_row + line, rows - 1))) : (float)(0);
    }
    #pragma unroll
    for (uint n = 0; n < 8; ++n) {
        const uint element = item + n * 64;
        const uint line = element % 32;
        const uint k = element / 32;
        y_next[n] = first_inner + k < last_inner ? vload_half(0, y + ((ulong)(first_inner + k) * y_stride + min(first_column + line, columns - 1))) : (float)(0);
    }
    for (uint block = first_inner; block < last_inner; block += 16) {
        #pragma unroll
        for (uint n = 0; n < 8; ++n) {
            const uint element = item + n * 64;
            const uint line = element % 32;
            const uint k = element / 32;
            x_tile[k * 36 + line] = x_next[n];
        }
        #pragma unroll
        for (uint n = 0; n < 8; ++n) {
            const uint element = item + n * 64;
            const uint line = element % 32;
            const uint k = element / 32;
            y_tile[k * 36 + line] = y_next[n];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (block + 16 < last_inner) {
            #pragma unroll
            for (uint n = 0; n < 8; ++n) {
                const uint element = item + n * 64;
                const uint line = element % 32;
                const uint k = element / 32;
                x_next[n] = block + 16 + k < last_inner ? vload_half(0, x + ((ulong)(block + 16 + k) * x_stride + min(first_row + line, rows - 1))) : (float)(0);
            }
            #pragma unroll
            for (uint n = 0; n < 8; ++n) {
                const uint element = item + n * 64;
                const uint line = element % 32;
                const uint k = element / 32;
                y_next[n] = block + 16 + k < last_inner ? vload_half(0, y + ((ulong)(block + 16 + k) * y_stride + min(first_column + line, columns - 1))) : (float)(0);
            }
        }
        #pragma unroll
        for (uint k = 0; k < 16; ++k) {
            float x_values[4];
            float2 y_values[2];
            #pragma unroll
            for (uint i = 0; i < 4; ++i)
                x_values[i] = x_tile[k * 36 + item_row + i];
            #pragma unroll
            for (uint j = 0; j < 2; ++j)
                y_values[j] = vload2(0, y_tile + k * 36 + j * 16 + item_column);
            #pragma unroll
            for (uint i = 0; i < 4; ++i) {
                #pragma unroll
                for (uint j = 0; j < 2; ++j)
                    sums[i][j] += x_values[i] * y_values[j];
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    #pragma unroll
    for (uint i = 0; i < 4; ++i) {
        #pragma unroll
        for (uint j = 0; j < 2; ++j) {
            const uint out_row = first_row + item_row + i;
            const uint first = first_column + j * 16 + item_column;
            if (out_row < rows && first + 2 <= columns) {
                const uint out_column = first;
                const ulong place = (ulong)out_row * out_stride + out_column;
                const float2 value = sums[i][j];
                vstore2(value, 0, out + place);
            } else if (out_row < rows) {
                float totals[2];
                vstore2(sums[i][j], 0, totals);
                for (uint out_column = first; out_column < columns; ++out_column) {
                    const ulong place = (ulong)out_row * out_stride + out_column;
                    const float value = totals[out_column - first];
                    out[place] = value;
                }
            }
        }
    }
}
