/* As cyclictest does: reads the time whenever it is released, and keeps how late that was at the least and the most. */
#include "lab.h"

LAB_VALUE(period, 100000);
LAB_VALUE(samples, 500);

int main(void) {
  uint64_t least = UINT64_MAX, most = 0;
  for (uint64_t sample = 0; sample < lab_samples.number; sample++) {
    uint64_t periods = hallows_periodic_wait().value;
    uint64_t late = hallows_now() - periods * lab_period.number;
    if (late < least) least = late;
    if (late > most) most = late;
  }
  printf("min %lu max %lu cycles\n", least, most);
  for (;;) hallows_periodic_wait();
}
