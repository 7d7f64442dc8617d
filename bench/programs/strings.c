/* Text, a byte at a time: numbers written in decimal, split at commas, read back, changed to capitals, and searched. */
#include "bench.h"

enum { NUMBERS = 1200, ROOM = NUMBERS * 24 };
static char text[ROOM];
static uint64_t numbers[NUMBERS];

void prepare(void) {
  uint64_t state = 99;
  for (unsigned i = 0; i < NUMBERS; i++) {
    state = bench_next(state);
    numbers[i] = state >> (state % 40 + 8);
  }
}

static char *write_number(char *to, uint64_t number) {
  char digits[20];
  unsigned count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count > 0) *to++ = digits[--count];
  return to;
}

__attribute__((noinline)) static const char *find(const char *in, const char *part) {
  for (; *in != 0; in++) {
    const char *a = in, *b = part;
    while (*b != 0 && *a == *b) a++, b++;
    if (*b == 0) return in;
  }
  return 0;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    char *end = text;
    for (unsigned i = 0; i < NUMBERS; i++) {
      end = write_number(end, numbers[i]);
      *end++ = i % 7 == 0 ? 'x' : ',';
    }
    *end = 0;
    uint64_t sum = 0, number = 0, words = 0;
    for (const char *at = text; *at != 0; at++) {
      if (*at >= '0' && *at <= '9') {
        number = number * 10 + (uint64_t)(*at - '0');
      } else {
        sum += number ^ words++;
        number = 0;
      }
    }
    for (char *at = text; *at != 0; at++)
      if (*at >= 'a' && *at <= 'z') *at -= 'a' - 'A';
    for (const char *at = text; (at = find(at, "99")) != 0; at++) words++;
    checksum = bench_mix(checksum, sum + words);
  }
  return checksum;
}
