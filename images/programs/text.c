/* The C library functions that the SDK has, used so that a difference from the host's library shows. Exit code 26. */
#include <assert.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arguments too wide for their conversions are meant: they must be cut. */
#pragma GCC diagnostic ignored "-Wformat"

static void conversions(void) {
  printf("[%d] [%5d] [%-5d] [%05d] [%+d] [% d] [%.3d] [%8.3d] [%-8.3d] [%.0d]\n", 42, 42, 42, -42, 42, 42, 7, 7, -7, 0);
  printf("[%u] [%x] [%X] [%#x] [%#X] [%08x] [%#010x] [%o] [%#o] [%#x]\n", 3000000000u, 0xbeefu, 0xbeefu, 255u, 255u,
         0xabcu, 0xabcu, 8u, 8u, 0u);
  printf("[%ld] [%lld] [%lu] [%llx] [%zu] [%td] [%jd]\n", LONG_MIN, LLONG_MAX, ULONG_MAX, 0x123456789abcdefull, (size_t)99,
         (ptrdiff_t)-99, (intmax_t)-1);
  printf("[%hhd] [%hhu] [%hd] [%hx]\n", -129, 511, 65535, 0x12345);
  printf("[%c] [%3c] [%-3c] [%s] [%8s] [%-8s] [%.2s] [%8.2s] [%%]\n", 'a', 'b', 'c', "text", "text", "text", "text", "text");
  printf("[%*d] [%-*d] [%*d] [%.*s] [%.*d]\n", 6, 1, 6, 2, -6, 3, 2, "xyz", 4, 5);
  printf("[%p] [%12p] [%-12p] [%p]\n", (void *)0x1234, (void *)0x1234, (void *)0x1234, (void *)0);
  printf("[%d] [%i] [%d]\n", INT_MIN, INT_MAX, -0);
}

static void strings(void) {
  char buffer[64];
  printf("%d", snprintf(buffer, sizeof buffer, "%s-%03d", "owl", 7));
  printf(" %s", buffer);
  printf(" %d", snprintf(buffer, 6, "truncated"));
  printf(" %s %d\n", buffer, snprintf(NULL, 0, "%d", 12345));
  strcpy(buffer, "one ");
  strcat(buffer, "two one");
  printf("%s %zu %s %s %s %d\n", buffer, strlen(buffer), strchr(buffer, 't'), strrchr(buffer, 'o'), strstr(buffer, "two"),
         strstr(buffer, "three") == NULL);
  printf("%d %d %d %d %d\n", strcmp("a", "b") < 0, strcmp("b", "a") > 0, strcmp("a", "a"), strncmp("abc", "abd", 2),
         memcmp("\xff", "\x01", 1) > 0);
  printf("%d %d %d %ld\n", atoi(" -123x"), atoi("+7"), abs(-5), labs(-6L));
  memset(buffer, 'x', 20);
  buffer[20] = 0;
  memcpy(buffer + 3, "0123456789", 10);
  memmove(buffer + 5, buffer + 3, 10);
  puts(buffer);
  memmove(buffer + 1, buffer + 5, 10);
  puts(buffer);
  strncpy(buffer, "pad", 8);
  printf("%s %d %zu %d\n", buffer, buffer[7], strnlen("abcdef", 4), memchr("abc", 'c', 2) == NULL);
}

static void heap(void) {
  enum { BLOCKS = 40 };
  unsigned char *blocks[BLOCKS];
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < BLOCKS; i++) {
      size_t count = (size_t)(i * 13 % 70);
      blocks[i] = malloc(count);
      assert(blocks[i] != NULL && (uintptr_t)blocks[i] % 16 == 0);
      memset(blocks[i], i, count);
    }
    for (int i = 0; i < BLOCKS; i += 2) {
      size_t count = (size_t)(i * 13 % 70);
      blocks[i] = realloc(blocks[i], count + 100);
      for (size_t j = 0; j < count; j++) assert(blocks[i][j] == i);
    }
    for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
  }
  int *zeros = calloc(25, sizeof *zeros), sum = 0;
  for (int i = 0; i < 25; i++) sum += zeros[i];
  volatile size_t too_much = (size_t)1 << 60; /* volatile: compilers may take a malloc without use for done */
  void *volatile none = malloc(too_much);
  printf("zeros %d, too much %d\n", sum, none == NULL);
  free(zeros);
}

int main(void) {
  conversions();
  strings();
  heap();
  for (int i = 0; i < 300; i++) putchar("0123456789"[i % 10]); /* longer than one slot of the console */
  putchar('\n');
  for (int i = 0; i < 100; i++) printf("%d%s", i, i % 20 == 19 ? "\n" : " ");
  return 26;
}
