/*
 * The neighbours of `hallows bench jitter`: each function is the entry of a partition's thread and does one thing that
 * might disturb others, for ever. Where there is a choice, a generator seeded with the partition's seed makes it, so
 * that runs with other seeds disturb at other moments.
 *
 * A channel that a neighbour rings is its end 1: end 0 is the console.
 */
#include "hallows.h"

#define CHANNEL 1

/* xorshift64*, seeded anew at each start of the partition: the generation is part of it. */
static uint64_t random_state;
static uint64_t next_random(void) {
  if (random_state == 0) random_state = (hallows_boot()->seed ^ hallows_boot()->generation * 0x9e3779b97f4a7c15u) | 1;
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return random_state * 0x2545f4914f6cdd1du;
}

/* Between 1 and 4096 turns of a loop. */
static void linger(void) {
  for (uint64_t turns = (next_random() >> 52) + 1; turns > 0; turns--) __asm__ volatile("");
}

HALLOWS_THREAD int cpu_hog(void) {
  for (;;) linger();
}

/* Writes lines of the whole heap, in an order that no prefetcher likes. */
HALLOWS_THREAD int memory_hog(void) {
  volatile uint64_t *heap = (volatile uint64_t *)hallows_boot()->heap_base;
  uint64_t lines = hallows_boot()->heap_bytes / 64;
  for (uint64_t line = next_random() % lines;; line = (line + 4093) % lines) heap[line * 8] = line;
}

/* Rings a partition that does not wait. To another core each is an interrupt, or merges with one on its way. */
HALLOWS_THREAD int doorbells(void) {
  for (;;) {
    hallows_notify(CHANNEL);
    linger();
  }
}

/* Takes doorbells as they come: the partner of `doorbells` where they are not for the measured partition. */
HALLOWS_THREAD int sink(void) {
  for (;;) hallows_wait(1u << CHANNEL, HALLOWS_NO_DEADLINE);
}

/* Nothing at all. */
HALLOWS_THREAD int quiet(void) {
  for (;;) hallows_sleep_until(HALLOWS_NO_DEADLINE - 1);
}

HALLOWS_THREAD int faults(void) {
  linger();
  uint64_t nowhere = 8;
  __asm__ volatile("" : "+r"(nowhere)); /* The compiler must not know. */
  *(volatile uint64_t *)nowhere = 1;
  return 1;
}

HALLOWS_THREAD int system_calls(void) {
  for (;;) {
    switch (next_random() >> 62) {
    case 0: hallows_yield(); break;
    case 1: hallows_wait(0, 0); break;
    case 2: hallows_mode(HALLOWS_MODE_GET, 0); break;
    default: hallows_report(HALLOWS_REPORT_NOTE, 1, 2); break;
    }
  }
}

HALLOWS_THREAD int restarts(void) {
  linger();
  hallows_mode(HALLOWS_MODE_SET, HALLOWS_PARTITION_MODE_COLD_START);
  return 1;
}

int main(void) { return quiet(); }
