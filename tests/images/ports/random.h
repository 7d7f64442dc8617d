/*
 * Random numbers that are the same on every host (xorshift), and what to choose of them. Never two in one call's
 * arguments: compilers differ about which comes first.
 */
#include <stdint.h>

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static unsigned below(unsigned limit) { return (unsigned)(next_random() >> 20) % limit; }
/* Of any size: as often small as large. */
static uint64_t any_size(void) { return next_random() >> below(64); }
