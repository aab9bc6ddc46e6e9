/* Products of a few rows with a frozen matrix of 8-bit levels, and a scale for every 32 inputs of an output.
 *
 * Each weight is needed once for a token, so that only the memory should be waited for. Four outputs lie side by side:
 * levels (O / 4, G, 4, 32) and scales (O / 4, G, 4) are read from front to end, once for up to MOST_ROWS rows, and what
 * comes next is asked for in time. Sums are kept in 32 bits and added up in one order, whatever the number of rows and
 * threads: a row's result does not depend on what stands beside it.
 *
 * Scales are halves times 2^k. A half's bits, moved to where a float has them, are the half times 2^-112, so that one
 * multiplication with `unit`, 2^(112+k), brings a scale back. Threads are those of the caller's own pool.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define GROUP 32     /* inputs that share a scale */
#define SIDE 4       /* outputs side by side */
#define SCALES 32    /* groups whose scales are brought back at once */
#define AHEAD 4096   /* bytes from what is read to what is asked for: a page */

#if defined(__AVX512F__)
#define LANES 16
#define MOST_ROWS 6  /* sums of four outputs fill 24 of 32 registers */
#elif defined(__AVX2__)
#define LANES 8
#define MOST_ROWS 2
#else
#define LANES 4
#define MOST_ROWS 4
#endif
#define PARTS (GROUP / LANES)
#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

typedef float floats __attribute__((vector_size(4 * LANES)));
typedef int32_t wholes __attribute__((vector_size(4 * LANES)));
typedef int16_t shorts __attribute__((vector_size(2 * LANES)));
typedef int8_t bytes __attribute__((vector_size(LANES)));

struct matrix {
    const int8_t *levels;
    const uint16_t *scales;
    const float *bias; /* one for each output, or none */
    uint64_t outputs, inputs;
    float unit;
};

typedef void (*region)(void (*work)(void *), void *data, unsigned threads, unsigned flags);

/* What threads share: each takes the next part until there is none. */
struct task {
    const struct matrix *matrix;
    const float *rows;
    void *out;
    uint64_t count, part, next;
    int halved;
    void (*one)(const struct task *t, uint64_t from, uint64_t to);
};

INLINE floats levels_at(const int8_t *from) {
#if defined(__AVX512F__)
    return (floats)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)from)));
#elif defined(__AVX2__)
    return (floats)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)from)));
#else
    bytes found; /* step by step: compilers then use their widening instructions */
    memcpy(&found, from, sizeof found);
    return __builtin_convertvector(__builtin_convertvector(__builtin_convertvector(found, shorts), wholes), floats);
#endif
}

INLINE floats floats_at(const float *from) {
    floats found;
    memcpy(&found, from, sizeof found);
    return found;
}

INLINE float total(floats sums) {
    float each[LANES];
    memcpy(each, &sums, sizeof each);
    for (int width = LANES / 2; width; width /= 2)
        for (int lane = 0; lane < width; lane++) each[lane] += each[lane + width];
    return each[0];
}

INLINE float scale_of(uint16_t half, float unit) {
    uint32_t bits = (uint32_t)half << 13;
    float found;
    memcpy(&found, &bits, sizeof found);
    return found * unit;
}

/* Four outputs from `output` on for so many rows, a number the compiler knows. */
INLINE void tile(const struct matrix *m, const float *rows, float *out, uint64_t output, const int count) {
    const uint64_t inputs = m->inputs, groups = inputs / GROUP;
    const int8_t *levels = m->levels + output * inputs;
    const uint16_t *halves = m->scales + output * groups;
    floats sums[SIDE][MOST_ROWS];
    UNROLL for (int side = 0; side < SIDE; side++)
        UNROLL for (int row = 0; row < count; row++) sums[side][row] = (floats){0};
    for (uint64_t at = 0; at < groups; at += SCALES) {
        const uint64_t some = groups - at < SCALES ? groups - at : SCALES;
        float scales[SIDE * SCALES];
        for (uint64_t one = 0; one < some * SIDE; one++) scales[one] = scale_of(halves[at * SIDE + one], m->unit);
        const float *x = rows + at * GROUP;
        for (uint64_t group = 0; group < some; group++, x += GROUP, levels += SIDE * GROUP) {
            __builtin_prefetch(levels + AHEAD);
            __builtin_prefetch(levels + AHEAD + SIDE * GROUP / 2);
            UNROLL for (int part = 0; part < PARTS; part++) {
                floats weights[SIDE];
                UNROLL for (int side = 0; side < SIDE; side++)
                    weights[side] = levels_at(levels + side * GROUP + part * LANES) * scales[group * SIDE + side];
                UNROLL for (int row = 0; row < count; row++) {
                    const floats given = floats_at(x + row * inputs + part * LANES);
                    UNROLL for (int side = 0; side < SIDE; side++) sums[side][row] += weights[side] * given;
                }
            }
        }
    }
    UNROLL for (int side = 0; side < SIDE; side++)
        UNROLL for (int row = 0; row < count; row++)
            if (output + side < m->outputs)
                out[row * m->outputs + output + side] =
                    total(sums[side][row]) + (m->bias ? m->bias[output + side] : 0);
}

