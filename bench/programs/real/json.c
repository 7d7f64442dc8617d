/*
 * JSON (RFC 8259): a parser to a tree of values with objects, arrays, strings with escapes and UTF-8, and doubles; a
 * printer, plain and indented. Doubles are read and written exactly, to the nearest and with the fewest digits that
 * read back as the same, by whole numbers of many digits.
 *
 * Checked: what is printed is parsed to an equal tree, whole and indented, and doubles keep every bit. The checksum is
 * of the printed texts.
 */
#include "real.h"

enum { TEXT_BYTES = 1 << 14, LIMBS = 40, MOST_DIGITS = 17, MOST_DEPTH = 16 };

/* --- Whole numbers of many digits, base 2^32, least significant first --------------------------------------------- */

struct whole {
  uint32_t limbs[LIMBS];
  unsigned count;
};

static void whole_set(struct whole *whole, uint64_t value) {
  whole->count = 0;
  for (; value != 0; value >>= 32) whole->limbs[whole->count++] = (uint32_t)value;
}

static void whole_times(struct whole *whole, uint32_t factor, uint32_t carry) {
  uint64_t held = carry;
  for (unsigned i = 0; i < whole->count; i++) {
    held += (uint64_t)whole->limbs[i] * factor;
    whole->limbs[i] = (uint32_t)held;
    held >>= 32;
  }
  if (held == 0) return;
  check(whole->count < LIMBS);
  whole->limbs[whole->count++] = (uint32_t)held;
}

static void whole_times_power(struct whole *whole, uint32_t base, unsigned power) {
  for (; power >= 9; power -= 9) whole_times(whole, base == 10 ? 1000000000u : 1953125u, 0);
  for (; power > 0; power--) whole_times(whole, base, 0);
}

static void whole_shift(struct whole *whole, unsigned bits) {
  unsigned limbs = bits / 32, rest = bits % 32;
  if (whole->count == 0) return;
  check(whole->count + limbs < LIMBS);
  memmove(whole->limbs + limbs, whole->limbs, whole->count * sizeof *whole->limbs);
  memset(whole->limbs, 0, limbs * sizeof *whole->limbs);
  whole->count += limbs;
  if (rest != 0) whole_times(whole, 1u << rest, 0);
}

static int whole_compare(const struct whole *one, const struct whole *other) {
  if (one->count != other->count) return one->count < other->count ? -1 : 1;
  for (unsigned i = one->count; i-- > 0;)
    if (one->limbs[i] != other->limbs[i]) return one->limbs[i] < other->limbs[i] ? -1 : 1;
  return 0;
}

static void whole_subtract(struct whole *from, const struct whole *what) {
  int64_t held = 0;
  for (unsigned i = 0; i < from->count; i++) {
    held += (int64_t)from->limbs[i] - (i < what->count ? what->limbs[i] : 0);
    from->limbs[i] = (uint32_t)held;
    held >>= 32;
  }
  while (from->count > 0 && from->limbs[from->count - 1] == 0) from->count--;
}

static void whole_add(struct whole *to, const struct whole *what) {
  uint64_t held = 0;
  for (unsigned i = 0; i < what->count || held != 0; i++) {
    if (i == to->count) {
      check(i < LIMBS);
      to->limbs[to->count++] = 0;
    }
    held += (uint64_t)to->limbs[i] + (i < what->count ? what->limbs[i] : 0);
    to->limbs[i] = (uint32_t)held;
    held >>= 32;
  }
}

