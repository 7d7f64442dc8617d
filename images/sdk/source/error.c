/*
 * errno, one for each thread, told from its stack; and what its numbers mean, in the words of Linux.
 */

int *hallows_errno(void) {
  static int numbers[HALLOWS_MAX_THREADS + 1];
  uint32_t thread = hallows_thread_index();
  /* Code on a stack of its own (a coroutine's) shares the last one. */
  return &numbers[thread < HALLOWS_MAX_THREADS ? thread : HALLOWS_MAX_THREADS];
}

static const struct {
  int number;
  const char *text;
} error_texts[] = {
    {0, "Success"},
    {EPERM, "Operation not permitted"},
    {ENOENT, "No such file or directory"},
    {EINTR, "Interrupted system call"},
    {EIO, "Input/output error"},
    {E2BIG, "Argument list too long"},
    {EBADF, "Bad file descriptor"},
    {EAGAIN, "Resource temporarily unavailable"},
    {ENOMEM, "Cannot allocate memory"},
    {EACCES, "Permission denied"},
    {EFAULT, "Bad address"},
    {EBUSY, "Device or resource busy"},
    {EEXIST, "File exists"},
    {ENOTDIR, "Not a directory"},
    {EISDIR, "Is a directory"},
    {EINVAL, "Invalid argument"},
    {ENFILE, "Too many open files in system"},
    {EMFILE, "Too many open files"},
    {EFBIG, "File too large"},
    {ENOSPC, "No space left on device"},
    {ESPIPE, "Illegal seek"},
    {EROFS, "Read-only file system"},
    {EPIPE, "Broken pipe"},
    {EDOM, "Numerical argument out of domain"},
    {ERANGE, "Numerical result out of range"},
    {EDEADLK, "Resource deadlock avoided"},
    {ENAMETOOLONG, "File name too long"},
    {ENOSYS, "Function not implemented"},
    {EOVERFLOW, "Value too large for defined data type"},
    {EILSEQ, "Invalid or incomplete multibyte or wide character"},
    {ENOTSUP, "Operation not supported"},
    {ETIMEDOUT, "Connection timed out"},
};

char *strerror(int error) {
  for (size_t index = 0; index < sizeof error_texts / sizeof *error_texts; index++) {
    if (error_texts[index].number == error) return (char *)error_texts[index].text;
  }
  static char unknown[32];
  snprintf(unknown, sizeof unknown, "Unknown error %d", error);
  return unknown;
}

void perror(const char *text) {
  const char *message = strerror(errno);
  if (text != NULL && *text != 0) fprintf(stderr, "%s: %s\n", text, message);
  else fprintf(stderr, "%s\n", message);
}
