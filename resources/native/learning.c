/* What a training step does between its products, each in one pass over the memory; floats or, where `halved`, bf16.
 *
 * Threads take rows, or stretches of numbers, from front to end; what each computes depends on nobody else.
 */
#include "activation.h"
#include "matrix.h"
#include "norms.h"

struct stretch {
    const struct team *team;
    void (*part)(const struct stretch *s, uint64_t from, uint64_t to, uint64_t number);
    uint64_t count, unit; /* of what is shared out; a thread's begin is a multiple of `unit` */
    uint64_t halved, kind, width, centred;
    const void *given, *x, *gate;
    void *out, *of_gate;
    const float *weight, *bias, *shares;
    float *sums, *losses, *facts;
    const int64_t *targets;
    float eps;
};

static void run_part(const struct stretch *s, uint64_t number, uint64_t size) {
    const uint64_t even = ((s->count + size - 1) / size + s->unit - 1) / s->unit * s->unit, from = number * even;
    if (from < s->count) s->part(s, from, s->count - from < even ? s->count : from + even, number);
}

static void work(void *data) {
    const struct stretch *s = data;
    run_part(s, (uint64_t)s->team->number(), (uint64_t)s->team->size());
}

static void share_out(struct stretch *s, unsigned threads) {
    if (threads > 1)
        s->team->parallel(work, s, threads, 0);
    else
        run_part(s, 0, 1);
}

/* -- activations: the number of values is a multiple of LANES, as all widths are of 32 */

INLINE void forward_as(const struct stretch *s, uint64_t from, uint64_t to, const enum activation kind, const int halved) {
    const floats none = {0};
    for (uint64_t at = from; at < to; at += LANES) {
        const floats gate = kind == SWIGLU ? values_at(s->gate, at, halved) : none;
        put_values(s->out, at, activated(values_at(s->x, at, halved), gate, kind), halved);
    }
}

INLINE void backward_as(const struct stretch *s, uint64_t from, uint64_t to, const enum activation kind, const int halved) {
    const floats none = {0};
    for (uint64_t at = from; at < to; at += LANES) {
        const floats gate = kind == SWIGLU ? values_at(s->gate, at, halved) : none;
        floats of_gate = none;
        const floats of_x = slope(values_at(s->given, at, halved), values_at(s->x, at, halved), gate, kind, &of_gate);
        put_values(s->out, at, of_x, halved);
        if (kind == SWIGLU) put_values(s->of_gate, at, of_gate, halved);
    }
}

#define FOR_EACH_KIND(function)                                                                                       \
    switch (s->kind * 2 + s->halved) {                                                                                 \
    case GELU * 2: function(s, from, to, GELU, 0); break;                                                              \
    case GELU * 2 + 1: function(s, from, to, GELU, 1); break;                                                          \
    case SQUARED_RELU * 2: function(s, from, to, SQUARED_RELU, 0); break;                                              \
    case SQUARED_RELU * 2 + 1: function(s, from, to, SQUARED_RELU, 1); break;                                          \
    case SWIGLU * 2: function(s, from, to, SWIGLU, 0); break;                                                          \
    default: function(s, from, to, SWIGLU, 1); break;                                                                  \
    }

static void forward(const struct stretch *s, uint64_t from, uint64_t to, uint64_t number) {
    (void)number;
    FOR_EACH_KIND(forward_as)
}

static void backward(const struct stretch *s, uint64_t from, uint64_t to, uint64_t number) {
    (void)number;
    FOR_EACH_KIND(backward_as)
}

/* out (n) of x and, for SwiGLU, the gate. */
void activation_forward(uint64_t kind, const void *x, const void *gate, void *out, uint64_t count, uint64_t halved,
                        const struct team *team, unsigned threads) {
    struct stretch s = {.team = team, .part = forward, .count = count, .unit = LANES, .halved = halved, .kind = kind};
    s.x = x, s.gate = gate, s.out = out;
    share_out(&s, threads);
}

