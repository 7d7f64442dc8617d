/* The first program: one line, and an exit code that `hallows run` passes on. */
#include <stdio.h>

int main(void) {
  printf("Hello from a partition.\n");
  return 0;
}
