#pragma OPENCL FP_CONTRACT ON

kernel 
void product_sum_float16_bias(
    global const float *sums,
    const ulong sums_offset,
    global half *out,
    const ulong out_offset,
    const uint splits,
    const uint batches,
    const uint rows,
    const uint columns,
    global const half *bias,
    const ulong bias_offset)
{
    const ulong place = get_global_id(0);
    const ulong size = (ulong)batches * rows * columns;
    if (place >= size)
        return;
    const uint out_column = (uint)(place % columns);
    const uint out_row = (uint)(place / columns % rows);
    const uint batch = (uint)(place / columns / rows);
    float sum = 0;
    for (uint split = 0; split < splits; ++split)
        sum += sums[sums_offset + split * size + place];
    out += out_offset;
    const float value = sum;
    float result = value + vload_half(0, bias + bias_offset + out_column);
    vstore_half_rte(result, 0, out + place);
}
