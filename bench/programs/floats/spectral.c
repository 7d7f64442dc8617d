/* Products of a vector with a matrix that is computed on the way: conversions from whole numbers, and divisions. */
#include "../bench.h"
#include "float.h"

enum { SIZE = 100 };
static double u[SIZE], v[SIZE], between[SIZE];

void prepare(void) {}

static double entry(int row, int column) { return 1.0 / ((row + column) * (row + column + 1) / 2 + row + 1); }

static void times_matrix(const double *from, double *to) {
  for (int i = 0; i < SIZE; i++) {
    double sum = 0;
    for (int j = 0; j < SIZE; j++) sum += entry(i, j) * from[j];
    to[i] = sum;
  }
}

static void times_transposed(const double *from, double *to) {
  for (int i = 0; i < SIZE; i++) {
    double sum = 0;
    for (int j = 0; j < SIZE; j++) sum += entry(j, i) * from[j];
    to[i] = sum;
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < SIZE; i++) u[i] = 1;
    times_matrix(u, between);
    times_transposed(between, v);
    times_matrix(v, between);
    times_transposed(between, u);
    double both = 0, square = 0;
    for (int i = 0; i < SIZE; i++) {
      both += u[i] * v[i];
      square += v[i] * v[i];
    }
    checksum = bench_mix(checksum, bits_of(__builtin_sqrt(both / square)));
  }
  return checksum;
}
