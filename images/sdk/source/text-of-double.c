/*
 * Doubles to text, correctly rounded (to nearest, ties to even), for every double.
 *
 * A double is m * 2^e with whole m and e. Where e is negative that is m * 5^-e / 10^-e. So a whole number holds all its
 * digits, at most 767 of them, and a power of ten says where the point is. Nothing is ever approximated, and rounding
 * to the digits asked for looks at the digits themselves.
 */

enum {
  FRACTION_BITS = 52,
  EXPONENT_BIAS = 1023,
  LEAST_EXPONENT = -1074, /* of the last bit of a subnormal number */
  DIGITS = 792,           /* 767 are the most that a double needs, in groups of nine */
  GROUP = 1000000000,     /* limbs of decimal numbers count to this */
  DECIMAL_LIMBS = 88,
};

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

/* %a: the bits themselves, four to a digit. */
static void emit_hexadecimal(const struct output *output, const struct hallows_field *field, char sign, bool capitals,
                             uint64_t bits) {
  enum { MOST_PLACES = FRACTION_BITS / 4 };
  uint64_t mantissa = bits & (((uint64_t)1 << FRACTION_BITS) - 1);
  int exponent = (int)(bits >> FRACTION_BITS) - EXPONENT_BIAS;
  if (bits >> FRACTION_BITS != 0) mantissa |= (uint64_t)1 << FRACTION_BITS;
  else exponent = mantissa == 0 ? 0 : 1 - EXPONENT_BIAS;
  int places = field->precision, shown = MOST_PLACES;
  if (places < 0) {
    for (places = MOST_PLACES; places > 0 && (mantissa >> 4 * (MOST_PLACES - places) & 15) == 0; places--) continue;
  } else if (places < MOST_PLACES) {
    int dropped = 4 * (MOST_PLACES - places);
    uint64_t half = (uint64_t)1 << (dropped - 1), rest = mantissa & (2 * half - 1);
    mantissa >>= dropped;
    mantissa += rest > half || (rest == half && (mantissa & 1) != 0);
    shown = places;
  }
  const char *digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
  bool has_point = places > 0 || field->alternate;
  int magnitude = exponent < 0 ? -exponent : exponent;
  int power_digits = magnitude >= 1000 ? 4 : magnitude >= 100 ? 3 : magnitude >= 10 ? 2 : 1;
  int length = 3 + (has_point ? 1 + places : 0) + 2 + power_digits, padding = field->width - length - (sign != 0);
  if (!field->left && !field->zero) times(output, ' ', padding);
  if (sign != 0) output->emit(output->sink, sign);
  output->emit(output->sink, '0');
  output->emit(output->sink, capitals ? 'X' : 'x');
  if (!field->left && field->zero) times(output, '0', padding);
  output->emit(output->sink, digits[mantissa >> 4 * shown]);
  if (has_point) output->emit(output->sink, '.');
  for (int place = 1; place <= places; place++) {
    output->emit(output->sink, place <= shown ? digits[mantissa >> 4 * (shown - place) & 15] : '0');
  }
  output->emit(output->sink, capitals ? 'P' : 'p');
  output->emit(output->sink, exponent < 0 ? '-' : '+');
  for (int divisor = power_digits == 4 ? 1000 : power_digits == 3 ? 100 : power_digits == 2 ? 10 : 1; divisor > 0; divisor /= 10) {
    output->emit(output->sink, (char)('0' + magnitude / divisor % 10));
  }
  after(output, field, sign, length);
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

  if (kind == 'a') {
    emit_hexadecimal(&output, field, sign, capitals, bits);
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
