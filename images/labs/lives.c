/* A service with a mistake: it serves some requests, one a period, and then divides by zero. */
#include "lab.h"

LAB_VALUE(served, 5);

int main(void) {
  uint32_t life = hallows_boot()->generation;
  for (uint64_t count = 1; count <= lab_served.number; count++) {
    hallows_periodic_wait();
    printf("life %u, request %lu\n", life, count);
  }
  hallows_flush();
  __asm__ volatile("xor %%edx, %%edx\n\txor %%ecx, %%ecx\n\tmov $1, %%eax\n\tdiv %%ecx" ::: "rax", "rcx", "rdx");
  return 0;
}
