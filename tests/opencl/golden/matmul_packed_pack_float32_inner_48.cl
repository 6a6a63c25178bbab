#pragma OPENCL FP_CONTRACT ON

float16 weave_low(const float16 a, const float16 b)
{
    return (float16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
}

float16 weave_high(const float16 a, const float16 b)
{
    return (float16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf);
}

void copy_turned(global const float *source, const ulong stride, const uint last, global float *target, const uint step)
{
    const float16 row_0 = vload16(0, source + min(0u, last) * stride);
    const float16 row_1 = vload16(0, source + min(1u, last) * stride);
    const float16 row_2 = vload16(0, source + min(2u, last) * stride);
    const float16 row_3 = vload16(0, source + min(3u, last) * stride);
    const float16 row_4 = vload16(0, source + min(4u, last) * stride);
    const float16 row_5 = vload16(0, source + min(5u, last) * stride);
    const float16 row_6 = vload16(0, source + min(6u, last) * stride);
    const float16 row_7 = vload16(0, source + min(7u, last) * stride);
    const float16 row_8 = vload16(0, source + min(8u, last) * stride);
    const float16 row_9 = vload16(0, source + min(9u, last) * stride);
    const float16 row_10 = vload16(0, source + min(10u, last) * stride);
    const float16 row_11 = vload16(0, source + min(11u, last) * stride);
    const float16 row_12 = vload16(0, source + min(12u, last) * stride);
    const float16 row_13 = vload16(0, source + min(13u, last) * stride);
    const float16 row_14 = vload16(0, source + min(14u, last) * stride);
    const float16 row_15 = vload16(0, source + min(15u, last) * stride);
    const float16 turn_0_0 = weave_low(row_0, row_8);
    const float16 turn_0_1 = weave_high(row_0, row_8);
    const float16 turn_0_2 = weave_low(row_1, row_9);
    const float16 turn_0_3 = weave_high(row_1, row_9);
    const float16 turn_0_4 = weave_low(row_2, row_10);
    const float16 turn_0_5 = weave_high(row_2, row_10);
    const float16 turn_0_6 = weave_low(row_3, row_11);
    const float16 turn_0_7 = weave_high(row_3, row_11);
    const float16 turn_0_8 = weave_low(row_4, row_12);
    const float16 turn_0_9 = weave_high(row_4, row_12);
    const float16 turn_0_10 = weave_low(row_5, row_13);
    const float16 turn_0_11 = weave_high(row_5, row_13);
    const float16 turn_0_12 = weave_low(row_6, row_14);
    const float16 turn_0_13 = weave_high(row_6, row_14);
    const float16 turn_0_14 = weave_low(row_7, row_15);
    const float16 turn_0_15 = weave_high(row_7, row_15);
    const float16 turn_1_0 = weave_low(turn_0_0, turn_0_8);
    const float16 turn_1_1 = weave_high(turn_0_0, turn_0_8);
    const float16 turn_1_2 = weave_low(turn_0_1, turn_0_9);
    const float16 turn_1_3 = weave_high(turn_0_1, turn_0_9);
    const float16 turn_1_4 = weave_low(turn_0_2, turn_0_10);
    const float16 turn_1_5 = weave_high(turn_0_2, turn_0_10);
    const float16 turn_1_6 = weave_low(turn_0_3, turn_0_11);
    const float16 turn_1_7 = weave_high(turn_0_3, turn_0_11);
    const float16 turn_1_8 = weave_low(turn_0_4, turn_0_12);
    const float16 turn_1_9 = weave_high(turn_0_4, turn_0_12);
    const float16 turn_1_10 = weave_low(turn_0_5, turn_0_13);
    const float16 turn_1_11 = weave_high(turn_0_5, turn_0_13);
    const float16 turn_1_12 = weave_low(turn_0_6, turn_0_14);
    const float16 turn_1_13 = weave_high(turn_0_6, turn_0_14);
    const float16 turn_1_14 = weave_low(turn_0_7, turn_0_15);
    const float16 turn_1_15 = weave_high(turn_0_7, turn_0_15);
    const float16 turn_2_0 = weave_low(turn_1_0, turn_1_8);
    const float16 turn_2_1 = weave_high(turn_1_0, turn_1_8);
    const float16 turn_2_2 = weave_low(turn_1_1, turn_1_9);
    const float16 turn_2_3 = weave_high(turn_1_1, turn_1_9);
    const float16 turn_2_4 = weave_low(turn_1_2, turn_1_10);
    const float16 turn_2_5 = weave_high(turn_1_2, turn_1_10);
    const float16 turn_2_6 = weave_low(turn_1_3, turn_1_11);
    const float16 turn_2_7 = weave_high(turn_1_3, turn_1_11);
    const float16 turn_2_8 = weave_low(turn_1_4, turn_1_12);
    const float16 turn_2_9 = weave_high(turn_1_4, turn_1_12);
    const float16 turn_2_10 = weave_low(turn_1_5, turn_1_13);
    const float16 turn_2_11 = weave_high(turn_1_5, turn_1_13);
    const float16 turn_2_12 = weave_low(turn_1_6, turn_1_14);
    const float16 turn_2_13 = weave_high(turn_1_6, turn_1_14);
    const float16 turn_2_14 = weave_low(turn_1_7, turn_1_15);
    const float16 turn_2_15 = weave_high(turn_1_7, turn_1_15);
    const float16 turn_3_0 = weave_low(turn_2_0, turn_2_8);
    const float16 turn_3_1 = weave_high(turn_2_0, turn_2_8);
    const float16 turn_3_2 = weave_low(turn_2_1, turn_2_9);
    const float16 turn_3_3 = weave_high(turn_2_1, turn_2_9);
    const float16 turn_3_4 = weave_low(turn_2_2, turn_2_10);
    const float16 turn_3_5 = weave_high(turn_2_2, turn_2_10);
    const float16 turn_3_6 = weave_low(turn_2_3, turn_2_11);
    const float16 turn_3_7 = weave_high(turn_2_3, turn_2_11);
    const float16 turn_3_8 = weave_low(turn_2_4, turn_2_12);
    const float16 turn_3_9 = weave_high(turn_2_4, turn_2_12);
    const float16 turn_3_10 = weave_low(turn_2_5, turn_2_13);
    const float16 turn_3_11 = weave_high(turn_2_5, turn_2_13);
    const float16 turn_3_12 = weave_low(turn_2_6, turn_2_14);
    const float16 turn_3_13 = weave_high(turn_2_6, turn_2_14);
    const float16 turn_3_14 = weave_low(turn_2_7, turn_2_15);
    const float16 turn_3_15 = weave_high(turn_2_7, turn_2_15);
    vstore16(turn_3_0, 0, target + 0 * step);
    vstore16(turn_3_1, 0, target + 1 * step);
    vstore16(turn_3_2, 0, target + 2 * step);
    vstore16(turn_3_3, 0, target + 3 * step);
    vstore16(turn_3_4, 0, target + 4 * step);
    vstore16(turn_3_5, 0, target + 5 * step);
    vstore16(turn_3_6, 0, target + 6 * step);
    vstore16(turn_3_7, 0, target + 7 * step);
    vstore16(turn_3_8, 0, target + 8 * step);
    vstore16(turn_3_9, 0, target + 9 * step);
    vstore16(turn_3_10, 0, target + 10 * step);
    vstore16(turn_3_11, 0, target + 11 * step);
    vstore16(turn_3_12, 0, target + 12 * step);
    vstore16(turn_3_13, 0, target + 13 * step);
    vstore16(turn_3_14, 0, target + 14 * step);
    vstore16(turn_3_15, 0, target + 15 * step);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float16)))
