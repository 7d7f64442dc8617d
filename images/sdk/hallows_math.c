/*
 * Mathematics for partitions. The methods are text-book ones; coefficients are those of the Taylor series, tables were
 * computed with 2400 bits.
 *
 *   sin cos tan   The argument becomes quadrant and rest by exact whole arithmetic, of any size: m * 2/pi modulo 4
 *                 with 192 bits of 2/pi, of which those are taken that matter (M. Payne, R. Hanek, 1983). Then series.
 *   atan atan2    The nearest tangent of k/16 is taken off: atan(n/d) = atan(c) + atan((n - c d) / (d + c n)). Then the
 *                 series, of at most 1/32.
 *   exp           x = k ln 2 + r, |r| <= ln 2 / 2, ln 2 in two parts. Then the series.
 *   log           x = 2^k * c * (1 + ...), c = j/64 from a table; log(m/c) = 2 artanh((m - c) / (m + c)). Two doubles.
 *   pow           exp(y log x), where logarithm and product are two doubles each.
 *   fmod          Whole arithmetic, 11 bits of the quotient at a time.
 *
 * Each file of maths/ says how the others work.
 *
 * Largest errors seen against the host's 80-bit library, in units of the last place, in 500,000 arguments of each of
 * several ranges (tests/images/maths.test.ts measures again, and holds the bounds in brackets):
 *
 *   sin, cos   0.80 (0.85)     atan    1.19 (1.3)     exp   0.62 (0.65)     pow   0.64 (0.7)
 *   tan        2.04 (2.2)      atan2   1.03 (1.3)     log   0.501 (0.51)
 *
 * and in 8,000 arguments of each range:
 *
 *   exp2, exp10    0.58 (0.65)     asin, acos           1.8 (2.5)     sinh     1.0 (2)      erf       2.6 (4)
 *   expm1          0.80 (1.1)      asinh, acosh         1.6 (3)       cosh     1.0 (1.5)    erfc      8.0 (10)
 *   log2, log10    0.501 (0.51)    atanh                1.5 (3)       tanh     1.8 (3)      tgamma    2.9 (8)
 *   log1p          0.501 (0.6)     cbrt, hypot          0.51 (0.6)                          lgamma    1.0 (4)
 *
 * Subnormal results of exp and pow are rounded twice: one unit more.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#ifdef __SSE4_1__
#include <smmintrin.h>
#endif
#include <stdbool.h>
#include <stdint.h>

#define HALLOWS_MATH_NOT_INLINE
#include "include/math.h"

static uint64_t bits_of(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

static double of_bits(uint64_t bits) {
  double value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

#define SIGN_BIT ((uint64_t)1 << 63)
#define INFINITE_BITS ((uint64_t)2047 << 52)

static uint64_t magnitude_bits(double x) { return bits_of(x) & ~SIGN_BIT; }
/* Of -1022 to 1023. */
static double power_of_two(int exponent) { return of_bits((uint64_t)(exponent + 1023) << 52); }

#include "maths/exact.c"

#include "maths/pair.c"

#include "maths/angle.c"

#include "maths/arc.c"

#include "maths/exponential.c"

#include "maths/hyperbolic.c"

#include "maths/gamma.c"

#include "maths/single.c"
#else
/* A file may not be empty. */
typedef int hallows_has_no_maths;
#endif
