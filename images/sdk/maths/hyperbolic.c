/*
 * Hyperbolic functions and their inverses, by way of expm1 and log1p where something would cancel.
 */

/* e^|x| and e^-|x|, both halved, so that neither overflows before their sum does. */
static void half_exponentials(double x, double *large, double *small) {
  int power;
  *large = INFINITY;
  if (fabs(x) <= 746) {
    double result = exponential_pair(fabs(x), 0, &power).high;
    *large = ldexp(result, power - 1);
  }
  *small = 0.25 / *large;
}

double sinh(double x) {
  if (magnitude_bits(x) >= INFINITE_BITS || fabs(x) < 0x1p-27) return x;
  double z = x * x;
  if (fabs(x) < 1) {
    double series = 1.0 / 6 + z * (1.0 / 120 + z * (1.0 / 5040 + z * (1.0 / 362880 + z * (1.0 / 39916800 +
                    z * (1.0 / 6227020800.0 + z * (1.0 / 1307674368000.0 + z * (1.0 / 355687428096000.0)))))));
    return x + x * z * series;
  }
  double large, small;
  half_exponentials(x, &large, &small);
  return copysign(large - small, x);
}

double cosh(double x) {
  if (magnitude_bits(x) >= INFINITE_BITS) return x * x;
  double large, small;
  half_exponentials(x, &large, &small);
  return large + small;
}

double tanh(double x) {
  if (x != x || fabs(x) < 0x1p-27) return x;
  if (fabs(x) > 22) return copysign(1, x);
  double above = expm1(2 * fabs(x));
  return copysign(above / (above + 2), x);
}

double asinh(double x) {
  double magnitude = fabs(x);
  if (magnitude_bits(x) >= INFINITE_BITS || magnitude < 0x1p-27) return x;
  if (magnitude > 0x1p28) return copysign(log(magnitude) + 0x1.62e42fefa39efp-1, x);
  double square = magnitude * magnitude;
  return copysign(log1p(magnitude + square / (1 + sqrt(square + 1))), x);
}

double acosh(double x) {
  if (!(x >= 1)) return (x - x) / (x - x);
  if (x > 0x1p28) return log(x) + 0x1.62e42fefa39efp-1;
  double above = x - 1;
  return log1p(above + sqrt(above * (x + 1)));
}

double atanh(double x) {
  double magnitude = fabs(x);
  if (!(magnitude <= 1)) return (x - x) / (x - x);
  if (magnitude < 0x1p-27) return x;
  return copysign(0.5 * log1p(2 * magnitude / (1 - magnitude)), x);
}
