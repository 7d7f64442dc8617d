/*
 * Mathematics for partitions. The methods are text-book ones; coefficients are those of the Taylor series, tables were
 * computed with 2400 bits.
 *
 *   sin cos tan   The argument becomes quadrant and rest by exact whole arithmetic, whatever its size: m * 2/pi modulo 4
 *                 with 192 bits of 2/pi, of which those are taken that matter (M. Payne, R. Hanek, 1983). Then series.
 *   atan atan2    The nearest tangent of k/16 is taken off: atan(n/d) = atan(c) + atan((n - c d) / (d + c n)). Then the
 *                 series, of at most 1/32.
 *   exp           x = k ln 2 + r, |r| <= ln 2 / 2, ln 2 in two parts. Then the series.
 *   log           x = 2^k * c * (1 + ...), c = j/64 from a table; log(m/c) = 2 artanh((m - c) / (m + c)). Two doubles.
 *   pow           exp(y log x), where logarithm and product are two doubles each.
 *   fmod          Whole arithmetic, 11 bits of the quotient at a time.
 *
 * Largest errors seen against the host's 80-bit library, in units of the last place, in 500,000 arguments of each of
 * several ranges (tests/images/maths.test.ts measures again, and holds the bounds in brackets):
 *
 *   sin, cos   0.80 (0.85)     atan    1.19 (1.3)     exp   0.62 (0.65)     pow   0.64 (0.7)
 *   tan        2.04 (2.2)      atan2   1.03 (1.3)     log   0.501 (0.51)
 *
 * Subnormal results of exp and pow are rounded twice: one unit more.
 */
#ifdef __SSE2__
#include <smmintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define HALLOWS_MATH_NOT_INLINE
#include "hallows_math.h"

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

/* ---- exact ones ----------------------------------------------------------------------------------------------------- */

#define ROUNDED(x, how) _mm_cvtsd_f64(_mm_round_sd(_mm_setzero_pd(), _mm_set_sd(x), (how) | _MM_FROUND_NO_EXC))

double sqrt(double x) { return _mm_cvtsd_f64(_mm_sqrt_sd(_mm_setzero_pd(), _mm_set_sd(x))); }
float sqrtf(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }
double fabs(double x) { return of_bits(magnitude_bits(x)); }
float fabsf(float x) { return _mm_cvtss_f32(_mm_andnot_ps(_mm_set_ss(-0.0f), _mm_set_ss(x))); }
double floor(double x) { return ROUNDED(x, _MM_FROUND_TO_NEG_INF); }
double ceil(double x) { return ROUNDED(x, _MM_FROUND_TO_POS_INF); }
double trunc(double x) { return ROUNDED(x, _MM_FROUND_TO_ZERO); }
double rint(double x) { return ROUNDED(x, _MM_FROUND_CUR_DIRECTION); }
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

/* ---- two doubles for one number ------------------------------------------------------------------------------------- */

/* high + low, |low| at most half a unit of high's last place (T. J. Dekker, 1971; D. E. Knuth). */
struct pair {
  double high, low;
};

static struct pair sum(double a, double b) {
  double high = a + b;
  double part = high - a;
  return (struct pair){high, (a - (high - part)) + (b - part)};
}

/* The same where |a| >= |b|. */
static struct pair quick_sum(double a, double b) {
  double high = a + b;
  return (struct pair){high, b - (high - a)};
}

