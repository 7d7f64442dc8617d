/* Escape times of 48 x 32 points of the Mandelbrot set: scalar arithmetic in a short loop, compares that leave it. */
#include "../bench.h"

enum { WIDTH = 48, HEIGHT = 32, MOST = 64 };

void prepare(void) {}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    uint64_t sum = 0;
    for (int row = 0; row < HEIGHT; row++) {
      for (int column = 0; column < WIDTH; column++) {
        double re = -2.2 + column * (3.2 / WIDTH), im = -1.2 + (row + 0.5) * (2.4 / HEIGHT);
        double x = re, y = im;
        int time = 0;
        for (; time < MOST; time++) {
          double xx = x * x, yy = y * y;
          if (xx + yy > 4) break;
          y = 2 * x * y + im;
          x = xx - yy + re;
        }
        sum = sum * 31 + (uint64_t)time;
      }
    }
    checksum = bench_mix(checksum, sum);
  }
  return checksum;
}