INLINE void tiles(const struct task *t, uint64_t from, uint64_t to, uint64_t row, const int count) {
    const struct matrix *m = t->matrix;
    for (uint64_t output = from; output < to; output += SIDE)
        tile(m, t->rows + row * m->inputs, (float *)t->out + row * m->outputs, output, count);
}

static void multiply_part(const struct task *t, uint64_t from, uint64_t to) {
    uint64_t row = 0;
    for (; row + MOST_ROWS <= t->count; row += MOST_ROWS) tiles(t, from, to, row, MOST_ROWS);
    switch (t->count - row) {
#if MOST_ROWS > 4
    case 5: tiles(t, from, to, row, 5); break;
    case 4: tiles(t, from, to, row, 4); break;
#endif
#if MOST_ROWS > 2
    case 3: tiles(t, from, to, row, 3); break;
    case 2: tiles(t, from, to, row, 2); break;
#endif
    case 1: tiles(t, from, to, row, 1); break;
    default: break;
    }
}

/* A weight as a float, or as its upper half, rounded to the nearest, to even in the middle. */
INLINE void put(void *out, uint64_t at, float value, int halved) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (halved)
        ((uint16_t *)out)[at] = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    else
        ((float *)out)[at] = value;
}

INLINE void output_to(const struct matrix *m, uint64_t output, void *out, uint64_t at, const int halved) {
    const uint64_t groups = m->inputs / GROUP, first = output / SIDE * SIDE, side = output % SIDE;
    for (uint64_t group = 0; group < groups; group++) {
        const float scale = scale_of(m->scales[first * groups + group * SIDE + side], m->unit);
        const int8_t *levels = m->levels + first * m->inputs + (group * SIDE + side) * GROUP;
        for (int one = 0; one < GROUP; one++) put(out, at + group * GROUP + one, (float)levels[one] * scale, halved);
    }
}

static void restore_part(const struct task *t, uint64_t from, uint64_t to) {
    const uint64_t inputs = t->matrix->inputs, end = to < t->matrix->outputs ? to : t->matrix->outputs;
    for (uint64_t output = from; output < end; output++)
        if (t->halved)
            output_to(t->matrix, output, t->out, output * inputs, 1);
        else
            output_to(t->matrix, output, t->out, output * inputs, 0);
}

static void work(void *data) {
    struct task *t = data;
    for (;;) {
        const uint64_t from = __atomic_fetch_add(&t->next, t->part, __ATOMIC_RELAXED);
        if (from >= t->matrix->outputs) return;
        const uint64_t to = from + t->part < t->matrix->outputs ? from + t->part : t->matrix->outputs;
        t->one(t, from, to);
    }
}

/* One part for each thread: a part that is read without a break comes quickest. */
static void shared_out(struct task *t, region parallel, unsigned threads) {
    const uint64_t even = (t->matrix->outputs + threads - 1) / threads;
    t->part = (even + SIDE - 1) / SIDE * SIDE;
    if (threads > 1)
        parallel(work, t, threads, 0);
    else
        work(t);
}

/* rows (count, inputs) times the matrix to out (count, outputs). */
void eight_multiply(const struct matrix *m, const float *rows, float *out, uint64_t count, region p, unsigned threads) {
    struct task t = {.matrix = m, .rows = rows, .out = out, .count = count, .one = multiply_part};
    shared_out(&t, p, threads);
}

/* All weights (outputs, inputs) as floats, or halved to bf16. */
void eight_restore(const struct matrix *m, void *out, int halved, region parallel, unsigned threads) {
    struct task t = {.matrix = m, .out = out, .halved = halved, .one = restore_part};
    shared_out(&t, parallel, threads);
}

/* The weights (count, inputs) of some outputs; how many of them there are, up to the first that is none. */
uint64_t eight_look_up(const struct matrix *m, const int64_t *outputs, float *out, uint64_t count) {
    uint64_t one = 0;
    for (; one < count && outputs[one] >= 0 && (uint64_t)outputs[one] < m->outputs; one++)
        output_to(m, (uint64_t)outputs[one], out, one * m->inputs, 0);
    return one;
}