/* Neither above 2^990. */
static struct pair product(double a, double b) {
  double a_wide = a * 134217729.0, b_wide = b * 134217729.0; /* 2^27 + 1 */
  double a_high = a_wide - (a_wide - a), b_high = b_wide - (b_wide - b);
  double a_low = a - a_high, b_low = b - b_high;
  double high = a * b;
  return (struct pair){high, ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

/* ---- sine, cosine, tangent ------------------------------------------------------------------------------------------ */

/* 2/pi behind 64 zeros. */
static const uint64_t two_over_pi[] = {
    0x0000000000000000u, 0xa2f9836e4e441529u, 0xfc2757d1f534ddc0u, 0xdb6295993c439041u,
    0xfe5163abdebbc561u, 0xb7246e3a424dd2e0u, 0x06492eea09d1921cu, 0xfe1deb1cb129a73eu,
    0xe88235f52ebb4484u, 0xe99c7026b45f7e41u, 0x3991d639835339f4u, 0x9c845f8bbdf9283bu,
    0x1ff897ffde05980fu, 0xef2f118b5a0a6d1fu, 0x6d367ecf27cb09b7u, 0x4f463f669e5fea2du,
    0x7527bac7ebe5f17bu, 0x3d0739f78a5292eau, 0x6bfb5fb11f8d5d08u, 0x56033046fc7b6babu,
    0xf0cfbc209af4361du,
};

/* x less the nearest multiple of pi/2; returns that multiple modulo 4. x is finite and above pi/4 in magnitude. */
static unsigned reduce(double x, struct pair *rest) {
  uint64_t bits = magnitude_bits(x);
  uint64_t mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
  int exponent = (int)(bits >> 52) - 1023 - 52;
  /* Places of 2/pi to the left of these make multiples of 4, and those to the right less than 2^-137. */
  unsigned first = (unsigned)(exponent - 1 + 63);
  const uint64_t *from = &two_over_pi[first / 64];
  unsigned shift = first % 64;
  uint64_t window[3];
  for (int i = 0; i < 3; i++) window[i] = shift == 0 ? from[i] : from[i] << shift | from[i + 1] >> (64 - shift);
  unsigned __int128 low = (unsigned __int128)window[2] * mantissa;
  unsigned __int128 middle = (unsigned __int128)window[1] * mantissa + (uint64_t)(low >> 64);
  uint64_t words[3] = {window[0] * mantissa + (uint64_t)(middle >> 64), (uint64_t)middle, (uint64_t)low};

  /* Two bits of quadrant; the rest is a fraction, which counts down from the next quadrant if it is above a half. */
  unsigned quadrant = (unsigned)(words[0] >> 62);
  uint64_t high = words[0] << 2 | words[1] >> 62, next = words[1] << 2 | words[2] >> 62, last = words[2] << 2;
  bool is_negative = high >> 63 != 0;
  if (is_negative) {
    quadrant++;
    high = ~high, next = ~next, last = ~last;
  }
  int zeros = 0;
  while (high >> 63 == 0 && zeros < 128) {
    int step = high == 0 ? 63 : __builtin_clzll(high);
    high = high << step | next >> (64 - step);
    next = next << step | last >> (64 - step);
    last <<= step;
    zeros += step;
  }
  /* Times pi/2, which is 0xc90f... * 2^-63. */
  uint64_t scaled = (uint64_t)(((unsigned __int128)high * 0xc90fdaa22168c234u) >> 64);
  double unit = power_of_two(-63 - zeros);
  rest->high = (double)(int64_t)(scaled >> 11) * 2048.0 * unit;
  rest->low = (double)(int64_t)(scaled & 2047) * unit;
  if ((bits_of(x) >> 63 != 0) != is_negative) {
    rest->high = -rest->high;
    rest->low = -rest->low;
  }
  return bits_of(x) >> 63 != 0 ? -quadrant & 3 : quadrant & 3;
}

/* Of at most pi/4, and a little. */
static double sine_series(struct pair x) {
  double z = x.high * x.high;
  double series = -1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 + z * (-1.0 / 39916800 +
                  z * (1.0 / 6227020800.0 + z * (-1.0 / 1307674368000.0 + z * (1.0 / 355687428096000.0)))))));
  return x.high + (x.high * z * series + x.low * (1 - 0.5 * z));
}

static double cosine_series(struct pair x) {
  double z = x.high * x.high;
  double series = 1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800 + z * (1.0 / 479001600 +
                  z * (-1.0 / 87178291200.0 + z * (1.0 / 20922789888000.0 + z * (-1.0 / 6402373705728000.0)))))));
  double half = 0.5 * z;
  double most = 1 - half;
  return most + (((1 - most) - half) + (z * z * series - x.high * x.low));
}

#define QUARTER_PI 0x1.921fb54442d18p-1

/* The angle as quadrant and rest; false for infinities and NaN. */
static bool angle(double x, unsigned *quadrant, struct pair *rest) {
  if (magnitude_bits(x) >= INFINITE_BITS) return false;
  *quadrant = 0;
  *rest = (struct pair){x, 0};
  if (fabs(x) > QUARTER_PI) *quadrant = reduce(x, rest);
  return true;
}

double sin(double x) {
  unsigned quadrant;
  struct pair rest;
  if (!angle(x, &quadrant, &rest)) return x - x;
  if (fabs(rest.high) < 0x1p-27 && quadrant == 0) return rest.high;
  double result = (quadrant & 1) != 0 ? cosine_series(rest) : sine_series(rest);
  return (quadrant & 2) != 0 ? -result : result;
}

