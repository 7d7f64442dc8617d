/* Calls and recursion: Fibonacci by the book, and Takeuchi's function with three arguments. */
#include "bench.h"

void prepare(void) {}

__attribute__((noinline, optimize("no-optimize-sibling-calls"))) static uint64_t fibonacci(uint64_t n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

__attribute__((noinline, optimize("no-optimize-sibling-calls"))) static int64_t takeuchi(int64_t x, int64_t y, int64_t z) {
  return y < x ? takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y)) : z;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++)
    checksum = bench_mix(checksum, fibonacci(19) + (uint64_t)takeuchi(12, 8, 3));
  return checksum;
}
