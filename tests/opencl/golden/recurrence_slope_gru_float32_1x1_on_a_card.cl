#pragma OPENCL FP_CONTRACT ON

void slope(
    global const float *gradient,
    global const float *found,
    global const float *h_before,
    global float *dh_place,
    global float *dx,
    global float *ds,
    const ulong plane,
    const uint size)
{
    const float r = *(found + plane);
    const float z = *(found + 2 * plane);
    const float n = *(found + 3 * plane);
    const float s = *(found + 4 * plane);
    const float dh = *(dh_place) + *(gradient);
    const float past = dh * z;
    const float dn = (dh - past) * (1 - n * n);
    const float dz = past * (*(h_before) - n) * (1 - z);
    const float along = dn * r;
    const float dr = along * s * (1 - r);
    *(dx) = dr;
    *(dx + size) = dz;
    *(dx + 2 * size) = dn;
    *(ds) = dr;
    *(ds + size) = dz;
    *(ds + 2 * size) = along;
    *(dh_place) = past;
}

kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void recurrence_slope_gru_float32_1x1(
    global const float *gradient,
    const ulong gradient_offset,
    global const float *found,
    const ulong found_offset,
    global const float *weight,
    const ulong weight_offset,
    global const float *h_first,
    const ulong h_first_offset,
    global const float *dh_last,
    const ulong dh_last_offset,
    global float *dx,
    const ulong dx_offset,
    global float *ds,
    const ulong ds_offset,
    global float *dh,
    const ulong dh_offset,
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
    h_first += h_first_offset;
    dh_last += dh_last_offset;
    dx += dx_offset;
    ds += ds_offset;
    dh += dh_offset;
    const uint wide = 3 * size;
    // the gradients of the last state, which become those of the first
    for (ulong row = first; row <= last; ++row) {
        for (uint unit = get_local_id(0); unit < size; unit += 128) {
            dh[row * size + unit] = dh_last[row * size + unit];
        }
    }
    for (uint done = times; done-- > 0;) {
        const ulong time = reverse ? times - 1 - done : done;
        const ulong previous = reverse ? time + 1 : time - 1;
        global float *dx_now = dx + time * rows * wide;
        global float *ds_now = ds + time * rows * wide;
        global const float *h_before = done ? found + previous * all : h_first;
        // through the cell, to its gates
        for (ulong row = first; row <= last; ++row) {
            for (uint unit = get_local_id(0); unit < size; unit += 128) {
                slope(
                    gradient + time * all + row * size + unit,
                    found + time * all + row * size + unit,
                    h_before + row * size + unit,
                    dh + row * size + unit,
                    dx_now + row * wide + unit,
                    ds_now + row * wide + unit,
                    plane,
                    size);
            }
        }
        barrier(CLK_GLOBAL_MEM_FENCE);
        // through the product, to the state before
        for (uint unit = get_local_id(0); unit < size; unit += 128) {
            global const float *line = weight + (ulong)(unit / panel) * panel * wide + unit % panel;
            for (uint row = first; row <= last; row += 1) {
                const ulong row_0 = row;
                global const float *x_0 = ds_now + row_0 * wide;
                float sum_0_h0 = *(dh + row_0 * size + unit);
                global const float *y = line;
                for (uint k = 0; k < wide; ++k) {
                    const float y_h0 = *(y);
                    const float value_0 = x_0[k];
                    sum_0_h0 += value_0 * y_h0;
                    y += panel;
                }
                *(dh + row_0 * size + unit) = sum_0_h0;
            }
        }
        barrier(CLK_GLOBAL_MEM_FENCE);
    }
}
