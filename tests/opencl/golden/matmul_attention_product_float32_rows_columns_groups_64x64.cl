#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void product_float32_rows_columns_groups_64x64(
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
    const uint batch_size_0,
    const ulong x_batch_0,
    const ulong y_batch_0,
    const uint batch_size_1,
    const ulong x_batch_1,
    const ulong y_batch_1,
    const ulong out_batch)
{
    const uint column_blocks = (columns + 64 - 1) / (64);
    const uint row_blocks = (rows + 64 - 1) / (64);
    ulong block_number = get_group_id(0);
    const uint first_column = (uint)(block_number % column_blocks) * (64);
    block_number /= column_blocks;
    const uint first_row = (uint)(block_number % row_blocks) * (64);
    const uint batch = (uint)(block_number / row_blocks);
    const uint first_inner = 0;
    const uint last_inner = inner;
    x += x_offset;
    y += y_offset;
    x += (batch % batch_size_0) * x_batch_0;
    y += (batch % batch_size_0) * y_batch_0;
    x += (batch / batch_size_0) * x_batch_1;
    y += (batch / batch_size_0) * y_batch_1;
    out += out_offset + batch * out_batch;
    local float x_tile[1088];
    local float y_tile[1088];
    const uint item = get_local_id(0);
    const uint item_row = item / 16 * 4;
    const uint item_column = item % 16 * 4;
    float4 sums[4][1];
    #pragma unroll
    for (uint i = 0; i < 4; ++i) {
        #pragma unroll
        for (uint j = 0; j < 1; ++j)
            sums[i][j] = (float4)(0);
    }
    float4 x_next[1];
    float4 y_next[1];
    #pragma unroll
    for (uint n = 0; n < 1; ++n) {
        const uint element = item + n * 256;
        const uint k = element % 4 * 4;
        const uint line = element / 4;
        x_next[n] = *(global const float4 *)(x + ((ulong)min(first_row + line, rows - 1) * x_stride + (first_inner + k)));
    }
    #pragma unroll
    for (uint n = 0; n < 1; ++n) {
        const uint element = item + n * 256;
        const uint k = element % 4 * 4;
        const uint line = element / 4;
        y_next[n] = *(global const float4 *)(y + ((ulong)min(first_column + line, columns - 1) * y_stride + (first_inner + k)));
    }
    for (uint block = first_inner; block < last_inner; block += 16) {
        #pragma unroll
        for (uint n = 0; n < 1; ++n) {
            const uint element = item + n * 256;
            const uint k = element % 4 * 4;
            const uint line = element / 4;
            x_tile[(k + 0) * 68 + line] = x_next[n].x;
            x_tile[(k + 1) * 68 + line] = x_next[n].y;
            x_tile[(k + 2) * 68 + line] = x_next[n].z;
            x_tile[(k + 3) * 68 + line] = x_next[n].w;
        }
        #pragma unroll
        for (uint n = 0; n < 1; ++n) {
            const uint element = item + n * 256;
            const uint k = element % 4 * 4;
            const uint line = element / 4;
            y_tile[(k + 0) * 68 + line] = y_next[n].x;
            y_tile[(k + 1) * 68 + line] = y_next[n].y;
            y_tile[(k + 2) * 68 + line] = y_next[n].z;
            y_tile[(k + 3) * 68 + line] = y_next[n].w;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (block + 16 < last_inner) {
            #pragma unroll
            for (uint n = 0; n < 1; ++n) {
                const uint element = item + n * 256;
                const uint k = element % 4 * 4;
                const uint line = element / 4;
                x_next[n] = *(global const float4 *)(x + ((ulong)min(first_row + line, rows - 1) * x_stride + (block + 16 + k)));
            }
            #pragma unroll
            for (uint n = 0; n < 1; ++n) {
                const uint element = item + n * 256;
                const uint k = element % 4 * 4;
                const uint line = element / 4;
                y_next[n] = *(global const float4 *)(y + ((ulong)min(first_column + line, columns - 1) * y_stride + (block + 16 + k)));
            }
        }
        #pragma unroll
        for (uint k = 0; k < 16; ++k) {
            float x_values[4];
            float4 y_values[1];
            #pragma unroll
            for (uint i = 0; i < 4; ++i)
                x_values[i] = x_tile[k * 68 + item_row + i];
            #pragma unroll
            for (uint j = 0; j < 1; ++j)
                y_values[j] = vload4(0, y_tile + k * 68 + j * 64 + item_column);
            #pragma unroll
            for (uint i = 0; i < 4; ++i) {
                #pragma unroll
                for (uint j = 0; j < 1; ++j)
                    sums[i][j] += x_values[i] * y_values[j];
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    #pragma unroll
    for (uint i = 0; i < 4; ++i) {
        #pragma unroll
        for (uint j = 0; j < 1; ++j) {
            const uint out_row = first_row + item_row + i;
            const uint first = first_column + j * 64 + item_column;
            if (out_row < rows && first + 4 <= columns) {
                const uint out_column = first;
                const ulong place = (ulong)out_row * out_stride + out_column;
                const float4 value = sums[i][j];
                vstore4(value, 0, out + place);
            } else if (out_row < rows) {
                float totals[4];
                vstore4(sums[i][j], 0, totals);
                for (uint out_column = first; out_column < columns; ++out_column) {
                    const ulong place = (ulong)out_row * out_stride + out_column;
                    const float value = totals[out_column - first];
                    out[place] = value;
                }
            }
        }
    }
}
