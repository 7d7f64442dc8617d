/*
 * Floats, by way of doubles: rounded twice, which for a float is as good as once but for ties that are nearly exact.
 * And long doubles, which are doubles (-mlong-double-64).
 */

#define ONE(name) \
  float name##f(float x) { return (float)name(opaque(x)); }
#define TWO(name) \
  float name##f(float x, float y) { return (float)name(opaque(x), opaque(y)); }
ONE(acos) ONE(acosh) ONE(asin) ONE(asinh) ONE(atan) ONE(atanh) ONE(cbrt) ONE(ceil) ONE(cos) ONE(cosh) ONE(erf)
ONE(erfc) ONE(exp) ONE(exp10) ONE(exp2) ONE(expm1) ONE(lgamma) ONE(log) ONE(log10) ONE(log1p) ONE(log2)
ONE(logb) ONE(nearbyint) ONE(rint) ONE(round) ONE(sin) ONE(sinh) ONE(tan) ONE(tanh) ONE(tgamma) ONE(trunc)
TWO(atan2) TWO(copysign) TWO(fdim) TWO(fmax) TWO(fmin) TWO(fmod) TWO(hypot) TWO(pow) TWO(remainder)
#undef ONE
#undef TWO

float frexpf(float x, int *exponent) { return (float)frexp(opaque(x), exponent); }
float ldexpf(float x, int exponent) { return (float)ldexp(opaque(x), exponent); }
float scalbnf(float x, int exponent) { return (float)ldexp(opaque(x), exponent); }
float scalblnf(float x, long exponent) { return (float)scalbln(opaque(x), exponent); }
float remquof(float x, float y, int *quotient) { return (float)remquo(opaque(x), y, quotient); }
float nanf(const char *tag) { return (float)nan(tag); }
int ilogbf(float x) { return ilogb(opaque(x)); }
long lrintf(float x) { return lrint(opaque(x)); }
long lroundf(float x) { return lround(opaque(x)); }
long long llrintf(float x) { return llrint(opaque(x)); }
long long llroundf(float x) { return llround(opaque(x)); }

float modff(float x, float *whole) {
  double rest, all;
  rest = modf(opaque(x), &all);
  *whole = (float)all;
  return (float)rest;
}

void sincosf(float x, float *sine, float *cosine) {
  *sine = (float)sin(opaque(x));
  *cosine = (float)cos(opaque(x));
}

float nextafterf(float x, float y) {
  if (x != x || y != y) return x + y;
  if (x == y) return y;
  if (x == 0) return copysignf(0x1p-149f, y);
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  bits += (y > x) == (x > 0) ? 1 : (uint32_t)-1;
  __builtin_memcpy(&x, &bits, sizeof bits);
  return x;
}

/* The product is a double; the sum is rounded to odd there, so that the float is rounded once. */
float fmaf(float x, float y, float z) {
  double exact = (double)x * y;
  if (magnitude_bits(exact) >= INFINITE_BITS || magnitude_bits(z) >= INFINITE_BITS) return (float)(exact + z);
  struct pair result = sum(exact, z);
  uint64_t bits = bits_of(result.high);
  if (result.low != 0 && (bits & 1) == 0) bits += (result.low > 0) == (result.high > 0) ? 1 : (uint64_t)-1;
  return (float)of_bits(bits);
}

#if __LDBL_MANT_DIG__ == __DBL_MANT_DIG__
#define ONE(name) \
  long double name##l(long double x) { return name(x); }
#define TWO(name) \
  long double name##l(long double x, long double y) { return name(x, y); }
ONE(acos) ONE(acosh) ONE(asin) ONE(asinh) ONE(atan) ONE(atanh) ONE(cbrt) ONE(ceil) ONE(cos) ONE(cosh) ONE(erf)
ONE(erfc) ONE(exp) ONE(exp10) ONE(exp2) ONE(expm1) ONE(lgamma) ONE(log) ONE(log10) ONE(log1p) ONE(log2)
ONE(logb) ONE(nearbyint) ONE(rint) ONE(round) ONE(sin) ONE(sinh) ONE(tan) ONE(tanh) ONE(tgamma) ONE(trunc)
ONE(fabs) ONE(floor) ONE(sqrt)
TWO(atan2) TWO(copysign) TWO(fdim) TWO(fmax) TWO(fmin) TWO(fmod) TWO(hypot) TWO(pow) TWO(remainder)
TWO(nextafter)
#undef ONE
#undef TWO
long double frexpl(long double x, int *exponent) { return frexp(x, exponent); }
long double ldexpl(long double x, int exponent) { return ldexp(x, exponent); }
long double scalbnl(long double x, int exponent) { return ldexp(x, exponent); }
long double scalblnl(long double x, long exponent) { return scalbln(x, exponent); }
long double remquol(long double x, long double y, int *quotient) { return remquo(x, y, quotient); }
long double fmal(long double x, long double y, long double z) { return fma(x, y, z); }
long double nanl(const char *tag) { return nan(tag); }
long double modfl(long double x, long double *whole) { return modf(x, (double *)whole); }
int ilogbl(long double x) { return ilogb(x); }
long lrintl(long double x) { return lrint(x); }
long lroundl(long double x) { return lround(x); }
long long llrintl(long double x) { return llrint(x); }
long long llroundl(long double x) { return llround(x); }
#endif
