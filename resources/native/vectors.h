/* Vectors as wide as the processor that this is compiled for, and torch's threads. */
#include <stddef.h>
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

/* A parallel region of the caller's own pool of threads: each of them does the work. */
typedef void (*region)(void (*work)(void *), void *data, unsigned threads, unsigned flags);

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