double cos(double x) {
  unsigned quadrant;
  struct pair rest;
  if (!angle(x, &quadrant, &rest)) return x - x;
  double result = (quadrant & 1) != 0 ? sine_series(rest) : cosine_series(rest);
  return quadrant == 1 || quadrant == 2 ? -result : result;
}

double tan(double x) {
  unsigned quadrant;
  struct pair rest;
  if (!angle(x, &quadrant, &rest)) return x - x;
  if (fabs(rest.high) < 0x1p-27 && quadrant == 0) return rest.high;
  double sine = sine_series(rest), cosine = cosine_series(rest);
  return (quadrant & 1) != 0 ? -cosine / sine : sine / cosine;
}

/* ---- arc tangent ---------------------------------------------------------------------------------------------------- */

/* atan(k/16). */
static const struct pair arc_tangents[] = {
    {0x0p+0, 0x0p+0}, {0x1.ff55bb72cfdeap-5, -0x1.c934d86d23f1dp-60},
    {0x1.fd5ba9aac2f6ep-4, -0x1.cd37686760c17p-59}, {0x1.7b97b4bce5b02p-3, 0x1.347b0b4f881cap-58},
    {0x1.f5b75f92c80ddp-3, 0x1.8ab6e3cf7afbdp-57}, {0x1.362773707ebccp-2, -0x1.963a544b672d8p-57},
    {0x1.6f61941e4def1p-2, -0x1.c63aae6f6e918p-56}, {0x1.a64eec3cc23fdp-2, -0x1.24dec1b50b7ffp-56},
    {0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56}, {0x1.0657e94db30d0p-1, -0x1.d5b495f6349e6p-56},
    {0x1.1e00babdefeb4p-1, -0x1.928df287a668fp-58}, {0x1.345f01cce37bbp-1, 0x1.1021137c71102p-55},
    {0x1.4978fa3269ee1p-1, 0x1.2419a87f2a458p-56}, {0x1.5d58987169b18p-1, 0x1.0028e4bc5e7cap-57},
    {0x1.700a7c5784634p-1, -0x1.8c34d25aadef6p-56}, {0x1.819d0b7158a4dp-1, -0x1.bf76229d3b917p-56},
    {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55},
};
#define HALF_PI 0x1.921fb54442d18p+0
#define HALF_PI_LOW 0x1.1a62633145c07p-54

/* The angle of the point (x, y), both positive or zero, finite, not both zero. */
static struct pair first_quadrant(double y, double x) {
  bool is_steep = y > x;
  double above = is_steep ? x : y, below = is_steep ? y : x;
  if (below > 0x1p1000) {
    above *= 0x1p-60;
    below *= 0x1p-60;
  } else if (below < 0x1p-900) {
    above *= 0x1p120;
    below *= 0x1p120;
  }
  unsigned index = (unsigned)(int)(above / below * 16 + 0.5);
  double t;
  if (index == 0) {
    t = above / below;
  } else {
    double c = index / 16.0;
    /* c times the first half of the bits is exact; so is c times the others, and the first difference. */
    double upper = of_bits(bits_of(below) & ~(uint64_t)0x7ffffff);
    t = ((above - c * upper) - c * (below - upper)) / (below + c * above);
  }
  double z = t * t;
  double series = -1.0 / 3 + z * (1.0 / 5 + z * (-1.0 / 7 + z * (1.0 / 9 + z * (-1.0 / 11 + z * (1.0 / 13)))));
  struct pair base = arc_tangents[index];
  double tail = base.low + t * z * series;
  if (!is_steep) {
    struct pair result = sum(base.high, t);
    return quick_sum(result.high, result.low + tail);
  }
  struct pair result = sum(HALF_PI - base.high, -t); /* the difference is not exact: the next line has what it lost */
  struct pair difference = sum(HALF_PI, -base.high);
  return quick_sum(result.high, result.low + (difference.low + (HALF_PI_LOW - tail)));
}

double atan2(double y, double x) {
  uint64_t y_bits = magnitude_bits(y), x_bits = magnitude_bits(x);
  if (y_bits > INFINITE_BITS || x_bits > INFINITE_BITS) return x + y;
  struct pair result;
  double high = fabs(y), wide = fabs(x);
  if (y_bits == INFINITE_BITS && x_bits == INFINITE_BITS) high = wide = 1;
  if (y_bits == 0) result = (struct pair){0, 0};
  else if (x_bits == 0 || y_bits == INFINITE_BITS) result = x_bits == INFINITE_BITS ? first_quadrant(1, 1) : (struct pair){HALF_PI, HALF_PI_LOW};
  else if (x_bits == INFINITE_BITS) result = (struct pair){0, 0};
  else result = first_quadrant(high, wide);
  if (bits_of(x) >> 63 != 0) {
    struct pair turned = sum(2 * HALF_PI, -result.high);
    result.high = turned.high + (turned.low + (2 * HALF_PI_LOW - result.low));
    result.low = 0;
  }
  return copysign(result.high + result.low, y);
}

