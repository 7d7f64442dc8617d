/* What programs with floats have in common. */
#ifndef FLOAT_H
#define FLOAT_H

#include <stdint.h>

static inline uint64_t bits_of(double value) {
  union {
    double value;
    uint64_t bits;
  } both = {value};
  return both.bits;
}

/* -1/2 to 1/2, from a generator's state. */
static inline double fraction_of(uint64_t state) { return (double)(int64_t)(state >> 11) * 0x1p-53 - 0.5; }

#endif
