/* 1000 doubles written as text and read again: bytes, whole numbers and floats by turns. */
#include "../bench.h"
#include "float.h"

enum { NUMBERS = 1000 };
static double numbers[NUMBERS];
static char text[NUMBERS * 24];
static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};

void prepare(void) {
  uint64_t state = 42;
  for (int i = 0; i < NUMBERS; i++) {
    state = bench_next(state);
    numbers[i] = fraction_of(state) * powers[state % 9];
  }
}

/* Whole part, point, and eight digits. */
static char *write(char *at, double number) {
  if (number < 0) {
    *at++ = '-';
    number = -number;
  }
  uint64_t whole = (uint64_t)(int64_t)number;
  uint64_t rest = (uint64_t)(int64_t)((number - (double)(int64_t)whole) * 1e8 + 0.5);
  if (rest >= 100000000) {
    rest -= 100000000;
    whole++;
  }
  char digits[20];
  int count = 0;
  do {
    digits[count++] = (char)('0' + whole % 10);
    whole /= 10;
  } while (whole > 0);
  while (count > 0) *at++ = digits[--count];
  *at++ = '.';
  for (int place = 7; place >= 0; place--) {
    at[place] = (char)('0' + rest % 10);
    rest /= 10;
  }
  return at + 8;
}

/* The number at `*from`, which ends behind it. */
static double read(const char **from) {
  const char *at = *from;
  int is_negative = *at == '-';
  at += is_negative;
  int64_t digits = 0;
  for (; *at >= '0' && *at <= '9'; at++) digits = digits * 10 + (*at - '0');
  int places = 0;
  if (*at == '.') {
    for (at++; *at >= '0' && *at <= '9'; at++, places++) digits = digits * 10 + (*at - '0');
  }
  *from = at;
  double number = (double)digits / powers[places];
  return is_negative ? -number : number;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    char *to = text;
    *to++ = '[';
    for (int i = 0; i < NUMBERS; i++) {
      if (i > 0) *to++ = ',';
      to = write(to, numbers[i]);
    }
    *to = ']';
    double sum = 0, largest = 0;
    const char *at = text;
    while (*at++ != ']') {
      double number = read(&at);
      sum += number;
      if (number > largest) largest = number;
    }
    checksum = bench_mix(checksum, bits_of(sum) ^ bits_of(largest));
  }
  return checksum;
}
