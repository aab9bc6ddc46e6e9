/* What is told about the next token: the likeliest ones, and what all of them add up to. */
#include "vectors.h"

/* The last numbers, filled up with the least. */
INLINE floats last_of(const float *x, uint64_t some) {
    floats found = (floats){0} - __builtin_inff();
    memcpy(&found, x, some * sizeof *x);
    return found;
}

/* The `few` largest of so many x in falling order, with their places; of equals the first ones. What comes back is the
 * sum of e^(x - the largest) over all: no number, or an infinite one, where an x is. */
float logits_best(const float *x, uint64_t count, uint64_t few, int64_t *places, float *values) {
    const floats none = {0};
    const uint64_t rest = count % LANES, whole = count - rest;
    const floats last = last_of(x + whole, rest);
    uint64_t found = 0;
    floats sums = none, highest = last;
    for (uint64_t at = 0; at < whole; at += LANES) highest = larger(floats_at(x + at), highest);
    const floats top = none + largest(highest);
    for (uint64_t at = 0; at < whole; at += LANES) sums += exp_of(floats_at(x + at) - top);
    if (rest) sums += exp_of(last - top);
    for (uint64_t at = 0; at < count; at++) {
        if (found == few && !(x[at] > values[few - 1])) continue;
        uint64_t to = found < few ? found++ : few - 1;
        for (; to && x[at] > values[to - 1]; to--) values[to] = values[to - 1], places[to] = places[to - 1];
        values[to] = x[at], places[to] = (int64_t)at;
    }
    return total(sums);
}
