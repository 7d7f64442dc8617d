/* Touches one address: reads it (0), writes to it (1), or jumps there (2). Says what it is about to do first. */
#include "lab.h"

LAB_VALUE(address, 0);
LAB_VALUE(access, 0);

static const char *const NAMES[] = {"read", "write", "execute"};

int main(void) {
  uint64_t address = lab_address.number;
  uint64_t access = lab_access.number;
  printf("%s 0x%lx\n", NAMES[access], address);
  hallows_flush();
  if (access == 0) (void)*(volatile uint8_t *)address;
  else if (access == 1) *(volatile uint8_t *)address = 1;
  else ((void (*)(void))address)();
  printf("done\n");
  return 0;
}
