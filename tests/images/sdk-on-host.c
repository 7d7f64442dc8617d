/*
 * The SDK's doubles on the host, beside the host's C library: text exactly, maths in units of the last place against
 * the 80-bit functions. Built by maths.test.ts, which renames the SDK's functions to own_...; prints a line for each
 * range.
 *
 *   sdk-on-host COUNT SEED
 */
#define _GNU_SOURCE /* exp10 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hallows_float.h"

double own_sin(double), own_cos(double), own_tan(double), own_atan(double), own_atan2(double, double), own_exp(double);
double own_log(double), own_pow(double, double), own_fmod(double, double), own_round(double), own_ldexp(double, int);
double own_floor(double), own_ceil(double), own_trunc(double), own_rint(double), own_sqrt(double), own_fabs(double);
double own_strtod(const char *, char **);
double own_asin(double), own_acos(double), own_exp2(double), own_exp10(double), own_expm1(double), own_log2(double);
double own_log10(double), own_log1p(double), own_cbrt(double), own_hypot(double, double), own_sinh(double);
double own_cosh(double), own_tanh(double), own_asinh(double), own_acosh(double), own_atanh(double), own_erf(double);
double own_erfc(double), own_tgamma(double), own_lgamma(double);

static uint64_t state;
static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}
static double between(double least, double most) { return least + (most - least) * ((double)(next() >> 11) * 0x1p-53); }
static double of_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
static double any(void) { return of_bits(next()); }

/* NaNs are all the same here. */
static int is_same(double a, double b) { return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0; }

/* ---- text -------------------------------------------------------------------------------------------------------- */

static char text[8192];
static int length;
static void put(void *sink, char character) {
  (void)sink;
  text[length++] = character;
}

static const double corners[] = {0.0,  -0.0, 0.5,  1.5,  2.5,    9.5,    99.5,  0.05,  1e22, 1e23, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308,
                                 9.999999e5, 999999.5, 1e-5, 9.9999995e-5, 1e100, INFINITY, -INFINITY, NAN,   0x1p53, 2.0,  -3.0, 1.0,   -1.0,
                                 0.49999999999999994, 4503599627370497.5};
enum { CORNERS = sizeof corners / sizeof *corners };

static double some_number(void) {
  uint64_t bits = next();
  switch (next() % 6) {
    case 0: return of_bits(bits);
    case 1: return (double)(int64_t)(bits >> next() % 60) / (double)(1 << next() % 20);
    case 2: return (double)(bits % 2000000) / 1000;
    case 3: return of_bits((bits & 0x800fffffffffffff) >> next() % 52);
    case 4: return (double)(int64_t)(bits >> 11) * 0.5 / (double)((uint64_t)1 << next() % 50); /* ties */
    default: return corners[next() % CORNERS];
  }
}

static int compare_text(void) {
  double value = some_number();
  char format[32], expected[8192];
  struct hallows_field field = {.precision = -1};
  int at = 0;
  format[at++] = '%';
  if (next() % 3 == 0) field.left = true, format[at++] = '-';
  if (next() % 3 == 0) field.zero = true, format[at++] = '0';
  if (next() % 3 == 0) field.plus = true, format[at++] = '+';
  if (next() % 3 == 0) field.space = true, format[at++] = ' ';
  if (next() % 4 == 0) field.alternate = true, format[at++] = '#';
  if (next() % 2 == 0) field.width = (int)(next() % 40 + 1), at += sprintf(format + at, "%d", field.width);
  if (next() % 4 != 0) {
    field.precision = (int)(next() % 8 != 0 ? next() % 22 : next() % 1100);
    at += sprintf(format + at, ".%d", field.precision);
  }
  char conversion = "fFeEgG"[next() % 6];
  /* Some versions of glibc forget zeros of %#g where rounding gives another digit. */
  if ((conversion | 0x20) == 'g' && field.alternate) conversion = 'e';
  format[at++] = conversion;
  format[at] = 0;
  snprintf(expected, sizeof expected, format, value);
  length = 0;
  hallows_emit_double(put, NULL, &field, conversion, value);
  text[length] = 0;
  if (strcmp(text, expected) == 0) return 0;
  printf("%s of %a: [%s], not [%s]\n", format, value, text, expected);
  return 1;
}

