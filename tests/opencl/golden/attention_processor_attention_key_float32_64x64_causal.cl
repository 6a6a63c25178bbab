#pragma OPENCL FP_CONTRACT ON

// target[i][j] = sum over k of x[k][i] y[k][j], for some panels of y
void multiply(global const float *x, global const float8 *y, const uint inner, const uint panels, local float8 *target)
{
    for (uint number = 0; number < panels * 4; ++number) {
        const uint panel = number / 4, row = number % 4 * 4;
        global const float *x_step = x + row;
        global const float8 *y_step = y + panel * inner * 2;
        float8 sum_0_0 = (float8)(0);
        float8 sum_0_1 = (float8)(0);
        float8 sum_1_0 = (float8)(0);
        float8 sum_1_1 = (float8)(0);
        float8 sum_2_0 = (float8)(0);
        float8 sum_2_1 = (float8)(0);
        float8 sum_3_0 = (float8)(0);
        float8 sum_3_1 = (float8)(0);
        for (uint k = 0; k < inner; ++k) {
            const float8 y_0 = y_step[0];
            const float8 y_1 = y_step[1];
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
            x_step += 16;
            y_step += 2;
        }
        local float8 *place = target + row * 8 + panel * 2;
        place[0] = sum_0_0;
        place[1] = sum_0_1;
        place[8] = sum_1_0;
        place[9] = sum_1_1;
        place[16] = sum_2_0;
        place[17] = sum_2_1;
        place[24] = sum_3_0;
        place[25] = sum_3_1;
    }
}