void pack_float32_inner_48(
    global const float *source,
    const ulong source_offset,
    const uint source_stride,
    global float *panels,
    const ulong panels_offset,
    const uint outer,
    const uint inner,
    const uint depth)
{
    const uint panel_count = (outer + 48 - 1) / 48;
    const uint parts = (inner + depth - 1) / depth;
    ulong block_number = get_group_id(0);
    const uint panel = (uint)(block_number % panel_count);
    block_number /= panel_count;
    const uint first_inner = (uint)(block_number % parts) * depth;
    const uint last_inner = min(inner, first_inner + depth);
    const uint batch = (uint)(block_number / parts);
    source += source_offset;
    const uint first = panel * 48;
    panels += panels_offset + ((ulong)batch * panel_count + panel) * inner * 48;
    uint k = first_inner;
    if (first + 48 <= outer)
        for (; k + 16 <= last_inner; k += 16)
            for (uint i = 0; i < 48; i += 16)
                copy_turned(source + (ulong)(first + i) * source_stride + k, source_stride, 15, panels + (ulong)k * 48 + i, 48);
    for (; k < last_inner; ++k)
        for (uint i = 0; i < 48; ++i)
            panels[(ulong)k * 48 + i] = first + i < outer ? source[((ulong)(first + i) * source_stride + k)] : 0;
}