/* --- Doubles ------------------------------------------------------------------------------------------------------ */

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}
static double of_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* digits * 10^exponent, to the nearest double, ties to even. */
static double nearest_double(const struct whole *digits, int exponent) {
  struct whole above = *digits, below;
  if (above.count == 0) return 0;
  whole_set(&below, 1);
  if (exponent >= 0) whole_times_power(&above, 10, (unsigned)exponent);
  else whole_times_power(&below, 10, (unsigned)-exponent);
  /* A quotient of 54 or 55 bits: 53, one to round by, and what is left is whether the rest is 0. */
  int scale = 0;
  int gap = (int)above.count * 32 - (int)below.count * 32;
  if (gap < 64) {
    scale = 64 - gap;
    whole_shift(&above, (unsigned)scale);
  } else {
    scale = 64 - gap;
    whole_shift(&below, (unsigned)-scale);
  }
  uint64_t quotient = 0;
  int shift = 0;
  struct whole divisor = below;
  while (whole_compare(&divisor, &above) <= 0) {
    whole_times(&divisor, 2, 0);
    shift++;
  }
  int taken = 0;
  for (; taken < 54; taken++) {
    /* Instead of halving the divisor, the remainder is doubled. */
    if (taken == 0) {
      struct whole doubled = above;
      whole_times(&doubled, 2, 0);
      above = doubled;
    } else {
      whole_times(&above, 2, 0);
    }
    quotient <<= 1;
    if (whole_compare(&above, &divisor) >= 0) {
      whole_subtract(&above, &divisor);
      quotient |= 1;
    }
  }
  /* value = quotient * 2^(shift - 54 - scale), and something of the last bit more. */
  int power = shift - 54 - scale + 1;
  uint64_t mantissa = quotient >> 1;
  bool is_half = (quotient & 1) != 0, has_rest = above.count != 0;
  if (is_half && (has_rest || (mantissa & 1) != 0)) mantissa++;
  if (mantissa >> 53 != 0) {
    mantissa >>= 1;
    power++;
  }
  check(power + 1075 > 0 && power + 1075 < 2047); /* normal numbers are all that there are here */
  return of_bits((mantissa & ((1ull << 52) - 1)) | (uint64_t)(power + 1075) << 52);
}

/*
 * The fewest digits that read back as the value, by Steele and White's and Dragon4's way. Returns the decimal exponent.
 */
static int shortest_digits(double value, char *digits, unsigned *count) {
  uint64_t bits = bits_of(value), mantissa = (bits & ((1ull << 52) - 1)) | 1ull << 52;
  int power = (int)(bits >> 52 & 2047) - 1075;
  bool is_even = (mantissa & 1) == 0;
  struct whole rest, unit, half;
  whole_set(&rest, mantissa * 2);
  whole_set(&unit, 2);
  whole_set(&half, 1);
  if (power >= 0) {
    whole_shift(&rest, (unsigned)power);
    whole_shift(&half, (unsigned)power);
  } else {
    whole_shift(&unit, (unsigned)-power);
  }
  int exponent = 0;
  for (;;) { /* to 1/10 <= value < 1 */
    struct whole high = rest;
    whole_add(&high, &half);
    int order = whole_compare(&high, &unit);
    if (order < 0 || (order == 0 && !is_even)) break;
    whole_times(&unit, 10, 0);
    exponent++;
  }
  for (;;) {
    struct whole high = rest;
    whole_add(&high, &half);
    whole_times(&high, 10, 0);
    int order = whole_compare(&high, &unit);
    if (order > 0 || (order == 0 && is_even)) break;
    whole_times(&rest, 10, 0);
    whole_times(&half, 10, 0);
    exponent--;
  }
  *count = 0;
  for (;;) {
    whole_times(&rest, 10, 0);
    whole_times(&half, 10, 0);
    unsigned digit = 0;
    for (; whole_compare(&rest, &unit) >= 0; digit++) whole_subtract(&rest, &unit);
    struct whole high = rest;
    whole_add(&high, &half);
    int low_order = whole_compare(&rest, &half), high_order = whole_compare(&high, &unit);
    bool is_low = low_order < 0 || (low_order == 0 && is_even), is_high = high_order > 0 || (high_order == 0 && is_even);
    check(*count < MOST_DIGITS);
    if (!is_low && !is_high) {
      digits[(*count)++] = (char)('0' + digit);
      continue;
    }
    if (is_low && is_high) {
      struct whole twice = rest;
      whole_times(&twice, 2, 0);
      is_high = whole_compare(&twice, &unit) >= 0;
    }
    digits[(*count)++] = (char)('0' + digit + (is_high ? 1 : 0));
    return exponent;
  }
}

