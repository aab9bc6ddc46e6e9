/* Products of a few rows with a frozen matrix of 16, 8 or 4 bits; and its weights, restored.
 *
 * Each weight is needed once for a token, so that only the memory should be waited for: weights are read from front to
 * end, once for up to MOST_ROWS rows, and what comes next is asked for in time. Sums are kept in 32 bits and added up
 * in one order, whatever the number of rows and threads: a row's result does not depend on what stands beside it.
 */
#include "matrix.h"
#include "vectors.h"

#define SCALES 32          /* groups whose scales are brought back at once */
#define AHEAD 8192         /* bytes from what is read to what is asked for: two pages */
#define NEAR (1u << 17)    /* bytes of weights that stay at hand while more rows come by than fit at once */
#define PARTS (BLOCK / LANES)
#define MOST_ROWS 4 /* their sums fill half of the registers; six were a tenth faster and took twice as long to compile */

INLINE float scale_of(uint16_t half, float unit) {
    const uint32_t bits = (uint32_t)half << 13;
    float found;
    memcpy(&found, &bits, sizeof found);
    return found * unit;
}

INLINE float biased(const struct matrix *m, uint64_t output, float sum) {
    return m->bias ? sum + m->bias[output] : sum;
}

/* -- 16 bits: two inputs of an output lie together, as the instruction for two products wants them */

#define VECTORS (WIDE / LANES)
#define CHUNK 256 /* inputs of a row that are made ready at once */

#if defined(__AVX512BF16__)
typedef uint32_t given; /* two inputs, rounded to bf16 */

INLINE void make_ready(given *to, const float *from, uint64_t some) {
    for (uint64_t at = 0; at < some; at += 2 * LANES) {
        const __m512bh pairs =
            _mm512_cvtne2ps_pbh((__m512)floats_at(from + at + LANES), (__m512)floats_at(from + at));
        memcpy(to + at / 2, &pairs, sizeof pairs);
    }
}

INLINE floats added(floats sums, const uint16_t *weights, const given *pair) {
    const wholes here = everywhere(pair);
    __m512bh these, both;
    memcpy(&these, weights, sizeof these);
    memcpy(&both, &here, sizeof both);
    return (floats)_mm512_dpbf16_ps((__m512)sums, these, both);
}
#else
typedef struct {
    float first, second;
} given;

INLINE void make_ready(given *to, const float *from, uint64_t some) { memcpy(to, from, some * sizeof *from); }

INLINE floats added(floats sums, const uint16_t *weights, const given *pair) {
    wholes these;
    memcpy(&these, weights, sizeof these);
    sums += (floats)(these << 16) * pair->first;
    return sums + (floats)(these & -0x10000) * pair->second;
}
#endif

INLINE void put_outputs(const struct matrix *m, float *out, uint64_t output, floats sums) {
    float each[LANES];
    put_floats(each, sums);
    for (int lane = 0; lane < LANES && output + lane < m->outputs; lane++)
        out[output + lane] = biased(m, output + lane, each[lane]);
}

/* A block of outputs of 16 bits from `output` on for so many rows, a number the compiler knows. Few rows are made ready
 * by every thread, many had better come halved. */
INLINE void sixteen(const struct matrix *m, struct rows rows, float *out, uint64_t output, const int count) {
    const uint16_t *weights = (const uint16_t *)m->levels + output * m->inputs;
    floats sums[VECTORS][MOST_ROWS];
    UNROLL for (int one = 0; one < VECTORS; one++)
        UNROLL for (int row = 0; row < count; row++) sums[one][row] = (floats){0};
    for (uint64_t from = 0; from < m->inputs; from += CHUNK) {
        const uint64_t some = m->inputs - from < CHUNK ? m->inputs - from : CHUNK;
        given ready[MOST_ROWS][CHUNK / 2];
        const given *x[MOST_ROWS];
        UNROLL for (int row = 0; row < count; row++) {
            const uint64_t at = row * m->inputs + from;
            x[row] = rows.halved ? (const given *)rows.at + at / 2 : ready[row];
            if (!rows.halved) make_ready(ready[row], (const float *)rows.at + at, some);
        }
        for (uint64_t pair = 0; pair < some / 2; pair++, weights += 2 * WIDE) {
            UNROLL for (int line = 0; line < 4; line++)
                __builtin_prefetch((const char *)weights + AHEAD + line * WIDE, 0, 0);
            UNROLL for (int one = 0; one < VECTORS; one++)
                UNROLL for (int row = 0; row < count; row++)
                    sums[one][row] = added(sums[one][row], weights + one * 2 * LANES, x[row] + pair);
        }
    }
    UNROLL for (int one = 0; one < VECTORS; one++)
        UNROLL for (int row = 0; row < count; row++)
            put_outputs(m, out + row * m->outputs, output + one * LANES, sums[one][row]);
}

