/*
 * What is exact, or rounded once: roundings to whole numbers, parts of a double, remainders, fma.
 */

/*
 * The same number, of which the compiler knows nothing. What it knows of C's functions it applies in here, too: it
 * would make round and a conversion an lround, in lround.
 */
static inline double opaque(double x) {
  __asm__("" : "+x"(x));
  return x;
}

#ifdef __SSE4_1__
#define ROUNDED(x, how) _mm_cvtsd_f64(_mm_round_sd(_mm_setzero_pd(), _mm_set_sd(x), (how) | _MM_FROUND_NO_EXC))
double floor(double x) { return ROUNDED(x, _MM_FROUND_TO_NEG_INF); }
double ceil(double x) { return ROUNDED(x, _MM_FROUND_TO_POS_INF); }
double trunc(double x) { return ROUNDED(x, _MM_FROUND_TO_ZERO); }
double rint(double x) { return ROUNDED(x, _MM_FROUND_CUR_DIRECTION); }
#else
/* From 2^52 on doubles are whole. Below, a whole number of 64 bits holds them; the sign of a zero is kept. */
double trunc(double x) { return fabs(x) < 0x1p52 ? copysign((double)(int64_t)x, x) : x; }
double floor(double x) {
  double whole = trunc(x);
  return whole > x ? whole - 1 : whole;
}
double ceil(double x) {
  double whole = trunc(x);
  return whole < x ? copysign(whole + 1, x) : whole;
}
/* The instruction that converts rounds as MXCSR says. */
double rint(double x) { return fabs(x) < 0x1p52 ? copysign((double)_mm_cvtsd_si64(_mm_set_sd(x)), x) : x; }
#endif
double nearbyint(double x) { return rint(x); }
long lrint(double x) { return _mm_cvtsd_si64(_mm_set_sd(x)); }
long long llrint(double x) { return lrint(x); }
long lround(double x) { return (long)opaque(round(x)); }
long long llround(double x) { return (long long)opaque(round(x)); }

double sqrt(double x) { return _mm_cvtsd_f64(_mm_sqrt_sd(_mm_setzero_pd(), _mm_set_sd(x))); }
float sqrtf(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }
double fabs(double x) { return of_bits(magnitude_bits(x)); }
float fabsf(float x) { return _mm_cvtss_f32(_mm_andnot_ps(_mm_set_ss(-0.0f), _mm_set_ss(x))); }
float floorf(float x) { return (float)floor(x); }
double copysign(double magnitude, double sign) { return of_bits(magnitude_bits(magnitude) | (bits_of(sign) & SIGN_BIT)); }
double fmin(double x, double y) { return x != x ? y : y < x ? y : x; }
double fmax(double x, double y) { return x != x ? y : y > x ? y : x; }

double round(double x) {
  double whole = trunc(x);
  /* The rest is exact, and so is one more: where doubles are further than 1 apart the rest is 0. */
  if (fabs(x - whole) >= 0.5) whole += copysign(1, x);
  return copysign(whole, x);
}

double ldexp(double x, int exponent) {
  uint64_t magnitude = magnitude_bits(x);
  if (magnitude == 0 || magnitude >= INFINITE_BITS) return x;
  if (magnitude >> 52 == 0) {
    x *= 0x1p54;
    exponent -= exponent > -4000 ? 54 : 0;
    magnitude = magnitude_bits(x);
  }
  if (exponent > 4000) exponent = 4000;
  if (exponent < -4000) exponent = -4000;
  exponent += (int)(magnitude >> 52) - 1023;
  double mantissa = of_bits((bits_of(x) & ~INFINITE_BITS) | (uint64_t)1023 << 52);
  if (exponent > 1023) return mantissa * 0x1p1023 * 2;
  if (exponent >= -1022) return mantissa * power_of_two(exponent);
  if (exponent < -1080) exponent = -1080;
  /* Exact so far; the last product rounds, once. */
  return mantissa * power_of_two(exponent + 100) * 0x1p-100;
}

