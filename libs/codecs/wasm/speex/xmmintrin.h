/* The SSE operations that Speex uses, on the compiler's own vectors. Debian's libspeex1 for amd64 is built with them, and
   the order in which they add decides about the last bit of a sum: each lane here is the same IEEE 754 single operation, in
   the same order. */
#ifndef PARTYLINE_XMMINTRIN_H
#define PARTYLINE_XMMINTRIN_H

typedef float __m128 __attribute__((vector_size(16)));
typedef float unaligned_m128 __attribute__((vector_size(16), aligned(4)));

#define _mm_shuffle_ps(a, b, lanes) \
  __builtin_shufflevector((a), (b), (lanes) & 3, ((lanes) >> 2) & 3, 4 + (((lanes) >> 4) & 3), 4 + (((lanes) >> 6) & 3))

static inline __m128 _mm_setr_ps(float a, float b, float c, float d) { return (__m128){a, b, c, d}; }
static inline __m128 _mm_setzero_ps(void) { return (__m128){0, 0, 0, 0}; }
static inline __m128 _mm_set_ps1(float a) { return (__m128){a, a, a, a}; }
static inline __m128 _mm_load_ps1(const float *from) { return _mm_set_ps1(*from); }
static inline __m128 _mm_loadu_ps(const float *from) { return *(const unaligned_m128 *)from; }
static inline void _mm_storeu_ps(float *to, __m128 a) { *(unaligned_m128 *)to = a; }
static inline void _mm_store_ss(float *to, __m128 a) { *to = a[0]; }
static inline __m128 _mm_add_ps(__m128 a, __m128 b) { return a + b; }
static inline __m128 _mm_sub_ps(__m128 a, __m128 b) { return a - b; }
static inline __m128 _mm_mul_ps(__m128 a, __m128 b) { return a * b; }
static inline __m128 _mm_movehl_ps(__m128 a, __m128 b) { return __builtin_shufflevector(a, b, 6, 7, 2, 3); }

static inline __m128 _mm_add_ss(__m128 a, __m128 b) {
  a[0] += b[0];
  return a;
}

static inline __m128 _mm_sub_ss(__m128 a, __m128 b) {
  a[0] -= b[0];
  return a;
}

static inline __m128 _mm_move_ss(__m128 a, __m128 b) {
  a[0] = b[0];
  return a;
}

#endif
