/* Every intrinsic of SSE to SSE4.2 (intrinsics.inc) on four sets of operands, as digests by family. Exit code 48. */
#include <nmmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Lane by lane: plain numbers, numbers far apart, halves and limits of conversions, and what is special. Two NaNs never
   meet: which of them comes out depends on the order of operands, and a compiler may exchange those of an addition. */
_Alignas(16) static const uint32_t narrow[4][8] = {
    {0x3fc00000, 0xc0490fdb, 0x42280000, 0x3dcccccd, 0x40200000, 0x3f9d70a4, 0xc1200000, 0x447a0000},
    {0x7149f2ca, 0x0da24260, 0x4b800001, 0xc9742400, 0x33d6bf95, 0x71c9f2ca, 0x3f000000, 0x2edbe6ff},
    {0x40200000, 0x4f000000, 0xcf000000, 0x3effffff, 0xbfc00000, 0x5f000000, 0x3f000001, 0x4b000001},
    {0x00000000, 0x7f800000, 0x00000003, 0x7fc12345, 0x80000000, 0xff800000, 0x80400000, 0x3f800000},
};
_Alignas(16) static const uint64_t wide[4][4] = {
    {0x3ff8000000000000, 0xc00921fb54442d18, 0x4004000000000000, 0x3ff3ae147ae147ae},
    {0x7e37e43c8800759c, 0x01a56e1fc2f8f359, 0x433fffffffffffff, 0x3e7ad7f29abcaf48},
    {0x41dfffffffe00000, 0xc1e0000000200000, 0x3fe0000000000001, 0x43e0000000000000},
    {0xfff0000000000000, 0x000000000000000b, 0x7ff0000000000000, 0x8008000000000000},
};
_Alignas(16) static const uint64_t whole[4][4] = {
    {0x0011223344556677, 0x8899aabbccddeeff, 0xfedcba9876543210, 0x0f1e2d3c4b5a6978},
    {0x7fff8000ffff0001, 0x8000000000000000, 0x0001ffff80007fff, 0x7fffffffffffffff},
    {0x8080808080808080, 0x7f7f7f7f7f7f7f7f, 0x0102030405060708, 0x808182838485868f},
    {0, 0xffffffffffffffff, 0xffffffffffffffff, 0x00000000000000ff},
};
static const char texts[4][32] = {"hallows, machine", "aeiou, lol", "a\0b", ""};

static uint64_t digest;
static int count;
static const char *current;

static __attribute__((noinline)) void mix(uint64_t low, uint64_t high) {
  digest = ((digest << 7 | digest >> 57) ^ low) * 0x9e3779b97f4a7c15u + high;
  count++;
}
static __attribute__((noinline)) void si(__m128i value) {
  uint64_t words[2];
  _mm_storeu_si128((__m128i *)words, value);
  mix(words[0], words[1]);
}
static void ps(__m128 value) { si(_mm_castps_si128(value)); }
static void pd(__m128d value) { si(_mm_castpd_si128(value)); }
static void n32(int32_t value) { mix((uint64_t)(int64_t)value, 0); }
static void n64(int64_t value) { mix((uint64_t)value, 0); }
static void w32(uint32_t value) { mix(value, 0); }
static void w64(uint64_t value) { mix(value, 0); }

static void show(void) {
  if (current != NULL) printf("%-34s %3d %016lx\n", current, count, digest);
}
static void family(const char *name) {
  show();
  current = name;
  digest = 0;
  count = 0;
}

/* The same value, which the compiler no longer knows: nothing that uses it is computed earlier. */
static __m128 keep_ps(__m128 value) {
  __asm__ volatile("" : "+x"(value));
  return value;
}
static __m128d keep_pd(__m128d value) {
  __asm__ volatile("" : "+x"(value));
  return value;
}
static __m128i keep_si(__m128i value) {
  __asm__ volatile("" : "+x"(value));
  return value;
}

static void run(int set) {
  const float *f32_from = (const float *)narrow[set];
  const double *f64_from = (const double *)wide[set];
  const __m128i *si_from = (const __m128i *)whole[set];
  _Alignas(16) unsigned char room[16] = {0};
  float *f32_to = (float *)room;
  double *f64_to = (double *)room;
  __m128i *si_to = (__m128i *)room;
  char *bytes_to = (char *)room;
  __m128 ps_a = keep_ps(_mm_loadu_ps(f32_from)), ps_b = keep_ps(_mm_loadu_ps(f32_from + 4));
  __m128d pd_a = keep_pd(_mm_loadu_pd(f64_from)), pd_b = keep_pd(_mm_loadu_pd(f64_from + 2));
  __m128i si_a = keep_si(_mm_loadu_si128(si_from)), si_b = keep_si(_mm_loadu_si128(si_from + 1));
  __m128i si_text = keep_si(_mm_loadu_si128((const __m128i *)texts[set]));
  __m128i si_part = keep_si(_mm_loadu_si128((const __m128i *)"lo\0wxyzalh, mine"));
  __m128i si_count = keep_si(_mm_set_epi64x(0, 7 + 9 * set));
  __m128 ps_plain = keep_ps(_mm_set_ps(0.7f, 12.5f, 3e-9f, 1.5e12f)), ps_ones = _mm_set1_ps(1);
  __m128 ps_signs = _mm_set1_ps(-0.0f), ps_bound = _mm_set1_ps(0.0008f);
#include "intrinsics.inc"
}

int main(void) {
  for (int set = 0; set < 4; set++) {
    current = NULL;
    printf("set %d\n", set);
    run(set);
    show();
  }
  return 48;
}
