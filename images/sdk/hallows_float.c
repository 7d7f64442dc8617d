/*
 * Doubles to text and back: what printf and strtod need where a program may use SSE. Without SSE there is nothing here.
 */
#ifdef __SSE2__
#include "hallows_float.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static uint64_t bits_of(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

static double of_bits(uint64_t bits) {
  double value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

#include "source/text-of-double.c"

#include "source/double-of-text.c"
#else
/* A file may not be empty. */
typedef int hallows_has_no_floats;
#endif
