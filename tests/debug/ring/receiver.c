/* Adds up the numbers that come, until the ring is broken. */
#include "hallows.h"

struct hallows_channel numbers;
uint64_t total = 0;

__attribute__((noinline)) void notice(uint32_t status) {
  printf("status %u after a total of %llu\n", status, (unsigned long long)total);
}

int main(void) {
  assert(hallows_open(&numbers, "numbers") == HALLOWS_NO_ERROR);
  for (;;) {
    uint64_t number;
    uint32_t length;
    uint32_t status = hallows_receive(&numbers, &number, sizeof number, &length, HALLOWS_NO_DEADLINE);
    if (status != HALLOWS_NO_ERROR) {
      notice(status);
      return 0;
    }
    total += number;
  }
}
