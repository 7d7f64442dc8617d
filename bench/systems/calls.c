/* System calls in a row, six instructions and the call itself each time: what the host counts is instructions. */
#include "hallows.h"

#ifndef CALL
#define CALL HALLOWS_CALL_MODE
#endif

int main(void) {
  __asm__ volatile(
      "1: mov %0, %%eax\n\t"
      "xor %%edi, %%edi\n\t"
      "xor %%esi, %%esi\n\t"
      "xor %%edx, %%edx\n\t"
      "add $1, %%rbx\n\t"
      "syscall\n\t"
      "jmp 1b"
      :
      : "i"(CALL)
      : "rax", "rbx", "rcx", "rdx", "rdi", "rsi", "r11", "memory");
  return 0;
}
