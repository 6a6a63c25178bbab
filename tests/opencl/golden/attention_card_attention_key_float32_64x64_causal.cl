#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void attention_key_float32_64x64_causal(
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
    global float *key_out,
    const ulong key_out_offset,
    global float *value_out,
    const ulong value_out_offset,
    const uint queries,
    const uint keys,
    const float scale)
{
    const uint blocks = (keys + 63) / 64;
    const ulong batch = get_group_id(0) / blocks;
    const uint k = (uint)(get_group_id(0) % blocks) * 64 + get_local_id(0);
    if (k >= keys)
        return;
    query += query_offset + batch * queries * 64;
    key += key_offset + batch * keys * 64;
    value += value_offset + batch * keys * 64;
    gradient += gradient_offset + batch * queries * 64;
    logarithms += logarithms_offset + batch * queries;
    overlaps += overlaps_offset + batch * queries;
    float own_key[64];
    for (uint j = 0; j < 64; ++j)
        own_key[j] = key[(ulong)k * 64 + j];
    float own_value[64];
    for (uint j = 0; j < 64; ++j)
        own_value[j] = value[(ulong)k * 64 + j];
    float key_sums[64];
    for (uint j = 0; j < 64; ++j)
        key_sums[j] = 0;
    float value_sums[64];
    for (uint j = 0; j < 64; ++j)
        value_sums[j] = 0;
    for (uint q = k; q < queries; ++q) {
        global const float *query_row = query + (ulong)q * 64;
        float pair = 0;
        for (uint j = 0; j < 64; ++j)
            pair += own_key[j] * query_row[j];
        pair *= scale;
        const float found = logarithms[q];
        const float weight = isinf(found) ? 0 : exp(pair - found);
        global const float *gradient_row = gradient + (ulong)q * 64;
        float product = 0;
        for (uint j = 0; j < 64; ++j)
            product += own_value[j] * gradient_row[j];
        const float slope = scale * weight * (product - overlaps[q]);
        for (uint j = 0; j < 64; ++j)
            key_sums[j] += slope * query_row[j];
        for (uint j = 0; j < 64; ++j)
            value_sums[j] += weight * gradient_row[j];
    }
    key_out += key_out_offset + (batch * keys + k) * 64;
    for (uint j = 0; j < 64; ++j)
        key_out[j] = key_sums[j];
    value_out += value_out_offset + (batch * keys + k) * 64;
    for (uint j = 0; j < 64; ++j)
        value_out[j] = value_sums[j];
}
