/* Error numbers, those of Linux. Each thread of a partition has an errno of its own. */
#ifndef HALLOWS_ERRNO_H
#define HALLOWS_ERRNO_H
#include "hallows_c.h"
HALLOWS_C_BEGIN
/* Not declared `const`: gcc with -fno-math-errno believes that malloc leaves errno alone. */
int *hallows_errno(void);
HALLOWS_C_END
#define errno (*hallows_errno())

#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define E2BIG 7
#define EBADF 9
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define ENFILE 23
#define EMFILE 24
#define EFBIG 27
#define ENOSPC 28
#define ESPIPE 29
#define EROFS 30
#define EPIPE 32
#define EDOM 33
#define ERANGE 34
#define EDEADLK 35
#define ENAMETOOLONG 36
#define ENOSYS 38
#define EOVERFLOW 75
#define EILSEQ 84
#define ENOTSUP 95
#define ETIMEDOUT 110
#endif