double fmod(double x, double y) {
  uint64_t a = magnitude_bits(x), b = magnitude_bits(y);
  if (a >= INFINITE_BITS || b > INFINITE_BITS || b == 0) return (x * y) / (x * y);
  if (a < b) return x;
  int exponent_a = (int)(a >> 52), exponent_b = (int)(b >> 52);
  uint64_t fraction = ((uint64_t)1 << 52) - 1;
  uint64_t rest = a & fraction, divisor = b & fraction;
  if (exponent_a > 0) rest |= (uint64_t)1 << 52;
  else exponent_a = 1;
  if (exponent_b > 0) divisor |= (uint64_t)1 << 52;
  else exponent_b = 1;
  for (int left = exponent_a - exponent_b; left > 0;) {
    int step = left < 11 ? left : 11;
    rest = (rest % divisor) << step;
    left -= step;
  }
  rest %= divisor;
  if (rest == 0) return copysign(0, x);
  /* Up to the place of the hidden bit, or as far as the exponent goes. */
  int up = __builtin_clzll(rest) - 11;
  if (up >= exponent_b) up = exponent_b - 1;
  rest <<= up;
  exponent_b -= up;
  uint64_t bits = rest >> 52 != 0 ? (rest & fraction) | (uint64_t)exponent_b << 52 : rest;
  return copysign(of_bits(bits), x);
}

/* ---- parts of a double ------------------------------------------------------------------------------------------- */

double frexp(double x, int *exponent) {
  *exponent = 0;
  if (magnitude_bits(x) == 0 || magnitude_bits(x) >= INFINITE_BITS) return x;
  if (magnitude_bits(x) >> 52 == 0) {
    x *= 0x1p54;
    *exponent = -54;
  }
  *exponent += (int)(magnitude_bits(x) >> 52) - 1022;
  return of_bits((bits_of(x) & ~INFINITE_BITS) | (uint64_t)1022 << 52);
}

double modf(double x, double *whole) {
  *whole = trunc(x);
  return copysign(magnitude_bits(x) == INFINITE_BITS ? 0 : x - *whole, x);
}

int ilogb(double x) {
  if (magnitude_bits(x) == 0) return FP_ILOGB0;
  if (magnitude_bits(x) >= INFINITE_BITS) return x != x ? FP_ILOGBNAN : INT32_MAX;
  int exponent;
  frexp(x, &exponent);
  return exponent - 1;
}

double logb(double x) {
  if (magnitude_bits(x) == 0) return -1 / fabs(x);
  return magnitude_bits(x) >= INFINITE_BITS ? x * x : ilogb(x);
}

double scalbn(double x, int exponent) { return ldexp(x, exponent); }
double scalbln(double x, long exponent) {
  return ldexp(x, exponent > 4000 ? 4000 : exponent < -4000 ? -4000 : (int)exponent);
}

double nextafter(double x, double y) {
  if (x != x || y != y) return x + y;
  if (x == y) return y;
  if (x == 0) return copysign(0x1p-1074, y);
  return of_bits(bits_of(x) + ((y > x) == (x > 0) ? 1 : (uint64_t)-1));
}

double nan(const char *tag) { return (void)tag, NAN; }
double fdim(double x, double y) { return x != x || y != y ? x + y : x > y ? x - y : 0; }

/* ---- remainders of the nearest quotient -------------------------------------------------------------------------- */

double remquo(double x, double y, int *quotient) {
  *quotient = 0;
  if (magnitude_bits(x) >= INFINITE_BITS || y != y || y == 0) return (x * y) / (x * y);
  if (magnitude_bits(y) == INFINITE_BITS) return x;
  double rest = fabs(x), by = fabs(y);
  int low = 0; /* bits of the quotient, 3 at the least */
  if (by <= 0x1p1020) rest = fmod(rest, 8 * by);
  for (int step = 4; step > 0 && by <= 0x1p1020; step /= 2) {
    if (rest < step * by) continue;
    rest -= step * by;
    low += step;
  }
  if (by > 0x1p1020 && rest >= by) {
    low = (int)(rest / by); /* below 16, and exact: the quotient is small */
    rest = fmod(rest, by);
  }
  /* Whether more than a half is left; a half goes to the even quotient. */
  double left = by - rest;
  if (rest > left || (rest == left && (low & 1) != 0)) {
    rest -= by;
    low++;
  }
  *quotient = low * (signbit(x) != signbit(y) ? -1 : 1);
  if (rest == 0) return copysign(0, x);
  return signbit(x) ? -rest : rest;
}

