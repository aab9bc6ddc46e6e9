/* One more token for each of a few texts through all layers of a model, in one call: what is done between the products
 * with matrices is so little for a single token that to ask for it piece by piece took as long as the products.
 *
 * The threads of one team go through the layers together and wait for each other where one needs what another made.
 * Shapes: B texts, C width, H heads and G key-value heads of D numbers, F numbers within the feed-forward part.
 */
#include "activation.h"
#include "matrix.h"
#include "norms.h"

struct norm {
    const float *weight, *bias; /* (C), or none */
    float eps;
    int32_t centred;
};

struct layer {
    struct norm before, within;
    const struct matrix *qkv, *out, *up, *gate, *down; /* (H + 2G) D, C; C, H D; F, C; F, C or none; C, F */
    const float *gains;                                /* (H + G, D), or none */
    float keep, recall;
};

struct model {
    const struct layer *layers;
    struct norm after;
    uint64_t count, width, heads, groups, head, inner; /* layers, C, H, G, D, F */
    float eps;                                         /* of the norm of queries and keys */
    int32_t normed, mixed, activation;                 /* whether they have one; whether the stream is mixed with its beginning */
};

/* Where the texts stand. Keys and values are floats or, where `halved`, bf16; steps are in numbers. */
struct texts {
    float *x;                          /* (B, C), in and out */
    float *scratch;                    /* step_scratch() floats */
    const int64_t *rows, *places;      /* (B) of the room; tokens before the new one */
    const float *cos, *sin;            /* (positions, D), the signs of the sines in them; or none */
    void *room;                        /* keys and values of all layers, each (rows, G, tokens, D) */
    uint64_t count, longest;           /* B; the most places */
    uint64_t layer, values, row, group; /* steps to the next layer, from keys to values, to the next row and group */
    uint64_t halved;
};

/* Everything a thread has to know. */
struct pass {
    const struct model *model;
    const struct texts *texts;
    const struct team *team;
    float *first, *normed, *heads, *mixed, *inner, *gate, *scores; /* within the scratch */
    uint64_t number, size;                                         /* of this thread, of the team */
};

static uint64_t in_vectors(uint64_t numbers) { return (numbers + LANES - 1) / LANES * LANES; }

static void meet(const struct pass *p) {
    if (p->size > 1) p->team->barrier();
}

/* -- norms */

static void normalise(const struct norm *norm, const float *x, float *out, uint64_t width) {
    const float middle = norm->centred ? mean(x, width) : 0;
    const float scale = inverse_length(x, middle, width, norm->eps);
    for (uint64_t at = 0; at < width; at += LANES) {
        floats found = (floats_at(x + at) - middle) * scale;
        if (norm->weight) found *= floats_at(norm->weight + at);
        if (norm->bias) found += floats_at(norm->bias + at);
        put_floats(out + at, found);
    }
}

/* The stream is mixed with its beginning (where `layer` says so) and normalised; texts are shared out. */
static void prepare(const struct pass *p, const struct norm *norm, const struct layer *mixing) {
    const uint64_t width = p->model->width;
    for (uint64_t text = p->number; text < p->texts->count; text += p->size) {
        float *x = p->texts->x + text * width, *first = p->first + text * width;
        if (mixing)
            for (uint64_t at = 0; at < width; at++) x[at] = mixing->keep * x[at] + mixing->recall * first[at];
        normalise(norm, x, p->normed + text * width, width);
    }
    meet(p);
}

/* -- keys, values and what queries take from them */

/* Queries and keys: to length one, times gains, turned (Su et al. 2021). */
static void turn(const struct pass *p, const struct layer *layer, uint64_t text, uint64_t head, float *x) {
    const struct model *m = p->model;
    const uint64_t width = m->head, half = width / 2;
    if (m->normed) {
        const float scale = inverse_length(x, 0, width, m->eps), *gains = layer->gains;
        for (uint64_t at = 0; at < width; at++) x[at] *= gains ? scale * gains[head * width + at] : scale;
    }
    if (!p->texts->cos) return;
    const uint64_t place = (uint64_t)p->texts->places[text] * width;
    const float *cos = p->texts->cos + place, *sin = p->texts->sin + place;
    for (uint64_t at = 0; at < half; at++) {
        const float left = x[at], right = x[at + half];
        x[at] = left * cos[at] + right * sin[at];
        x[at + half] = right * cos[at + half] + left * sin[at + half];
    }
}

/* Where the keys of a layer, a text and a group begin; values lie `texts.values` further. */
static uint64_t keys_of(const struct texts *t, uint64_t layer, uint64_t text, uint64_t group) {
    return layer * t->layer + (uint64_t)t->rows[text] * t->row + group * t->group;
}

