/* Frozen matrices in 16, 8 or 4 bits, and the team of threads that multiplies by them. */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdint.h>

enum kind { SIXTEEN = 16, EIGHT = 8, FOUR = 4 };

#define BLOCK 32 /* inputs that are read at once: all widths are multiples of it */
#define SIDE 4   /* outputs of 8 bits side by side */
#define WIDE 64  /* outputs of 16 bits side by side; parts of a matrix begin at multiples of it */

/* SIXTEEN: bf16 numbers (O / WIDE, I / 2, WIDE, 2), the order in which oneDNN keeps them too; outputs that fill up the
 *   last block are there.
 * EIGHT: levels (O / SIDE, G, SIDE, BLOCK) and scales (O / SIDE, G, SIDE), halves times 2^k, with a scale for BLOCK
 *   inputs. A half's bits, moved to where a float has them, are the half times 2^-112, so that one multiplication with
 *   `unit`, 2^(112+k), brings a scale back.
 * FOUR: for each output a record for each group of inputs: scale and middle in bf16, then levels of 4 bits, in each 16
 *   bytes those of 16 inputs in the lower halves and those of the next 16 in the upper. A weight is
 *   (level - 8) x scale + middle. */
struct matrix {
    const void *levels;
    const uint16_t *scales;
    const float *bias; /* one for each output, or none */
    uint64_t outputs, inputs, kind, group;
    float unit;
};

/* The functions of the threads of the caller's own pool. */
struct team {
    void (*parallel)(void (*work)(void *), void *data, unsigned threads, unsigned flags);
    void (*barrier)(void);
    int (*number)(void); /* of the thread that asks */
    int (*size)(void);
};

struct part {
    uint64_t from, to;
};

/* What thread `number` of `size` has of so many outputs, from front to end: read without a break it comes quickest. */
static inline struct part part_of(uint64_t outputs, uint64_t number, uint64_t size) {
    const uint64_t even = ((outputs + size - 1) / size + WIDE - 1) / WIDE * WIDE, from = number * even;
    return (struct part){from < outputs ? from : outputs, from + even < outputs ? from + even : outputs};
}

/* Rows (count, I): floats or, where `halved`, bf16; that only for 16 bits, where the processor multiplies such. */
struct rows {
    const void *at;
    uint64_t count, halved;
};

/* Some outputs of rows times the matrix, plus biases, where they belong in out (count, O). */
void multiply_part(const struct matrix *m, struct rows rows, float *out, struct part part);

#endif
