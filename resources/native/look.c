/* Attention of single tokens, one for each of some texts, to the keys and values that a cache holds of their texts.
 *
 * Softmax goes along with the sums, block by block (Milakov and Gimelshein 2018). A text's result depends neither on
 * the others nor on the number of threads.
 */
#include "vectors.h"

#define BLOCK 64     /* places whose scores are worked out together */
#define WIDEST 256   /* numbers of a key */

struct room {
    const void *keys, *values; /* fp32, or the upper halves of it: bf16 */
    uint64_t text, group, place; /* from one to the next, in numbers; numbers of a key lie together */
    uint64_t groups, queries, width;
    float scale;
    int32_t halved;
};

struct looks {
    const struct room *room;
    const float *asked;
    const int64_t *texts, *lengths;
    float *out;
    uint64_t items, next;
};

typedef uint16_t halves __attribute__((vector_size(2 * LANES)));

INLINE floats numbers_at(const void *from, uint64_t at, const int halved) {
    if (!halved) return floats_at((const float *)from + at);
    halves found;
    memcpy(&found, (const uint16_t *)from + at, sizeof found);
    return (floats)(__builtin_convertvector(found, wholes) << 16);
}

/* e to the power of x, which is at most 0, to the last digits of a float: 2^n times a series for what is left. */
INLINE floats power_of_e(floats x) {
    const floats least = (floats){0} - 87.0f;
    const wholes large = x > least;
    x = (floats)(((wholes)x & large) | ((wholes)least & ~large));
    const wholes n = __builtin_convertvector(x * 1.44269504f - 0.5f, wholes);
    const floats whole = __builtin_convertvector(n, floats);
    const floats left = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    floats sum = left * (1.0f / 5040) + 1.0f / 720;
    sum = sum * left + 1.0f / 120;
    sum = sum * left + 1.0f / 24;
    sum = sum * left + 1.0f / 6;
    sum = sum * left + 0.5f;
    sum = sum * left + 1.0f;
    sum = sum * left + 1.0f;
    return sum * (floats)((n + 127) << 23);
}

/* One query's sum of values, weighted by how much it agrees with their keys. */
INLINE void look_once(const struct room *r, const float *asked, uint64_t at, uint64_t length, float *out, const int halved) {
    const uint64_t parts = r->width / LANES;
    floats sums[WIDEST / LANES];
    float most = -3e38f, whole = 0;
    for (uint64_t part = 0; part < parts; part++) sums[part] = (floats){0};
    for (uint64_t from = 0; from < length; from += BLOCK) {
        const uint64_t some = length - from < BLOCK ? length - from : BLOCK, start = at + from * r->place;
        float scores[BLOCK], best = most;
        for (uint64_t one = 0; one < BLOCK; one++) scores[one] = -3e38f;
        for (uint64_t one = 0; one < some; one++) {
            floats agreed = {0};
            for (uint64_t part = 0; part < parts; part++)
                agreed += floats_at(asked + part * LANES) *
                          numbers_at(r->keys, start + one * r->place + part * LANES, halved);
            scores[one] = total(agreed) * r->scale;
            best = scores[one] > best ? scores[one] : best;
        }
        for (uint64_t one = 0; one < BLOCK; one += LANES) {
            const floats shares = power_of_e(floats_at(scores + one) - best);
            memcpy(scores + one, &shares, sizeof shares);
        }
        for (uint64_t one = some; one < BLOCK; one++) scores[one] = 0;
        floats added = {0};
        for (uint64_t one = 0; one < BLOCK; one += LANES) added += floats_at(scores + one);
        const float less = from ? power_of_e((floats){0} + (most - best))[0] : 0;
        whole = whole * less + total(added);
        most = best;
        for (uint64_t part = 0; part < parts; part++) {
            floats sum = sums[part] * less, other = {0};
            uint64_t one = 0, value = start + part * LANES;
            for (; one + 2 <= some; one += 2, value += 2 * r->place) {
                sum += numbers_at(r->values, value, halved) * scores[one];
                other += numbers_at(r->values, value + r->place, halved) * scores[one + 1];
            }
            if (one < some) sum += numbers_at(r->values, value, halved) * scores[one];
            sums[part] = sum + other;
        }
    }
    for (uint64_t part = 0; part < parts; part++) {
        const floats found = sums[part] / whole;
        memcpy(out + part * LANES, &found, sizeof found);
    }
}

static void work(void *data) {
    struct looks *l = data;
    const struct room *r = l->room;
    for (;;) {
        const uint64_t item = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);
        if (item >= l->items) return;
        const uint64_t text = item / r->groups, group = item % r->groups;
        const uint64_t at = (uint64_t)l->texts[text] * r->text + group * r->group, length = (uint64_t)l->lengths[text];
        for (uint64_t query = 0; query < r->queries; query++) {
            const uint64_t one = (item * r->queries + query) * r->width;
            if (r->halved)
                look_once(r, l->asked + one, at, length, l->out + one, 1);
            else
                look_once(r, l->asked + one, at, length, l->out + one, 0);
        }
    }
}

/* What queries (count, groups, queries, width) of one token of each of `count` texts take (the same shape) from the
 * first `lengths` places of the texts `texts` of a room. */
void look(const struct room *r, const float *asked, const int64_t *texts, const int64_t *lengths, float *out,
          uint64_t count, region parallel, unsigned threads) {
    struct looks l = {.room = r, .asked = asked, .texts = texts, .lengths = lengths, .out = out};
    l.items = count * r->groups;
    if (threads > 1)
        parallel(work, &l, threads, 0);
    else
        work(&l);
}
