/* Calls itself to a depth, with so many bytes of the stack a call, and says how deep it came. */
#include "lab.h"

LAB_VALUE(depth, 10);
LAB_VALUE(frame, 512);

static uint64_t descend(uint64_t left) {
  volatile uint8_t *bytes = __builtin_alloca(lab_frame.number);
  bytes[0] = (uint8_t)left;
  return left == 0 ? bytes[0] : descend(left - 1) + (bytes[0] != 0);
}

int main(void) {
  printf("came down %lu calls and up again\n", descend(lab_depth.number));
  return 0;
}
