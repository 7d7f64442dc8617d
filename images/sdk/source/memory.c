/*
 * The mem functions. Weak, so that a program that brings its own links. Repeated string instructions where there is
 * one: the emulator runs them many bytes at a time.
 */

/* The compiler turns loops that look like memset or strlen into calls of memset and strlen. Not inside those. */
#define KEEP_LOOP() __asm__ volatile("")
/* For what a program may have of its own, without a clash: compilers' helpers, and what is not in the C standard. */
#define WEAK __attribute__((weak))

static inline void *copy_up(void *restrict to, const void *restrict from, size_t count) {
  void *result = to;
  size_t words = count / 8;
  count %= 8;
  __asm__ volatile("rep movsq\n\tmov %3, %2\n\trep movsb" : "+D"(to), "+S"(from), "+c"(words) : "r"(count) : "memory");
  return result;
}

WEAK void *memcpy(void *restrict to, const void *restrict from, size_t count) { return copy_up(to, from, count); }

WEAK void *memmove(void *to, const void *from, size_t count) {
  if ((uintptr_t)to - (uintptr_t)from >= count) return copy_up(to, from, count);
  /* The target begins inside the source: from the end downward. */
  char *last_to = (char *)to + count - 1;
  const char *last_from = (const char *)from + count - 1;
  __asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(last_to), "+S"(last_from), "+c"(count) : : "memory", "cc");
  return to;
}

WEAK void *memset(void *to, int byte, size_t count) {
  void *result = to;
  uint64_t pattern = (uint8_t)byte * 0x0101010101010101ull;
  size_t words = count / 8;
  count %= 8;
  __asm__ volatile("rep stosq\n\tmov %3, %1\n\trep stosb" : "+D"(to), "+c"(words) : "a"(pattern), "r"(count) : "memory");
  return result;
}

WEAK int memcmp(const void *left, const void *right, size_t count) {
  const uint8_t *a = (const uint8_t *)left, *b = (const uint8_t *)right;
  for (; count > 0; count--, a++, b++) {
    KEEP_LOOP();
    if (*a != *b) return *a - *b;
  }
  return 0;
}

WEAK void *memchr(const void *text, int byte, size_t count) {
  for (const uint8_t *at = (const uint8_t *)text; count > 0; count--, at++) {
    KEEP_LOOP();
    if (*at == (uint8_t)byte) return (void *)at;
  }
  return NULL;
}

WEAK void *memrchr(const void *text, int byte, size_t count) {
  while (count-- > 0) {
    KEEP_LOOP();
    const uint8_t *at = (const uint8_t *)text + count;
    if (*at == (uint8_t)byte) return (void *)at;
  }
  return NULL;
}

WEAK void *mempcpy(void *restrict to, const void *restrict from, size_t count) {
  return (char *)copy_up(to, from, count) + count;
}

WEAK void *memccpy(void *restrict to, const void *restrict from, int last, size_t count) {
  const void *end = memchr(from, last, count);
  size_t taken = end == NULL ? count : (size_t)((const char *)end - (const char *)from) + 1;
  copy_up(to, from, taken);
  return end == NULL ? NULL : (char *)to + taken;
}

WEAK void *memmem(const void *text, size_t count, const void *part, size_t part_count) {
  for (const char *at = (const char *)text; count >= part_count; at++, count--) {
    if (memcmp(at, part, part_count) == 0) return (void *)at;
  }
  return NULL;
}

WEAK int bcmp(const void *left, const void *right, size_t count) {
  const uint8_t *a = (const uint8_t *)left, *b = (const uint8_t *)right;
  for (; count > 0; count--) {
    KEEP_LOOP();
    if (*a++ != *b++) return 1;
  }
  return 0;
}

WEAK void bcopy(const void *from, void *to, size_t count) { memmove(to, from, count); }
WEAK void bzero(void *to, size_t count) { memset(to, 0, count); }
WEAK int ffs(int value) { return value == 0 ? 0 : __builtin_ctz((unsigned)value) + 1; }