// sums[i][j] += sum over k of weights[i][k] y[k][j], for some panels of y
void gather(local const float8 *weights, global const float *y, const uint inner, const ulong step, const ulong panel_step, const uint panels, local float8 *sums)
{
    for (uint number = 0; number < panels * 4; ++number) {
        const uint panel = number / 4, row = number % 4 * 4;
        local const float *x_step = (local const float *)(weights + row * 8);
        global const float *y_step = y + panel * panel_step;
        local float8 *place = sums + panel * 32 + row * 2;
        float8 sum_0_0 = place[0];
        float8 sum_0_1 = place[1];
        float8 sum_1_0 = place[2];
        float8 sum_1_1 = place[3];
        float8 sum_2_0 = place[4];
        float8 sum_2_1 = place[5];
        float8 sum_3_0 = place[6];
        float8 sum_3_1 = place[7];
        for (uint k = 0; k < inner; ++k) {
            const float8 y_0 = vload8(0, y_step);
            const float8 y_1 = vload8(1, y_step);
            const float x_0 = x_step[0 * 64];
            sum_0_0 += x_0 * y_0;
            sum_0_1 += x_0 * y_1;
            const float x_1 = x_step[1 * 64];
            sum_1_0 += x_1 * y_0;
            sum_1_1 += x_1 * y_1;
            const float x_2 = x_step[2 * 64];
            sum_2_0 += x_2 * y_0;
            sum_2_1 += x_2 * y_1;
            const float x_3 = x_step[3 * 64];
            sum_3_0 += x_3 * y_0;
            sum_3_1 += x_3 * y_1;
            x_step += 1;
            y_step += step;
        }
        place[0] = sum_0_0;
        place[1] = sum_0_1;
        place[2] = sum_1_0;
        place[3] = sum_1_1;
        place[4] = sum_2_0;
        place[5] = sum_2_1;
        place[6] = sum_3_0;
        place[7] = sum_3_1;
    }
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void attention_key_float32_64x64_causal(
    global const float *query,
    const ulong query_offset,
    const ulong query_batch,
    global const float *key,
    const ulong key_offset,
    const ulong key_batch,
    global const float *value,
    const ulong value_offset,
    const ulong value_batch,
    global const float *gradient,
    const ulong gradient_offset,
    const ulong gradient_batch,
    global const float *query_rows,
    const ulong query_rows_offset,
    const ulong query_rows_outer,
    const ulong query_rows_inner,
    const ulong query_rows_step,
    const ulong query_rows_panel,
    global const float *gradient_rows,
    const ulong gradient_rows_offset,
    const ulong gradient_rows_outer,
    const ulong gradient_rows_inner,
    const ulong gradient_rows_step,
    const ulong gradient_rows_panel,
    const uint heads,
    global const float *logarithms,
    const ulong logarithms_offset,
    global const float *overlaps,
    const ulong overlaps_offset,
    global float *key_out,
    const ulong key_out_offset,
    global float *value_out,
    const ulong value_out_offset,
    const uint queries,
    const uint keys,
    const float scale)
{
    const uint blocks = (keys + 15) / 16;
    const ulong batch = get_group_id(0) / blocks;
    const uint first = (uint)(get_group_id(0) % blocks) * 16;
    const uint count = min(16u, keys - first);
    const int8 lanes = (int8)(0, 1, 2, 3, 4, 5, 6, 7);
    query += query_offset + batch * query_batch;
    key += key_offset + batch * key_batch;
    value += value_offset + batch * value_batch;
    gradient += gradient_offset + batch * gradient_batch;
    query_rows += query_rows_offset + batch / heads * query_rows_outer + batch % heads * query_rows_inner;
    gradient_rows += gradient_rows_offset + batch / heads * gradient_rows_outer + batch % heads * gradient_rows_inner;
    logarithms += logarithms_offset + batch * queries;
    overlaps += overlaps_offset + batch * queries;
    key += (ulong)first * 64;
    value += (ulong)first * 64;
    key_out += key_out_offset + (batch * keys + first) * 64;
    value_out += value_out_offset + (batch * keys + first) * 64;
    local float8 pairs[128];
    local float8 products[128];
    local float8 logarithm[8], overlap[8];
    local float8 key_sums[128];
    for (uint i = 0; i < 128; ++i)
        key_sums[i] = (float8)(0);
    local float8 value_sums[128];
    for (uint i = 0; i < 128; ++i)
        value_sums[i] = (float8)(0);
    for (uint start = first; start < queries; start += 64) {
        const uint seen = min(64u, queries - start);
        const uint panels = (seen + 15) / 16;
        for (uint i = 0; i < 64; ++i) {
            const float found = i < seen ? logarithms[start + i] : INFINITY;
            ((local float *)logarithm)[i] = isinf(found) ? INFINITY : found;
            ((local float *)overlap)[i] = i < seen ? overlaps[start + i] : 0;
        }
        multiply(key, (global const float8 *)(query + (ulong)start * 64), 64, panels, pairs);
        multiply(value, (global const float8 *)(gradient + (ulong)start * 64), 64, panels, products);
        for (uint row = 0; row < 16; ++row) {
            const uint place = min(first + row, keys - 1);
            local float8 *line = pairs + row * 8;
            local float8 *product = products + row * 8;
            for (uint part = 0; part < panels * 2; ++part) {
                const uint lane = part * 8;
                float8 pair = scale * line[part];
                float8 weight = exp(pair - logarithm[part]);
                weight = select((float8)(0), weight, lanes + (int)(start + lane) >= (int8)(first + row));
                line[part] = scale * weight * (product[part] - overlap[part]);
                product[part] = weight;
            }
        }
        gather(pairs, query_rows + start * query_rows_step, seen, query_rows_step, query_rows_panel, 4, key_sums);
        gather(products, gradient_rows + start * gradient_rows_step, seen, gradient_rows_step, gradient_rows_panel, 4, value_sums);
    }
    for (uint row = 0; row < count; ++row) {
        global float *line = key_out + (ulong)row * 64;
        local const float8 *own = key_sums + row * 2;
        vstore8(own[0], 0, line + 0);
        vstore8(own[1], 0, line + 8);
        vstore8(own[32], 0, line + 16);
        vstore8(own[33], 0, line + 24);
        vstore8(own[64], 0, line + 32);
        vstore8(own[65], 0, line + 40);
        vstore8(own[96], 0, line + 48);
        vstore8(own[97], 0, line + 56);
    }
    for (uint row = 0; row < count; ++row) {
        global float *line = value_out + (ulong)row * 64;
        local const float8 *own = value_sums + row * 2;
        vstore8(own[0], 0, line + 0);
        vstore8(own[1], 0, line + 8);
        vstore8(own[32], 0, line + 16);
        vstore8(own[33], 0, line + 24);
        vstore8(own[64], 0, line + 32);
        vstore8(own[65], 0, line + 40);
        vstore8(own[96], 0, line + 48);
        vstore8(own[97], 0, line + 56);
    }
}