/* The gradients of x and of the gate. */
void activation_backward(uint64_t kind, const void *given, const void *x, const void *gate, void *of_x, void *of_gate,
                         uint64_t count, uint64_t halved, const struct team *team, unsigned threads) {
    struct stretch s = {.team = team, .part = backward, .count = count, .unit = LANES, .halved = halved, .kind = kind};
    s.given = given, s.x = x, s.gate = gate, s.out = of_x, s.of_gate = of_gate;
    share_out(&s, threads);
}

/* -- norms: x in floats, the result in floats or bf16; facts are the middle and the scale of each row */

INLINE void norm_as(const struct stretch *s, uint64_t from, uint64_t to, const int halved) {
    const uint64_t width = s->width;
    for (uint64_t row = from; row < to; row++) {
        const float *x = (const float *)s->x + row * width;
        const float middle = s->centred ? mean(x, width) : 0, scale = inverse_length(x, middle, width, s->eps);
        s->facts[2 * row] = middle, s->facts[2 * row + 1] = scale;
        for (uint64_t at = 0; at < width; at += LANES) {
            floats found = (floats_at(x + at) - middle) * scale;
            if (s->weight) found *= floats_at(s->weight + at);
            if (s->bias) found += floats_at(s->bias + at);
            put_values(s->out, row * width + at, found, halved);
        }
    }
}

static void norm_part(const struct stretch *s, uint64_t from, uint64_t to, uint64_t number) {
    (void)number;
    if (s->halved)
        norm_as(s, from, to, 1);
    else
        norm_as(s, from, to, 0);
}

INLINE void norm_back_as(const struct stretch *s, uint64_t from, uint64_t to, uint64_t number, const int halved) {
    const uint64_t width = s->width;
    float *of_weight = s->sums ? s->sums + number * 2 * width : 0, *of_bias = of_weight + width;
    for (uint64_t row = from; row < to; row++) {
        const float *x = (const float *)s->x + row * width, middle = s->facts[2 * row], scale = s->facts[2 * row + 1];
        floats along = {0}, sums = {0};
        for (uint64_t at = 0; at < width; at += LANES) {
            const floats given = values_at(s->given, row * width + at, halved);
            const floats normed = (floats_at(x + at) - middle) * scale;
            const floats weighed = s->weight ? given * floats_at(s->weight + at) : given;
            if (of_weight) put_floats(of_weight + at, floats_at(of_weight + at) + given * normed);
            if (of_weight && s->bias) put_floats(of_bias + at, floats_at(of_bias + at) + given);
            along += weighed * normed, sums += weighed;
        }
        const float shared = total(along) / (float)width, moved = s->centred ? total(sums) / (float)width : 0;
        for (uint64_t at = 0; at < width; at += LANES) {
            const floats given = values_at(s->given, row * width + at, halved);
            const floats normed = (floats_at(x + at) - middle) * scale;
            const floats weighed = s->weight ? given * floats_at(s->weight + at) : given;
            put_floats((float *)s->out + row * width + at, (weighed - moved - normed * shared) * scale);
        }
    }
}

static void norm_back_part(const struct stretch *s, uint64_t from, uint64_t to, uint64_t number) {
    if (s->halved)
        norm_back_as(s, from, to, number, 1);
    else
        norm_back_as(s, from, to, number, 0);
}

/* Rows (n, width) normalised: LayerNorm where `centred`, else RMSNorm; facts (n, 2) are for the way back. */
void norm_forward(const float *x, const float *weight, const float *bias, void *out, float *facts, uint64_t rows,
                  uint64_t width, float eps, uint64_t centred, uint64_t halved, const struct team *team,
                  unsigned threads) {
    struct stretch s = {.team = team, .part = norm_part, .count = rows, .unit = 1, .halved = halved, .width = width};
    s.x = x, s.weight = weight, s.bias = bias, s.out = out, s.facts = facts, s.eps = eps, s.centred = centred;
    share_out(&s, threads);
}

