/*
 * Sine, cosine, tangent.
 */

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
#define PI_HIGH 0x1.921fb54442d18p+1
#define PI_LOW 0x1.1a62633145c07p-53

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

void sincos(double x, double *sine, double *cosine) {
  *sine = sin(x);
  *cosine = cos(opaque(x)); /* or it were a sincos again */
}

/* sin(pi x), of any x: what is whole goes first, exactly. */
static double sine_of_half_turns(double x) {
  double whole = rint(x), part = x - whole;
  bool is_near_half = fabs(part) > 0.25;
  /* sin(pi/2 - t) = cos t, so that the series get at most pi/4. */
  struct pair angle = product(is_near_half ? 0.5 - fabs(part) : fabs(part), PI_HIGH);
  angle = quick_sum(angle.high, angle.low + (is_near_half ? 0.5 - fabs(part) : fabs(part)) * PI_LOW);
  double result = copysign(is_near_half ? cosine_series(angle) : sine_series(angle), part);
  return fmod(whole, 2) != 0 ? -result : result;
}
