/* The middle of a row, and one over its length from there: what LayerNorm and RMSNorm divide by. */
#ifndef NORMS_H
#define NORMS_H

#include "vectors.h"

INLINE float mean(const float *x, uint64_t width) {
    floats sums = {0};
    for (uint64_t at = 0; at < width; at += LANES) sums += floats_at(x + at);
    return total(sums) / (float)width;
}

INLINE float inverse_length(const float *x, float middle, uint64_t width, float eps) {
    floats squares = {0};
    for (uint64_t at = 0; at < width; at += LANES) {
        const floats apart = floats_at(x + at) - middle;
        squares += apart * apart;
    }
    return 1 / __builtin_sqrtf(total(squares) / (float)width + eps);
}

#endif
