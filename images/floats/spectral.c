/* The spectral norm of the matrix 1 / ((i + j)(i + j + 1)/2 + i + 1), by repeated products. Exit code 45. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 32, ROUNDS = 6 };

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

int main(void) {
  double u[SIZE], v[SIZE], between[SIZE];
  for (int i = 0; i < SIZE; i++) u[i] = 1;
  for (int round = 0; round < ROUNDS; round++) {
    times_matrix(u, between);
    times_transposed(between, v);
    times_matrix(v, between);
    times_transposed(between, u);
  }
  double both = 0, square = 0;
  for (int i = 0; i < SIZE; i++) {
    both += u[i] * v[i];
    square += v[i] * v[i];
  }
  double norm = sqrt(both / square);
  uint64_t bits;
  memcpy(&bits, &norm, sizeof bits);
  printf("%.9f %016lx\n", norm, bits);
  return 45;
}
