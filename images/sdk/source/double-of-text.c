/*
 * Text to doubles and floats, correctly rounded (to nearest, ties to even), for every text.
 *
 * Digits and power of ten become a fraction of two whole numbers, which is divided bit by bit until 64 bits are there;
 * what is left over tells how to round. Most texts are shorter: digits below 2^53 and a power of ten up to 10^22 are
 * doubles exactly, and one multiplication or division rounds once (W. D. Clinger, "How to Read Floating Point Numbers
 * Accurately", PLDI 1990). That last step takes MXCSR's rounding as it finds it.
 */

enum {
  KEPT_DIGITS = 780,  /* of a text: a tie between two doubles ends within 768 */
  BINARY_LIMBS = 130, /* 10^1110 and a bit more */
};

struct natural {
  int count;
  uint32_t limbs[BINARY_LIMBS]; /* the lowest first; the last is not 0 */
};

static void multiply_add(struct natural *number, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (int i = 0; i < number->count; i++) {
    carry += (uint64_t)number->limbs[i] * factor;
    number->limbs[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry != 0) number->limbs[number->count++] = (uint32_t)carry;
}

static void times_power_of_ten(struct natural *number, int power) {
  for (; power >= 9; power -= 9) multiply_add(number, GROUP, 0);
  for (; power > 0; power--) multiply_add(number, 10, 0);
}

static void shift_left(struct natural *number, int bits) {
  int limbs = bits / 32;
  bits %= 32;
  if (bits > 0) multiply_add(number, (uint32_t)1 << bits, 0);
  if (limbs == 0) return;
  for (int i = number->count - 1; i >= 0; i--) number->limbs[i + limbs] = number->limbs[i];
  for (int i = 0; i < limbs; i++) number->limbs[i] = 0;
  number->count += limbs;
}

static int bit_length(const struct natural *number) {
  return number->count * 32 - __builtin_clz(number->limbs[number->count - 1]);
}

static int compare(const struct natural *a, const struct natural *b) {
  if (a->count != b->count) return a->count < b->count ? -1 : 1;
  for (int i = a->count - 1; i >= 0; i--) {
    if (a->limbs[i] != b->limbs[i]) return a->limbs[i] < b->limbs[i] ? -1 : 1;
  }
  return 0;
}

/* a -= b, which is not greater. */
static void subtract(struct natural *a, const struct natural *b) {
  int64_t borrow = 0;
  for (int i = 0; i < a->count; i++) {
    borrow += (int64_t)a->limbs[i] - (i < b->count ? b->limbs[i] : 0);
    a->limbs[i] = (uint32_t)borrow;
    borrow >>= 32;
  }
  while (a->count > 0 && a->limbs[a->count - 1] == 0) a->count--;
}

/* A format of IEEE 754. */
struct binary {
  int fraction_bits;
  int bias;
};
static const struct binary double_format = {52, 1023};
static const struct binary float_format = {23, 127};

static uint64_t infinity_of(const struct binary *format) {
  return (uint64_t)(2 * format->bias + 1) << format->fraction_bits;
}

/*
 * Bits of the number nearest to 1.m * 2^exponent, where m is 63 bits below the one at the top; `more` says that
 * something not 0 follows. errno becomes ERANGE where the result is infinite, or is subnormal and had to be rounded.
 */
static uint64_t nearest(const struct binary *format, uint64_t mantissa, bool more, int exponent) {
  int dropped = 63 - format->fraction_bits, least = 1 - format->bias;
  bool is_normal = exponent >= least;
  if (!is_normal) dropped += least - exponent < 100 ? least - exponent : 100;
  uint64_t kept = dropped > 63 ? 0 : mantissa >> dropped;
  uint64_t rest = dropped > 64 ? 1 : dropped == 64 ? mantissa : mantissa << (64 - dropped), half = (uint64_t)1 << 63;
  bool up = rest > half || (rest == half && (more || (kept & 1) != 0));
  /* A carry out of the fraction makes the exponent one more, of the subnormal too. */
  uint64_t bits = kept + up;
  if (is_normal) {
    if (exponent <= format->bias) bits += (uint64_t)(exponent - least) << format->fraction_bits;
    if (exponent > format->bias || bits > infinity_of(format)) bits = infinity_of(format);
  }
  bool is_subnormal = bits >> format->fraction_bits == 0;
  if (bits == infinity_of(format) || (is_subnormal && (rest != 0 || more))) errno = ERANGE;
  return bits;
}

/* Of the number nearest to above / below, neither of them 0. Both are used up. */
static uint64_t nearest_quotient(const struct binary *format, struct natural *above, struct natural *below) {
  /* So that the quotient is 1 to 2, times 2^exponent. */
  int exponent = bit_length(above) - bit_length(below);
  if (exponent > 0) shift_left(below, exponent);
  else shift_left(above, -exponent);
  if (compare(above, below) < 0) {
    exponent--;
    shift_left(above, 1);
  }
  uint64_t quotient = 0;
  for (int i = 0; i < 64; i++) {
    quotient <<= 1;
    if (compare(above, below) >= 0) {
      subtract(above, below);
      quotient |= 1;
    }
    if (above->count > 0) multiply_add(above, 2, 0);
  }
  return nearest(format, quotient, above->count > 0, exponent);
}

static bool is_digit(char character) { return character >= '0' && character <= '9'; }

/* Whether text begins with the word, in capitals or not. */
static bool has_word(const char *text, const char *word) {
  for (; *word != 0; text++, word++) {
    if ((*text | 0x20) != *word) return false;
  }
  return true;
}

static uint64_t infinity_or_nan(const struct binary *format, const char *text, const char **end) {
  if (has_word(text, "inf")) {
    *end = text + (has_word(text, "infinity") ? 8 : 3);
    return infinity_of(format);
  }
  if (!has_word(text, "nan")) return 0;
  *end = text + 3;
  if (text[3] == '(') {
    const char *at = text + 4;
    while (is_digit(*at) || *at == '_' || ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z')) at++;
    if (*at == ')') *end = at + 1;
  }
  return infinity_of(format) | (uint64_t)1 << (format->fraction_bits - 1);
}

/* digits[0 .. count) * 10^power, where the first and the last digit are not 0. */
static uint64_t decimal_to_bits(const struct binary *format, const char *digits, int count, int64_t power) {
  static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (format == &double_format && count <= 15 && power >= -22 && power <= 22) {
    int64_t whole = 0;
    for (int i = 0; i < count; i++) whole = whole * 10 + digits[i];
    return bits_of(power < 0 ? (double)whole / exact_powers[-power] : (double)whole * exact_powers[power]);
  }
  if (count + power > 310) return nearest(format, (uint64_t)1 << 63, false, 2000);
  if (count + power < -330) return nearest(format, (uint64_t)1 << 63, false, -2000);
  struct natural above = {.count = 0}, below = {.count = 1, .limbs = {1}};
  for (int i = 0; i < count; i++) multiply_add(&above, 10, (uint32_t)digits[i]);
  if (power > 0) times_power_of_ten(&above, (int)power);
  else times_power_of_ten(&below, (int)-power);
  return nearest_quotient(format, &above, &below);
}

/* The power behind `letter` (e or p), if one is there; `at` moves behind it. */
static int64_t read_power(const char **at, char letter) {
  if ((**at | 0x20) != letter) return 0;
  const char *digit = *at + 1;
  bool is_negative = *digit == '-';
  if (*digit == '-' || *digit == '+') digit++;
  if (!is_digit(*digit)) return 0;
  int64_t power = 0;
  for (; is_digit(*digit); digit++) {
    if (power < (int64_t)1 << 48) power = power * 10 + (*digit - '0');
  }
  *at = digit;
  return is_negative ? -power : power;
}

/* Digits of base 10; `end` is set where there are any. */
static uint64_t read_decimal(const struct binary *format, const char *at, const char **end) {
  char digits[KEPT_DIGITS + 1];
  int count = 0, kept = 0; /* `kept`: up to the last digit that is not 0 */
  int64_t power = 0;
  bool any = false, has_rest = false, behind_point = false;
  for (;; at++) {
    if (*at == '.' && !behind_point) {
      behind_point = true;
      continue;
    }
    if (!is_digit(*at)) break;
    any = true;
    char digit = (char)(*at - '0');
    if (behind_point) power--;
    if (count == 0 && digit == 0) continue;
    if (count < KEPT_DIGITS) {
      digits[count++] = digit;
      if (digit != 0) kept = count;
    } else {
      has_rest |= digit != 0;
      power++;
    }
  }
  if (!any) return 0;
  power += read_power(&at, 'e');
  *end = at;
  /* What lies behind the digits kept only matters when it is not 0. */
  if (has_rest) {
    digits[count++] = 1;
    power--;
    kept = count;
  }
  return kept == 0 ? 0 : decimal_to_bits(format, digits, kept, power + count - kept);
}

static int hexadecimal_digit(char character) {
  if (is_digit(character)) return character - '0';
  char letter = (char)(character | 0x20);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* The same of base 16, behind "0x". */
static uint64_t read_hexadecimal(const struct binary *format, const char *at, const char **end) {
  uint64_t mantissa = 0;
  int64_t power = 0;
  bool any = false, more = false, behind_point = false;
  for (;; at++) {
    if (*at == '.' && !behind_point) {
      behind_point = true;
      continue;
    }
    int digit = hexadecimal_digit(*at);
    if (digit < 0) break;
    any = true;
    if (behind_point) power -= 4;
    if (mantissa >> 60 == 0) {
      mantissa = mantissa << 4 | (uint64_t)digit;
    } else {
      more |= digit != 0;
      power += 4;
    }
  }
  if (!any) return 0;
  power += read_power(&at, 'p');
  *end = at;
  if (mantissa == 0) return 0;
  int zeros = __builtin_clzll(mantissa);
  power += 63 - zeros;
  int exponent = power > 5000 ? 5000 : power < -5000 ? -5000 : (int)power;
  return nearest(format, mantissa << zeros, more, exponent);
}

/* What strtod and strtof share: the number's bits in its format, the sign apart. */
static uint64_t read_number(const struct binary *format, const char *text, char **end, bool *is_negative) {
  const char *at = text, *last = text;
  while (*at == ' ' || (*at >= '\t' && *at <= '\r')) at++;
  *is_negative = *at == '-';
  if (*at == '-' || *at == '+') at++;
  uint64_t bits = infinity_or_nan(format, at, &last);
  if (bits == 0 && at[0] == '0' && (at[1] | 0x20) == 'x') bits = read_hexadecimal(format, at + 2, &last);
  if (last == text) bits = read_decimal(format, at, &last);
  if (last == text) *is_negative = false;
  if (end != NULL) *end = (char *)last;
  return bits;
}

double strtod(const char *restrict text, char **restrict end) {
  bool is_negative;
  uint64_t bits = read_number(&double_format, text, end, &is_negative);
  return of_bits(bits | (uint64_t)is_negative << 63);
}

float strtof(const char *restrict text, char **restrict end) {
  bool is_negative;
  uint32_t bits = (uint32_t)read_number(&float_format, text, end, &is_negative);
  bits |= (uint32_t)is_negative << 31;
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

#if __LDBL_MANT_DIG__ == __DBL_MANT_DIG__
long double strtold(const char *restrict text, char **restrict end) { return strtod(text, end); }
#endif

double atof(const char *text) { return strtod(text, NULL); }
