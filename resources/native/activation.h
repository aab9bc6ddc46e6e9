/* What stands between the two products of a feed-forward part, and its slope. */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include "vectors.h"

enum activation { GELU = 0, SQUARED_RELU = 1, SWIGLU = 2 };

#define CUBIC 0.044715f
#define STEEP 1.59576912f /* 2 (2 / pi)^1/2: tanh u is 1 - 2 / (1 + e^2u) */

INLINE floats sigmoid(floats x) { return 1 / (exp_of(-x) + 1); }

/* x, activated; the gate is that of SwiGLU (Shazeer 2020). */
INLINE floats activated(floats x, floats gate, const enum activation kind) {
    if (kind == SWIGLU) return gate * sigmoid(gate) * x;
    if (kind == GELU) return x * sigmoid((x * x * x * CUBIC + x) * STEEP);
    const floats above = larger(x, (floats){0});
    return chosen(x == x, above * above, x); /* what is no number stays none */
}

/* The gradient of x, and for SwiGLU that of the gate, from the gradient of what comes out. */
INLINE floats slope(floats given, floats x, floats gate, const enum activation kind, floats *of_gate) {
    if (kind == SQUARED_RELU) return given * larger(x, (floats){0}) * 2;
    if (kind == GELU) {
        const floats share = sigmoid((x * x * x * CUBIC + x) * STEEP);
        return given * share * (x * (1 - share) * (x * x * (3 * CUBIC) + 1) * STEEP + 1);
    }
    const floats share = sigmoid(gate);
    *of_gate = given * x * share * (gate * (1 - share) + 1);
    return given * gate * share;
}

#endif
