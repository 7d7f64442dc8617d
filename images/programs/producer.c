/*
 * Half of a test of doorbells: sends 500 numbers on `numbers` at irregular times, blocking when the ring is full.
 * consumer.c takes them and sleeps whenever there are none. If a wake-up is ever lost, both sleep for good: the
 * consumer because nobody rings, the producer because nobody makes room. System: stream.toml. Exit code 36.
 */
#include "hallows.h"

int main(void) {
  struct hallows_channel numbers;
  assert(hallows_open(&numbers, "numbers") == HALLOWS_NO_ERROR);
  uint64_t random = hallows_boot()->seed | 1;
  for (uint64_t number = 0; number < 500; number++) {
    assert(hallows_send(&numbers, &number, sizeof number, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    for (uint64_t rest = random % 80; rest > 0; rest--) __asm__ volatile("");
  }
  printf("500 sent, %u doorbells\n", numbers.doorbells);
  return 36;
}
