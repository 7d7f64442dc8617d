/*
 * Arc tangent, and arc sine and cosine by way of it.
 */

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

/* The other side of the triangle whose hypotenuse is 1. */
static double other_side(double x) { return sqrt((1 - x) * (1 + x)); }

double asin(double x) {
  if (!(fabs(x) <= 1)) return (x - x) / (x - x);
  return fabs(x) < 0x1p-27 ? x : atan2(x, other_side(x));
}

double acos(double x) {
  if (!(fabs(x) <= 1)) return (x - x) / (x - x);
  return atan2(other_side(x), x);
}
