/*
 * Exponential, logarithm, powers.
 */

#define LN2_HIGH 0x1.62e42fefp-1 /* 33 bits: times a whole number of 20 bits it is exact */
#define LN2_LOW 0x1.473de6af278edp-34

/* e^(high + low) as a pair times 2^power; |high| <= 746, high + low rounded is high. */
static struct pair exponential_pair(double high, double low, int *power) {
  double count = rint(high * 0x1.71547652b82fep+0);
  struct pair r = sum(high - count * LN2_HIGH, low - count * LN2_LOW);
  double x = r.high;
  double series =
      1.0 / 2 + x * (1.0 / 6 + x * (1.0 / 24 + x * (1.0 / 120 + x * (1.0 / 720 + x * (1.0 / 5040 + x * (1.0 / 40320 +
      x * (1.0 / 362880 + x * (1.0 / 3628800 + x * (1.0 / 39916800 + x * (1.0 / 479001600 + x * (1.0 / 6227020800.0)))))))))));
  struct pair most = quick_sum(1, x);
  *power = (int)count;
  return quick_sum(most.high, most.low + (x * x * series + r.low * (1 + x)));
}

/* The same, rounded. */
static double exponential(double high, double low) {
  int power;
  double result = exponential_pair(high, low, &power).high;
  int half = power / 2;
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

/* ---- other bases, and roots -------------------------------------------------------------------------------------- */

static const struct pair ln2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
static const struct pair ln10 = {0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53};
static const struct pair log2_of_e = {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
static const struct pair log10_of_e = {0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};

double exp2(double x) {
  if (x != x) return x + x;
  if (x >= 1024) return 0x1p1023 * 2;
  if (x < -1080) return 0;
  double whole = rint(x); /* taken out, so that whole powers are exact */
  struct pair rest = pair_product((struct pair){x - whole, 0}, ln2);
  return ldexp(exponential(rest.high, rest.low), (int)whole);
}

double exp10(double x) {
  if (x != x) return x + x;
  if (x > 309) return 0x1p1023 * 2;
  if (x < -324) return 0;
  if (x == rint(x) && x >= 0 && x <= 22) {
    double power = 1;
    for (int i = 0; i < (int)x; i++) power *= 10; /* exact up to 10^22 */
    return power;
  }
  struct pair exponent = pair_product((struct pair){x, 0}, ln10);
  return exponential(exponent.high, exponent.low);
}

static double logarithm_to(struct pair unit, double x) {
  if (x <= 0 || !(x < INFINITY)) return log(x);
  return pair_product(logarithm(x), unit).high;
}

double log2(double x) { return logarithm_to(log2_of_e, x); }
double log10(double x) { return logarithm_to(log10_of_e, x); }

double log1p(double x) {
  if (x != x || x <= -1 || bits_of(x) == INFINITE_BITS) return log(1 + x);
  if (fabs(x) < 0x1p-54) return x;
  struct pair moved = sum(1, x);
  struct pair result = logarithm(moved.high);
  return result.high + (result.low + moved.low / moved.high);
}

double expm1(double x) {
  if (x != x || x > 710) return exp(x);
  if (x < -50) return -1;
  if (fabs(x) < 0x1p-54) return x;
  int power;
  struct pair result = exponential_pair(x, 0, &power);
  int half = power / 2; /* 2^1024 is no double */
  double first = power_of_two(half), second = power_of_two(power - half);
  struct pair less = sum(result.high * first * second, -1);
  return less.high + (less.low + result.low * first * second);
}

double cbrt(double x) {
  if (x == 0 || magnitude_bits(x) >= INFINITE_BITS) return x + x;
  /* Near 1, so that no cube is too large or small. */
  int exponent;
  double magnitude = fabs(frexp(x, &exponent));
  int third = exponent / 3;
  magnitude = ldexp(magnitude, exponent - 3 * third);
  double root = exponential(logarithm(magnitude).high / 3, 0);
  /* A step of Newton's, with the square's and the cube's lost bits. */
  struct pair square = product(root, root), cube = pair_product(square, (struct pair){root, 0});
  root -= ((cube.high - magnitude) + cube.low) / (3 * square.high);
  return copysign(ldexp(root, third), x);
}

double hypot(double x, double y) {
  if (magnitude_bits(x) == INFINITE_BITS || magnitude_bits(y) == INFINITE_BITS) return INFINITY;
  if (x != x || y != y) return x + y;
  double larger = fmax(fabs(x), fabs(y)), smaller = fmin(fabs(x), fabs(y));
  if (larger == 0 || smaller < larger * 0x1p-60) return larger + smaller;
  int exponent;
  frexp(larger, &exponent);
  larger = ldexp(larger, -exponent);
  smaller = ldexp(smaller, -exponent);
  struct pair square = pair_sum(product(larger, larger), product(smaller, smaller));
  double root = sqrt(square.high);
  struct pair back = product(root, root);
  root += ((square.high - back.high) - back.low + square.low) / (2 * root);
  return ldexp(root, exponent);
}
