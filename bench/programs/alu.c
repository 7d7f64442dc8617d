/* Registers only: a generator, shifts and multiplications in one long chain of dependences. */
#include "bench.h"

void prepare(void) {}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    uint64_t state = 88172645463325252u, sum = 0;
    for (unsigned step = 0; step < 20000; step++) {
      state = bench_next(state);
      sum += state * 2685821657736338717u ^ sum >> 29;
    }
    checksum = bench_mix(checksum, sum);
  }
  return checksum;
}