static void keep(const struct texts *t, uint64_t at, const float *x, uint64_t width) {
    for (uint64_t one = 0; one < width; one++)
        if (t->halved)
            ((uint16_t *)t->room)[at + one] = half_of(x[one]);
        else
            ((float *)t->room)[at + one] = x[one];
}

/* All heads are turned, and keys and values put where they belong. */
static void place(const struct pass *p, uint64_t number) {
    const struct model *m = p->model;
    const struct texts *t = p->texts;
    const uint64_t each = m->heads + 2 * m->groups;
    for (uint64_t one = p->number; one < t->count * each; one += p->size) {
        const uint64_t text = one / each, head = one % each;
        float *x = p->heads + one * m->head;
        if (head < m->heads + m->groups) turn(p, m->layers + number, text, head, x);
        if (head < m->heads) continue;
        const uint64_t group = (head - m->heads) % m->groups;
        const uint64_t to = keys_of(t, number, text, group) + (uint64_t)t->places[text] * m->head;
        keep(t, head < m->heads + m->groups ? to : to + t->values, x, m->head);
    }
    meet(p);
}

/* How likely a query (D) is to look at each of so many keys: the softmax, but for its divisor, which comes back. */
INLINE float likelihoods(const float *query, const void *room, uint64_t keys, uint64_t count, uint64_t width,
                         float *scores, const int halved) {
    const float scale = 1 / __builtin_sqrtf((float)width);
    const floats none = {0};
    floats highest = none - __builtin_inff(), sums = none;
    for (uint64_t key = 0; key < count; key++) {
        floats sum = none;
        for (uint64_t at = 0; at < width; at += LANES)
            sum += floats_at(query + at) * values_at(room, keys + key * width + at, halved);
        scores[key] = total(sum) * scale;
    }
    for (uint64_t key = count; key < in_vectors(count); key++) scores[key] = -__builtin_inff();
    for (uint64_t key = 0; key < count; key += LANES) highest = larger(floats_at(scores + key), highest);
    highest = none + largest(highest);
    for (uint64_t key = 0; key < count; key += LANES) {
        const floats apart = floats_at(scores + key) - highest, found = exp_of(apart);
        const floats likely = chosen(apart < -87.0f, none, found);
        put_floats(scores + key, likely);
        sums += likely;
    }
    return total(sums);
}

/* The values (count, D), each by its likelihood. */
INLINE void gather(const void *room, uint64_t values, uint64_t count, uint64_t width, const float *likely, float all,
                   float *out, const int halved) {
    enum { SOME = 4 };
    for (uint64_t at = 0; at < width; at += SOME * LANES) {
        const int some = width - at < SOME * LANES ? (int)((width - at) / LANES) : SOME;
        floats sums[SOME] = {{0}};
        if (some == SOME)
            for (uint64_t one = 0; one < count; one++)
                UNROLL for (int part = 0; part < SOME; part++)
                    sums[part] += values_at(room, values + one * width + at + part * LANES, halved) * likely[one];
        else
            for (uint64_t one = 0; one < count; one++)
                for (int part = 0; part < some; part++)
                    sums[part] += values_at(room, values + one * width + at + part * LANES, halved) * likely[one];
        for (int part = 0; part < some; part++) put_floats(out + at + part * LANES, sums[part] / all);
    }
}

INLINE void look_as(const struct pass *p, uint64_t number, const int halved) {
    const struct model *m = p->model;
    const struct texts *t = p->texts;
    float *scores = p->scores + p->number * in_vectors(t->longest + 1);
    for (uint64_t one = p->number; one < t->count * m->heads; one += p->size) {
        const uint64_t text = one / m->heads, head = one % m->heads, count = (uint64_t)t->places[text] + 1;
        const uint64_t keys = keys_of(t, number, text, head / (m->heads / m->groups));
        const float *query = p->heads + (text * (m->heads + 2 * m->groups) + head) * m->head;
        const float all = likelihoods(query, t->room, keys, count, m->head, scores, halved);
        gather(t->room, keys + t->values, count, m->head, scores, all, p->mixed + one * m->head, halved);
    }
}

/* What each head takes from the values of its group. */
static void look(const struct pass *p, uint64_t number) {
    if (p->texts->halved)
        look_as(p, number, 1);
    else
        look_as(p, number, 0);
    meet(p);
}

/* -- products, each thread its own outputs */

static struct rows rows_of(const struct pass *p, const float *rows) { return (struct rows){rows, p->texts->count, 0}; }

