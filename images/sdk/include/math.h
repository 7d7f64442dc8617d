/*
 * Mathematics. How each function works, and its error, measured: hallows_math.c and maths/.
 *
 * A program that uses it is built with SSE and with hallows_math.c. No function sets errno; what has no result returns
 * NaN, what is too large infinity. Rounding is expected to be to nearest. A long double is a double (-mlong-double-64).
 */
#ifndef HALLOWS_MATH_H
#define HALLOWS_MATH_H
#include "hallows_c.h"
HALLOWS_C_BEGIN

typedef double double_t;
typedef float float_t;

/* One instruction each, and exact, or correctly rounded. */
double sqrt(double x);
double fabs(double x);
double floor(double x);
double ceil(double x);
double trunc(double x);
double rint(double x);
float sqrtf(float x);
float fabsf(float x);
float floorf(float x);

/* Exact. */
double round(double x); /* halves away from zero */
double nearbyint(double x);
long lrint(double x);
long long llrint(double x);
long lround(double x);
long long llround(double x);
double frexp(double x, int *exponent);
double ldexp(double x, int exponent); /* x * 2^exponent, rounded once */
double scalbn(double x, int exponent);
double scalbln(double x, long exponent);
double modf(double x, double *whole);
double logb(double x);
int ilogb(double x);
double fmod(double x, double y);
double remainder(double x, double y);
double remquo(double x, double y, int *quotient);
double copysign(double magnitude, double sign);
double nextafter(double x, double y);
double nan(const char *tag);
double fmin(double x, double y);
double fmax(double x, double y);
double fdim(double x, double y);
double fma(double x, double y, double z);

/* Within a unit in the last place, or nearly: hallows_math.c has the figures. */
double sin(double x);
double cos(double x);
double tan(double x);
double asin(double x);
double acos(double x);
double atan(double x);
double atan2(double y, double x);
double exp(double x);
double exp2(double x);
double exp10(double x);
double expm1(double x);
double log(double x);
double log2(double x);
double log10(double x);
double log1p(double x);
double pow(double x, double y);
double cbrt(double x);
double hypot(double x, double y);
void sincos(double x, double *sine, double *cosine);
double sinh(double x);
double cosh(double x);
double tanh(double x);
double asinh(double x);
double acosh(double x);
double atanh(double x);
double erf(double x);
double erfc(double x);
double tgamma(double x);
double lgamma(double x);

