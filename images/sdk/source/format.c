/*
 * printf and its kin: one walk over the format, a character at a time into a sink.
 */

/* Where formatted text goes: into a buffer, or to the console when there is none. */
struct sink {
  char *at;
  size_t left; /* room, without the closing zero */
  int total;
  bool to_console;
};

__attribute__((noinline)) static void emit(struct sink *sink, char character) {
  sink->total++;
  if (sink->to_console) {
    put(character);
  } else if (sink->left > 0) {
    *sink->at++ = character;
    sink->left--;
  }
}

static void emit_times(struct sink *sink, char character, int count) {
  for (; count > 0; count--) emit(sink, character);
}

static void emit_padded(struct sink *sink, const struct hallows_field *field, const char *text, int length) {
  if (!field->left) emit_times(sink, ' ', field->width - length);
  for (int index = 0; index < length; index++) emit(sink, text[index]);
  if (field->left) emit_times(sink, ' ', field->width - length);
}

/* Digits, the lowest first; returns how many. None for 0. */
static int to_digits(char *digits, uint64_t rest, unsigned base, bool capitals) {
  int count = 0;
  while (rest != 0) {
    unsigned digit;
    if (base == 10) {
      digit = (unsigned)(rest % 10);
      rest /= 10;
    } else {
      digit = (unsigned)(rest & (base - 1));
      rest >>= base == 16 ? 4 : 3;
    }
    digits[count++] = (char)(digit < 10 ? '0' + digit : (capitals ? 'A' : 'a') + digit - 10);
  }
  return count;
}

struct magnitude {
  uint64_t value;
  bool is_negative, is_signed;
};

static void emit_number(struct sink *sink, const struct hallows_field *field, struct magnitude number, unsigned base,
                        bool capitals) {
  char digits[24];
  int count = to_digits(digits, number.value, base, capitals);
  if (count == 0 && field->precision != 0) digits[count++] = '0';
  int zeros = field->precision > count ? field->precision - count : 0;
  if (base == 8 && field->alternate && zeros == 0 && (count == 0 || digits[count - 1] != '0')) zeros = 1;
  char prefix[2];
  int prefix_length = 0;
  if (number.is_signed && (number.is_negative || field->plus || field->space)) {
    prefix[prefix_length++] = number.is_negative ? '-' : field->plus ? '+' : ' ';
  }
  if (base == 16 && field->alternate && number.value != 0) {
    prefix[prefix_length++] = '0';
    prefix[prefix_length++] = capitals ? 'X' : 'x';
  }
  int padding = field->width - prefix_length - zeros - count;
  if (field->zero && !field->left && field->precision < 0 && padding > 0) {
    zeros += padding;
    padding = 0;
  }
  if (!field->left) emit_times(sink, ' ', padding);
  for (int index = 0; index < prefix_length; index++) emit(sink, prefix[index]);
  emit_times(sink, '0', zeros);
  while (count > 0) emit(sink, digits[--count]);
  if (field->left) emit_times(sink, ' ', padding);
}

#ifdef __SSE2__
static void emit_to(void *sink, char character) { emit((struct sink *)sink, character); }
#endif

/* A va_list in a structure can be passed on, and goes on where the one it was passed to left off. */
struct arguments {
  va_list list;
};

static int64_t next_signed(struct arguments *arguments, int size) {
  if (size == 8) return va_arg(arguments->list, int64_t);
  int value = va_arg(arguments->list, int);
  return size == 1 ? (int8_t)value : size == 2 ? (int16_t)value : value;
}

static uint64_t next_unsigned(struct arguments *arguments, int size) {
  if (size == 8) return va_arg(arguments->list, uint64_t);
  unsigned value = va_arg(arguments->list, unsigned);
  return size == 1 ? (uint8_t)value : size == 2 ? (uint16_t)value : value;
}

/* A number of the format itself, or an argument in place of one. */
static int read_count(const char **format, struct arguments *arguments) {
  if (**format == '*') {
    ++*format;
    return va_arg(arguments->list, int);
  }
  int count = 0;
  for (; isdigit((uint8_t)**format); ++*format) count = count * 10 + (**format - '0');
  return count;
}

/* What stands between % and the length: flags, width, precision. */
static struct hallows_field read_field(const char **format, struct arguments *arguments) {
  struct hallows_field field = {.precision = -1};
  for (;; ++*format) {
    if (**format == '-') field.left = true;
    else if (**format == '0') field.zero = true;
    else if (**format == '+') field.plus = true;
    else if (**format == ' ') field.space = true;
    else if (**format == '#') field.alternate = true;
    else break;
  }
  field.width = read_count(format, arguments);
  if (field.width < 0) {
    field.left = true;
    field.width = -field.width;
  }
  if (**format == '.') {
    ++*format;
    field.precision = read_count(format, arguments);
  }
  return field;
}

