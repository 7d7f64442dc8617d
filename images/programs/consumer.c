/* The other half of producer.c: every number must come, in order. Exit code 37. */
#include "hallows.h"

int main(void) {
  struct hallows_channel numbers;
  assert(hallows_open(&numbers, "numbers") == HALLOWS_NO_ERROR);
  uint64_t random = hallows_boot()->seed | 1;
  for (uint64_t expected = 0; expected < 500; expected++) {
    uint64_t number;
    uint32_t length;
    assert(hallows_receive(&numbers, &number, sizeof number, &length, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
    assert(length == sizeof number && number == expected);
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    for (uint64_t rest = random % 50; rest > 0; rest--) __asm__ volatile("");
  }
  printf("500 received, %u doorbells\n", numbers.doorbells);
  return 37;
}
