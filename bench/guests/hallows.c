/* A benchmark program as a partition of Hallows. */
#include <stdio.h>

#include "hallows.h"

const uint64_t bench_call_number = HALLOWS_CALL_MODE; /* with HALLOWS_MODE_GET, 0, as its argument */

void bench_main(void);

void bench_write(const char *line, uint64_t length) {
  while (length-- > 0) putchar(*line++);
}

int main(void) {
  bench_main();
  return 0;
}
