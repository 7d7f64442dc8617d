/* The product of two matrices of 64 x 64 doubles: packed multiplications and additions, streams of loads and stores. */
#include "../bench.h"
#include "float.h"

enum { SIZE = 64 };
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

void prepare(void) {
  uint64_t state = 42;
  for (int i = 0; i < SIZE; i++) {
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = fraction_of(state = bench_next(state));
      b[i][j] = fraction_of(state = bench_next(state));
    }
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) c[i][j] = 0;
      for (int k = 0; k < SIZE; k++) {
        double factor = a[i][k];
        for (int j = 0; j < SIZE; j++) c[i][j] += factor * b[k][j];
      }
    }
    for (int i = 0; i < SIZE; i++) checksum = bench_mix(checksum, bits_of(c[i][i]));
  }
  return checksum;
}