double atan(double x) {
  if (x != x) return x + x;
  if (fabs(x) < 0x1p-27) return x;
  return atan2(x, 1);
}

/* ---- exponential and logarithm -------------------------------------------------------------------------------------- */

#define LN2_HIGH 0x1.62e42fefp-1 /* 33 bits: times a whole number of 20 bits it is exact */
#define LN2_LOW 0x1.473de6af278edp-34

/* e^(high + low), |high| <= 746, high + low rounded is high. */
static double exponential(double high, double low) {
  double count = rint(high * 0x1.71547652b82fep+0);
  struct pair r = sum(high - count * LN2_HIGH, low - count * LN2_LOW);
  double x = r.high;
  double series =
      1.0 / 2 + x * (1.0 / 6 + x * (1.0 / 24 + x * (1.0 / 120 + x * (1.0 / 720 + x * (1.0 / 5040 + x * (1.0 / 40320 +
      x * (1.0 / 362880 + x * (1.0 / 3628800 + x * (1.0 / 39916800 + x * (1.0 / 479001600 + x * (1.0 / 6227020800.0)))))))))));
  struct pair most = quick_sum(1, x);
  double result = most.high + (most.low + (x * x * series + r.low * (1 + x)));
  int power = (int)count, half = power / 2;
  return result * power_of_two(half) * power_of_two(power - half);
}

double exp(double x) {
  if (x != x) return x + x;
  if (x > 710) return 0x1p1023 * 2;
  if (x < -746) return 0;
  return exponential(x, 0);
}

/* log(j/64), j from 45. */
static const struct pair logarithms[] = {
    {-0x1.68ac83e9c6a14p-2, -0x1.a64eadd740178p-58}, {-0x1.522ae0738a3d8p-2, 0x1.8f7e9b38a6979p-57},
    {-0x1.3c25277333184p-2, 0x1.2ad27e50a8ec6p-56}, {-0x1.269621134db92p-2, -0x1.e0efadd9db02bp-56},
    {-0x1.1178e8227e47cp-2, 0x1.0e63a5f01c691p-57}, {-0x1.f991c6cb3b379p-3, -0x1.f665066f980a2p-57},
    {-0x1.d1037f2655e7bp-3, -0x1.60629242471a2p-57}, {-0x1.a93ed3c8ad9e3p-3, -0x1.bcafa9de97203p-57},
    {-0x1.823c16551a3c2p-3, 0x1.1232ce70be781p-57}, {-0x1.5bf406b543db2p-3, 0x1.1f5b44c0df7e7p-61},
    {-0x1.365fcb0159016p-3, -0x1.7d411a5b944adp-58}, {-0x1.1178e8227e47cp-3, 0x1.0e63a5f01c691p-58},
    {-0x1.da727638446a2p-4, -0x1.401fa71733019p-58}, {-0x1.9335e5d594989p-4, 0x1.478a85704ccb7p-58},
    {-0x1.4d3115d207eacp-4, -0x1.769f42c7842ccp-58}, {-0x1.08598b59e3a07p-4, 0x1.dd7009902bf32p-58},
    {-0x1.894aa149fb343p-5, -0x1.a8be97660a23dp-60}, {-0x1.0415d89e74444p-5, -0x1.c05cf1d753622p-59},
    {-0x1.0205658935847p-6, -0x1.27c8e8416e71fp-60}, {0x0p+0, 0x0p+0},
    {0x1.fc0a8b0fc03e4p-7, -0x1.83092c59642a1p-62}, {0x1.f829b0e783300p-6, 0x1.33e3f04f1ef23p-60},
    {0x1.77458f632dcfcp-5, 0x1.18d3ca87b9296p-59}, {0x1.f0a30c01162a6p-5, 0x1.85f325c5bbacdp-59},
    {0x1.341d7961bd1d1p-4, -0x1.b599f227becbbp-58}, {0x1.6f0d28ae56b4cp-4, -0x1.906d99184b992p-58},
    {0x1.a926d3a4ad563p-4, 0x1.942f48aa70ea9p-58}, {0x1.e27076e2af2e6p-4, -0x1.61578001e0162p-60},
    {0x1.0d77e7cd08e59p-3, 0x1.9a5dc5e9030acp-57}, {0x1.29552f81ff523p-3, 0x1.301771c407dbfp-57},
    {0x1.44d2b6ccb7d1ep-3, 0x1.9f4f6543e1f88p-57}, {0x1.5ff3070a793d4p-3, -0x1.bc60efafc6f6ep-58},
    {0x1.7ab890210d909p-3, 0x1.be36b2d6a0608p-59}, {0x1.9525a9cf456b4p-3, 0x1.d904c1d4e2e26p-57},
    {0x1.af3c94e80bff3p-3, -0x1.398cff3641985p-58}, {0x1.c8ff7c79a9a22p-3, -0x1.4f689f8434012p-57},
    {0x1.e27076e2af2e6p-3, -0x1.61578001e0162p-59}, {0x1.fb9186d5e3e2bp-3, -0x1.caaae64f21acbp-57},
    {0x1.0a324e27390e3p-2, 0x1.7dcfde8061c03p-56}, {0x1.1675cababa60ep-2, 0x1.ce63eab883717p-61},
    {0x1.22941fbcf7966p-2, -0x1.76f5eb09628afp-56}, {0x1.2e8e2bae11d31p-2, -0x1.8f4cdb95ebdf9p-56},
    {0x1.3a64c556945eap-2, -0x1.c68651945f97cp-57}, {0x1.4618bc21c5ec2p-2, 0x1.f42decdeccf1dp-56},
    {0x1.51aad872df82dp-2, 0x1.3927ac19f55e3p-59}, {0x1.5d1bdbf5809cap-2, 0x1.4236383dc7fe1p-56},
    {0x1.686c81e9b14afp-2, -0x1.ddea0f7f58e3dp-57},
};