/* The same for floats, and for long doubles that are doubles. */
#define HALLOWS_ONE(type, name) type name(type x);
#define HALLOWS_TWO(type, name) type name(type x, type y);
#define HALLOWS_MATHS(type, suffix)                                                                              \
  HALLOWS_ONE(type, acos##suffix) HALLOWS_ONE(type, acosh##suffix) HALLOWS_ONE(type, asin##suffix)               \
  HALLOWS_ONE(type, asinh##suffix) HALLOWS_ONE(type, atan##suffix) HALLOWS_ONE(type, atanh##suffix)              \
  HALLOWS_ONE(type, cbrt##suffix) HALLOWS_ONE(type, ceil##suffix) HALLOWS_ONE(type, cos##suffix)                 \
  HALLOWS_ONE(type, cosh##suffix) HALLOWS_ONE(type, erf##suffix) HALLOWS_ONE(type, erfc##suffix)                 \
  HALLOWS_ONE(type, exp##suffix) HALLOWS_ONE(type, exp10##suffix) HALLOWS_ONE(type, exp2##suffix)                \
  HALLOWS_ONE(type, expm1##suffix) HALLOWS_ONE(type, lgamma##suffix) HALLOWS_ONE(type, log##suffix)              \
  HALLOWS_ONE(type, log10##suffix) HALLOWS_ONE(type, log1p##suffix) HALLOWS_ONE(type, log2##suffix)              \
  HALLOWS_ONE(type, logb##suffix) HALLOWS_ONE(type, nearbyint##suffix) HALLOWS_ONE(type, rint##suffix)           \
  HALLOWS_ONE(type, round##suffix) HALLOWS_ONE(type, sin##suffix) HALLOWS_ONE(type, sinh##suffix)                \
  HALLOWS_ONE(type, tan##suffix) HALLOWS_ONE(type, tanh##suffix) HALLOWS_ONE(type, tgamma##suffix)               \
  HALLOWS_ONE(type, trunc##suffix) HALLOWS_TWO(type, atan2##suffix) HALLOWS_TWO(type, copysign##suffix)          \
  HALLOWS_TWO(type, fdim##suffix) HALLOWS_TWO(type, fmax##suffix) HALLOWS_TWO(type, fmin##suffix)                \
  HALLOWS_TWO(type, fmod##suffix) HALLOWS_TWO(type, hypot##suffix) HALLOWS_TWO(type, pow##suffix)                \
  HALLOWS_TWO(type, remainder##suffix)                                                                           \
  type frexp##suffix(type x, int *exponent);                                                                     \
  type ldexp##suffix(type x, int exponent);                                                                      \
  type scalbn##suffix(type x, int exponent);                                                                     \
  type scalbln##suffix(type x, long exponent);                                                                   \
  type remquo##suffix(type x, type y, int *quotient);                                                            \
  type modf##suffix(type x, type *whole);                                                                        \
  type nextafter##suffix(type x, type y);                                                                        \
  type fma##suffix(type x, type y, type z);                                                                      \
  type nan##suffix(const char *tag);                                                                             \
  int ilogb##suffix(type x);                                                                                     \
  long lrint##suffix(type x);                                                                                    \
  long lround##suffix(type x);                                                                                   \
  long long llrint##suffix(type x);                                                                              \
  long long llround##suffix(type x);
HALLOWS_MATHS(float, f)
#if __LDBL_MANT_DIG__ == __DBL_MANT_DIG__
HALLOWS_MATHS(long double, l)
HALLOWS_ONE(long double, fabsl)
HALLOWS_ONE(long double, floorl)
HALLOWS_ONE(long double, sqrtl)
#endif
#undef HALLOWS_ONE
#undef HALLOWS_TWO
#undef HALLOWS_MATHS
void sincosf(float x, float *sine, float *cosine);

/* Compilers that know no library (-ffreestanding) make calls of these unless told what they are. Where there is no such
   instruction, or where errno is to be kept (-fmath-errno), the builtin is a call all the same. */
#ifndef HALLOWS_MATH_NOT_INLINE
#define HALLOWS_INLINE extern inline __attribute__((gnu_inline, always_inline))
HALLOWS_INLINE double sqrt(double x) { return __builtin_sqrt(x); }
HALLOWS_INLINE double fabs(double x) { return __builtin_fabs(x); }
HALLOWS_INLINE double floor(double x) { return __builtin_floor(x); }
HALLOWS_INLINE double ceil(double x) { return __builtin_ceil(x); }
HALLOWS_INLINE double trunc(double x) { return __builtin_trunc(x); }
HALLOWS_INLINE double rint(double x) { return __builtin_rint(x); }
HALLOWS_INLINE float sqrtf(float x) { return __builtin_sqrtf(x); }
HALLOWS_INLINE float fabsf(float x) { return __builtin_fabsf(x); }
HALLOWS_INLINE float floorf(float x) { return __builtin_floorf(x); }
#undef HALLOWS_INLINE
#endif

HALLOWS_C_END

#define HUGE_VAL __builtin_huge_val()
#define HUGE_VALF __builtin_huge_valf()
#define HUGE_VALL __builtin_huge_vall()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define FP_NAN 0
#define FP_INFINITE 1
#define FP_ZERO 2
#define FP_SUBNORMAL 3
#define FP_NORMAL 4
#define FP_ILOGB0 (-2147483647 - 1)
#define FP_ILOGBNAN (-2147483647 - 1)
#define MATH_ERRNO 1
#define MATH_ERREXCEPT 2
#define math_errhandling 0
#define fpclassify(x) __builtin_fpclassify(FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO, x)
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf_sign(x)
#define isfinite(x) __builtin_isfinite(x)
#define isnormal(x) __builtin_isnormal(x)
#define signbit(x) (__builtin_signbit(x) != 0)
#define isgreater(x, y) __builtin_isgreater(x, y)
#define isgreaterequal(x, y) __builtin_isgreaterequal(x, y)
#define isless(x, y) __builtin_isless(x, y)
#define islessequal(x, y) __builtin_islessequal(x, y)
#define islessgreater(x, y) __builtin_islessgreater(x, y)
#define isunordered(x, y) __builtin_isunordered(x, y)
#define M_E 2.7182818284590452354
#define M_LOG2E 1.4426950408889634074
#define M_LOG10E 0.43429448190325182765
#define M_LN2 0.69314718055994530942
#define M_LN10 2.30258509299404568402
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_1_PI 0.31830988618379067154
#define M_2_PI 0.63661977236758134308
#define M_2_SQRTPI 1.12837916709551257390
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440

#endif