/* Four outputs of 8 bits from `output` on. */
INLINE void eight(const struct matrix *m, const float *rows, float *out, uint64_t output, const int count) {
    const uint64_t inputs = m->inputs, groups = inputs / BLOCK;
    const int8_t *levels = (const int8_t *)m->levels + output * inputs;
    const uint16_t *halves = m->scales + output * groups;
    floats sums[SIDE][MOST_ROWS];
    UNROLL for (int side = 0; side < SIDE; side++)
        UNROLL for (int row = 0; row < count; row++) sums[side][row] = (floats){0};
    for (uint64_t at = 0; at < groups; at += SCALES) {
        const uint64_t some = groups - at < SCALES ? groups - at : SCALES;
        float scales[SIDE * SCALES];
        for (uint64_t one = 0; one < some * SIDE; one++) scales[one] = scale_of(halves[at * SIDE + one], m->unit);
        const float *x = rows + at * BLOCK;
        for (uint64_t group = 0; group < some; group++, x += BLOCK, levels += SIDE * BLOCK) {
            __builtin_prefetch(levels + AHEAD, 0, 0);
            __builtin_prefetch(levels + AHEAD + SIDE * BLOCK / 2, 0, 0);
            UNROLL for (int part = 0; part < PARTS; part++) {
                floats weights[SIDE];
                UNROLL for (int side = 0; side < SIDE; side++)
                    weights[side] = levels_at(levels + side * BLOCK + part * LANES) * scales[group * SIDE + side];
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
                out[row * m->outputs + output + side] = biased(m, output + side, total(sums[side][row]));
}

/* -- 4 bits: a group has sixteen different weights at most, worked out once where they fit into a register */

#define HEAD 4 /* bytes of scale and middle before a group's levels */

struct table {
    floats scale, middle; /* alike in all places */
#if LANES == 16
    floats weights;
#endif
};

INLINE struct table table_of(const uint8_t *record) {
    const wholes both = everywhere(record);
    struct table found = {.scale = (floats)(both << 16), .middle = (floats)(both & -0x10000)};
#if LANES == 16
    const floats levels = {-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7};
    found.weights = levels * found.scale + found.middle;
#endif
    return found;
}

/* The weights of levels, of which only the last four bits count. */
INLINE floats weights_of(const struct table *table, wholes levels) {
#if LANES == 16
    return (floats)_mm512_permutexvar_ps((__m512i)levels, (__m512)table->weights);
#else
    return __builtin_convertvector((levels & 15) - 8, floats) * table->scale + table->middle;
#endif
}

/* Two outputs of 4 bits from `output` on for so many rows: with one alone a sum would wait for itself. */
INLINE void four(const struct matrix *m, const float *rows, float *out, uint64_t output, const int count,
                 const uint64_t group) {
    const uint64_t inputs = m->inputs, size = HEAD + group / 2, row_bytes = inputs / group * size;
    const uint8_t *record = (const uint8_t *)m->levels + output * row_bytes;
    const uint64_t other = output + 1 < m->outputs ? row_bytes : 0; /* the last one may stand alone */
    floats sums[2][2][MOST_ROWS];
    UNROLL for (int row = 0; row < count; row++)
        sums[0][0][row] = sums[0][1][row] = sums[1][0][row] = sums[1][1][row] = (floats){0};
    for (uint64_t from = 0; from < inputs; from += group, record += size) {
        const struct table tables[2] = {table_of(record), table_of(record + other)};
        __builtin_prefetch(record + AHEAD, 0, 0);
        __builtin_prefetch(record + other + AHEAD, 0, 0);
        UNROLL for (uint64_t at = from; at < from + group; at += BLOCK) {
            const uint8_t *levels = record + HEAD + (at - from) / 2;
            UNROLL for (int part = 0; part < PARTS / 2; part++) {
                floats low[2], high[2];
                UNROLL for (int one = 0; one < 2; one++) {
                    const wholes pair = letters_at(levels + one * other + part * LANES);
                    low[one] = weights_of(tables + one, pair), high[one] = weights_of(tables + one, pair >> 4);
                }
                UNROLL for (int row = 0; row < count; row++) {
                    const float *x = rows + row * inputs + at + part * LANES;
                    UNROLL for (int one = 0; one < 2; one++) {
                        sums[one][0][row] += low[one] * floats_at(x);
                        sums[one][1][row] += high[one] * floats_at(x + BLOCK / 2);
                    }
                }
            }
        }
    }
    UNROLL for (int one = 0; one < 2; one++)
        UNROLL for (int row = 0; row < count; row++)
            if (output + one < m->outputs)
                out[row * m->outputs + output + one] =
                    biased(m, output + one, total(sums[one][0][row] + sums[one][1][row]));
}

/* -- parts of a matrix: a function for each kind and number of rows, so that the compiler knows both */

typedef void (*product)(const struct matrix *m, struct rows rows, float *out, struct part part);

#define PRODUCT(name, count, side, ...)                                                                               \
    static __attribute__((noinline)) void name##_##count(const struct matrix *m, struct rows rows, float *out,         \
                                                         struct part part) {                                           \
        const float *floats = rows.at;                                                                                 \
        (void)floats;                                                                                                  \
        for (uint64_t output = part.from; output < part.to; output += side) __VA_ARGS__;                               \
    }
#define PRODUCTS(count)                                                                                               \
    PRODUCT(sixteens, count, WIDE, sixteen(m, rows, out, output, count))                                               \
    PRODUCT(eights, count, SIDE, eight(m, floats, out, output, count))                                                 \
    PRODUCT(fours, count, 2, four(m, floats, out, output, count, BLOCK))                                               \
    PRODUCT(rough_fours, count, 2, four(m, floats, out, output, count, 2 * BLOCK))
#define NAMES(count) {sixteens_##count, eights_##count, fours_##count, rough_fours_##count}

PRODUCTS(1)
PRODUCTS(2)
PRODUCTS(3)
PRODUCTS(4)

static const product every_product[MOST_ROWS][4] = {NAMES(1), NAMES(2), NAMES(3), NAMES(4)};

static product product_of(const struct matrix *m, uint64_t count) {
    const int fours = m->group == BLOCK ? 2 : 3;
    return every_product[count - 1][m->kind == SIXTEEN ? 0 : m->kind == EIGHT ? 1 : fours];
}

static struct rows some_of(const struct matrix *m, struct rows rows, uint64_t first, uint64_t count) {
    const uint64_t bytes = first * m->inputs * (rows.halved ? 2 : 4);
    return (struct rows){(const char *)rows.at + bytes, count, rows.halved};
}

void multiply_part(const struct matrix *m, struct rows rows, float *out, struct part part) {
    const uint64_t near = NEAR / (m->inputs * m->kind / 8) / WIDE * WIDE;
    const uint64_t times = (rows.count + MOST_ROWS - 1) / MOST_ROWS, even = (rows.count + times - 1) / (times ? times : 1);
    const uint64_t step = times < 2 ? m->outputs : near ? near : WIDE;
    for (uint64_t from = part.from; from < part.to; from += step) {
        const struct part here = {from, part.to - from < step ? part.to : from + step};
        for (uint64_t row = 0; row < rows.count; row += even) {
            const struct rows some = some_of(m, rows, row, rows.count - row < even ? rows.count - row : even);
            product_of(m, some.count)(m, some, out + row * m->outputs, here);
        }
    }
}

/* -- weights as they were */

/* A weight as a float, or halved to bf16. */
INLINE void put(void *out, uint64_t at, float value, int halved) {
    if (halved)
        ((uint16_t *)out)[at] = half_of(value);
    else
        ((float *)out)[at] = value;
}

INLINE void sixteen_to(const struct matrix *m, uint64_t output, void *out, uint64_t at, const int halved) {
    const uint16_t *weights = (const uint16_t *)m->levels + output / WIDE * WIDE * m->inputs + output % WIDE * 2;
    for (uint64_t one = 0; one < m->inputs; one += 2, weights += 2 * WIDE) {
        put(out, at + one, float_of(weights[0]), halved);
        put(out, at + one + 1, float_of(weights[1]), halved);
    }
}

INLINE void eight_to(const struct matrix *m, uint64_t output, void *out, uint64_t at, const int halved) {
    const uint64_t groups = m->inputs / BLOCK, first = output / SIDE * SIDE, side = output % SIDE;
    for (uint64_t group = 0; group < groups; group++) {
        const float scale = scale_of(m->scales[first * groups + group * SIDE + side], m->unit);
        const int8_t *levels = (const int8_t *)m->levels + first * m->inputs + (group * SIDE + side) * BLOCK;
        for (int one = 0; one < BLOCK; one++) put(out, at + group * BLOCK + one, (float)levels[one] * scale, halved);
    }
}

INLINE void four_to(const struct matrix *m, uint64_t output, void *out, uint64_t at, const int halved) {
    const uint64_t size = HEAD + m->group / 2, row_bytes = m->inputs / m->group * size;
    const uint8_t *record = (const uint8_t *)m->levels + output * row_bytes;
    for (uint64_t group = 0; group < m->inputs; group += m->group, record += size) {
        const struct table table = table_of(record);
        const float scale = table.scale[0], middle = table.middle[0];
        for (uint64_t block = 0; block < m->group; block += BLOCK)
            for (int one = 0; one < BLOCK / 2; one++) {
                const uint8_t pair = record[HEAD + block / 2 + one];
                const uint64_t to = at + group + block + one;
                put(out, to, (float)((pair & 15) - 8) * scale + middle, halved);
                put(out, to + BLOCK / 2, (float)((pair >> 4) - 8) * scale + middle, halved);
            }
    }
}

INLINE void weights_to(const struct matrix *m, uint64_t output, void *out, uint64_t at, const int halved) {
    if (m->kind == EIGHT)
        eight_to(m, output, out, at, halved);
    else if (m->kind == FOUR)
        four_to(m, output, out, at, halved);
    else
        sixteen_to(m, output, out, at, halved);
}

static void restore_part(const struct matrix *m, void *out, int halved, struct part part) {
    for (uint64_t output = part.from; output < part.to; output++)
        if (halved)
            weights_to(m, output, out, output * m->inputs, 1);
        else
            weights_to(m, output, out, output * m->inputs, 0);
}

/* -- what is called from outside */

struct task {
    const struct team *team;
    const struct matrix *matrix;
    struct rows rows;
    void *out;
    int restoring, halved;
};

static void share(const struct task *t, uint64_t number, uint64_t size) {
    const struct part part = part_of(t->matrix->outputs, number, size);
    if (t->restoring)
        restore_part(t->matrix, t->out, t->halved, part);
    else
        multiply_part(t->matrix, t->rows, t->out, part);
}

static void work(void *data) {
    const struct task *t = data;
    share(t, (uint64_t)t->team->number(), (uint64_t)t->team->size());
}

static void shared_out(struct task *t, unsigned threads) {
    if (threads > 1)
        t->team->parallel(work, t, threads, 0);
    else
        share(t, 0, 1);
}

/* Rows times the matrix, to out (count, O). */
void matrix_multiply(const struct matrix *m, const void *rows, float *out, uint64_t count, uint64_t halved,
                     const struct team *team, unsigned threads) {
    struct task t = {.team = team, .matrix = m, .rows = {rows, count, halved}, .out = out};
    shared_out(&t, threads);
}

/* Whether rows may be halved. */
int matrix_takes_halves(void) {
#if defined(__AVX512BF16__)
    return 1;
#else
    return 0;
#endif
}

/* All weights (O, I) as floats, or halved to bf16. */
void matrix_restore(const struct matrix *m, void *out, int halved, const struct team *team, unsigned threads) {
    struct task t = {.team = team, .matrix = m, .out = out, .restoring = 1, .halved = halved};
    shared_out(&t, threads);
}

/* The weights (count, I) of some outputs; how many of them there are, up to the first that is none. */
uint64_t matrix_look_up(const struct matrix *m, const int64_t *outputs, float *out, uint64_t count) {
    uint64_t one = 0;
    for (; one < count && outputs[one] >= 0 && (uint64_t)outputs[one] < m->outputs; one++)
        weights_to(m, (uint64_t)outputs[one], out, one * m->inputs, 0);
    return one;
}
