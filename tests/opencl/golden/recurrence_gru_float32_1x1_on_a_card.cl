#pragma OPENCL FP_CONTRACT ON

float sigmoid(const float x)
{
    return 1 / (1 + exp(-x));
}

void step(
    const float s_r,
    const float s_z,
    const float s_n,
    global const float *x,
    global const float *h_before,
    global float *out,
    const ulong plane,
    const uint size)
{
    const float r = sigmoid(*(x) + s_r);
    const float z = sigmoid(*(x + size) + s_z);
    const float n = tanh(*(x + 2 * size) + r * s_n);
    const float h = n + z * (*(h_before) - n);
    *(out) = h;
    *(out + plane) = r;
    *(out + 2 * plane) = z;
    *(out + 3 * plane) = n;
    *(out + 4 * plane) = s_n;
}

kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void recurrence_gru_float32_1x1(
    global const float *from_input,
    const ulong from_input_offset,
    global const float *weight,
    const ulong weight_offset,
    global const float *bias,
    const ulong bias_offset,
    global const float *h_first,
    const ulong h_first_offset,
    global float *out,
    const ulong out_offset,
    const uint times,
    const uint rows,
    const uint size,
    const uint share,
    const uint panel,
    const uint reverse,
    const ulong gate_step)
{
    const uint first = get_group_id(0) * share;
    const uint last = min(first + share, rows) - 1;
    const ulong all = (ulong)rows * size;
    const ulong plane = times * all;
    from_input += from_input_offset;
    weight += weight_offset;
    bias += bias_offset;
    h_first += h_first_offset;
    out += out_offset;
    for (uint done = 0; done < times; ++done) {
        const ulong time = reverse ? times - 1 - done : done;
        const ulong previous = reverse ? time + 1 : time - 1;
        global const float *x = from_input + time * rows * 3 * size;
        global float *now = out + time * all;
        global const float *h_before = done ? out + previous * all : h_first;
        for (uint unit = get_local_id(0); unit < size; unit += 128) {
            global const float *line = weight + (ulong)(unit / panel) * panel * size + unit % panel;
            const float bias_r0 = *(bias + unit);
            const float bias_z0 = *(bias + size + unit);
            const float bias_n0 = *(bias + 2 * size + unit);
            for (uint row = first; row <= last; row += 1) {
                const ulong row_0 = row;
                global const float *x_0 = h_before + row_0 * size;
                float sum_0_r0 = bias_r0;
                float sum_0_z0 = bias_z0;
                float sum_0_n0 = bias_n0;
                global const float *y = line;
                for (uint k = 0; k < size; ++k) {
                    const float y_r0 = *(y);
                    const float y_z0 = *(y + gate_step);
                    const float y_n0 = *(y + 2 * gate_step);
                    const float value_0 = x_0[k];
                    sum_0_r0 += value_0 * y_r0;
                    sum_0_z0 += value_0 * y_z0;
                    sum_0_n0 += value_0 * y_n0;
                    y += panel;
                }
                step(
                    sum_0_r0,
                    sum_0_z0,
                    sum_0_n0,
                    x + row_0 * 3 * size + unit,
                    h_before + row_0 * size + unit,
                    now + row_0 * size + unit,
                    plane,
                    size);
            }
        }
        barrier(CLK_GLOBAL_MEM_FENCE);
    }
}
