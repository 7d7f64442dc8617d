/* Of POSIX: what it keeps apart from <string.h>. */
#ifndef HALLOWS_STRINGS_H
#define HALLOWS_STRINGS_H
#include "string.h"
HALLOWS_C_BEGIN

int bcmp(const void *left, const void *right, size_t count);
void bcopy(const void *from, void *to, size_t count);
void bzero(void *to, size_t count);
char *index(const char *text, int character);
char *rindex(const char *text, int character);
int ffs(int value);

HALLOWS_C_END
#endif