static void multiply(const struct pass *p, const struct matrix *m, const float *rows, float *out) {
    multiply_part(m, rows_of(p, rows), out, part_of(m->outputs, p->number, p->size));
    meet(p);
}

/* Added to the stream. */
static void add(const struct pass *p, const struct matrix *m, const float *rows) {
    const struct part part = part_of(m->outputs, p->number, p->size);
    multiply_part(m, rows_of(p, rows), p->normed, part);
    for (uint64_t text = 0; text < p->texts->count; text++)
        for (uint64_t at = part.from; at < part.to; at++)
            p->texts->x[text * m->outputs + at] += p->normed[text * m->outputs + at];
    meet(p);
}

static void activate(const struct pass *p, struct part part) {
    const struct model *m = p->model;
    for (uint64_t text = 0; text < p->texts->count; text++) {
        const float *gate = p->gate + text * m->inner;
        float *x = p->inner + text * m->inner;
        for (uint64_t at = part.from; at < part.to; at += LANES) {
            const uint64_t some = part.to - at < LANES ? part.to - at : LANES;
            floats of_x = {0}, of_gate = {0};
            memcpy(&of_x, x + at, some * sizeof *x);
            if (m->activation == SWIGLU) memcpy(&of_gate, gate + at, some * sizeof *x);
            const floats found = activated(of_x, of_gate, (enum activation)m->activation);
            memcpy(x + at, &found, some * sizeof *x);
        }
    }
}

/* Each thread works out its own part of what is within, and of the gate. */
static void feed(const struct pass *p, const struct layer *layer) {
    const struct part part = part_of(p->model->inner, p->number, p->size);
    multiply_part(layer->up, rows_of(p, p->normed), p->inner, part);
    if (layer->gate) multiply_part(layer->gate, rows_of(p, p->normed), p->gate, part);
    activate(p, part);
    meet(p);
    add(p, layer->down, p->inner);
}

/* -- all layers */

static void run(const struct pass *p) {
    const struct model *m = p->model;
    for (uint64_t number = 0; number < m->count; number++) {
        const struct layer *layer = m->layers + number;
        prepare(p, &layer->before, m->mixed ? layer : 0);
        multiply(p, layer->qkv, p->normed, p->heads);
        place(p, number);
        look(p, number);
        add(p, layer->out, p->mixed);
        prepare(p, &layer->within, 0);
        feed(p, layer);
    }
    for (uint64_t text = p->number; text < p->texts->count; text += p->size)
        normalise(&m->after, p->texts->x + text * m->width, p->texts->x + text * m->width, m->width);
}

static void work(void *data) {
    struct pass p = *(const struct pass *)data;
    p.number = (uint64_t)p.team->number();
    p.size = (uint64_t)p.team->size();
    run(&p);
}

/* The next so many numbers of the scratch; without one they are only counted. */
static float *take(float *scratch, uint64_t *used, uint64_t numbers) {
    float *found = scratch ? scratch + *used : 0;
    *used += in_vectors(numbers);
    return found;
}

static uint64_t lay_out(struct pass *p, float *scratch, uint64_t texts, uint64_t longest, unsigned threads) {
    const struct model *m = p->model;
    uint64_t used = 0;
    p->first = take(scratch, &used, texts * m->width);
    p->normed = take(scratch, &used, texts * m->width);
    p->heads = take(scratch, &used, texts * (m->heads + 2 * m->groups) * m->head);
    p->mixed = take(scratch, &used, texts * m->heads * m->head);
    p->inner = take(scratch, &used, texts * m->inner);
    p->gate = take(scratch, &used, m->activation == SWIGLU ? texts * m->inner : 0);
    p->scores = take(scratch, &used, threads * in_vectors(longest + 1));
    return used;
}

/* Floats of scratch for so many texts with so many tokens before the new one, and so many threads. */
uint64_t step_scratch(const struct model *model, uint64_t texts, uint64_t longest, unsigned threads) {
    struct pass p = {.model = model};
    return lay_out(&p, 0, texts, longest, threads);
}

/* The streams (B, C) of the new tokens through all layers and the last norm; keys and values go into the room. */
void step_run(const struct model *model, const struct texts *texts, const struct team *team, unsigned threads) {
    struct pass p = {.model = model, .texts = texts, .team = team, .number = 0, .size = 1};
    lay_out(&p, texts->scratch, texts->count, texts->longest, threads);
    memcpy(p.first, texts->x, texts->count * model->width * sizeof *texts->x);
    if (threads > 1)
        team->parallel(work, &p, threads, 0);
    else
        run(&p);
}
