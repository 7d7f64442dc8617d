/*
 * Doubles to text and back, both correctly rounded (to nearest, ties to even), for every double and every text.
 *
 * To text: a double is m * 2^e with whole m and e. Where e is negative that is m * 5^-e / 10^-e. So a whole number holds
 * all its digits, at most 767 of them, and a power of ten says where the point is. Nothing is ever approximated, and
 * rounding to the digits asked for looks at the digits themselves.
 *
 * From text: digits and power of ten become a fraction of two whole numbers, which is divided bit by bit until the
 * double's bits are there; what is left over tells how to round. Most texts are shorter: digits below 2^53 and a power of
 * ten up to 10^22 are doubles exactly, and one multiplication or division rounds once (W. D. Clinger, "How to Read
 * Floating Point Numbers Accurately", PLDI 1990). That last step takes MXCSR's rounding as it finds it.
 */
#ifdef __SSE2__
#include "hallows_float.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum {
  FRACTION_BITS = 52,
  EXPONENT_BIAS = 1023,
  LEAST_EXPONENT = -1074,  /* of the last bit of a subnormal number */
  DIGITS = 792,            /* 767 are the most that a double needs, in groups of nine */
  GROUP = 1000000000,      /* limbs of decimal numbers count to this */
  DECIMAL_LIMBS = 88,
  KEPT_DIGITS = 780,       /* of a text: a tie between two doubles ends within 768 */
  BINARY_LIMBS = 130,      /* 10^1110 and a bit more */
};

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

/* ---- to text -------------------------------------------------------------------------------------------------------- */

/* 0.d1 d2 d3 ... * 10^point. The first digit is not 0, unless there are none: then it is zero. */
struct decimal {
  int count;
  int point;
  char digits[DIGITS]; /* as numbers, not characters */
};

/* Of a finite number without its sign. */
static void to_decimal(uint64_t bits, struct decimal *decimal) {
  uint64_t mantissa = bits & (((uint64_t)1 << FRACTION_BITS) - 1);
  int exponent = (int)(bits >> FRACTION_BITS);
  if (exponent == 0) exponent = 1;
  else mantissa |= (uint64_t)1 << FRACTION_BITS;
  exponent -= EXPONENT_BIAS + FRACTION_BITS;
  decimal->count = 0;
  decimal->point = 0;
  if (mantissa == 0) return;
  for (; exponent < 0 && (mantissa & 1) == 0; exponent++) mantissa >>= 1;

  uint32_t limbs[DECIMAL_LIMBS]; /* the lowest first */
  int count = 0;
  for (; mantissa != 0; mantissa /= GROUP) limbs[count++] = (uint32_t)(mantissa % GROUP);
  /* Times 2^exponent or 5^-exponent, as much at a time as a limb and 64 bits take. */
  int left = exponent < 0 ? -exponent : exponent;
  while (left > 0) {
    int step = exponent < 0 ? (left < 13 ? left : 13) : (left < 30 ? left : 30);
    uint64_t factor = 1;
    if (exponent < 0) {
      for (int i = 0; i < step; i++) factor *= 5;
    } else {
      factor <<= step;
    }
    uint64_t carry = 0;
    for (int i = 0; i < count; i++) {
      uint64_t product = limbs[i] * factor + carry;
      limbs[i] = (uint32_t)(product % GROUP);
      carry = product / GROUP;
    }
    for (; carry != 0; carry /= GROUP) limbs[count++] = (uint32_t)(carry % GROUP);
    left -= step;
  }

  int at = 0;
  for (int i = count - 1; i >= 0; i--) {
    uint32_t divisor = GROUP / 10;
    for (int place = 0; place < 9; place++, divisor /= 10) {
      char digit = (char)(limbs[i] / divisor % 10);
      if (at > 0 || digit != 0) decimal->digits[at++] = digit;
    }
  }
  decimal->count = at;
  decimal->point = at + (exponent < 0 ? exponent : 0);
}

/* To so many digits; less than none is zero. */
static void round_decimal(struct decimal *decimal, int digits) {
  if (digits >= decimal->count) return;
  bool up = false;
  if (digits >= 0) {
    char next = decimal->digits[digits];
    bool more = false;
    for (int i = digits + 1; i < decimal->count && !more; i++) more = decimal->digits[i] != 0;
    bool is_odd = digits > 0 && (decimal->digits[digits - 1] & 1) != 0;
    up = next > 5 || (next == 5 && (more || is_odd));
  }
  decimal->count = digits > 0 ? digits : 0;
  if (!up) return;
  int at = decimal->count - 1;
  while (at >= 0 && decimal->digits[at] == 9) decimal->digits[at--] = 0;
  if (at >= 0) {
    decimal->digits[at]++;
    return;
  }
  /* 9.99 has become 10.0, or nothing a one. */
  if (decimal->count == 0) decimal->count = 1;
  decimal->digits[0] = 1;
  for (int i = 1; i < decimal->count; i++) decimal->digits[i] = 0;
  decimal->point++;
}