static int compare_reading(void) {
  double value = some_number();
  char number[2048];
  switch (next() % 4) {
    case 0: snprintf(number, sizeof number, "%.*e", (int)(next() % 40), value); break;
    case 1: snprintf(number, sizeof number, "%.*g x", (int)(next() % 900), value); break;
    case 2:
      snprintf(number, sizeof number, "%llu.%llue%d", (unsigned long long)(next() >> next() % 64),
               (unsigned long long)next(), (int)(next() % 700) - 350);
      break;
    default: {
      /* Exactly between two doubles, or a little more than that. */
      double other = nextafter(value, INFINITY);
      snprintf(number, sizeof number, "%.1100Lf", ((long double)value + other) / 2);
      if (next() % 2 == 0) strcat(number, "00000000001");
    }
  }
  char *end, *own_end;
  double expected = strtod(number, &end), own = own_strtod(number, &own_end);
  if (is_same(expected, own) && end == own_end) return 0;
  printf("%s: %a and %td characters, not %a and %td\n", number, own, own_end - number, expected, end - number);
  return 1;
}

/* ---- maths ------------------------------------------------------------------------------------------------------- */

static double error_of(double own, long double exact) {
  double nearest = (double)exact;
  if (is_same(own, nearest) && (isinf(nearest) || nearest == 0 || nearest != nearest)) return 0;
  if (!isfinite(own) || !isfinite(nearest)) return 1e9;
  int exponent;
  frexpl(exact, &exponent);
  return (double)fabsl((own - exact) / ldexpl(1, (exponent < -1021 ? -1021 : exponent) - 53));
}

static long count;

