#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void attention_query_float32_64x64_causal(
    global const float *query,
    const ulong query_offset,
    global const float *key,
    const ulong key_offset,
    global const float *value,
    const ulong value_offset,
    global const float *gradient,
    const ulong gradient_offset,
    global const float *logarithms,
    const ulong logarithms_offset,
    global const float *overlaps,
    const ulong overlaps_offset,
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
    gradient += gradient_offset + batch * queries * 64;
    logarithms += logarithms_offset + batch * queries;
    overlaps += overlaps_offset + batch * queries;
    float own_query[64];
    for (uint j = 0; j < 64; ++j)
        own_query[j] = query[(ulong)q * 64 + j];
    float own_gradient[64];
    for (uint j = 0; j < 64; ++j)
        own_gradient[j] = gradient[(ulong)q * 64 + j];
    float sums[64];
    for (uint j = 0; j < 64; ++j)
        sums[j] = 0;
    const uint last = min(keys, q + 1);
    for (uint k = 0; k < last; ++k) {
        global const float *key_row = key + (ulong)k * 64;
        float pair = 0;
        for (uint j = 0; j < 64; ++j)
            pair += own_query[j] * key_row[j];
        pair *= scale;
        const float found = logarithms[q];
        const float weight = isinf(found) ? 0 : exp(pair - found);
        global const float *value_row = value + (ulong)k * 64;
        float product = 0;
        for (uint j = 0; j < 64; ++j)
            product += own_gradient[j] * value_row[j];
        const float slope = scale * weight * (product - overlaps[q]);
        for (uint j = 0; j < 64; ++j)
            sums[j] += slope * key_row[j];
    }
    out += out_offset + (batch * queries + q) * 64;
    for (uint j = 0; j < 64; ++j)
        out[j] = sums[j];
}
