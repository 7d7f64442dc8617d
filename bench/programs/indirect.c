/* Calls through a table of functions, in an order that repeats only after 4096 calls. */
#include "bench.h"

enum { CALLS = 4096 };
typedef uint64_t (*function)(uint64_t value, uint64_t step);

#define FUNCTION(name, expression) \
  __attribute__((noinline)) static uint64_t name(uint64_t value, uint64_t step) { return expression; }
FUNCTION(add, value + step)
FUNCTION(subtract, value - step * 3)
FUNCTION(mix, value ^ step << 7)
FUNCTION(rotate, (value << 11 | value >> 53) + step)
FUNCTION(scale, value * 5 + step)
FUNCTION(halve, (value >> 1) + step)
FUNCTION(negate, ~value - step)
FUNCTION(choose, value & 1 ? value + step : value - step)

static const function functions[8] = {add, subtract, mix, rotate, scale, halve, negate, choose};
static uint8_t choices[CALLS];

void prepare(void) {
  uint64_t state = 8;
  for (unsigned i = 0; i < CALLS; i++) choices[i] = (state = bench_next(state)) >> 40 & 7;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    /* `choose` has paths of one length, so that a round's count of instructions stays what it is. */
    uint64_t value = 1;
    for (unsigned time = 0; time < 6; time++)
      for (unsigned i = 0; i < CALLS; i++) value = functions[choices[i]](value, i);
    checksum = bench_mix(checksum, value);
  }
  return checksum;
}