static char digit_at(const struct decimal *decimal, int place) {
  return (char)('0' + (place >= 0 && place < decimal->count ? decimal->digits[place] : 0));
}

struct output {
  void (*emit)(void *sink, char character);
  void *sink;
};

static void times(const struct output *output, char character, int count) {
  for (; count > 0; count--) output->emit(output->sink, character);
}

/* Padding, sign and zeros round what `length` characters will follow. */
static void before(const struct output *output, const struct hallows_field *field, char sign, int length, bool zeros) {
  int padding = field->width - length - (sign != 0);
  bool is_filled = zeros && field->zero && !field->left;
  if (!field->left && !is_filled) times(output, ' ', padding);
  if (sign != 0) output->emit(output->sink, sign);
  if (is_filled) times(output, '0', padding);
}

static void after(const struct output *output, const struct hallows_field *field, char sign, int length) {
  if (field->left) times(output, ' ', field->width - length - (sign != 0));
}

void hallows_emit_double(void (*emit)(void *sink, char character), void *sink, const struct hallows_field *field,
                         char conversion, double value) {
  struct output output = {emit, sink};
  uint64_t bits = bits_of(value);
  char sign = bits >> 63 != 0 ? '-' : field->plus ? '+' : field->space ? ' ' : 0;
  bits &= ~((uint64_t)1 << 63);
  bool capitals = conversion < 'a';
  char kind = capitals ? (char)(conversion - 'A' + 'a') : conversion;
  if (bits >> FRACTION_BITS == 2047) {
    const char *name = bits << 12 != 0 ? (capitals ? "NAN" : "nan") : capitals ? "INF" : "inf";
    before(&output, field, sign, 3, false);
    for (; *name != 0; name++) emit(sink, *name);
    after(&output, field, sign, 3);
    return;
  }

  struct decimal decimal;
  to_decimal(bits, &decimal);
  bool is_zero = decimal.count == 0;
  int places = field->precision < 0 ? 6 : field->precision; /* behind the point */
  bool strips = false;
  if (kind == 'g') {
    int significant = places == 0 ? 1 : places;
    round_decimal(&decimal, significant);
    int power = is_zero ? 0 : decimal.point - 1;
    kind = power < -4 || power >= significant ? 'e' : 'f';
    places = kind == 'e' ? significant - 1 : significant - 1 - power;
    strips = !field->alternate;
  } else {
    round_decimal(&decimal, kind == 'e' ? places + 1 : places + decimal.point);
  }
  if (strips) {
    /* Zeros at the end go. */
    int last = decimal.count;
    while (last > 0 && decimal.digits[last - 1] == 0) last--;
    int needed = kind == 'e' ? last - 1 : last - decimal.point;
    if (is_zero || needed < 0) needed = 0;
    if (needed < places) places = needed;
  }
  bool has_point = places > 0 || field->alternate;

  if (kind == 'f') {
    int whole = is_zero || decimal.count == 0 || decimal.point < 1 ? 1 : decimal.point;
    int shift = decimal.count == 0 ? 0 : decimal.point; /* place of the first digit behind the point */
    int length = whole + (has_point ? 1 + places : 0);
    before(&output, field, sign, length, true);
    for (int i = 0; i < whole; i++) emit(sink, digit_at(&decimal, shift - whole + i));
    if (has_point) emit(sink, '.');
    for (int i = 0; i < places; i++) emit(sink, digit_at(&decimal, shift + i));
    after(&output, field, sign, length);
    return;
  }
  int power = is_zero ? 0 : decimal.point - 1;
  int magnitude = power < 0 ? -power : power;
  int power_digits = magnitude >= 100 ? 3 : 2;
  int length = 1 + (has_point ? 1 + places : 0) + 2 + power_digits;
  before(&output, field, sign, length, true);
  emit(sink, digit_at(&decimal, 0));
  if (has_point) emit(sink, '.');
  for (int i = 1; i <= places; i++) emit(sink, digit_at(&decimal, i));
  emit(sink, capitals ? 'E' : 'e');
  emit(sink, power < 0 ? '-' : '+');
  if (power_digits == 3) emit(sink, (char)('0' + magnitude / 100));
  emit(sink, (char)('0' + magnitude / 10 % 10));
  emit(sink, (char)('0' + magnitude % 10));
  after(&output, field, sign, length);
}

