/*
 * The error function and the gamma function.
 *
 *   erf     The series of the integral up to 1; beyond, 1 less erfc.
 *   erfc    exp(-x^2) over Laplace's continued fraction, as many steps as x needs.
 *   gamma   Stirling's series from 16 up, where its 8 terms suffice; smaller arguments are moved up, and what
 *           this costs is taken off again; negative ones are reflected. Near 1 and 2, where the logarithm goes
 *           through zero, its error is 2e-17 rather than a unit of its last place.
 */

static double erf_series(double x) {
  double z = x * x, term = x, total = 0;
  for (int n = 1; n < 30; n++) {
    term *= -z / n;
    total += term / (2 * n + 1);
  }
  return 0x1.20dd750429b6dp+0 * (x + total);
}

double erfc(double x) {
  if (x != x) return x;
  if (x < 1) return x < -6 ? 2 : x < -1 ? 2 - erfc(-x) : 1 - erf_series(x);
  if (x > 27.3) return 0;
  double fraction = x;
  for (int n = 12 + (int)(190 / (x * x)); n > 0; n--) fraction = x + 0.5 * n / fraction;
  struct pair square = product(x, x);
  return exponential(-square.high, -square.low) * 0x1.20dd750429b6dp-1 / fraction;
}

double erf(double x) {
  if (x != x || x == 0) return x;
  return fabs(x) < 1 ? erf_series(x) : x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
}

static struct pair pair_logarithm(struct pair x) {
  struct pair result = logarithm(x.high);
  return quick_sum(result.high, result.low + x.low / x.high);
}

/* log gamma of a positive number, and the factors that it was moved up by: gamma is e^result / factors. */
static struct pair stirling(double x, struct pair *factors) {
  struct pair at = {x, 0};
  *factors = (struct pair){1, 0};
  while (at.high < 16) {
    *factors = pair_product(*factors, at);
    at = pair_sum(at, (struct pair){1, 0});
  }
  double y = 1 / at.high, z = y * y;
  double series = y * (1.0 / 12 + z * (-1.0 / 360 + z * (1.0 / 1260 + z * (-1.0 / 1680 + z * (1.0 / 1188 +
                  z * (-691.0 / 360360 + z * (1.0 / 156 + z * (-3617.0 / 122400))))))));
  static const struct pair half_log_two_pi = {0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55};
  struct pair result = pair_product(pair_sum(at, (struct pair){-0.5, 0}), pair_logarithm(at));
  result = pair_sum(result, (struct pair){-at.high, -at.low});
  result = pair_sum(result, half_log_two_pi);
  return pair_sum(result, (struct pair){series, 0});
}

double lgamma(double x) {
  if (x != x || magnitude_bits(x) == INFINITE_BITS) return x * x;
  if (x <= 0 && x == rint(x)) return INFINITY;
  if (fabs(x) < 0x1p-60) return -log(fabs(x));
  /* gamma(x) gamma(-x) = -pi / (x sin(pi x)), and -x is exact. */
  if (x < 0) return log(PI_HIGH / fabs(x * sine_of_half_turns(x))) - lgamma(-x);
  if (x > 0x1p1000) return x * (log(x) - 1);
  struct pair factors, result = stirling(x, &factors), moved = pair_logarithm(factors);
  return pair_sum(result, (struct pair){-moved.high, -moved.low}).high;
}

double tgamma(double x) {
  if (x != x || bits_of(x) == INFINITE_BITS) return x;
  if (x == 0) return 1 / x;
  if (x < 0 && (x == rint(x) || magnitude_bits(x) == INFINITE_BITS)) return (x - x) / (x - x);
  if (x > 172) return 0x1p1023 * 2;
  if (x == rint(x) && x > 0 && x <= 23) {
    double factorial = 1;
    for (int i = 2; i < (int)x; i++) factorial *= i; /* 22! is a double */
    return factorial;
  }
  if (x < -190) return copysign(0, sine_of_half_turns(x));
  if (fabs(x) < 0x1p-60) return 1 / x;
  if (x < 0) {
    double result = -PI_HIGH / sine_of_half_turns(x) / x, at = -x;
    /* gamma(at) may be too large itself. */
    while (at > 170) result /= --at;
    return result / tgamma(at);
  }
  struct pair factors, result = stirling(x, &factors);
  int power;
  struct pair exponential_part = exponential_pair(result.high, result.low, &power);
  return ldexp(exponential_part.high / factors.high * (1 - factors.low / factors.high), power);
}