#define MEASURE(function, range, argument)                                                    \
  {                                                                                           \
    double worst = 0;                                                                         \
    for (long i = 0; i < count; i++) {                                                        \
      double x = argument, error = error_of(own_##function(x), function##l((long double)x));  \
      if (error > worst) worst = error;                                                       \
    }                                                                                         \
    printf("%s (%s): %.4f\n", #function, range, worst);                                       \
  }
#define MEASURE_TWO(function, range, first, second)                                                            \
  {                                                                                                            \
    double worst = 0;                                                                                          \
    for (long i = 0; i < count; i++) {                                                                         \
      double x = first, y = second;                                                                            \
      double error = error_of(own_##function(x, y), function##l((long double)x, (long double)y));              \
      if (error > worst) worst = error;                                                                        \
    }                                                                                                          \
    printf("%s (%s): %.4f\n", #function, range, worst);                                                        \
  }

static void measure(void) {
  MEASURE(sin, "to pi/4", between(-0.7854, 0.7854))
  MEASURE(sin, "to 10", between(-10, 10))
  MEASURE(sin, "all", any())
  MEASURE(cos, "to pi/4", between(-0.7854, 0.7854))
  MEASURE(cos, "to 10", between(-10, 10))
  MEASURE(cos, "all", any())
  MEASURE(tan, "to pi/2", between(-1.57, 1.57))
  MEASURE(tan, "all", any())
  MEASURE(atan, "to 1", between(-1, 1))
  MEASURE(atan, "to 100", between(-100, 100))
  MEASURE(atan, "all", any())
  MEASURE_TWO(atan2, "to 1", between(-1, 1), between(-1, 1))
  MEASURE_TWO(atan2, "all", any(), any())
  MEASURE(exp, "to 1", between(-1, 1))
  MEASURE(exp, "normal results", between(-708, 709.7))
  MEASURE(log, "1/2 to 2", between(0.5, 2))
  MEASURE(log, "near 1", between(0.99, 1.01))
  MEASURE(log, "all", fabs(any()))
  MEASURE_TWO(pow, "to 10", between(0, 10), between(-10, 10))
  MEASURE_TWO(pow, "far", exp(between(-20, 20)), between(-35, 35))
  MEASURE_TWO(pow, "near 1", 1 + between(-1e-5, 1e-5), between(-6e7, 6e7))
  MEASURE_TWO(pow, "whole powers", between(-100, 100), (double)(int)between(-60, 60))
  MEASURE(asin, "all", between(-1, 1))
  MEASURE(asin, "near 1", 1 - between(0, 1e-4))
  MEASURE(acos, "all", between(-1, 1))
  MEASURE(acos, "near 1", 1 - between(0, 1e-4))
  MEASURE(exp2, "to 1", between(-1, 1))
  MEASURE(exp2, "normal results", between(-1020, 1023))
  MEASURE(exp10, "to 1", between(-1, 1))
  MEASURE(exp10, "normal results", between(-307, 308))
  MEASURE(expm1, "to 1", between(-1, 1))
  MEASURE(expm1, "far", between(-50, 709))
  MEASURE(log2, "1/2 to 2", between(0.5, 2))
  MEASURE(log2, "all", fabs(any()))
  MEASURE(log10, "1/2 to 2", between(0.5, 2))
  MEASURE(log10, "all", fabs(any()))
  MEASURE(log1p, "to 1", between(-0.999, 1))
  MEASURE(log1p, "small", between(-1e-5, 1e-5))
  MEASURE(cbrt, "to 10", between(-10, 10))
  MEASURE(cbrt, "all", any())
  MEASURE_TWO(hypot, "to 1", between(-1, 1), between(-1, 1))
  MEASURE_TWO(hypot, "far", exp(between(-300, 300)), exp(between(-300, 300)))
  MEASURE(sinh, "to 1", between(-1, 1))
  MEASURE(sinh, "far", between(-710, 710))
  MEASURE(cosh, "to 1", between(-1, 1))
  MEASURE(cosh, "far", between(-710, 710))
  MEASURE(tanh, "to 1", between(-1, 1))
  MEASURE(tanh, "far", between(-25, 25))
  MEASURE(asinh, "to 1", between(-1, 1))
  MEASURE(asinh, "all", any())
  MEASURE(acosh, "to 2", between(1, 2))
  MEASURE(acosh, "far", exp(between(0, 700)))
  MEASURE(atanh, "to 1", between(-1, 1))
  MEASURE(atanh, "small", between(-1e-3, 1e-3))
  MEASURE(erf, "to 1", between(-1, 1))
  MEASURE(erf, "to 6", between(-6, 6))
  MEASURE(erfc, "to 1", between(-1, 1))
  MEASURE(erfc, "to 26", between(1, 26))
  MEASURE(tgamma, "to 20", between(0, 20))
  MEASURE(tgamma, "all", between(-150, 171))
  MEASURE(lgamma, "to 100", between(3, 100))
  MEASURE(lgamma, "small", between(0, 0.5))
  MEASURE(lgamma, "far", exp(between(1.1, 100)))
}

static int differ(const char *name, double x, double y, double own, double expected, int is_exact) {
  if (is_same(own, expected)) return 0;
  if (!is_exact && error_of(own, expected) < 3 && signbit(own) == signbit(expected)) return 0;
  printf("%s of %a and %a: %a, not %a\n", name, x, y, own, expected);
  return 1;
}

#define EXACT(function) wrong += differ(#function, x, 0, own_##function(x), function(x), 1);
#define NEAR(function) wrong += differ(#function, x, 0, own_##function(x), function(x), 0);

/* Signs, zeros, infinities and NaNs of everything, for every pair of corners. */
static int compare_corners(void) {
  int wrong = 0;
  for (int i = 0; i < CORNERS * CORNERS; i++) {
    double x = corners[i / CORNERS], y = corners[i % CORNERS];
    NEAR(sin) NEAR(cos) NEAR(tan) NEAR(atan) NEAR(exp) NEAR(log)
    NEAR(asin) NEAR(acos) NEAR(exp2) NEAR(exp10) NEAR(expm1) NEAR(log2) NEAR(log10) NEAR(log1p) NEAR(cbrt) NEAR(sinh)
    NEAR(cosh) NEAR(tanh) NEAR(asinh) NEAR(acosh) NEAR(atanh) NEAR(erf) NEAR(erfc) NEAR(tgamma) NEAR(lgamma)
    wrong += differ("hypot", x, y, own_hypot(x, y), hypot(x, y), 0);
    wrong += differ("atan2", x, y, own_atan2(x, y), atan2(x, y), 0);
    wrong += differ("pow", x, y, own_pow(x, y), pow(x, y), 0);
    wrong += differ("fmod", x, y, own_fmod(x, y), fmod(x, y), 1);
  }
  return wrong;
}

static int compare_exact(long i) {
  int wrong = 0;
  double x = i % 2 == 0 ? some_number() : between(-100, 100), y = i % 3 == 0 ? x * between(0, 1) : any();
  int exponent = (int)(next() % 4400) - 2200;
  EXACT(round) EXACT(floor) EXACT(ceil) EXACT(trunc) EXACT(rint) EXACT(sqrt) EXACT(fabs)
  wrong += differ("fmod", x, y, own_fmod(x, y), fmod(x, y), 1);
  wrong += differ("ldexp", x, exponent, own_ldexp(x, exponent), ldexp(x, exponent), 1);
  return wrong;
}

int main(int arguments, char **words) {
  count = arguments > 1 ? atol(words[1]) : 10000;
  state = arguments > 2 ? strtoull(words[2], NULL, 10) : 1;
  int wrong = compare_corners();
  for (long i = 0; i < count && wrong < 10; i++) wrong += compare_text() + compare_reading() + compare_exact(i);
  printf("wrong: %d\n", wrong);
  measure();
  return 0;
}
