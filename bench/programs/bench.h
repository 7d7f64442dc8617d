/*
 * What a benchmark program is: two functions over memory of its own. The same object file goes into every engine, so it
 * includes nothing and calls nothing outside of itself. Those of this folder use general registers only, those of
 * floats/ SSE. Who calls it: guests/main.c.
 *
 * Each round of `work` does exactly the same instructions again (it puts back what it has changed), so that work(n)
 * costs n times a constant, which engine.mjs measures, and checks, on Hallows. A round takes about as long as 100,000
 * to 1,000,000 instructions.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/* Called once, before any work. */
void prepare(void);
/* Returns a checksum, which depends on nothing but `rounds`: engines that disagree are wrong. */
uint64_t work(uint64_t rounds);

/*
 * Called by longer programs from time to time within a round, at the same places of each: the host can be told how far
 * a program has come. Does next to nothing otherwise.
 */
void bench_step(void);

/* A system call that does next to nothing, of whatever kernel is below: defined by the guest's own part. */
extern const uint64_t bench_call_number;

static inline void bench_system_call(void) {
  uint64_t result = bench_call_number, argument = 0, source = 0, third = 0;
  __asm__ volatile("syscall"
                   : "+a"(result), "+D"(argument), "+S"(source), "+d"(third)
                   :
                   : "rcx", "r8", "r9", "r10", "r11", "memory");
}

/*
 * Numbers without a pattern, for the data that a program works on: a generator's next state (Marsaglia's xorshift64).
 */
static inline uint64_t bench_next(uint64_t state) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/* One more value into a checksum. */
static inline uint64_t bench_mix(uint64_t checksum, uint64_t value) {
  return (checksum << 5 | checksum >> 59) ^ (value * 0x9e3779b97f4a7c15u);
}

#endif
