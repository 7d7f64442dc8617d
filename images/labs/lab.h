/*
 * lab.h: numbers that differ from learner to learner. A lab's module puts others in their place (LabKit.withValues in
 * src/lab/kit.ts), so that nobody needs a compiler.
 */
#ifndef LAB_H
#define LAB_H

#include "hallows.h"

struct lab_value {
  char label[32];
  uint64_t number;
};

#define LAB_VALUE(name, value) static volatile struct lab_value lab_##name = {"lab value " #name, value}

/* Two instructions a turn, and so two cycles where each instruction costs one. */
static inline void lab_burn(uint64_t cycles) {
  for (uint64_t turns = cycles / 2; turns > 0; turns--) __asm__ volatile("");
}

#endif
