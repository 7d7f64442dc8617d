/* Doubles as text and back: printf of every conversion, strtod, strtof, sscanf, with errno; parts of doubles. */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static double some_double(void) {
  uint64_t bits = next_random();
  double value;
  switch (below(5)) {
    case 0: return (double)(int64_t)any_size() / (double)(1 << below(20));
    case 1: bits &= ~0x7ff0000000000000u; break; /* subnormal */
    case 2: return (double)below(100000) / 1000;
    case 3: bits = (bits & 0x800fffffffffffffu) | (uint64_t)(1003 + below(40)) << 52; break;
  }
  memcpy(&value, &bits, sizeof value);
  return value == value ? value : 1.5;
}

static void read_back(const char *text) {
  char *end;
  errno = 0;
  double value = strtod(text, &end);
  printf("%s: %a +%td %d, ", text, value, end - text, errno);
  errno = 0;
  float single = strtof(text, &end);
  printf("%a +%td %d\n", single, end - text, errno);
}

static void parts(double x, double y) {
  int exponent, quotient;
  double whole, part = frexp(x, &exponent);
  printf("%a %d ", part, exponent);
  part = modf(x, &whole);
  printf("%a %a %a %a ", part, whole, logb(x), nextafter(x, y));
  part = remquo(x, y, &quotient);
  printf("%a %d ", part, quotient);
  printf("%a %a %a %a %a ", remainder(x, y), fmod(x, y), fdim(x, y), fmin(x, y), fmax(x, y));
  printf("%a %a %a %a %d ", ldexp(x, (int)below(200) - 100), floor(x), ceil(x), trunc(x), ilogb(x));
  printf("%a %a %ld %ld\n", rint(x), round(x), fabs(x) < 1e18 ? lrint(x) : 0, fabs(x) < 1e18 ? lround(x) : 0);
  printf("%a %a %a ", fma(x, y, 1), fma(x, y, -x * y), fmaf((float)x, (float)y, 0.1f));
  printf("%a %a %a %a\n", floorf((float)x), roundf((float)y), nextafterf((float)x, (float)y), fmodf((float)x, (float)y));
  printf("%d %d %d %d %d\n", fpclassify(x) == FP_SUBNORMAL, !!isinf(x), !!isnormal(y), !!signbit(x), isless(x, y));
}

int main(void) {
  char text[600], format[32];
  for (int i = 0; i < 600; i++) {
    int at = sprintf(format, "%%");
    for (int flags = (int)below(3); flags > 0; flags--) format[at++] = "-0+ #"[below(5)];
    if (below(2) == 0) at += sprintf(format + at, "%u", below(30));
    if (below(2) == 0) at += sprintf(format + at, ".%u", below(25));
    char conversion = "fFeEgGaA"[below(8)];
    if ((conversion | 32) == 'g' && strchr(format, '#') != NULL) conversion = 'e';
    sprintf(format + at, "%c\n", conversion);
    printf(format, some_double());
  }
  for (int i = 0; i < 600; i++) {
    double value = some_double();
    int digits = (int)below(20);
    snprintf(text, sizeof text, below(2) == 0 ? "%.*e" : "%.*a", digits, value);
    if (below(3) == 0) {
      int at = sprintf(text, "%llu.", (unsigned long long)any_size());
      at += sprintf(text + at, "%llu", (unsigned long long)any_size());
      sprintf(text + at, "e%d", (int)below(100) - 50);
    }
    read_back(text);
    float f = 0;
    double d = 0;
    strcat(text, " 2.5x");
    int got = sscanf(text, "%lf%5fx", &d, &f);
    printf("%d %a %a\n", got, d, f);
  }
  static const char *const odd[] = {"inf", "-infinity", "INFx", "nan", "nan(12)", "-nan", "0x", "0x.p1", "0x1p", "0x1.8p+3z", "1e", "1e+", ".", "-.5e1",
                                    "1e400", "-1e-400", "1e40", "1e-46", "2.2250738585072014e-308", "0x1.fffffffffffff8p0", "0x1.ffffffp0", "0x0p9999999999"};
  for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) read_back(odd[i]);
  for (int i = 0; i < 300; i++) {
    double x = some_double();
    parts(x, some_double());
  }
  parts(0.0, 1.5), parts(-0.5, 2.5), parts(1e300, 3), parts(2.5, 0.5), parts(DBL_MAX, DBL_MIN), parts(DBL_MIN, DBL_MAX);
  return 23;
}
