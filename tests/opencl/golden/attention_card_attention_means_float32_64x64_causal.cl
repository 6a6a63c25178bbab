#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void attention_means_float32_64x64_causal(
    global const float *query,
    const ulong query_offset,
    global const float *key,
    const ulong key_offset,
    global const float *value,
    const ulong value_offset,
    global float *out,
    const ulong out_offset,
    const uint queries,
    const uint keys,
    const float scale)
{
    const uint blocks = (queries + 63) / 64;
    const ulong batch = get_group_id(0) / blocks;
    const uint q = (uint)(get_group_id(0) % blocks) * 64 + get_local_id(0);
    if (q >= queries)
        return;
    query += query_offset + batch * queries * 64;
    key += key_offset + batch * keys * 64;
    value += value_offset + batch * keys * 64;
    float own_query[64];
    for (uint j = 0; j < 64; ++j)
        own_query[j] = query[(ulong)q * 64 + j];
    float sums[64];
    for (uint j = 0; j < 64; ++j)
        sums[j] = 0;
    float high = -INFINITY, total = 0;
    const uint last = min(keys, q + 1);
    for (uint k = 0; k < last; ++k) {
        global const float *key_row = key + (ulong)k * 64;
        float pair = 0;
        for (uint j = 0; j < 64; ++j)
            pair += own_query[j] * key_row[j];
        pair *= scale;
        const float top = fmax(high, pair);
        const float shift = top == -INFINITY ? 0 : top;
        const float weight = exp(pair - shift), factor = exp(high - shift);
        global const float *value_row = value + (ulong)k * 64;
        for (uint j = 0; j < 64; ++j)
            sums[j] = factor * sums[j] + weight * value_row[j];
        total = factor * total + weight;
        high = top;
    }
    const float all = total == 0 ? 1 : total;
    out += out_offset + (batch * queries + q) * 65;
    for (uint j = 0; j < 64; ++j)
        out[j] = sums[j] / all;
    out[64] = total == 0 ? -INFINITY : high + log(all);
}
