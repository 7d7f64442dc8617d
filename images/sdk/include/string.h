/* Memory and strings. The mem functions are weak: a program may have its own. */
#ifndef HALLOWS_STRING_H
#define HALLOWS_STRING_H
#include "hallows_c.h"
HALLOWS_C_BEGIN

void *memcpy(void *HALLOWS_RESTRICT to, const void *HALLOWS_RESTRICT from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
int memcmp(const void *left, const void *right, size_t count);
void *memchr(const void *text, int byte, size_t count);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t limit);
int strcoll(const char *left, const char *right);
size_t strxfrm(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from, size_t limit);
char *strcpy(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from);
char *strncpy(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from, size_t limit);
char *strcat(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from);
char *strncat(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from, size_t limit);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);
char *strstr(const char *text, const char *part);
size_t strspn(const char *text, const char *accepted);
size_t strcspn(const char *text, const char *refused);
char *strpbrk(const char *text, const char *wanted);
char *strtok(char *HALLOWS_RESTRICT text, const char *HALLOWS_RESTRICT separators);
char *strerror(int error);

/* Of POSIX and C23. */
size_t strnlen(const char *text, size_t limit);
char *strdup(const char *text);
char *strndup(const char *text, size_t limit);
char *strtok_r(char *HALLOWS_RESTRICT text, const char *HALLOWS_RESTRICT separators, char **HALLOWS_RESTRICT rest);
char *stpcpy(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from);
char *stpncpy(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from, size_t limit);
void *memccpy(void *HALLOWS_RESTRICT to, const void *HALLOWS_RESTRICT from, int last, size_t count);
void *mempcpy(void *HALLOWS_RESTRICT to, const void *HALLOWS_RESTRICT from, size_t count);
void *memrchr(const void *text, int byte, size_t count);
void *memmem(const void *text, size_t count, const void *part, size_t part_count);
char *strchrnul(const char *text, int character);
char *strsep(char **text, const char *separators);
size_t strlcpy(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from, size_t capacity);
size_t strlcat(char *HALLOWS_RESTRICT to, const char *HALLOWS_RESTRICT from, size_t capacity);
int strcasecmp(const char *left, const char *right);
int strncasecmp(const char *left, const char *right, size_t limit);

HALLOWS_C_END
#endif
