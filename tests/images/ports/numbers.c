/* strtol and its family, sscanf, and division: 2,300 texts at random, with the end that is found and errno. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static void some_number(char *text) {
  static const char *const before[] = {"", "", "", " ", "\t\n ", "+", "-", "- ", "+-", "x"};
  static const char *const prefixes[] = {"", "", "", "0", "0x", "0X", "0xg", "00"};
  int at = sprintf(text, "%s", before[below(10)]);
  at += sprintf(text + at, "%s", prefixes[below(8)]);
  for (int digits = (int)below(26); digits > 0; digits--) text[at++] = "0123456789abcdefABCDEFzZ"[below(below(3) == 0 ? 24 : 10)];
  strcpy(text + at, below(3) == 0 ? "!" : "");
}

static void convert(const char *text, int base) {
  char *end;
  errno = 0;
  long a = strtol(text, &end, base);
  printf("%s|%d: %ld +%td %d, ", text, base, a, end - text, errno);
  errno = 0;
  unsigned long b = strtoul(text, &end, base);
  printf("%lu +%td %d, ", b, end - text, errno);
  printf("%lld %llu %jd %ju\n", strtoll(text, NULL, base), strtoull(text, NULL, base), strtoimax(text, NULL, base),
         strtoumax(text, NULL, base));
}

static void scan(const char *text) {
  int a = -7, count = -7;
  unsigned b = 7;
  long long c = -7;
  short d = -7;
  char word[64] = "", set[64] = "", two[3] = "";
  int got = sscanf(text, "%d%n", &a, &count);
  printf("%d %d %d; ", got, a, got == 1 ? count : 0);
  got = sscanf(text, " %3x%lli%hd", &b, &c, &d);
  printf("%d %u %lld %d; ", got, b, c, d);
  got = sscanf(text, "%20s %[^!]%2c", word, set, two);
  printf("%d '%s' '%s' '%s'\n", got, word, set, two);
}

int main(void) {
  char text[128];
  for (int i = 0; i < 1500; i++) {
    some_number(text);
    convert(text, below(2) == 0 ? 10 : below(3) == 0 ? 0 : (int)below(35) + 2);
  }
  static const int extremes[] = {INT32_MAX, INT32_MIN, 0, -1, 1};
  for (int i = 0; i < 5; i++) {
    for (int j = -1; j < 2; j++) {
      sprintf(text, "%lld", extremes[i] + (long long)j);
      convert(text, 0);
      sprintf(text, "%" PRId64, INT64_MAX - (i < 2 ? j * j : 0));
      strcat(text, j < 0 ? "" : "0");
      convert(text, 10);
    }
  }
  convert("9223372036854775807", 10), convert("9223372036854775808", 10), convert("-9223372036854775808", 10);
  convert("-9223372036854775809", 10), convert("18446744073709551615", 10), convert("18446744073709551616", 10);
  for (int i = 0; i < 800; i++) {
    some_number(text);
    if (below(2) == 0) strcat(text, " 12 abc!xy");
    scan(text);
  }
  int year, month, day, got = sscanf("2026-11-30T", "%4d-%2d-%2dT", &year, &month, &day);
  printf("%d %d %d %d, %d %d\n", got, year, month, day, sscanf("", "%d", &year), sscanf("a=5%", "a=%*d%%"));
  for (int i = 0; i < 200; i++) {
    long x = (long)any_size() * (below(2) == 0 ? 1 : -1), y = (long)any_size() | 1;
    ldiv_t l = ldiv(x, y);
    div_t s = div((int)x == INT32_MIN ? 1 : (int)x, (int)(y & 0xffff) | 1);
    imaxdiv_t m = imaxdiv(x, -y);
    printf("%ld %ld %d %d %jd %jd %ld %jd\n", l.quot, l.rem, s.quot, s.rem, m.quot, m.rem, labs(x), imaxabs(x));
  }
  for (int c = -1; c < 256; c++) {
    unsigned is = (unsigned)(!!isalnum(c) | !!isalpha(c) << 1 | !!isblank(c) << 2 | !!iscntrl(c) << 3 | !!isdigit(c) << 4 |
                             !!isgraph(c) << 5 | !!islower(c) << 6 | !!isprint(c) << 7 | !!ispunct(c) << 8 |
                             !!isspace(c) << 9 | !!isupper(c) << 10 | !!isxdigit(c) << 11);
    printf("%x %d %d\n", is, tolower(c), toupper(c));
  }
  return 18;
}
