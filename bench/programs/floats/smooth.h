/* Heat that spreads along a rod of 512 places, 40 steps; SCALE is how hot it is. */
#include "../bench.h"
#include "float.h"

enum { PLACES = 512, STEPS = 40 };
static double start[PLACES], now[PLACES], next[PLACES];

void prepare(void) {
  uint64_t state = 42;
  for (int i = 0; i < PLACES; i++) start[i] = (fraction_of(state = bench_next(state)) + 1) * SCALE;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (int i = 0; i < PLACES; i++) now[i] = start[i];
    for (int step = 0; step < STEPS; step++) {
      for (int i = 1; i < PLACES - 1; i++) next[i] = now[i] + 0.25 * (now[i - 1] - now[i] + (now[i + 1] - now[i]));
      for (int i = 1; i < PLACES - 1; i++) now[i] = next[i];
    }
    for (int i = 0; i < PLACES; i += 8) checksum = bench_mix(checksum, bits_of(now[i]));
  }
  return checksum;
}