double remainder(double x, double y) {
  int quotient;
  return remquo(x, y, &quotient);
}

/* ---- x * y + z, rounded once ------------------------------------------------------------------------------------- */

typedef unsigned __int128 wide;

/* The number nearest to 1.m * 2^exponent, where m is 63 bits below the one at the top; `more` follows. */
static double nearest_double(uint64_t mantissa, bool more, int exponent) {
  int dropped = 11;
  if (exponent > 1023) return 0x1p1023 * 2;
  if (exponent < -1022) dropped += -1022 - exponent < 60 ? -1022 - exponent : 60;
  uint64_t kept = dropped > 63 ? 0 : mantissa >> dropped, half = (uint64_t)1 << 63;
  uint64_t rest = dropped > 64 ? 1 : dropped == 64 ? mantissa : mantissa << (64 - dropped);
  kept += rest > half || (rest == half && (more || (kept & 1) != 0));
  return of_bits(exponent < -1022 ? kept : kept + ((uint64_t)(exponent + 1022) << 52));
}

/* mantissa * 2^exponent, with the mantissa's first one at bit 126. */
struct scaled {
  wide mantissa;
  int exponent;
};

static struct scaled to_scaled(wide mantissa, int exponent) {
  uint64_t high = (uint64_t)(mantissa >> 64), low = (uint64_t)mantissa;
  int zeros = high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll(low);
  return zeros > 0 ? (struct scaled){mantissa << (zeros - 1), exponent - (zeros - 1)}
                   : (struct scaled){mantissa >> 1 | (mantissa & 1), exponent + 1};
}

/* Of a finite number that is not 0: a whole number below 2^53, and its power of two. */
static uint64_t whole_mantissa(double x, int *exponent) {
  return (uint64_t)(int64_t)(fabs(frexp(x, exponent)) * 0x1p53);
}

double fma(double x, double y, double z) {
  if (magnitude_bits(x) >= INFINITE_BITS || magnitude_bits(y) >= INFINITE_BITS || x == 0 || y == 0) return x * y + z;
  if (magnitude_bits(z) >= INFINITE_BITS) return z + z;
  if (z == 0) z = copysign(0, x * y); /* so that a product too small for a double keeps its sign */
  int x_exponent, y_exponent, z_exponent;
  uint64_t a = whole_mantissa(x, &x_exponent), b = whole_mantissa(y, &y_exponent), c = whole_mantissa(z, &z_exponent);
  bool product_negative = signbit(x) != signbit(y), sum_negative = product_negative;
  struct scaled sum = to_scaled((wide)a * b, x_exponent + y_exponent - 106);
  bool more = false;
  if (c != 0) {
    struct scaled other = to_scaled(c, z_exponent - 53);
    if (other.exponent > sum.exponent || (other.exponent == sum.exponent && other.mantissa > sum.mantissa)) {
      struct scaled kept = sum;
      sum = other;
      other = kept;
      sum_negative = signbit(z);
    }
    int shift = sum.exponent - other.exponent;
    wide aligned = shift > 126 ? 0 : other.mantissa >> shift;
    more = shift > 126 || aligned << shift != other.mantissa;
    if (product_negative == signbit(z)) sum.mantissa += aligned;
    else sum.mantissa -= aligned + more;
    if (sum.mantissa == 0) return 0;
  }
  sum = to_scaled(sum.mantissa, sum.exponent);
  uint64_t top = (uint64_t)(sum.mantissa >> 63);
  more |= (sum.mantissa & (((wide)1 << 63) - 1)) != 0;
  double result = nearest_double(top, more, sum.exponent + 126);
  return sum_negative ? -result : result;
}
