/* Doubles as text and back, and the maths that the SDK has. Exit code 49. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Not known to the compiler. */
static volatile double zero = 0;

static void print(void) {
  static const double values[] = {0, 1, -1.5, 0.1, 2.5, 1e21, 1e22, 123456.789, 1e-5, 9.9999995, 5e-310};
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
    double value = values[i] + zero;
    printf("[%f] [%.0f] [%12.3f] [%-12.1f] [%+e] [%.12e] [%G] [%#.3g] [%015g] [% .17g]\n", value, value, value, value,
           value, value, value, value, value, value);
  }
  printf("[%f] [%5.1f] [%-6F] [%E] [%08g] [%+g]\n", 1 / zero, -1 / zero, -1 / zero, fabs(zero / zero), 1 / zero, 1 / zero);
  printf("[%.60f]\n[%.40e]\n[%g] [%g] [%g]\n", 0.1, 5e-324, 100000.0, 1000000.0, 0.0001);
  printf("[%.2f] [%g]\n", 1.7976931348623157e308, 5e-324);
  printf("[%.1f %.1f %.1f %.0f %.0f %.0f] [%*.*f]\n", 0.25, 0.35, 0.45, 0.5, 1.5, 2.5, 10, 2, 3.14159);
}

static void read_back(void) {
  static const char *const texts[] = {"1",       " -2.50e1x", ".5",   "5.",         "1e",     "1e+",    "infinity", "-INF", "NaN",
                                      "1e400",   "-1e-400",   "1e23", "8.5e-324",   "2.4703282292062327e-324",
                                      "2.4703282292062328e-324", "179769313486231580793728971405301e276",
                                      "100000000000000016777215", "100000000000000016777216", "nothing", "0x"};
  for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
    char *end;
    double value = strtod(texts[i], &end);
    printf("%s: %016lx, %d\n", texts[i], value != value ? 0 : bits_of(value), (int)(end - texts[i]));
  }
  uint64_t state = 1, digest = 0;
  int wrong = 0;
  for (int i = 0; i < 40; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint64_t bits = state & 0xc3ffffffffffffffu; /* between about 2^-960 and 2^64, so that digits are few enough */
    if (i % 4 != 0) bits = (bits & ~((uint64_t)0x7ff << 52)) | (uint64_t)(1000 + i % 50) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    char text[40];
    int length = snprintf(text, sizeof text, "%.17g", value);
    for (int at = 0; at < length; at++) digest = digest * 31 + (uint8_t)text[at];
    wrong += bits_of(strtod(text, NULL)) != bits;
  }
  printf("there and back: %d wrong, digest %016lx\n", wrong, digest);
}

static void compute(void) {
  static const double arguments[] = {-1e22, -100, -3, -0.7, -1e-9, 0, 1e-300, 0.03, 0.5, 1, 1.5, 2.5, 10, 700, 1e15};
  uint64_t digest = 0;
  for (unsigned i = 0; i < sizeof arguments / sizeof *arguments; i++) {
    double x = arguments[i] + zero;
    double results[] = {sin(x), cos(x), tan(x), atan(x), exp(x), log(fabs(x)), sqrt(fabs(x)), pow(fabs(x), 1.7), atan2(x, -2),
                        fmod(x, 0.7), floor(x), ceil(x), trunc(x), round(x), rint(x), ldexp(x, -3)};
    for (unsigned j = 0; j < sizeof results / sizeof *results; j++) digest = digest * 31 + bits_of(results[j]);
    printf("%g: %.15g %.15g %.15g %.15g %.15g %.15g %.15g\n", x, results[0], results[1], results[2], results[3],
           results[4], results[5], results[7]);
  }
  printf("digest %016lx\n", digest);
}

int main(void) {
  print();
  read_back();
  compute();
  return 49;
}
