/* real.h's functions. Bytes are moved eight at a time: what a C library does where it has no vectors. */
#include "real.h"

static _Alignas(16) uint8_t arena[ARENA_BYTES];
static size_t taken;

typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  uint8_t *target = to;
  const uint8_t *source = from;
  for (; count >= 8; count -= 8, target += 8, source += 8) *(any_word *)target = *(const any_word *)source;
  for (; count > 0; count--) *target++ = *source++;
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  uint8_t *target = to;
  const uint8_t *source = from;
  if ((uintptr_t)to - (uintptr_t)from >= count) {
    for (; count >= 8; count -= 8, target += 8, source += 8) *(any_word *)target = *(const any_word *)source;
    for (; count > 0; count--) *target++ = *source++;
  } else {
    while (count-- > 0) target[count] = source[count];
  }
  return to;
}

void *memset(void *to, int byte, size_t count) {
  uint8_t *target = to;
  uint64_t pattern = (uint8_t)byte * 0x0101010101010101u;
  for (; count >= 8; count -= 8, target += 8) *(any_word *)target = pattern;
  for (; count > 0; count--) *target++ = (uint8_t)byte;
  return to;
}

int memcmp(const void *one, const void *other, size_t count) {
  const uint8_t *a = one, *b = other;
  for (size_t i = 0; i < count; i++)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

size_t text_length(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

void check(bool is_right) {
  if (!is_right) __builtin_trap();
}

void arena_reset(void) { taken = 0; }

void *arena_take(size_t bytes) {
  bytes = (bytes + 15) & ~(size_t)15;
  check(bytes <= ARENA_BYTES - taken);
  void *result = arena + taken;
  taken += bytes;
  return memset(result, 0, bytes);
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count) {
  const uint8_t *at = bytes;
  for (size_t i = 0; i < count; i++) hash = (hash ^ at[i]) * 0x100000001b3u;
  return hash;
}