/* Of a positive finite number. */
static struct pair logarithm(double x) {
  uint64_t bits = bits_of(x);
  int power = 0;
  if (bits >> 52 == 0) {
    bits = bits_of(x * 0x1p54);
    power = -54;
  }
  power += (int)(bits >> 52) - 1023;
  double m = of_bits((bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1023 << 52);
  if (m > M_SQRT2) {
    m *= 0.5;
    power++;
  }
  int j = (int)(m * 64 + 0.5);
  double c = j / 64.0;
  double above = m - c; /* exact: both are multiples of 2^-53 */
  struct pair below = sum(m, c);
  double s = above / below.high;
  struct pair back = product(s, below.high);
  double s_low = ((above - back.high) - back.low - s * below.low) / below.high;
  double z = s * s;
  double series = z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9))));
  struct pair base = sum(power * LN2_HIGH, logarithms[j - 45].high);
  struct pair total = sum(base.high, 2 * s);
  double tail = base.low + total.low + (power * LN2_LOW + logarithms[j - 45].low + (2 * s_low + 2 * s * series));
  return quick_sum(total.high, tail);
}

double log(double x) {
  if (x != x || bits_of(x) == INFINITE_BITS) return x + x;
  if (x == 0) return -1 / fabs(x);
  if (x < 0) return (x - x) / (x - x);
  struct pair result = logarithm(x);
  return result.high + result.low;
}

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return x + y;
  double magnitude = fabs(x);
  bool is_whole = trunc(y) == y; /* infinities too; from 2^53 on all are even */
  bool is_odd = is_whole && fabs(y) < 0x1p53 && ((int64_t)y & 1) != 0;
  double sign = is_odd ? copysign(1, x) : 1;
  if (bits_of(fabs(y)) == INFINITE_BITS) {
    if (magnitude == 1) return 1;
    return (magnitude > 1) == (y > 0) ? fabs(y) : 0;
  }
  if (magnitude == 0) return y > 0 ? sign * 0 : sign / 0.0;
  if (bits_of(magnitude) == INFINITE_BITS) return y > 0 ? sign * magnitude : sign * 0;
  if (x < 0 && !is_whole) return (x - x) / (x - x);
  struct pair of_x = logarithm(magnitude);
  double estimate = y * of_x.high;
  if (estimate > 710) return sign * 0x1p1023 * 2;
  if (estimate < -746) return sign * 0x1p-1022 * 0x1p-1022;
  if (fabs(estimate) < 0x1p-60) return sign;
  struct pair times = product(y, of_x.high);
  struct pair exponent = quick_sum(times.high, times.low + y * of_x.low);
  return sign * exponential(exponent.high, exponent.low);
}
#else
/* A file may not be empty. */
typedef int hallows_has_no_maths;
#endif
