#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void pack_float32_outer_8(
    global const float *source,
    const ulong source_offset,
    const uint source_stride,
    global float *panels,
    const ulong panels_offset,
    const uint outer,
    const uint inner,
    const uint depth)
{
    const uint panel_count = (outer + 8 - 1) / 8;
    const uint parts = (inner + depth - 1) / depth;
    ulong block_number = get_group_id(0);
    const uint panel = (uint)(block_number % panel_count);
    block_number /= panel_count;
    const uint first_inner = (uint)(block_number % parts) * depth;
    const uint last_inner = min(inner, first_inner + depth);
    const uint batch = (uint)(block_number / parts);
    source += source_offset;
    const uint first = panel * 8;
    panels += panels_offset + ((ulong)batch * panel_count + panel) * inner * 8;
    uint k = first_inner;
    if (first + 8 <= outer)
        for (; k < last_inner; ++k)
            for (uint i = 0; i < 8; i += 8)
                vstore8(vload8(0, source + (ulong)k * source_stride + first + i), 0, panels + (ulong)k * 8 + i);
    for (; k < last_inner; ++k)
        for (uint i = 0; i < 8; ++i)
            panels[(ulong)k * 8 + i] = first + i < outer ? source[((ulong)k * source_stride + first + i)] : 0;
}
