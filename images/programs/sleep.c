/* Sleeps to ten deadlines, a thousand cycles apart, and prints the greatest lateness in cycles. Exit code 32. */
#include "hallows.h"

int main(void) {
  uint64_t worst = 0, deadline = hallows_now() + 1000;
  for (int i = 0; i < 10; i++, deadline += 1000) {
    hallows_sleep_until(deadline);
    uint64_t now = hallows_now();
    assert(now >= deadline);
    if (now - deadline > worst) worst = now - deadline;
  }
  printf("ten deadlines, worst lateness %lu cycles\n", worst);
  return 32;
}
