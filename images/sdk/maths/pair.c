/*
 * Two doubles for one number, about 106 bits.
 */

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

static struct pair pair_sum(struct pair a, struct pair b) {
  struct pair high = sum(a.high, b.high);
  return quick_sum(high.high, high.low + (a.low + b.low));
}

static struct pair pair_product(struct pair a, struct pair b) {
  struct pair high = product(a.high, b.high);
  return quick_sum(high.high, high.low + (a.high * b.low + a.low * b.high));
}