/* The gradient of x (n, width); those of weight and bias, for each thread its own, are added to sums (threads, 2, width). */
void norm_backward(const void *given, const float *x, const float *weight, const float *bias, float *facts, float *out,
                   float *sums, uint64_t rows, uint64_t width, uint64_t centred, uint64_t halved,
                   const struct team *team, unsigned threads) {
    struct stretch s = {.team = team, .part = norm_back_part, .count = rows, .unit = 1, .halved = halved};
    s.width = width, s.given = given, s.x = x, s.weight = weight, s.bias = bias, s.facts = facts, s.out = out;
    s.sums = sums, s.centred = centred;
    share_out(&s, threads);
}

/* -- cross entropy: of each row of logits its loss; the logits become their own gradient */

INLINE floats last_values(const void *from, uint64_t at, uint64_t some, const int halved) {
    floats found = (floats){0} - __builtin_inff();
    for (uint64_t lane = 0; lane < some; lane++)
        found[lane] = halved ? float_of(((const uint16_t *)from)[at + lane]) : ((const float *)from)[at + lane];
    return found;
}

INLINE float one_value(const void *from, uint64_t at, const int halved) {
    return halved ? float_of(((const uint16_t *)from)[at]) : ((const float *)from)[at];
}

INLINE void put_value(void *to, uint64_t at, float value, const int halved) {
    if (halved)
        ((uint16_t *)to)[at] = half_of(value);
    else
        ((float *)to)[at] = value;
}

INLINE void entropy_as(const struct stretch *s, uint64_t from, uint64_t to, const int halved) {
    const uint64_t width = s->width, rest = width % LANES, whole = width - rest;
    for (uint64_t row = from; row < to; row++) {
        const uint64_t begin = row * width, target = begin + (uint64_t)(s->targets[row] < 0 ? 0 : s->targets[row]);
        const floats last = last_values(s->out, begin + whole, rest, halved);
        floats highest = last, sums = {0};
        for (uint64_t at = 0; at < whole; at += LANES) highest = larger(values_at(s->out, begin + at, halved), highest);
        const float top = largest(highest);
        for (uint64_t at = 0; at < whole; at += LANES) sums += exp_of(values_at(s->out, begin + at, halved) - top);
        if (rest) sums += exp_of(last - top);
        const float all = total(sums), share = s->shares[row], scale = share / all;
        const float aim = one_value(s->out, target, halved);
        s->losses[row] = share == 0 ? 0 : (__builtin_logf(all) + top - aim) * share;
        for (uint64_t at = 0; at < whole; at += LANES)
            put_values(s->out, begin + at, exp_of(values_at(s->out, begin + at, halved) - top) * scale, halved);
        const floats ending = exp_of(last - top) * scale;
        for (uint64_t lane = 0; lane < rest; lane++) put_value(s->out, begin + whole + lane, ending[lane], halved);
        const floats aims = exp_of((floats){0} + (aim - top)) * scale;
        put_value(s->out, target, aims[0] - share, halved);
    }
}

static void entropy_part(const struct stretch *s, uint64_t from, uint64_t to, uint64_t number) {
    (void)number;
    if (s->halved)
        entropy_as(s, from, to, 1);
    else
        entropy_as(s, from, to, 0);
}

/* Logits (n, width) become the gradient of the sum of losses (n), each times its share (n): nothing for a share of 0. */
void entropy_slope(void *logits, const int64_t *targets, const float *shares, float *losses, uint64_t rows,
                   uint64_t width, uint64_t halved, const struct team *team, unsigned threads) {
    struct stretch s = {.team = team, .part = entropy_part, .count = rows, .unit = 1, .halved = halved, .width = width};
    s.out = logits, s.targets = targets, s.shares = shares, s.losses = losses;
    share_out(&s, threads);
}
