/*
 * Whole numbers: from text, divided, random.
 */

/* What of a number's text is there. */
struct whole {
  uint64_t magnitude;
  bool is_negative, is_too_large;
  const char *end; /* behind the last digit; the text itself where there is none */
};

static unsigned digit_value(char character) {
  if (isdigit((uint8_t)character)) return (unsigned)(character - '0');
  return isalpha((uint8_t)character) ? (unsigned)((character | 32) - 'a') + 10 : 99;
}

static struct whole read_whole(const char *text, int base) {
  struct whole whole = {.end = text};
  if (base < 0 || base == 1 || base > 36) {
    errno = EINVAL;
    return whole;
  }
  while (isspace((uint8_t)*text)) text++;
  whole.is_negative = *text == '-';
  if (*text == '-' || *text == '+') text++;
  bool is_hexadecimal = text[0] == '0' && (text[1] | 32) == 'x' && digit_value(text[2]) < 16;
  if ((base == 0 || base == 16) && is_hexadecimal) {
    base = 16;
    text += 2;
  }
  if (base == 0) base = *text == '0' ? 8 : 10;
  for (; digit_value(*text) < (unsigned)base; text++) {
    whole.is_too_large |= __builtin_mul_overflow(whole.magnitude, (uint64_t)base, &whole.magnitude);
    whole.is_too_large |= __builtin_add_overflow(whole.magnitude, digit_value(*text), &whole.magnitude);
    whole.end = text + 1;
  }
  return whole;
}

long strtol(const char *restrict text, char **restrict end, int base) {
  struct whole whole = read_whole(text, base);
  if (end != NULL) *end = (char *)whole.end;
  uint64_t most = (uint64_t)INT64_MAX + whole.is_negative;
  if (whole.is_too_large || whole.magnitude > most) {
    errno = ERANGE;
    whole.magnitude = most;
  }
  return (long)(whole.is_negative ? -whole.magnitude : whole.magnitude);
}

unsigned long strtoul(const char *restrict text, char **restrict end, int base) {
  struct whole whole = read_whole(text, base);
  if (end != NULL) *end = (char *)whole.end;
  if (whole.is_too_large) {
    errno = ERANGE;
    return UINT64_MAX;
  }
  return whole.is_negative ? -whole.magnitude : whole.magnitude;
}

long long strtoll(const char *restrict text, char **restrict end, int base) { return strtol(text, end, base); }
unsigned long long strtoull(const char *restrict text, char **restrict end, int base) { return strtoul(text, end, base); }
intmax_t strtoimax(const char *restrict text, char **restrict end, int base) { return strtol(text, end, base); }
uintmax_t strtoumax(const char *restrict text, char **restrict end, int base) { return strtoul(text, end, base); }
int atoi(const char *text) { return (int)strtol(text, NULL, 10); }
long atol(const char *text) { return strtol(text, NULL, 10); }
long long atoll(const char *text) { return strtol(text, NULL, 10); }

int abs(int value) { return value < 0 ? -value : value; }
long labs(long value) { return value < 0 ? -value : value; }
long long llabs(long long value) { return value < 0 ? -value : value; }
intmax_t imaxabs(intmax_t value) { return value < 0 ? -value : value; }
div_t div(int dividend, int divisor) { return (div_t){dividend / divisor, dividend % divisor}; }
ldiv_t ldiv(long dividend, long divisor) { return (ldiv_t){dividend / divisor, dividend % divisor}; }
lldiv_t lldiv(long long dividend, long long divisor) { return (lldiv_t){dividend / divisor, dividend % divisor}; }
imaxdiv_t imaxdiv(intmax_t dividend, intmax_t divisor) { return (imaxdiv_t){dividend / divisor, dividend % divisor}; }

static uint64_t random_state = 1;

void srand(unsigned seed) { random_state = seed; }

int rand(void) {
  random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
  return (int)(random_state >> 33);
}

int rand_r(unsigned *state) {
  uint64_t next = (*state * 6364136223846793005ull) + 1442695040888963407ull;
  *state = (unsigned)(next >> 32);
  return (int)(next >> 33);
}

/* ---- text of the locale "C", a byte a character ------------------------------------------------------------------ */

int mbtowc(wchar_t *restrict result, const char *restrict text, size_t limit) {
  if (text == NULL) return 0;
  if (limit == 0) return -1;
  if (result != NULL) *result = (uint8_t)*text;
  return *text != 0;
}

int mblen(const char *text, size_t limit) { return mbtowc(NULL, text, limit); }

int wctomb(char *text, wchar_t character) {
  if (text == NULL) return 0;
  if (!is_between((int)character, 0, 255)) return -1;
  *text = (char)character;
  return 1;
}