/* Bytes of an argument, after hh h l ll z t j L. A long double is a double (-mlong-double-64). */
static int read_length(const char **format) {
  const char *at = *format;
  switch (*at) {
    case 'l':
      *format += at[1] == 'l' ? 2 : 1;
      return 8;
    case 'h':
      *format += at[1] == 'h' ? 2 : 1;
      return at[1] == 'h' ? 1 : 2;
    case 'z':
    case 't':
    case 'j':
    case 'L':
      ++*format;
      return 8;
    default:
      return 4;
  }
}

static void store_total(void *to, int size, int total) {
  if (size == 1) *(int8_t *)to = (int8_t)total;
  else if (size == 2) *(int16_t *)to = (int16_t)total;
  else if (size == 4) *(int32_t *)to = total;
  else *(int64_t *)to = total;
}

/* One conversion; false for one that is not ours. */
static bool convert(struct sink *sink, struct hallows_field *field, int size, char conversion, struct arguments *arguments) {
  switch (conversion) {
    case 'd':
    case 'i': {
      int64_t value = next_signed(arguments, size);
      struct magnitude number = {value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, true};
      emit_number(sink, field, number, 10, false);
      return true;
    }
    case 'u':
    case 'x':
    case 'X':
    case 'o': {
      struct magnitude number = {next_unsigned(arguments, size), false, false};
      emit_number(sink, field, number, conversion == 'u' ? 10 : conversion == 'o' ? 8 : 16, conversion == 'X');
      return true;
    }
    case 'p': {
      struct magnitude number = {(uint64_t)va_arg(arguments->list, void *), false, true};
      field->alternate = true;
      if (number.value == 0) emit_padded(sink, field, "(nil)", 5);
      else emit_number(sink, field, number, 16, false);
      return true;
    }
    case 'c': {
      char character = (char)va_arg(arguments->list, int);
      emit_padded(sink, field, &character, 1);
      return true;
    }
    case 's': {
      const char *text = va_arg(arguments->list, const char *);
      if (text == NULL) text = field->precision >= 0 && field->precision < 6 ? "" : "(null)";
      emit_padded(sink, field, text, (int)(field->precision >= 0 ? strnlen(text, (size_t)field->precision) : strlen(text)));
      return true;
    }
    case 'n':
      store_total(va_arg(arguments->list, void *), size, sink->total);
      return true;
    case '%':
      emit(sink, '%');
      return true;
#ifdef __SSE2__
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      hallows_emit_double(emit_to, sink, field, conversion, va_arg(arguments->list, double));
      return true;
#endif
    default:
      return false;
  }
}

static void format_into(struct sink *sink, const char *format, va_list list) {
  struct arguments arguments;
  va_copy(arguments.list, list);
  for (; *format != 0; format++) {
    if (*format != '%') {
      emit(sink, *format);
      continue;
    }
    const char *start = format++;
    struct hallows_field field = read_field(&format, &arguments);
    int size = read_length(&format);
    if (convert(sink, &field, size, *format, &arguments)) continue;
    /* Not one of ours: shown as it stands. */
    while (start < format) emit(sink, *start++);
    if (*format == 0) break;
    emit(sink, *format);
  }
  va_end(arguments.list);
}

int vfprintf(FILE *restrict stream, const char *restrict format, va_list arguments) {
  struct sink sink = {.to_console = true};
  if (!begin_output(stream)) return -1;
  format_into(&sink, format, arguments);
  end_output(stream);
  return sink.total;
}

int vprintf(const char *restrict format, va_list arguments) { return vfprintf(&output, format, arguments); }

int vsnprintf(char *restrict buffer, size_t capacity, const char *restrict format, va_list arguments) {
  struct sink sink = {.at = buffer, .left = capacity > 0 ? capacity - 1 : 0};
  format_into(&sink, format, arguments);
  if (capacity > 0) *sink.at = 0;
  return sink.total;
}

int vsprintf(char *restrict buffer, const char *restrict format, va_list arguments) {
  return vsnprintf(buffer, SIZE_MAX, format, arguments);
}

WEAK int vasprintf(char **restrict result, const char *restrict format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int total = vsnprintf(NULL, 0, format, again);
  va_end(again);
  *result = (char *)malloc((size_t)total + 1);
  return *result == NULL ? -1 : vsnprintf(*result, (size_t)total + 1, format, arguments);
}

/* What is left of each function with "..." is a call of the one that takes a va_list. */
#define FORWARD(call)               \
  va_list arguments;                \
  va_start(arguments, format);      \
  int total = call;                 \
  va_end(arguments);                \
  return total

int printf(const char *restrict format, ...) { FORWARD(vprintf(format, arguments)); }
int fprintf(FILE *restrict stream, const char *restrict format, ...) { FORWARD(vfprintf(stream, format, arguments)); }
int sprintf(char *restrict buffer, const char *restrict format, ...) { FORWARD(vsprintf(buffer, format, arguments)); }
int snprintf(char *restrict buffer, size_t capacity, const char *restrict format, ...) {
  FORWARD(vsnprintf(buffer, capacity, format, arguments));
}
WEAK int asprintf(char **restrict result, const char *restrict format, ...) {
  FORWARD(vasprintf(result, format, arguments));
}
