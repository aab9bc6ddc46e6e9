/* Vectors of floats as wide as the processor has them, and what is computed with them: loads, sums, exponentials.
 *
 * Where there are instructions for a conversion they are named; elsewhere the compiler finds its own.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif
#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

typedef float floats __attribute__((vector_size(4 * LANES)));
typedef int32_t wholes __attribute__((vector_size(4 * LANES)));
typedef int16_t shorts __attribute__((vector_size(2 * LANES)));
typedef uint16_t halves __attribute__((vector_size(2 * LANES)));
typedef int8_t bytes __attribute__((vector_size(LANES)));
typedef uint8_t letters __attribute__((vector_size(LANES)));

INLINE floats floats_at(const float *from) {
    floats found;
    memcpy(&found, from, sizeof found);
    return found;
}

INLINE void put_floats(float *to, floats values) { memcpy(to, &values, sizeof values); }

/* 8-bit levels as floats. */
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

/* bf16 numbers, the upper halves of floats. */
INLINE floats halves_at(const uint16_t *from) {
#if defined(__AVX512F__)
    return (floats)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)from)), 16);
#elif defined(__AVX2__)
    return (floats)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const void *)from)), 16);
#else
    halves found;
    memcpy(&found, from, sizeof found);
    return (floats)(__builtin_convertvector(found, wholes) << 16);
#endif
}

/* Bytes, each widened to 32 bits. */
INLINE wholes letters_at(const uint8_t *from) {
#if defined(__AVX512F__)
    return (wholes)_mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)from));
#elif defined(__AVX2__)
    return (wholes)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)from));
#else
    letters found;
    memcpy(&found, from, sizeof found);
    return __builtin_convertvector(__builtin_convertvector(found, shorts), wholes);
#endif
}

/* The 32 bits there, in every place. */
INLINE wholes everywhere(const void *from) {
#if defined(__AVX512F__)
    return (wholes)_mm512_broadcastss_ps(_mm_load_ss((const float *)from));
#elif defined(__AVX2__)
    return (wholes)_mm256_broadcastss_ps(_mm_load_ss((const float *)from));
#else
    int32_t found;
    memcpy(&found, from, sizeof found);
    return (wholes){0} + found;
#endif
}

INLINE float total(floats sums) {
    float each[LANES];
    memcpy(each, &sums, sizeof each);
    for (int width = LANES / 2; width; width /= 2)
        for (int lane = 0; lane < width; lane++) each[lane] += each[lane + width];
    return each[0];
}

INLINE float largest(floats values) {
    float each[LANES], found;
    memcpy(each, &values, sizeof each);
    found = each[0];
    for (int lane = 1; lane < LANES; lane++) found = each[lane] > found ? each[lane] : found;
    return found;
}

INLINE floats chosen(wholes where, floats yes, floats no) {
    return (floats)(((wholes)yes & where) | ((wholes)no & ~where));
}

INLINE floats larger(floats one, floats two) { return chosen(one > two, one, two); }

INLINE float float_of(uint16_t half) {
    const uint32_t bits = (uint32_t)half << 16;
    float found;
    memcpy(&found, &bits, sizeof found);
    return found;
}

/* The bf16 number nearest to a float, the even one in the middle. */
INLINE uint16_t half_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return value != value ? 0x7fc0 : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

INLINE void put_halves(uint16_t *to, floats values) {
#if defined(__AVX512BF16__)
    const __m256bh found = _mm512_cvtneps_pbh((__m512)values);
#else
    const wholes bits = (wholes)values, rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    const halves found = __builtin_convertvector((rounded & (values == values)) | (0x7fc0 & (values != values)), halves);
#endif
    memcpy(to, &found, sizeof found);
}

/* Floats, or bf16 where `halved`. */
INLINE floats values_at(const void *from, uint64_t at, const int halved) {
    return halved ? halves_at((const uint16_t *)from + at) : floats_at((const float *)from + at);
}

INLINE void put_values(void *to, uint64_t at, floats values, const int halved) {
    if (halved)
        put_halves((uint16_t *)to + at, values);
    else
        put_floats((float *)to + at, values);
}

/* e^x to the last two bits, for x from -87 to 88; beyond, the values there. x is n ln 2 + r: n goes into the exponent,
 * and the series of e^r ends at r^6. Adding 1.5 * 2^23 rounds to a whole number, which then stands in the last bits. */
INLINE floats exp_of(floats x) {
    const floats none = {0}, round = none + 12582912.0f;
    x = chosen(x < -87.0f, none - 87.0f, chosen(x > 88.0f, none + 88.0f, x));
    const floats shifted = x * 1.44269504f + round, n = shifted - round;
    const floats r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
    floats p = r * (1 / 720.0f) + 1 / 120.0f;
    p = p * r + 1 / 24.0f;
    p = p * r + 1 / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1;
    p = p * r + 1;
    return (floats)((wholes)p + ((wholes)shifted << 23));
}

#endif
