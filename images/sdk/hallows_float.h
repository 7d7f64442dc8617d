/*
 * Doubles as text: what printf of hallows.c and strtod share with hallows_float.c. Not meant for programs.
 *
 * Everything that takes or returns a double is there only where the compiler may use SSE: a program built with
 * -mgeneral-regs-only has neither, and stays as small as it was.
 */
#ifndef HALLOWS_FLOAT_H
#define HALLOWS_FLOAT_H

#include <stdbool.h>

/* What stands between % and the conversion's letter. */
struct hallows_field {
  bool left, zero, plus, space, alternate;
  int width;
  int precision; /* -1: none */
};

#ifdef __SSE2__
/* One conversion f F e E g or G, a character at a time, to `emit`. Correctly rounded: nearest, ties to even. */
void hallows_emit_double(void (*emit)(void *sink, char character), void *sink, const struct hallows_field *field,
                         char conversion, double value);
#endif
#endif
