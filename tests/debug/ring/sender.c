/* Sends numbers, and once writes where it should not: the length of a message that is on its way. */
#include "hallows.h"

struct hallows_channel numbers;
double sent = 0.5;

/* A wild pointer, as programs have them. */
__attribute__((noinline)) void stray(volatile uint64_t *victim) {
  *victim = 0xbad;
}

int main(void) {
  assert(hallows_open(&numbers, "numbers") == HALLOWS_NO_ERROR);
  for (uint64_t number = 0; number < 20; number++) {
    uint64_t *slot = hallows_reserve(&numbers);
    if (slot == NULL) break;
    *slot = number;
    hallows_commit(&numbers, sizeof number);
    if (number == 5) stray(&numbers.descriptors[5]);
    hallows_publish(&numbers);
    sent *= 1.5;
    for (int rest = 0; rest < 3000; rest++) __asm__ volatile("");
  }
  return 0;
}
