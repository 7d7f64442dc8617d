/* The fast Fourier transform of 1024 points and back. */
#include "../bench.h"
#include "float.h"

enum { BITS = 10, SIZE = 1 << BITS };
struct complex {
  double re, im;
};
static struct complex signal[SIZE], values[SIZE], roots[SIZE / 2];

static struct complex times(struct complex a, struct complex b) {
  return (struct complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

void prepare(void) {
  /* Roots of one from square roots alone: halving an angle, and adding angles. */
  struct complex power[BITS]; /* the root of order SIZE / 2^i */
  power[BITS - 1] = (struct complex){-1, 0};
  power[BITS - 2] = (struct complex){0, -1};
  for (int i = BITS - 3; i >= 0; i--) {
    power[i].re = __builtin_sqrt((1 + power[i + 1].re) / 2);
    power[i].im = -__builtin_sqrt((1 - power[i + 1].re) / 2);
  }
  for (int i = 0; i < SIZE / 2; i++) {
    struct complex root = {1, 0};
    for (int bit = 0; bit < BITS - 1; bit++) {
      if ((i >> bit & 1) != 0) root = times(root, power[bit]);
    }
    roots[i] = root;
  }
  uint64_t state = 42;
  for (int i = 0; i < SIZE; i++) signal[i] = (struct complex){fraction_of(state = bench_next(state)), 0};
}

static void transform(void) {
  for (unsigned i = 0, mirrored = 0; i < SIZE; i++) {
    if (i < mirrored) {
      struct complex kept = values[i];
      values[i] = values[mirrored];
      values[mirrored] = kept;
    }
    unsigned bit = SIZE / 2;
    for (; (mirrored & bit) != 0; bit /= 2) mirrored ^= bit;
    mirrored |= bit;
  }
  for (int half = 1; half < SIZE; half *= 2) {
    int stride = SIZE / 2 / half;
    for (int start = 0; start < SIZE; start += 2 * half) {
      for (int i = 0; i < half; i++) {
        struct complex upper = values[start + i], lower = times(values[start + half + i], roots[i * stride]);
        values[start + i] = (struct complex){upper.re + lower.re, upper.im + lower.im};
        values[start + half + i] = (struct complex){upper.re - lower.re, upper.im - lower.im};
      }
    }
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < SIZE; i++) values[i] = signal[i];
    transform();
    for (int i = 0; i < SIZE; i++) values[i] = (struct complex){values[i].re / SIZE, -values[i].im / SIZE};
    transform();
    for (int i = 0; i < SIZE; i += 16) checksum = bench_mix(checksum, bits_of(values[i].re));
  }
  return checksum;
}