/* --- Values ------------------------------------------------------------------------------------------------------- */

enum type { J_NULL, J_FALSE, J_TRUE, J_NUMBER, J_STRING, J_ARRAY, J_OBJECT };
struct value {
  enum type type;
  double number;
  const char *text; /* a string's, or of a member its name besides */
  unsigned length;
  const char *name;
  unsigned name_length;
  struct value *first, *next; /* the first child; the next of its parent's */
};

static struct {
  const char *at, *end;
  unsigned depth;
} input;

static void skip_space(void) {
  while (input.at < input.end && (*input.at == ' ' || *input.at == '\n' || *input.at == '\t' || *input.at == '\r')) input.at++;
}
static char peek(void) { return input.at < input.end ? *input.at : '\0'; }
static bool accept(char c) {
  skip_space();
  if (peek() != c) return false;
  input.at++;
  return true;
}

static unsigned hexadecimal(void) {
  unsigned value = 0;
  for (unsigned i = 0; i < 4; i++, input.at++) {
    char c = peek();
    unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a') + 10;
    check(digit < 16);
    value = value * 16 + digit;
  }
  return value;
}

static unsigned put_utf8(char *to, unsigned code) {
  if (code < 0x80) {
    to[0] = (char)code;
    return 1;
  }
  unsigned length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (unsigned i = length - 1; i > 0; i--, code >>= 6) to[i] = (char)(0x80 | (code & 63));
  to[0] = (char)((0xf00u >> length & 0xf0u) | code);
  return length;
}

