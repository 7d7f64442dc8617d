/*
 * What every header of this folder needs to be C and C++ alike. The headers together are the C library of a partition:
 * docs/guest-programs.md says what is in it and where it differs from a hosted one.
 */
#ifndef HALLOWS_C_H
#define HALLOWS_C_H

#include <stddef.h>

#ifdef __cplusplus
#define HALLOWS_C_BEGIN extern "C" {
#define HALLOWS_C_END }
#define HALLOWS_NORETURN [[noreturn]]
#define HALLOWS_RESTRICT __restrict
#else
#define HALLOWS_C_BEGIN
#define HALLOWS_C_END
#define HALLOWS_NORETURN _Noreturn
#define HALLOWS_RESTRICT restrict
#endif

#endif
