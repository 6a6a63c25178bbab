#pragma OPENCL FP_CONTRACT ON

float8 units_at(global const float *place, const int count)
{
    if (count >= 8)
        return vload8(0, place);
    float units[8];
    for (int unit = 0; unit < 8; ++unit)
        units[unit] = unit < count ? place[unit] : 0;
    return vload8(0, units);
}

void store_units(const float8 value, global float *place, const int count)
{
    if (count >= 8) {
        vstore8(value, 0, place);
        return;
    }
    float units[8];
    vstore8(value, 0, units);
    for (int unit = 0; unit < count; ++unit)
        place[unit] = units[unit];
}

void step(
    const float8 s_n,
    global const float *x,
    global float *out,
    const ulong plane,
    const uint size,
    const int count)
{
    const float8 total = units_at(x, count) + s_n;
    const float8 h = tanh(total);
    store_units(h, out, count);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void recurrence_tanh_float32_6x16(
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
        global const float *x = from_input + time * rows * size;
        global float *now = out + time * all;
        global const float *h_before = done ? out + previous * all : h_first;
        for (uint unit = 0; unit < size; unit += 16) {
            global const float *line = weight + (ulong)(unit / panel) * panel * size + unit % panel;
            const float8 bias_n0 = units_at(bias + unit, (int)size - (int)unit);
            const float8 bias_n1 = units_at(bias + unit + 8, (int)size - (int)(unit + 8));
            for (uint row = first; row <= last; row += 6) {
                const ulong row_0 = row;
                const ulong row_1 = min(row + 1, last);
                const ulong row_2 = min(row + 2, last);
                const ulong row_3 = min(row + 3, last);
                const ulong row_4 = min(row + 4, last);
                const ulong row_5 = min(row + 5, last);
                global const float *x_0 = h_before + row_0 * size;
                global const float *x_1 = h_before + row_1 * size;
                global const float *x_2 = h_before + row_2 * size;
                global const float *x_3 = h_before + row_3 * size;
                global const float *x_4 = h_before + row_4 * size;
                global const float *x_5 = h_before + row_5 * size;
                float8 sum_0_n0 = bias_n0;
                float8 sum_0_n1 = bias_n1;
                float8 sum_1_n0 = bias_n0;
                float8 sum_1_n1 = bias_n1;
                float8 sum_2_n0 = bias_n0;
                float8 sum_2_n1 = bias_n1;
                float8 sum_3_n0 = bias_n0;
                float8 sum_3_n1 = bias_n1;
                float8 sum_4_n0 = bias_n0;
                float8 sum_4_n1 = bias_n1;
                float8 sum_5_n0 = bias_n0;
                float8 sum_5_n1 = bias_n1;
                global const float *y = line;
                for (uint k = 0; k < size; ++k) {
                    const float8 y_n0 = vload8(0, y);
                    const float8 y_n1 = vload8(0, y + 8);
                    const float value_0 = x_0[k];
                    sum_0_n0 += value_0 * y_n0;
                    sum_0_n1 += value_0 * y_n1;
                    const float value_1 = x_1[k];
                    sum_1_n0 += value_1 * y_n0;
                    sum_1_n1 += value_1 * y_n1;
                    const float value_2 = x_2[k];
                    sum_2_n0 += value_2 * y_n0;
                    sum_2_n1 += value_2 * y_n1;
                    const float value_3 = x_3[k];
                    sum_3_n0 += value_3 * y_n0;
                    sum_3_n1 += value_3 * y_n1;
                    const float value_4 = x_4[k];
                    sum_4_n0 += value_4 * y_n0;
                    sum_4_n1 += value_4 * y_n1;
                    const float value_5 = x_5[k];
                    sum_5_n0 += value_5 * y_n0;
                    sum_5_n1 += value_5 * y_n1;
                    y += panel;
                }
                step(
                    sum_0_n0,
                    x + row_0 * size + unit,
                    now + row_0 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
                step(
                    sum_0_n1,
                    x + row_0 * size + unit + 8,
                    now + row_0 * size + unit + 8,
                    plane,
                    size,
                    (int)size - (int)(unit + 8));
                step(
                    sum_1_n0,
                    x + row_1 * size + unit,
                    now + row_1 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
                step(
                    sum_1_n1,
                    x + row_1 * size + unit + 8,
                    now + row_1 * size + unit + 8,
                    plane,
                    size,
                    (int)size - (int)(unit + 8));
                step(
                    sum_2_n0,
                    x + row_2 * size + unit,
                    now + row_2 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
                step(
                    sum_2_n1,
                    x + row_2 * size + unit + 8,
                    now + row_2 * size + unit + 8,
                    plane,
                    size,
                    (int)size - (int)(unit + 8));
                step(
                    sum_3_n0,
                    x + row_3 * size + unit,
                    now + row_3 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
                step(
                    sum_3_n1,
                    x + row_3 * size + unit + 8,
                    now + row_3 * size + unit + 8,
                    plane,
                    size,
                    (int)size - (int)(unit + 8));
                step(
                    sum_4_n0,
                    x + row_4 * size + unit,
                    now + row_4 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
                step(
                    sum_4_n1,
                    x + row_4 * size + unit + 8,
                    now + row_4 * size + unit + 8,
                    plane,
                    size,
                    (int)size - (int)(unit + 8));
                step(
                    sum_5_n0,
                    x + row_5 * size + unit,
                    now + row_5 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
                step(
                    sum_5_n1,
                    x + row_5 * size + unit + 8,
                    now + row_5 * size + unit + 8,
                    plane,
                    size,
                    (int)size - (int)(unit + 8));
            }
        }
    }
}
