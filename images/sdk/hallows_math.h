/*
 * The maths that the SDK has; <math.h> leads here. How each works, and its error, measured: hallows_math.c.
 *
 * A program that uses it is built with SSE (-march=x86-64-v2) and with hallows_math.c. No function sets errno; what has
 * no result returns NaN, what is too large infinity. Rounding is expected to be to nearest.
 */
#ifndef HALLOWS_MATH_H
#define HALLOWS_MATH_H

#ifdef __cplusplus
extern "C" {
#endif

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
double fmod(double x, double y);
double copysign(double magnitude, double sign);
double fmin(double x, double y);
double fmax(double x, double y);
double ldexp(double x, int exponent); /* x * 2^exponent, rounded once */

/* Within a unit in the last place, or nearly: hallows_math.c has the figures. */
double sin(double x);
double cos(double x);
double tan(double x);
double atan(double x);
double atan2(double y, double x);
double exp(double x);
double log(double x);
double pow(double x, double y);

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

#ifdef __cplusplus
}
#endif

#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) (__builtin_signbit(x) != 0)
#define M_E 2.7182818284590452354
#define M_PI 3.14159265358979323846
#define M_SQRT2 1.41421356237309504880

#endif
