/* Recursion: ten times the 27th Fibonacci number, each as a function says it. */
#include "../bench.h"

void prepare(void) {}

__attribute__((noinline)) static uint64_t fibonacci(unsigned n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t time = 0; time < 10 * rounds; time++) checksum = bench_mix(checksum, fibonacci(27));
  return checksum;
}
