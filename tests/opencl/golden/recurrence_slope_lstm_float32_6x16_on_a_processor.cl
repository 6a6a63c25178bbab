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

void slope(
    global const float *gradient,
    global const float *found,
    global const float *c_before,
    global float *dh_place,
    global float *dc_place,
    global float *dx,
    const ulong plane,
    const uint size,
    const int count)
{
    const float8 c = units_at(found + plane, count);
    const float8 i = units_at(found + 2 * plane, count);
    const float8 f = units_at(found + 3 * plane, count);
    const float8 g = units_at(found + 4 * plane, count);
    const float8 o = units_at(found + 5 * plane, count);
    const float8 dh = units_at(dh_place, count) + units_at(gradient, count);
    const float8 squashed = tanh(c);
    const float8 along = dh * o;
    const float8 dc = units_at(dc_place, count) + along * (1 - squashed * squashed);
    const float8 before = dc * f;
    const float8 di = dc * g * i * (1 - i);
    const float8 df = before * units_at(c_before, count) * (1 - f);
    const float8 dg = dc * i * (1 - g * g);
    const float8 d_o = dh * squashed * o * (1 - o);
    store_units(di, dx, count);
    store_units(df, dx + size, count);
    store_units(dg, dx + 2 * size, count);
    store_units(d_o, dx + 3 * size, count);
    store_units(before, dc_place, count);
}

kernel __attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint(float8)))
void recurrence_slope_lstm_float32_6x16(
    global const float *gradient,
    const ulong gradient_offset,
    global const float *found,
    const ulong found_offset,
    global const float *weight,
    const ulong weight_offset,
    global const float *c_first,
    const ulong c_first_offset,
    global const float *dh_last,
    const ulong dh_last_offset,
    global const float *dc_last,
    const ulong dc_last_offset,
    global float *dx,
    const ulong dx_offset,
    global float *dh,
    const ulong dh_offset,
    global float *dc,
    const ulong dc_offset,
    const uint times,
    const uint rows,
    const uint size,
    const uint share,
    const uint panel,
    const uint reverse)
{
    const uint first = get_group_id(0) * share;
    const uint last = min(first + share, rows) - 1;
    const ulong all = (ulong)rows * size;
    const ulong plane = times * all;
    gradient += gradient_offset;
    found += found_offset;
    weight += weight_offset;
    c_first += c_first_offset;
    dh_last += dh_last_offset;
    dc_last += dc_last_offset;
    dx += dx_offset;
    dh += dh_offset;
    dc += dc_offset;
    const uint wide = 4 * size;
    // the gradients of the last state, which become those of the first
    for (ulong row = first; row <= last; ++row) {
        for (uint unit = 0; unit < size; unit += 1) {
            dh[row * size + unit] = dh_last[row * size + unit];
            dc[row * size + unit] = dc_last[row * size + unit];
        }
    }
    for (uint done = times; done-- > 0;) {
        const ulong time = reverse ? times - 1 - done : done;
        const ulong previous = reverse ? time + 1 : time - 1;
        global float *dx_now = dx + time * rows * wide;
        global const float *c_before = done ? found + plane + previous * all : c_first;
        // through the cell, to its gates
        for (ulong row = first; row <= last; ++row) {
            for (uint unit = 0; unit < size; unit += 8) {
                slope(
                    gradient + time * all + row * size + unit,
                    found + time * all + row * size + unit,
                    c_before + row * size + unit,
                    dh + row * size + unit,
                    dc + row * size + unit,
                    dx_now + row * wide + unit,
                    plane,
                    size,
                    (int)size - (int)unit);
            }
        }
        // through the product, to the state before
        for (uint unit = 0; unit < size; unit += 16) {
            global const float *line = weight + (ulong)(unit / panel) * panel * wide + unit % panel;
            for (uint row = first; row <= last; row += 6) {
                const ulong row_0 = row;
                const ulong row_1 = min(row + 1, last);
                const ulong row_2 = min(row + 2, last);
                const ulong row_3 = min(row + 3, last);
                const ulong row_4 = min(row + 4, last);
                const ulong row_5 = min(row + 5, last);
                global const float *x_0 = dx_now + row_0 * wide;
                global const float *x_1 = dx_now + row_1 * wide;
                global const float *x_2 = dx_now + row_2 * wide;
                global const float *x_3 = dx_now + row_3 * wide;
                global const float *x_4 = dx_now + row_4 * wide;
                global const float *x_5 = dx_now + row_5 * wide;
                float8 sum_0_h0 = (float8)(0);
                float8 sum_0_h1 = (float8)(0);
                float8 sum_1_h0 = (float8)(0);
                float8 sum_1_h1 = (float8)(0);
                float8 sum_2_h0 = (float8)(0);
                float8 sum_2_h1 = (float8)(0);
                float8 sum_3_h0 = (float8)(0);
                float8 sum_3_h1 = (float8)(0);
                float8 sum_4_h0 = (float8)(0);
                float8 sum_4_h1 = (float8)(0);
                float8 sum_5_h0 = (float8)(0);
                float8 sum_5_h1 = (float8)(0);
                global const float *y = line;
                for (uint k = 0; k < wide; ++k) {
                    const float8 y_h0 = vload8(0, y);
                    const float8 y_h1 = vload8(0, y + 8);
                    const float value_0 = x_0[k];
                    sum_0_h0 += value_0 * y_h0;
                    sum_0_h1 += value_0 * y_h1;
                    const float value_1 = x_1[k];
                    sum_1_h0 += value_1 * y_h0;
                    sum_1_h1 += value_1 * y_h1;
                    const float value_2 = x_2[k];
                    sum_2_h0 += value_2 * y_h0;
                    sum_2_h1 += value_2 * y_h1;
                    const float value_3 = x_3[k];
                    sum_3_h0 += value_3 * y_h0;
                    sum_3_h1 += value_3 * y_h1;
                    const float value_4 = x_4[k];
                    sum_4_h0 += value_4 * y_h0;
                    sum_4_h1 += value_4 * y_h1;
                    const float value_5 = x_5[k];
                    sum_5_h0 += value_5 * y_h0;
                    sum_5_h1 += value_5 * y_h1;
                    y += panel;
                }
                store_units(sum_0_h0, dh + row_0 * size + unit, (int)size - (int)unit);
                store_units(sum_0_h1, dh + row_0 * size + unit + 8, (int)size - (int)(unit + 8));
                store_units(sum_1_h0, dh + row_1 * size + unit, (int)size - (int)unit);
                store_units(sum_1_h1, dh + row_1 * size + unit + 8, (int)size - (int)(unit + 8));
                store_units(sum_2_h0, dh + row_2 * size + unit, (int)size - (int)unit);
                store_units(sum_2_h1, dh + row_2 * size + unit + 8, (int)size - (int)(unit + 8));
                store_units(sum_3_h0, dh + row_3 * size + unit, (int)size - (int)unit);
                store_units(sum_3_h1, dh + row_3 * size + unit + 8, (int)size - (int)(unit + 8));
                store_units(sum_4_h0, dh + row_4 * size + unit, (int)size - (int)unit);
                store_units(sum_4_h1, dh + row_4 * size + unit + 8, (int)size - (int)(unit + 8));
                store_units(sum_5_h0, dh + row_5 * size + unit, (int)size - (int)unit);
                store_units(sum_5_h1, dh + row_5 * size + unit + 8, (int)size - (int)(unit + 8));
            }
        }
    }
}
