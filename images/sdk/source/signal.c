/*
 * Signals that a program raises itself, and what a program finds of its surroundings: a locale and no environment.
 */

static sighandler_t handlers[NSIG];

sighandler_t signal(int number, sighandler_t handler) {
  if (number < 1 || number >= NSIG || number == SIGKILL || number == SIGSTOP) {
    errno = EINVAL;
    return SIG_ERR;
  }
  sighandler_t old = handlers[number];
  handlers[number] = handler;
  return old;
}

/* Ends the partition as an application error, or with a code where its policy ignores that. */
HALLOWS_NORETURN static void fail(uint64_t code) {
  hallows_flush();
  hallows_report(HALLOWS_REPORT_APPLICATION_ERROR, code, 0);
  _Exit(128 + SIGABRT);
}

int raise(int number) {
  if (number < 1 || number >= NSIG) return refuse(EINVAL);
  sighandler_t handler = handlers[number];
  if (handler == SIG_IGN) return 0;
  if (handler != SIG_DFL) {
    handler(number);
    return 0;
  }
  if (number == SIGCHLD || number == SIGCONT) return 0;
  if (number == SIGABRT) fail(0);
  hallows_flush();
  _Exit(128 + number);
}

HALLOWS_NORETURN void abort(void) {
  raise(SIGABRT);
  fail(0); /* a handler that returns doesn't save it */
}

HALLOWS_NORETURN void hallows_assert_failed(const char *condition, const char *file, int line_number) {
  const char *name = strrchr(file, '/');
  printf("%s:%d: assertion failed: %s\n", name == NULL ? file : name + 1, line_number, condition);
  fail((uint64_t)line_number);
}

char *getenv(const char *name) { return (void)name, (char *)NULL; }
int system(const char *command) { return command == NULL ? 0 : refuse(ENOSYS); }

char *setlocale(int category, const char *name) {
  (void)category;
  bool is_known = name == NULL || *name == 0 || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0;
  return is_known ? (char *)"C" : NULL;
}

struct lconv *localeconv(void) {
  static char none[] = "", point[] = ".";
  static struct lconv convention = {
      point, none, none, none, none, none, none, none, none, none, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
      CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
  };
  return &convention;
}
