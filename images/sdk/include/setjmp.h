/*
 * Jumps out of functions: what a called function keeps, the stack and the way back. The control of floats stays as it
 * is.
 */
#ifndef HALLOWS_SETJMP_H
#define HALLOWS_SETJMP_H
#include "hallows_c.h"
HALLOWS_C_BEGIN

typedef unsigned long jmp_buf[8]; /* RBX, RBP, R12 to R15, RSP, RIP */
int setjmp(jmp_buf place) __attribute__((returns_twice));
HALLOWS_NORETURN void longjmp(jmp_buf place, int value);
/* There are no signal masks to keep. */
#define _setjmp(place) setjmp(place)
#define _longjmp(place, value) longjmp(place, value)
typedef jmp_buf sigjmp_buf;
#define sigsetjmp(place, keeps_mask) ((void)(keeps_mask), setjmp(place))
#define siglongjmp(place, value) longjmp(place, value)

HALLOWS_C_END
#endif
