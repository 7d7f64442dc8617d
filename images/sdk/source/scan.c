/*
 * sscanf: text against a format, with the rules of C's fscanf. What reads numbers are strtol, strtoul and strtod, on a
 * copy that is as long as the field may be.
 */

enum { FIELD_CHARACTERS = 400 };

/* One conversion of a format. */
struct scan {
  bool skips; /* * */
  int width;  /* INT_MAX without one */
  int size;
  char conversion;
};

static struct scan read_scan(const char **format) {
  struct scan scan = {.width = INT_MAX};
  if (**format == '*') {
    scan.skips = true;
    ++*format;
  }
  if (isdigit((uint8_t)**format)) scan.width = (int)strtol(*format, (char **)format, 10);
  scan.size = read_length(format);
  scan.conversion = **format;
  if (scan.conversion != 0) ++*format;
  return scan;
}

static void store_whole(void *to, int size, uint64_t value) {
  if (size == 1) *(uint8_t *)to = (uint8_t)value;
  else if (size == 2) *(uint16_t *)to = (uint16_t)value;
  else if (size == 4) *(uint32_t *)to = (uint32_t)value;
  else *(uint64_t *)to = value;
}

/* Characters of the number that `text` begins with, or 0; the number goes to `to` unless that is NULL. */
static size_t scan_whole(const char *text, const struct scan *scan, void *to) {
  char field[FIELD_CHARACTERS + 1], *end;
  copy_text(field, text, strnlen(text, scan->width < FIELD_CHARACTERS ? (size_t)scan->width : FIELD_CHARACTERS));
  int base = scan->conversion == 'i' ? 0 : scan->conversion == 'o' ? 8 : scan->conversion == 'd' || scan->conversion == 'u' ? 10 : 16;
  bool is_signed = scan->conversion == 'd' || scan->conversion == 'i';
  uint64_t value = is_signed ? (uint64_t)strtol(field, &end, base) : strtoul(field, &end, base);
  if (end != field && to != NULL) store_whole(to, scan->size, value);
  /* As glibc does, "0x" without a digit is a 0 of two characters, where strtol leaves the x. */
  if ((base == 16 || base == 0) && end != field && end[-1] == '0' && (*end | 32) == 'x') end++;
  return (size_t)(end - field);
}

#ifdef __SSE2__
static size_t scan_double(const char *text, const struct scan *scan, void *to) {
  char field[FIELD_CHARACTERS + 1], *end;
  copy_text(field, text, strnlen(text, scan->width < FIELD_CHARACTERS ? (size_t)scan->width : FIELD_CHARACTERS));
  double value = strtod(field, &end);
  if (end == field || to == NULL) return (size_t)(end - field);
  if (scan->size == 8) *(double *)to = value;
  else *(float *)to = strtof(field, NULL);
  return (size_t)(end - field);
}
#endif

/* The set of [...], as bits; `format` ends behind it. */
static void read_set(const char **format, uint64_t set[4]) {
  const char *at = *format;
  bool is_negated = *at == '^';
  if (is_negated) at++;
  memset(set, 0, 4 * sizeof *set);
  const char *first = at;
  for (; *at != 0 && (*at != ']' || at == first); at++) {
    unsigned from = (uint8_t)*at, to = from;
    if (at[1] == '-' && at[2] != ']' && at[2] != 0 && (uint8_t)at[2] >= from) {
      to = (uint8_t)at[2];
      at += 2;
    }
    for (unsigned character = from; character <= to; character++) set[character / 64] |= 1ull << (character % 64);
  }
  if (*at == ']') at++;
  for (int word = 0; is_negated && word < 4; word++) set[word] = ~set[word];
  *format = at;
}

/* Copies characters that may stand in the field; `to` may be NULL. Returns how many. */
static size_t scan_characters(const char *text, size_t most, const uint64_t set[4], char *to, bool closes) {
  size_t count = 0;
  for (; count < most && text[count] != 0; count++) {
    uint8_t character = (uint8_t)text[count];
    if ((set[character / 64] >> (character % 64) & 1) == 0) break;
    if (to != NULL) to[count] = text[count];
  }
  if (to != NULL && closes && count > 0) to[count] = 0;
  return count;
}

int vsscanf(const char *restrict text, const char *restrict pattern, va_list arguments) {
  static const uint64_t all[4] = {~0ull, ~0ull, ~0ull, ~0ull};
  static const uint64_t word[4] = {~0x100003e00ull, ~0ull, ~0ull, ~0ull}; /* but for the six white ones */
  const char *at = text, *format = pattern;
  int stored = 0;
  while (*format != 0) {
    if (isspace((uint8_t)*format)) {
      while (isspace((uint8_t)*at)) at++;
      format++;
      continue;
    }
    if (*format != '%' || format[1] == '%') {
      if (*format == '%') {
        while (isspace((uint8_t)*at)) at++;
        format++;
      }
      if (*at == 0) return stored == 0 ? EOF : stored;
      if (*at++ != *format++) return stored;
      continue;
    }
    format++;
    struct scan scan = read_scan(&format);
    uint64_t set[4];
    if (scan.conversion == '[') read_set(&format, set);
    if (scan.conversion == 'n') {
      if (!scan.skips) store_whole(va_arg(arguments, void *), scan.size, (uint64_t)(at - text));
      continue;
    }
    if (scan.conversion != '[' && scan.conversion != 'c') {
      while (isspace((uint8_t)*at)) at++;
    }
    if (*at == 0) return stored == 0 ? EOF : stored;
    void *to = scan.skips ? NULL : va_arg(arguments, void *);
    size_t taken = 0, wanted = scan.width == INT_MAX ? 1 : (size_t)scan.width;
    switch (scan.conversion) {
      case 'p':
        scan.size = 8;
        __attribute__((fallthrough));
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        taken = scan_whole(at, &scan, to);
        break;
      case 's':
        taken = scan_characters(at, (size_t)scan.width, word, (char *)to, true);
        break;
      case '[':
        taken = scan_characters(at, (size_t)scan.width, set, (char *)to, true);
        break;
      case 'c':
        taken = scan_characters(at, wanted, all, (char *)to, false);
        break;
#ifdef __SSE2__
      case 'a':
      case 'A':
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        taken = scan_double(at, &scan, to);
        break;
#endif
      default:
        return stored;
    }
    if (taken == 0) return stored;
    at += taken;
    stored += !scan.skips;
  }
  return stored;
}

int sscanf(const char *restrict text, const char *restrict format, ...) { FORWARD(vsscanf(text, format, arguments)); }
