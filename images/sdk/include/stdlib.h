/* Numbers, memory, the program's end, sorting. */
#ifndef HALLOWS_STDLIB_H
#define HALLOWS_STDLIB_H
#include "hallows_c.h"
HALLOWS_C_BEGIN

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 0x7fffffff
#define MB_CUR_MAX ((size_t)1)

typedef struct {
  int quot, rem;
} div_t;
typedef struct {
  long quot, rem;
} ldiv_t;
typedef struct {
  long long quot, rem;
} lldiv_t;

/*
 * Memory is the partition's heap: what its description's `memory` leaves. Blocks are as large as asked for, to 16
 * bytes; 8 more are taken for each. Freed neighbours become one, and realloc stays in place where there is room. NULL,
 * with errno ENOMEM, where there is none. A block freed twice, or one that was never given, is an application error.
 */
void *malloc(size_t count);
void *calloc(size_t members, size_t each);
void *realloc(void *block, size_t count);
void *reallocarray(void *block, size_t members, size_t each);
void free(void *block);
void *aligned_alloc(size_t alignment, size_t count);
int posix_memalign(void **block, size_t alignment, size_t count);

int abs(int value);
long labs(long value);
long long llabs(long long value);
div_t div(int dividend, int divisor);
ldiv_t ldiv(long dividend, long divisor);
lldiv_t lldiv(long long dividend, long long divisor);

int atoi(const char *text);
long atol(const char *text);
long long atoll(const char *text);
long strtol(const char *HALLOWS_RESTRICT text, char **HALLOWS_RESTRICT end, int base);
long long strtoll(const char *HALLOWS_RESTRICT text, char **HALLOWS_RESTRICT end, int base);
unsigned long strtoul(const char *HALLOWS_RESTRICT text, char **HALLOWS_RESTRICT end, int base);
unsigned long long strtoull(const char *HALLOWS_RESTRICT text, char **HALLOWS_RESTRICT end, int base);
#ifdef __SSE2__
/* Correctly rounded, also of hexadecimal floats. A long double is a double (-mlong-double-64). */
double atof(const char *text);
double strtod(const char *HALLOWS_RESTRICT text, char **HALLOWS_RESTRICT end);
float strtof(const char *HALLOWS_RESTRICT text, char **HALLOWS_RESTRICT end);
#if __LDBL_MANT_DIG__ == __DBL_MANT_DIG__
long double strtold(const char *HALLOWS_RESTRICT text, char **HALLOWS_RESTRICT end);
#endif
#endif

void qsort(void *array, size_t count, size_t size, int (*compare)(const void *left, const void *right));
void *bsearch(const void *key, const void *array, size_t count, size_t size,
              int (*compare)(const void *key, const void *member));

/* The same numbers in every run: rand is seeded by 1, as C wants it. hallows_boot()->seed has the system's seed. */
int rand(void);
void srand(unsigned seed);
int rand_r(unsigned *state);

/* Ends the partition, after what atexit has, the last first. The end of main is an exit with its result. */
HALLOWS_NORETURN void exit(int code);
/* Ends it at once: nothing of atexit, and no text that still waits for the end of its line. */
HALLOWS_NORETURN void _Exit(int code);
HALLOWS_NORETURN void quick_exit(int code);
/* Reports an application error, which the restart policy treats as a fault. Where it is ignored: exit code 134. */
HALLOWS_NORETURN void abort(void);
int atexit(void (*function)(void));
int at_quick_exit(void (*function)(void));

/* There is no environment and no shell: NULL, and 0. */
char *getenv(const char *name);
int system(const char *command);

/* Of the locale "C": a character is a byte. */
int mblen(const char *text, size_t limit);
int mbtowc(wchar_t *HALLOWS_RESTRICT result, const char *HALLOWS_RESTRICT text, size_t limit);
int wctomb(char *text, wchar_t character);

HALLOWS_C_END
#endif
