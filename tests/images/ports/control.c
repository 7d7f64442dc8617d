/* What runs before and after main, and what jumps out of it: constructors, atexit, setjmp, signals, errno. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int order;
__attribute__((constructor)) static void late(void) { order = order * 10 + 3; }
__attribute__((constructor(101))) static void first(void) { order = order * 10 + 1; }
__attribute__((constructor(102))) static void second(void) { order = order * 10 + 2; }
__attribute__((destructor)) static void last(void) { printf("destructor\n"); }

static void bye(void) { printf("bye\n"); }
static void registered_late(void) { printf("registered while leaving\n"); }
static void leave(void) {
  printf("leaving\n");
  atexit(registered_late);
}

static jmp_buf place;
static void deep(int depth) {
  if (depth == 0) longjmp(place, 0);
  if (depth < 0) longjmp(place, -depth);
  volatile char filler[100];
  filler[0] = (char)depth;
  deep(depth - 1);
  (void)filler;
}

static volatile sig_atomic_t heard;
static void hear(int signal) { heard = heard * 100 + signal; }

int main(int argc, char **argv) {
  printf("constructors %d, %d argument, name %d\n", order, argc, argv[0] != NULL && argv[argc] == NULL);
  atexit(bye);
  atexit(leave);
  volatile int times = 0;
  int value = setjmp(place);
  printf("setjmp %d\n", value);
  if (times++ == 0) deep(20);
  if (times == 2) deep(-42);
  printf("signals %d", signal(SIGTERM, hear) == SIG_DFL);
  raise(SIGTERM);
  raise(SIGTERM);
  printf(" %d", signal(SIGTERM, SIG_IGN) == hear);
  printf(" %d %d %d\n", raise(SIGTERM), (int)heard, signal(SIGKILL, hear) == SIG_ERR && errno == EINVAL);
  errno = 0;
  printf("errno %d", errno);
  errno = ERANGE;
  printf(" %d %s\n", errno, strerror(errno));
  FILE *file = fopen("/no/such/file", "r");
  printf("file %d %d\n", file == NULL, errno == ENOENT);
  printf("locale %s %s %d\n", setlocale(LC_ALL, "C"), localeconv()->decimal_point, getenv("HALLOWS_NO_SUCH") == NULL);
  printf("time %d %d\n", time(NULL) >= 0, clock() >= 0);
  printf("limits %d %d %ld %lu %d\n", CHAR_BIT, INT_MIN, LONG_MAX, ULONG_MAX, SHRT_MAX);
  static_assert(sizeof(long) == 8, "");
  assert(times == 3);
  fputs("fputs\n", stdout), fputc('c', stdout), putc('\n', stdout), putchar('d'), puts("");
  fwrite("written\n", 1, 8, stdout);
  if (fflush(stdout) != 0) return 1;
  /* No return: 0. */
}
