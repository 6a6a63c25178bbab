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

float8 lanes_of(global const float *line, const long step, const uint count)
{
    if (step == 1 && count >= 8)
        return vload8(0, line);
    float lanes[8];
    for (uint lane = 0; lane < 8; ++lane)
        lanes[lane] = lane < count ? line[lane * step] : 0;
    return vload8(0, lanes);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void attention_query_float32_20x20_masked_2(
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
    global const float *key_rows,
    const ulong key_rows_offset,
    const ulong key_rows_outer,
    const ulong key_rows_inner,
    const ulong key_rows_step,
    const ulong key_rows_panel,
    const uint heads,
    global const float *logarithms,
    const ulong logarithms_offset,
    global const float *overlaps,
    const ulong overlaps_offset,
    global float *out,
    const ulong out_offset,
    global const float *mask,
    const ulong mask_offset,
    const long mask_row,
    const long mask_column,
    const uint batch_size_0,
    const long mask_batch_0,
    const uint batch_size_1,
    const long mask_batch_1,
    const uint queries,
    const uint keys,
    const float scale)
{
    const uint blocks = (queries + 15) / 16;
    const ulong batch = get_group_id(0) / blocks;
    const uint first = (uint)(get_group_id(0) % blocks) * 16;
    const uint count = min(16u, queries - first);
    const int8 lanes = (int8)(0, 1, 2, 3, 4, 5, 6, 7);
    query += query_offset + batch * query_batch;
    key += key_offset + batch * key_batch;
    value += value_offset + batch * value_batch;
    gradient += gradient_offset + batch * gradient_batch;
    key_rows += key_rows_offset + batch / heads * key_rows_outer + batch % heads * key_rows_inner;
    logarithms += logarithms_offset + batch * queries;
    overlaps += overlaps_offset + batch * queries;
    mask += mask_offset;
    ulong rest = batch;
    mask += (long)(rest % batch_size_0) * mask_batch_0;
    rest /= batch_size_0;
    mask += (long)(rest % batch_size_1) * mask_batch_1;
    rest /= batch_size_1;
    query += (ulong)first * 20;
    gradient += (ulong)first * 20;
    out += out_offset + (batch * queries + first) * 20;
    local float8 pairs[128];
    local float8 products[128];
    local float8 sums[64];
    for (uint i = 0; i < 64; ++i)
        sums[i] = (float8)(0);
    const uint last = keys;
    for (uint start = 0; start < last; start += 64) {
        const uint seen = min(64u, last - start);
        const uint panels = (seen + 15) / 16;
        multiply(query, (global const float8 *)(key + (ulong)start * 20), 20, panels, pairs);
        multiply(gradient, (global const float8 *)(value + (ulong)start * 20), 20, panels, products);
        for (uint row = 0; row < 16; ++row) {
            const uint place = min(first + row, queries - 1);
            const float logarithm = isinf(logarithms[place]) ? INFINITY : logarithms[place];
            const float overlap = overlaps[place];
            const uint within = seen;
            local float8 *line = pairs + row * 8;
            local const float8 *product = products + row * 8;
            for (uint part = 0; part < panels * 2; ++part) {
                const uint lane = part * 8;
                float8 pair = scale * line[part];
                pair += lanes_of(mask + (long)(place) * mask_row + (long)(start + lane) * mask_column, mask_column, max(seen, lane) - lane);
                const float8 weight = select((float8)(0), exp(pair - logarithm), lanes + (int)lane < (int8)(within));
                line[part] = scale * weight * (product[part] - overlap);
            }
        }
        gather(pairs, key_rows + start * key_rows_step, seen, key_rows_step, key_rows_panel, 2, sums);
    }
    for (uint row = 0; row < count; ++row) {
        global float *line = out + (ulong)row * 20;
        local const float8 *own = sums + row * 2;
        vstore8(own[0], 0, line + 0);
        vstore8(own[1], 0, line + 8);
        for (uint j = 0; j < 4; ++j)
            line[16 + j] = ((local const float *)(own + 32))[j];
    }
}