/* ---- from text ------------------------------------------------------------------------------------------------------ */

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

/* Bits of the double nearest to above / below, neither of them 0. Both are used up. */
static uint64_t nearest_quotient(struct natural *above, struct natural *below) {
  /* So that the quotient is 1 to 2, times 2^exponent. */
  int exponent = bit_length(above) - bit_length(below);
  if (exponent > 0) shift_left(below, exponent);
  else shift_left(above, -exponent);
  if (compare(above, below) < 0) {
    exponent--;
    shift_left(above, 1);
  }
  if (exponent > EXPONENT_BIAS) return (uint64_t)2047 << FRACTION_BITS;
  /* How many bits the double has room for: fewer where it is subnormal. */
  int bits = exponent - LEAST_EXPONENT + 1;
  bool is_normal = bits > FRACTION_BITS;
  if (is_normal) bits = FRACTION_BITS + 1;
  if (bits < 0) return 0;
  uint64_t quotient = 0;
  for (int i = 0; i < bits; i++) {
    quotient <<= 1;
    if (compare(above, below) >= 0) {
      subtract(above, below);
      quotient |= 1;
    }
    if (above->count > 0) multiply_add(above, 2, 0);
  }
  /* `above` is now twice the rest, so `below` is a half. */
  int rest = above->count == 0 ? -1 : compare(above, below);
  quotient += rest > 0 || (rest == 0 && (quotient & 1) != 0);
  /* A carry out of the fraction makes the exponent one more, of the subnormal too. */
  return is_normal ? ((uint64_t)(exponent + EXPONENT_BIAS - 1) << FRACTION_BITS) + quotient : quotient;
}

static bool is_digit(char character) { return character >= '0' && character <= '9'; }

/* Whether text begins with the word, in capitals or not. */
static bool has_word(const char *text, const char *word) {
  for (; *word != 0; text++, word++) {
    if ((*text | 0x20) != *word) return false;
  }
  return true;
}

static uint64_t infinity_or_nan(const char *text, const char **end) {
  if (has_word(text, "inf")) {
    *end = text + (has_word(text, "infinity") ? 8 : 3);
    return (uint64_t)2047 << FRACTION_BITS;
  }
  if (!has_word(text, "nan")) return 0;
  *end = text + 3;
  return (uint64_t)4095 << (FRACTION_BITS - 1);
}

/* digits[0 .. count) * 10^power, where the first and the last digit are not 0. */
static uint64_t decimal_to_bits(const char *digits, int count, int64_t power) {
  static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (count <= 15 && power >= -22 && power <= 22) {
    int64_t whole = 0;
    for (int i = 0; i < count; i++) whole = whole * 10 + digits[i];
    return bits_of(power < 0 ? (double)whole / exact_powers[-power] : (double)whole * exact_powers[power]);
  }
  if (count + power > 310) return (uint64_t)2047 << FRACTION_BITS;
  if (count + power < -330) return 0;
  struct natural above = {.count = 0}, below = {.count = 1, .limbs = {1}};
  for (int i = 0; i < count; i++) multiply_add(&above, 10, (uint32_t)digits[i]);
  if (power > 0) times_power_of_ten(&above, (int)power);
  else times_power_of_ten(&below, (int)-power);
  return nearest_quotient(&above, &below);
}

double strtod(const char *restrict text, char **restrict end) {
  const char *at = text, *last = text;
  while (*at == ' ' || (*at >= '\t' && *at <= '\r')) at++;
  uint64_t sign = (uint64_t)(*at == '-') << 63;
  if (*at == '-' || *at == '+') at++;
  uint64_t bits = infinity_or_nan(at, &last);
  if (bits == 0) {
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
    if (any) {
      last = at;
      if (*at == 'e' || *at == 'E') {
        const char *exponent = at + 1;
        bool negative = *exponent == '-';
        if (*exponent == '-' || *exponent == '+') exponent++;
        if (is_digit(*exponent)) {
          int64_t value = 0;
          for (; is_digit(*exponent); exponent++) {
            if (value < (int64_t)1 << 48) value = value * 10 + (*exponent - '0');
          }
          power += negative ? -value : value;
          last = exponent;
        }
      }
      /* What lies behind the digits kept only matters when it is not 0. */
      if (has_rest) {
        digits[count++] = 1;
        power--;
        kept = count;
      }
      power += count - kept;
      if (kept > 0) bits = decimal_to_bits(digits, kept, power);
    }
  }
  if (end != NULL) *end = (char *)last;
  return of_bits(bits | sign);
}

double atof(const char *text) { return strtod(text, NULL); }
#else
/* A file may not be empty. */
typedef int hallows_has_no_floats;
#endif
