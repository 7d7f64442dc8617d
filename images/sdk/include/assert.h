/* Diagnostics. No guard: NDEBUG may change between two inclusions. */
#include "hallows_c.h"

#ifndef HALLOWS_ASSERT_H
#define HALLOWS_ASSERT_H
HALLOWS_C_BEGIN
/* Says where, and reports an application error, which the restart policy treats as a fault. */
HALLOWS_NORETURN void hallows_assert_failed(const char *condition, const char *file, int line);
HALLOWS_C_END
#endif

#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : hallows_assert_failed(#condition, __FILE__, __LINE__))
#endif
#if !defined __cplusplus && !defined static_assert
#define static_assert _Static_assert
#endif
