/* Products of matrices in both precisions, and a system of equations by elimination. Exit code 42. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 32, UNKNOWNS = 12 };
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];
static float narrow_a[SIZE][SIZE], narrow_b[SIZE][SIZE], narrow_c[SIZE][SIZE];

static uint32_t state = 12345;
static double next(void) {
  state = state * 1664525u + 1013904223u;
  return (double)(state >> 8) / 16777216.0 - 0.5;
}

static void multiply(void) {
  for (int i = 0; i < SIZE; i++) {
    for (int k = 0; k < SIZE; k++) {
      double factor = a[i][k];
      for (int j = 0; j < SIZE; j++) c[i][j] += factor * b[k][j];
    }
  }
}

static void multiply_narrow(void) {
  for (int i = 0; i < SIZE; i++) {
    for (int k = 0; k < SIZE; k++) {
      float factor = narrow_a[i][k];
      for (int j = 0; j < SIZE; j++) narrow_c[i][j] += factor * narrow_b[k][j];
    }
  }
}

/* rows[i] holds a row and its right side. The largest pivot of the column is taken. */
static void solve(double rows[UNKNOWNS][UNKNOWNS + 1], double *unknowns) {
  for (int column = 0; column < UNKNOWNS; column++) {
    int best = column;
    for (int i = column + 1; i < UNKNOWNS; i++) {
      if (fabs(rows[i][column]) > fabs(rows[best][column])) best = i;
    }
    for (int j = 0; j <= UNKNOWNS; j++) {
      double kept = rows[column][j];
      rows[column][j] = rows[best][j];
      rows[best][j] = kept;
    }
    for (int i = column + 1; i < UNKNOWNS; i++) {
      double factor = rows[i][column] / rows[column][column];
      for (int j = column; j <= UNKNOWNS; j++) rows[i][j] -= factor * rows[column][j];
    }
  }
  for (int i = UNKNOWNS - 1; i >= 0; i--) {
    double rest = rows[i][UNKNOWNS];
    for (int j = i + 1; j < UNKNOWNS; j++) rest -= rows[i][j] * unknowns[j];
    unknowns[i] = rest / rows[i][i];
  }
}

int main(void) {
  for (int i = 0; i < SIZE; i++) {
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = next();
      b[i][j] = next();
      narrow_a[i][j] = (float)a[i][j];
      narrow_b[i][j] = (float)b[i][j];
    }
  }
  multiply();
  multiply_narrow();
  double trace = 0, furthest = 0;
  uint64_t digest = 0;
  uint32_t narrow_digest = 0;
  for (int i = 0; i < SIZE; i++) {
    trace += c[i][i];
    for (int j = 0; j < SIZE; j++) {
      double difference = fabs(c[i][j] - (double)narrow_c[i][j]);
      if (difference > furthest) furthest = difference;
      uint64_t bits;
      uint32_t narrow_bits;
      memcpy(&bits, &c[i][j], sizeof bits);
      memcpy(&narrow_bits, &narrow_c[i][j], sizeof narrow_bits);
      digest = digest * 31 + bits;
      narrow_digest = narrow_digest * 31 + narrow_bits;
    }
  }
  printf("trace %.15g, digests %016lx %08x, precisions differ by %.3e\n", trace, digest, narrow_digest, furthest);

  static double rows[UNKNOWNS][UNKNOWNS + 1], unknowns[UNKNOWNS];
  for (int i = 0; i < UNKNOWNS; i++) {
    rows[i][UNKNOWNS] = 0;
    for (int j = 0; j < UNKNOWNS; j++) {
      rows[i][j] = next();
      rows[i][UNKNOWNS] += rows[i][j] * (j + 1); /* so that the unknowns are 1, 2, 3, ... */
    }
  }
  solve(rows, unknowns);
  for (int i = 0; i < UNKNOWNS; i++) printf("%.17g%s", unknowns[i], i % 4 == 3 ? "\n" : " ");
  return 42;
}