static const char *parse_text(unsigned *length) {
  const char *scan = input.at;
  while (*scan != '"') scan += *scan == '\\' ? 2 : 1;
  char *text = arena_take((size_t)(scan - input.at) + 1);
  *length = 0;
  while (peek() != '"') {
    char c = *input.at++;
    check((uint8_t)c >= 0x20);
    if (c != '\\') {
      text[(*length)++] = c;
      continue;
    }
    c = *input.at++;
    if (c == 'u') {
      unsigned code = hexadecimal();
      if (code >> 10 == 0xd800 >> 10) {
        check(input.at[0] == '\\' && input.at[1] == 'u');
        input.at += 2;
        code = 0x10000 + ((code & 1023) << 10 | (hexadecimal() & 1023));
      }
      *length += put_utf8(text + *length, code);
      continue;
    }
    static const char escapes[] = "n\nt\tr\rb\bf\f\"\"\\\\//";
    const char *escape = escapes;
    while (*escape != '\0' && *escape != c) escape += 2;
    check(*escape != '\0');
    text[(*length)++] = escape[1];
  }
  input.at++;
  return text;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static double parse_number(void) {
  struct whole digits;
  int exponent = 0;
  uint64_t small = 0;
  unsigned count = 0;
  bool is_negative = peek() == '-', is_fraction = false;
  if (is_negative) input.at++;
  whole_set(&digits, 0);
  check(is_digit(peek()));
  for (; is_digit(peek()) || (peek() == '.' && !is_fraction); input.at++) {
    if (*input.at == '.') {
      is_fraction = true;
      continue;
    }
    small = small * 10 + (uint64_t)(*input.at - '0');
    if (small != 0) count++;
    whole_times(&digits, 10, (uint32_t)(*input.at - '0'));
    exponent -= is_fraction;
  }
  if ((peek() | 32) == 'e') {
    input.at++;
    int written = 0;
    bool is_below = peek() == '-';
    if (peek() == '-' || peek() == '+') input.at++;
    for (; is_digit(peek()); input.at++) written = written * 10 + (*input.at - '0');
    exponent += is_below ? -written : written;
  }
  static const double powers[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  double value;
  /* Both are exact, so one operation rounds once (Clinger's quick way). */
  if (count <= 15 && exponent >= -22 && exponent <= 22)
    value = exponent < 0 ? (double)(int64_t)small / powers[-exponent] : (double)(int64_t)small * powers[exponent];
  else
    value = nearest_double(&digits, exponent);
  return is_negative ? -value : value;
}

static void expect_word(const char *word) {
  for (; *word != '\0'; word++) check(*input.at++ == *word);
}

static struct value *parse_value(void);

static void parse_children(struct value *parent, char end) {
  struct value **link = &parent->first;
  check(++input.depth < MOST_DEPTH);
  if (!accept(end)) {
    do {
      const char *name = NULL;
      unsigned name_length = 0;
      if (parent->type == J_OBJECT) {
        check(accept('"'));
        name = parse_text(&name_length);
        check(accept(':'));
      }
      struct value *child = parse_value();
      child->name = name;
      child->name_length = name_length;
      *link = child;
      link = &child->next;
    } while (accept(','));
    check(accept(end));
  }
  input.depth--;
}

static struct value *parse_value(void) {
  struct value *value = arena_take(sizeof *value);
  skip_space();
  switch (peek()) {
    case '{': input.at++; value->type = J_OBJECT; parse_children(value, '}'); break;
    case '[': input.at++; value->type = J_ARRAY; parse_children(value, ']'); break;
    case '"': input.at++; value->type = J_STRING; value->text = parse_text(&value->length); break;
    case 't': expect_word("true"); value->type = J_TRUE; break;
    case 'f': expect_word("false"); value->type = J_FALSE; break;
    case 'n': expect_word("null"); value->type = J_NULL; break;
    default: value->type = J_NUMBER; value->number = parse_number();
  }
  return value;
}

static struct value *parse(const char *text, size_t length) {
  input.at = text;
  input.end = text + length;
  input.depth = 0;
  struct value *value = parse_value();
  skip_space();
  check(input.at == input.end);
  return value;
}

/* --- Printing ----------------------------------------------------------------------------------------------------- */

struct printer {
  char *text;
  size_t length;
  bool is_indented;
  unsigned depth;
};

static void put(struct printer *to, char c) {
  check(to->length < TEXT_BYTES);
  to->text[to->length++] = c;
}
static void put_all(struct printer *to, const char *text) {
  while (*text != '\0') put(to, *text++);
}

static void put_text(struct printer *to, const char *text, unsigned length) {
  put(to, '"');
  for (unsigned i = 0; i < length; i++) {
    char c = text[i];
    if (c == '"' || c == '\\') put(to, '\\'), put(to, c);
    else if (c == '\n') put_all(to, "\\n");
    else if ((uint8_t)c < 0x20) {
      put_all(to, "\\u00");
      put(to, "0123456789abcdef"[c >> 4]);
      put(to, "0123456789abcdef"[c & 15]);
    } else put(to, c);
  }
  put(to, '"');
}

static void put_whole(struct printer *to, unsigned number) {
  if (number >= 10) put_whole(to, number / 10);
  put(to, (char)('0' + number % 10));
}

static void put_number(struct printer *to, double number) {
  char digits[MOST_DIGITS];
  unsigned count;
  if (bits_of(number) >> 63 != 0) {
    put(to, '-');
    number = -number;
  }
  if (number == 0) {
    put(to, '0');
    return;
  }
  int exponent = shortest_digits(number, digits, &count);
  if (exponent > 0 && exponent <= 21) { /* as JavaScript writes it */
    for (int i = 0; i < exponent; i++) put(to, i < (int)count ? digits[i] : '0');
    if ((int)count > exponent) put(to, '.');
    for (int i = exponent; i < (int)count; i++) put(to, digits[i]);
    return;
  }
  if (exponent <= 0 && exponent > -6) {
    put_all(to, "0.");
    for (int i = exponent; i < 0; i++) put(to, '0');
    for (unsigned i = 0; i < count; i++) put(to, digits[i]);
    return;
  }
  put(to, digits[0]);
  if (count > 1) put(to, '.');
  for (unsigned i = 1; i < count; i++) put(to, digits[i]);
  put(to, 'e');
  put(to, exponent > 0 ? '+' : '-');
  put_whole(to, (unsigned)(exponent > 0 ? exponent - 1 : 1 - exponent));
}

static void put_line(struct printer *to) {
  if (!to->is_indented) return;
  put(to, '\n');
  for (unsigned i = 0; i < to->depth; i++) put_all(to, "  ");
}

static void put_value(struct printer *to, const struct value *value);

static void put_children(struct printer *to, const struct value *parent, char begin, char end) {
  put(to, begin);
  to->depth++;
  for (const struct value *child = parent->first; child != NULL; child = child->next) {
    put_line(to);
    if (child->name != NULL) {
      put_text(to, child->name, child->name_length);
      put(to, ':');
      if (to->is_indented) put(to, ' ');
    }
    put_value(to, child);
    if (child->next != NULL) put(to, ',');
  }
  to->depth--;
  if (parent->first != NULL) put_line(to);
  put(to, end);
}

static void put_value(struct printer *to, const struct value *value) {
  switch (value->type) {
    case J_NULL: put_all(to, "null"); break;
    case J_FALSE: put_all(to, "false"); break;
    case J_TRUE: put_all(to, "true"); break;
    case J_NUMBER: put_number(to, value->number); break;
    case J_STRING: put_text(to, value->text, value->length); break;
    case J_ARRAY: put_children(to, value, '[', ']'); break;
    case J_OBJECT: put_children(to, value, '{', '}'); break;
  }
}

static bool is_equal(const struct value *one, const struct value *other) {
  for (; one != NULL && other != NULL; one = one->next, other = other->next) {
    if (one->type != other->type || bits_of(one->number) != bits_of(other->number)) return false;
    if (one->length != other->length || memcmp(one->text, other->text, one->length) != 0) return false;
    if (one->name_length != other->name_length || memcmp(one->name, other->name, one->name_length) != 0) return false;
    if (!is_equal(one->first, other->first)) return false;
  }
  return one == other;
}

/* --- The work ----------------------------------------------------------------------------------------------------- */

static const char document[] =
    "{\"name\": \"a window\", \"open\": true, \"next\": null, \"sizes\": [0, -0, 1, 1.5, 1e300, 2.5E-7, 123456789012345678, -17.25],\n"
    " \"escapes\": \"tab\\t quote\\\" slash\\/ back\\\\ line\\n bell\\u0007 \\u00e9\\u20ac\\ud83d\\ude00\",\n"
    " \"hard\": [0.1, 0.3, 9007199254740993, 2.2250738585072014e-308, 1.7976931348623157e308, 5e22, 1e23, 8.41e21, 4.35,\n"
    "  0.000001, 0.0000001, 123456.7890123456, 3.141592653589793238462643],\n"
    " \"nested\": {\"empty\": {}, \"none\": [], \"list\": [[1, [2, [3, [4]]]], {\"x\": {\"y\": {\"z\": false}}}]},\n"
    " \"cores\": [{\"id\": 0, \"load\": 0.125, \"name\": \"alpha\"}, {\"id\": 1, \"load\": 0.99, \"name\": \"beta\"}]}";

static char texts[2][TEXT_BYTES];

void prepare(void) {}

static size_t print(const struct value *value, char *text, bool is_indented) {
  struct printer printer = {text, 0, is_indented, 0};
  put_value(&printer, value);
  bench_step();
  return printer.length;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    arena_reset();
    struct value *value = parse(document, sizeof document - 1);
    size_t plain = print(value, texts[0], false), indented = print(value, texts[1], true);
    check(is_equal(value, parse(texts[0], plain)) && is_equal(value, parse(texts[1], indented)));
    checksum = bench_mix(checksum, hash_bytes(HASH_START, texts[0], plain));
    checksum = bench_mix(checksum, hash_bytes(HASH_START, texts[1], indented));
    uint64_t state = 99; /* doubles of all sizes */
    for (unsigned i = 0; i < 8; i++) {
      state = bench_next(state);
      uint64_t bits = (state & ((1ull << 52) - 1)) | (900 + (state >> 54) % 250) << 52;
      struct value number = {.type = J_NUMBER, .number = of_bits(bits)};
      size_t length = print(&number, texts[0], false);
      check(bits_of(parse(texts[0], length)->number) == bits);
      checksum = bench_mix(checksum, hash_bytes(HASH_START, texts[0], length));
    }
  }
  return checksum;
}
