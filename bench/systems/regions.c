/*
 * REGIONS small functions, each with a loop and a branch, called one after the other, for ever: code for an engine to
 * translate and to keep. What they compute is of no interest. The thousands come from the assembler's .rept.
 */
#include "hallows.h"

#ifndef REGIONS
#define REGIONS 20000
#endif

#define TEXT(value) #value
#define NUMBER(value) TEXT(value)

__asm__(".pushsection .text\n"
        ".balign 16\n"
        "regions:\n"
        ".set number, 0\n"
        ".rept " NUMBER(REGIONS) "\n"
        "  mov $3, %ecx\n"
        "1:lea number(%rax, %rcx), %rax\n"
        "  xor $number, %rax\n"
        "  test $4, %al\n"
        "  jz 2f\n"
        "  add %rcx, %rax\n"
        "2:sub $1, %ecx\n"
        "  jnz 1b\n"
        "  ret\n"
        "  .balign 32\n"
        "  .set number, number + 1\n"
        ".endr\n"
        "regions_end:\n"
        ".popsection");
extern const char regions[], regions_end[];

int main(void) {
  const uint64_t stride = (uint64_t)(regions_end - regions) / REGIONS;
  uint64_t value = 1;
  for (;;) {
    for (const char *at = regions; at < regions_end; at += stride)
      __asm__ volatile("call *%1" : "+a"(value) : "r"(at) : "rcx", "cc", "memory");
  }
}
