/* printf of whole numbers and text: 1,800 formats at random, in every combination of flags, widths and lengths. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "random.h"

static int number_format(char *format) {
  static const char *const lengths[] = {"hh", "h", "", "l", "ll", "z", "t", "j"};
  int at = sprintf(format, "[%%");
  for (int flags = (int)below(4); flags > 0; flags--) format[at++] = "-0+ #"[below(5)];
  if (below(2) == 0) at += sprintf(format + at, "%u", below(24));
  if (below(2) == 0) at += sprintf(format + at, ".%u", below(24));
  unsigned length = below(8);
  sprintf(format + at, "%s%c]", lengths[length], "diuxXo"[below(6)]);
  return length < 3 ? 4 : 8;
}

int main(void) {
  char format[64];
  for (int i = 0; i < 1400; i++) {
    int size = number_format(format);
    uint64_t value = any_size();
    if (below(8) == 0) value = 0;
    if (below(4) == 0) value = -value;
    int count = size == 4 ? printf(format, (unsigned)value) : printf(format, value);
    printf(" %d\n", count);
  }
  for (int i = 0; i < 400; i++) {
    char text[40], small[16];
    int length = (int)below(30);
    for (int j = 0; j < length; j++) text[j] = (char)('a' + below(26));
    text[length] = 0;
    int width = (int)below(40) - 20, precision = (int)below(40) - 10;
    printf("[%*.*s] ", width, precision, text);
    printf("[%*c] ", width, 'x');
    memset(small, '#', sizeof small);
    int count = snprintf(small, below(16), "%s%d", text, width);
    printf("%d [%.*s]\n", count, 15, small[0] == '#' ? "" : small);
  }
  int so_far = -1;
  short half = -1;
  long whole = -1;
  printf("12345%n6%hn78%ln\n", &so_far, &half, &whole);
  printf("%d %hd %ld\n", so_far, half, whole);
  printf("%p %p %s %.3s %%\n", (void *)0, (void *)0x1234, (char *)0, "abcdef");
  printf("%" PRId8 " %" PRIu16 " %" PRIx32 " %" PRIX64 " %" PRIdMAX " %" PRIuPTR "\n", (int8_t)-3, (uint16_t)65535,
         (uint32_t)0xdeadbeef, (uint64_t)0xfeedfacecafebeef, (intmax_t)-5, (uintptr_t)77);
  return fprintf(stdout, "%s\n", "done") == 5 ? 17 : 1;
}
