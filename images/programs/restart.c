/* Divides by zero in its first two lives; the third ends well. Exit code 35. Needs restart = "restart". */
#include "hallows.h"

static int memory = 1; /* what a restart brings back */

int main(void) {
  uint32_t life = hallows_boot()->generation;
  printf("life %u, start condition %u, memory %d\n", life, hallows_boot()->start_condition, memory);
  memory = 2;
  hallows_flush();
  if (life < 3) __asm__ volatile("xor %%edx, %%edx\n\txor %%ecx, %%ecx\n\tmov $1, %%eax\n\tdiv %%ecx" ::: "rax", "rcx", "rdx");
  return 35;
}
