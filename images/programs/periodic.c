/* Five periods of a periodic thread: the number that the kernel gives, and the drift since the first. Exit code 33. */
#include "hallows.h"

int main(void) {
  uint64_t first = 0;
  for (int i = 1; i <= 5; i++) {
    struct hallows_result result = hallows_periodic_wait();
    uint64_t now = hallows_now();
    assert(result.status == HALLOWS_NO_ERROR);
    if (i == 1) first = now;
    printf("period %lu, %lu cycles after the first\n", result.value, now - first);
  }
  return 33;
}
