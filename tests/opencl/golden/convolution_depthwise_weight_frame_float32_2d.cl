#pragma OPENCL FP_CONTRACT ON

kernel __attribute__((vec_type_hint(float8)))
void frame_float32_2d(
    global const float *x,
    const ulong x_offset,
    global float *out,
    const ulong out_offset,
    const ulong plane_step,
    const uint lines,
    const uint each,
    const uint slack,
    const int size_0,
    const int before_0,
    const uint line_size_0,
    const int size_1,
    const int before_1,
    const uint line_size_1)
{
    const int begin = max(before_1, 0);
    const int left = (int)line_size_1 - begin;
    const int skipped = max(-before_1, 0);
    const int count = max(0, min(left, size_1 - skipped));
    x += x_offset;
    out += out_offset;
    const uint first = (uint)get_global_id(0) * each;
    const uint end = min(lines, first + each);
    for (uint line = first; line < end; ++line) {
        uint rest = line;
        long source = 0;
        ulong target = 0;
        bool inside = true;
        const uint place_0 = rest % line_size_0;
        rest /= line_size_0;
        const int index_0 = (int)place_0 - before_0;
        inside = inside && index_0 >= 0 && index_0 < size_0;
        source += (long)index_0 * size_1;
        target += (ulong)place_0 * line_size_1;
        global const float *source_line = x + (long)rest * size_1 * size_0 + source + skipped;
        global float *target_line = out + rest * plane_step + target;
        int i = min(begin, (int)line_size_1);
        const int stop = inside ? begin + count : i;
        for (int k = 0; k < i; ++k)
            target_line[k] = 0;
        for (; i + 8 <= stop; i += 8)
            vstore8(vload8(0, source_line + (i - begin)), 0, target_line + i);
        for (; i < stop; ++i)
            target_line[i] = source_line[(i - begin)];
        for (; i < (int)line_size_1; ++i)
            target_line[i] = 0;
        if (line == lines - 1)
            for (uint k = 0; k < slack; ++k)
                target_line[line_size_1 + k] = 0;
    }
}
