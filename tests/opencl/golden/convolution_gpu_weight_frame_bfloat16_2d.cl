#pragma OPENCL FP_CONTRACT ON

kernel 
void frame_bfloat16_2d(
    global const ushort *x,
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
    const uint line = (uint)(get_global_id(0) / line_size_1);
    int i = (int)(get_global_id(0) % line_size_1);
    if (line >= lines)
        return;
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
    global const ushort *source_line = x + (long)rest * size_1 * size_0 + source + skipped;
    global float *target_line = out + rest * plane_step + target;
    if (inside && i >= begin && i < begin + count)
        target_line[i] = as_float(convert_uint(source_line[(i - begin)]) << 16);
    else
        target_line[i] = 0;
}
