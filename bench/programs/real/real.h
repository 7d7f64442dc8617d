/*
 * What programs of real size have in common: bench.h's two functions, and of a C library the little that they need, so
 * that the same object files go into every engine.
 *
 * Memory comes from one arena. A round begins with `arena_reset`: each round then finds the same addresses free, and
 * does the same instructions.
 */
#ifndef REAL_H
#define REAL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#else
#include <stdbool.h>
#endif

#include "../bench.h"

/* Compilers call the first three for whole structures. */
void *memcpy(void *__restrict to, const void *__restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
int memcmp(const void *one, const void *other, size_t count);
size_t text_length(const char *text);

enum { ARENA_BYTES = 8 << 20 };
void arena_reset(void);
/* Zeroed, at a multiple of 16. A program that asks for more than there is ends in a trap. */
void *arena_take(size_t bytes);

/* What cannot be: a wrong result of the program's own checks. Ends in a trap, on every engine. */
void check(bool is_right);

/* FNV-1a. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count);
#define HASH_START 0xcbf29ce484222325u

#ifdef __cplusplus
}
#endif
#endif
