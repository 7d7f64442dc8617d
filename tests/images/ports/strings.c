/* The str and mem functions at random, against each other and against what the same calls give on the host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "random.h"

static int sign(int value) { return (value > 0) - (value < 0); }
static long place(const char *at, const char *start) { return at == NULL ? -1 : at - start; }

static void some_text(char *text, unsigned most) {
  unsigned length = below(most);
  for (unsigned i = 0; i < length; i++) text[i] = "abcABC ,\xe9"[below(9)];
  text[length] = 0;
}

int main(void) {
  char a[40], b[40], c[120];
  for (int i = 0; i < 700; i++) {
    some_text(a, 30);
    some_text(b, below(2) == 0 ? 4 : 30);
    size_t limit = below(32);
    int wanted = below(10) == 0 ? 0 : "abcABC ,"[below(8)];
    printf("%zu %d %d %d %d %d ", strlen(a), sign(strcmp(a, b)), sign(strncmp(a, b, limit)), sign(strcasecmp(a, b)),
           sign(strncasecmp(a, b, limit)), sign(memcmp(a, b, strlen(a) < strlen(b) ? strlen(a) : strlen(b))));
    printf("%ld %ld %ld %ld %ld ", place(strchr(a, wanted), a), place(strrchr(a, wanted), a), place(strstr(a, b), a),
           place(strpbrk(a, b), a), place(memchr(a, wanted, strlen(a)), a));
    printf("%zu %zu %zu %d ", strspn(a, b), strcspn(a, b), strnlen(a, limit), sign(strcoll(a, b)));
    memset(c, '.', sizeof c);
    strncpy(c, a, limit);
    c[limit] = 0;
    printf("[%s]", c);
    strcpy(c, a), strcat(c, b), strncat(c, b, limit);
    printf("[%s]", c);
    char *to = c + below(5);
    memmove(to, c + below(5), 60);
    printf("[%.50s]", c);
    char *copy = strdup(a), *part = strndup(a, limit), *rest = copy, *word;
    printf("<%s>", part);
    if (i % 2 == 0) {
      for (word = strtok(copy, ", "); word != NULL; word = strtok(NULL, ", ")) printf("(%s)", word);
    } else {
      while ((word = strsep(&rest, ", ")) != NULL) printf("(%s)", word);
    }
    printf("\n");
    free(copy), free(part);
  }
  for (int error = 0; error < 4; error += 2) printf("%s\n", strerror(error));
  printf("%s, %s, %s, %d\n", strerror(12), strerror(34), strerror(22), ffs(0x50));
  return 20;
}
