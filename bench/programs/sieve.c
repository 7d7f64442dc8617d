/* The sieve of Eratosthenes over bytes: short loops of stores with growing strides, then a scan. */
#include "bench.h"

enum { LIMIT = 65536 };
static uint8_t composite[LIMIT];

void prepare(void) {}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (unsigned i = 0; i < LIMIT; i++) composite[i] = 0;
    for (unsigned prime = 2; prime * prime < LIMIT; prime++) {
      if (composite[prime]) continue;
      for (unsigned multiple = prime * prime; multiple < LIMIT; multiple += prime) composite[multiple] = 1;
    }
    uint64_t count = 0;
    for (unsigned i = 2; i < LIMIT; i++) count += !composite[i];
    checksum = bench_mix(checksum, count);
  }
  return checksum;
}
