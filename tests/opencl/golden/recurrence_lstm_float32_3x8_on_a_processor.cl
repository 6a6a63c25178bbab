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

float8 sigmoid(const float8 x)
{
    return 1 / (1 + exp(-x));
}

void step(
    const float8 s_i,
    const float8 s_f,
    const float8 s_g,
    const float8 s_o,
    global const float *x,
    global const float *c_before,
    global float *out,
    const ulong plane,
    const uint size,
    const int count)
{
    const float8 i = sigmoid(units_at(x, count) + s_i);
    const float8 f = sigmoid(units_at(x + size, count) + s_f);
    const float8 g = tanh(units_at(x + 2 * size, count) + s_g);
    const float8 o = sigmoid(units_at(x + 3 * size, count) + s_o);
    const float8 c = f * units_at(c_before, count) + i * g;
    const float8 h = o * tanh(c);
    store_units(h, out, count);
    store_units(c, out + plane, count);
    store_units(i, out + 2 * plane, count);
    store_units(f, out + 3 * plane, count);
    store_units(g, out + 4 * plane, count);
    store_units(o, out + 5 * plane, count);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void recurrence_lstm_float32_3x8(
    global const float *from_input,
    const ulong from_input_offset,
    global const float *weight,
    const ulong weight_offset,
    global const float *bias,
    const ulong bias_offset,
    global const float *h_first,
    const ulong h_first_offset,
    global const float *c_first,
    const ulong c_first_offset,
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
    c_first += c_first_offset;
    out += out_offset;
    for (uint done = 0; done < times; ++done) {
        const ulong time = reverse ? times - 1 - done : done;
        const ulong previous = reverse ? time + 1 : time - 1;
        global const float *x = from_input + time * rows * 4 * size;
        global float *now = out + time * all;
        global const float *h_before = done ? out + previous * all : h_first;
        global const float *c_before = done ? out + plane + previous * all : c_first;
        for (uint unit = 0; unit < size; unit += 8) {
            global const float *line = weight + (ulong)(unit / panel) * panel * size + unit % panel;
            const float8 bias_i0 = units_at(bias + unit, (int)size - (int)unit);
            const float8 bias_f0 = units_at(bias + size + unit, (int)size - (int)unit);
            const float8 bias_g0 = units_at(bias + 2 * size + unit, (int)size - (int)unit);
            const float8 bias_o0 = units_at(bias + 3 * size + unit, (int)size - (int)unit);
            for (uint row = first; row <= last; row += 3) {
                const ulong row_0 = row;
                const ulong row_1 = min(row + 1, last);
                const ulong row_2 = min(row + 2, last);
                global const float *x_0 = h_before + row_0 * size;
                global const float *x_1 = h_before + row_1 * size;
                global const float *x_2 = h_before + row_2 * size;
                float8 sum_0_i0 = bias_i0;
                float8 sum_0_f0 = bias_f0;
                float8 sum_0_g0 = bias_g0;
                float8 sum_0_o0 = bias_o0;
                float8 sum_1_i0 = bias_i0;
                float8 sum_1_f0 = bias_f0;
                float8 sum_1_g0 = bias_g0;
                float8 sum_1_o0 = bias_o0;
                float8 sum_2_i0 = bias_i0;
                float8 sum_2_f0 = bias_f0;
                float8 sum_2_g0 = bias_g0;
                float8 sum_2_o0 = bias_o0;
                global const float *y = line;
                for (uint k = 0; k < size; ++k) {
                    const float8 y_i0 = vload8(0, y);
                    const float8 y_f0 = vload8(0, y + gate_step);
                    const float8 y_g0 = vload8(0, y + 2 * gate_step);
                    const float8 y_o0 = vload8(0, y + 3 * gate_step);
                    const float value_0 = x_0[k];
                    sum_0_i0 += value_0 * y_i0;
                    sum_0_f0 += value_0 * y_f0;
                    sum_0_g0 += value_0 * y_g0;
                    sum_0_o0 += value_0 * y_o0;
                    const float value_1 = x_1[k];
                    sum_1_i0 += value_1 * y_i0;
                    sum_1_f0 += value_1 * y_f0;
                    sum_1_g0 += value_1 * y_g0;
                    sum_1_o0 += value_1 * y_o0;
                    const float value_2 = x_2[k];
                    sum_2_i0 += value_2 * y_i0;
                    sum_2_f0 += value_2 * y_f0;
                    sum_2_g0 += value_2 * y_g0;
                    sum_2_o0 += value_2 * y_o0;
                    y += panel;
                }
                step(
                    sum_0_i0,
                    sum_0_f0,
                    sum_0_g0,
                    sum_0_o0,
                    x + row_0 * 4 * size + unit,
                    c_before + row_0 * size + unit,
                    now + row_0 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
                step(
                    sum_1_i0,
                    sum_1_f0,
                    sum_1_g0,
                    sum_1_o0,
                    x + row_1 * 4 * size + unit,
                    c_before + row_1 * size + unit,
                    now + row_1 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
                step(
                    sum_2_i0,
                    sum_2_f0,
                    sum_2_g0,
                    sum_2_o0,
                    x + row_2 * 4 * size + unit,
                    c_before + row_2 * size + unit,
                    now + row_2 * size + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
            }
        }
    }
}
