/*
 * The part of the SDK that is compiled once with each program: start-up, text output, memory functions, the heap, and
 * the waiting side of rings. Contract of every function: hallows.h. Lays no claim to speed: loops are short and plain,
 * because each of their instructions is emulated.
 */
#include "hallows.h"

#include "hallows_float.h"

/* The compiler turns loops that look like memset or strlen into calls of memset and strlen. Not inside those. */
#define KEEP_LOOP() __asm__ volatile("")

/* ---- locks between the threads of this partition --------------------------------------------------------------------- */

/* They run on one core, so whoever finds a lock taken lets go of the core for a while. */
static void take(volatile uint8_t *lock) {
  while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0) hallows_sleep_until(hallows_now() + hallows_cycles(100));
}
static void give(volatile uint8_t *lock) { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }

/* ---- channels ------------------------------------------------------------------------------------------------------- */

static void open_end(struct hallows_channel *channel, uint32_t end) {
  const struct hallows_boot_channel *entry = &hallows_boot_channels()[end];
  uint8_t *ring = (uint8_t *)entry->address;
  const struct hallows_ring_config *config = (const struct hallows_ring_config *)(ring + HALLOWS_RING_CONFIG_OFFSET);
  struct hallows_ring_producer *producer = (struct hallows_ring_producer *)(ring + HALLOWS_RING_PRODUCER_OFFSET);
  struct hallows_ring_consumer *consumer = (struct hallows_ring_consumer *)(ring + HALLOWS_RING_CONSUMER_OFFSET);
  channel->end = end;
  channel->is_producer = entry->is_producer != 0;
  channel->broken = config->magic != HALLOWS_RING_MAGIC || config->abi_version != HALLOWS_ABI_VERSION;
  channel->slots = config->slots;
  channel->slot_bytes = config->slot_bytes;
  channel->slot_stride = config->slot_stride;
  channel->full_policy = config->full_policy;
  channel->doorbells = 0;
  channel->lengths = (volatile uint32_t *)(ring + HALLOWS_RING_DATA_OFFSET);
  channel->data = ring + config->slots_offset;
  if (channel->is_producer) {
    channel->own_index = &producer->tail;
    channel->own_event = &producer->space_event;
    channel->peer_index = &consumer->head;
    channel->peer_event = &consumer->item_event;
  } else {
    channel->own_index = &consumer->head;
    channel->own_event = &consumer->item_event;
    channel->peer_index = &producer->tail;
    channel->peer_event = &producer->space_event;
  }
  /* After a restart of this partition our index goes on from where it was: nobody else can have written it. What was
     committed or released but not published is forgotten. */
  channel->local = *channel->own_index;
  channel->published = channel->local;
  /* A full ring for a producer, an empty one for a consumer: both make the first reserve or peek look at the peer. */
  channel->opposite = channel->is_producer ? channel->local - channel->slots : channel->local;
}

uint32_t hallows_open(struct hallows_channel *channel, const char *name) {
  for (uint32_t end = 0; end < hallows_boot()->channel_count; end++) {
    if (strcmp(hallows_boot_channels()[end].name, name) != 0) continue;
    open_end(channel, end);
    return HALLOWS_NO_ERROR;
  }
  memset(channel, 0, sizeof *channel);
  channel->broken = true;
  return HALLOWS_NO_CHANNEL;
}

void hallows_violation(struct hallows_channel *channel, uint64_t value) {
  if (channel->broken) return;
  channel->broken = true;
  hallows_report(HALLOWS_REPORT_RING_VIOLATION, channel->end, value);
}

uint32_t hallows_wait_any(struct hallows_channel *const channels[], uint32_t count, uint64_t deadline) {
  for (;;) {
    uint32_t mask = 0;
    bool ready = false;
    for (uint32_t index = 0; index < count; index++) {
      hallows_publish(channels[index]);
      ready |= hallows_arm(channels[index]);
      mask |= hallows_mask(channels[index]);
    }
    if (ready) return HALLOWS_NO_ERROR;
    /* A doorbell may be a late one, for what we have taken already: so look again. A time-out is looked at, too. */
    struct hallows_result result = hallows_wait(mask, deadline);
    if (result.status == HALLOWS_NO_ERROR) continue;
    for (uint32_t index = 0; index < count; index++) {
      if (channels[index]->broken || hallows_refresh(channels[index]) != 0) return HALLOWS_NO_ERROR;
    }
    return (uint32_t)result.status;
  }
}

uint32_t hallows_send(struct hallows_channel *channel, const void *message, uint32_t length, uint64_t deadline) {
  if (!channel->broken && length > channel->slot_bytes) return HALLOWS_TOO_LONG;
  void *slot;
  while ((slot = hallows_reserve(channel)) == NULL) {
    if (channel->broken) return HALLOWS_BROKEN;
    if (channel->full_policy == HALLOWS_FULL_REFUSE) {
      volatile struct hallows_ring_producer *own = (volatile struct hallows_ring_producer *)channel->own_index;
      own->refused++;
      return HALLOWS_NOT_AVAILABLE;
    }
    struct hallows_channel *const channels[] = {channel};
    uint32_t status = hallows_wait_any(channels, 1, deadline);
    if (status != HALLOWS_NO_ERROR) return status;
  }
  memcpy(slot, message, length);
  hallows_commit(channel, length);
  hallows_publish(channel);
  return channel->broken ? HALLOWS_BROKEN : HALLOWS_NO_ERROR;
}

uint32_t hallows_receive(struct hallows_channel *channel, void *buffer, uint32_t capacity, uint32_t *length,
                         uint64_t deadline) {
  const void *slot;
  while ((slot = hallows_peek(channel, length)) == NULL) {
    if (channel->broken) return HALLOWS_BROKEN;
    struct hallows_channel *const channels[] = {channel};
    uint32_t status = hallows_wait_any(channels, 1, deadline);
    if (status != HALLOWS_NO_ERROR) return status;
  }
  bool fits = *length <= capacity;
  if (fits) memcpy(buffer, slot, *length);
  hallows_release(channel);
  hallows_publish(channel);
  return fits ? HALLOWS_NO_ERROR : HALLOWS_TOO_LONG;
}

/* ---- the console ---------------------------------------------------------------------------------------------------- */

static struct hallows_channel console;
static volatile uint8_t console_lock;
static bool line_by_line = true;
static char *line;     /* the reserved slot, or NULL */
static uint32_t written; /* bytes in it */

/* The device takes out all slots during this system call, so it always makes room, unless it refuses. */
static void ring_console(void) {
  if (hallows_notify(console.end) != HALLOWS_NO_ERROR) console.broken = true;
}

static void send_line(void) {
  if (line == NULL || written == 0) return;
  hallows_commit(&console, written);
  hallows_publish_quietly(&console);
  line = NULL;
  ring_console();
}

__attribute__((noinline)) static void put(char character) {
  if (line == NULL) {
    line = (char *)hallows_reserve(&console);
    if (line == NULL && !console.broken) {
      ring_console();
      line = (char *)hallows_reserve(&console);
    }
    if (line == NULL) return; /* nobody listens */
    written = 0;
  }
  line[written++] = character;
  if (written == console.slot_bytes || (character == '\n' && line_by_line)) send_line();
}

void hallows_flush(void) {
  take(&console_lock);
  send_line();
  give(&console_lock);
}

void hallows_line_buffered(bool on) { line_by_line = on; }

int putchar(int character) {
  take(&console_lock);
  put((char)character);
  give(&console_lock);
  return (unsigned char)character;
}

int puts(const char *text) {
  take(&console_lock);
  while (*text != 0) put(*text++);
  put('\n');
  give(&console_lock);
  return 0;
}

/* ---- formatting ----------------------------------------------------------------------------------------------------- */

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

static void emit_number(struct sink *sink, const struct hallows_field *field, uint64_t magnitude, bool negative, bool is_signed,
                        unsigned base, bool capitals) {
  char digits[24];
  int count = 0;
  uint64_t rest = magnitude;
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
  if (count == 0 && field->precision != 0) digits[count++] = '0';
  int zeros = field->precision > count ? field->precision - count : 0;
  if (base == 8 && field->alternate && zeros == 0 && (count == 0 || digits[count - 1] != '0')) zeros = 1;
  char prefix[2];
  int prefix_length = 0;
  if (is_signed && (negative || field->plus || field->space)) {
    prefix[prefix_length++] = negative ? '-' : field->plus ? '+' : ' ';
  }
  if (base == 16 && field->alternate && magnitude != 0) {
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

/* An argument of the given size in bytes. A va_list can't be passed by value and read further by the caller: so a macro. */
#define NEXT_SIGNED(arguments, size) ((size) == 8 ? va_arg(arguments, int64_t) : (int64_t)va_arg(arguments, int32_t))
#define NEXT_UNSIGNED(arguments, size) ((size) == 8 ? va_arg(arguments, uint64_t) : (uint64_t)va_arg(arguments, uint32_t))

static void format_into(struct sink *sink, const char *format, va_list arguments) {
  for (; *format != 0; format++) {
    if (*format != '%') {
      emit(sink, *format);
      continue;
    }
    const char *start = format++;
    struct hallows_field field = {.precision = -1};
    for (;; format++) {
      if (*format == '-') field.left = true;
      else if (*format == '0') field.zero = true;
      else if (*format == '+') field.plus = true;
      else if (*format == ' ') field.space = true;
      else if (*format == '#') field.alternate = true;
      else break;
    }
    if (*format == '*') {
      field.width = va_arg(arguments, int);
      if (field.width < 0) {
        field.left = true;
        field.width = -field.width;
      }
      format++;
    } else {
      while (*format >= '0' && *format <= '9') field.width = field.width * 10 + (*format++ - '0');
    }
    if (*format == '.') {
      format++;
      field.precision = 0;
      if (*format == '*') {
        field.precision = va_arg(arguments, int);
        format++;
      } else {
        while (*format >= '0' && *format <= '9') field.precision = field.precision * 10 + (*format++ - '0');
      }
    }
    int size = 4;
    if (*format == 'l') {
      size = 8;
      format += format[1] == 'l' ? 2 : 1;
    } else if (*format == 'h') {
      size = format[1] == 'h' ? 1 : 2;
      format += size == 1 ? 2 : 1;
    } else if (*format == 'z' || *format == 't' || *format == 'j') {
      size = 8;
      format++;
#ifdef __SSE2__
    } else if (*format == 'L') {
      format++; /* long double is double, with -mlong-double-64 */
#endif
    }
    switch (*format) {
      case 'd':
      case 'i': {
        int64_t value = NEXT_SIGNED(arguments, size);
        if (size == 1) value = (int8_t)value;
        if (size == 2) value = (int16_t)value;
        emit_number(sink, &field, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, true, 10, false);
        break;
      }
      case 'u':
      case 'x':
      case 'X':
      case 'o': {
        uint64_t value = NEXT_UNSIGNED(arguments, size);
        if (size == 1) value = (uint8_t)value;
        if (size == 2) value = (uint16_t)value;
        emit_number(sink, &field, value, false, false, *format == 'u' ? 10 : *format == 'o' ? 8 : 16, *format == 'X');
        break;
      }
      case 'p': {
        uint64_t address = (uint64_t)va_arg(arguments, void *);
        field.alternate = true;
        if (address == 0) emit_padded(sink, &field, "(nil)", 5);
        else emit_number(sink, &field, address, false, false, 16, false);
        break;
      }
      case 'c': {
        char character = (char)va_arg(arguments, int);
        emit_padded(sink, &field, &character, 1);
        break;
      }
      case 's': {
        const char *text = va_arg(arguments, const char *);
        if (text == NULL) text = "(null)";
        size_t length = field.precision >= 0 ? strnlen(text, (size_t)field.precision) : strlen(text);
        emit_padded(sink, &field, text, (int)length);
        break;
      }
      case '%':
        emit(sink, '%');
        break;
#ifdef __SSE2__
      case 'f':
      case 'F':
      case 'e':
      case 'E':
      case 'g':
      case 'G':
        hallows_emit_double(emit_to, sink, &field, *format, va_arg(arguments, double));
        break;
#endif
      default:
        /* Not one of ours: shown as it stands. */
        while (start < format) emit(sink, *start++);
        if (*format == 0) return;
        emit(sink, *format);
    }
  }
}

int vprintf(const char *format, va_list arguments) {
  struct sink sink = {.to_console = true};
  take(&console_lock);
  format_into(&sink, format, arguments);
  give(&console_lock);
  return sink.total;
}

int printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int total = vprintf(format, arguments);
  va_end(arguments);
  return total;
}

int vsnprintf(char *buffer, size_t capacity, const char *format, va_list arguments) {
  struct sink sink = {.at = buffer, .left = capacity > 0 ? capacity - 1 : 0};
  format_into(&sink, format, arguments);
  if (capacity > 0) *sink.at = 0;
  return sink.total;
}

int snprintf(char *buffer, size_t capacity, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int total = vsnprintf(buffer, capacity, format, arguments);
  va_end(arguments);
  return total;
}

/* ---- memory and strings --------------------------------------------------------------------------------------------- */

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  void *result = to;
  size_t words = count / 8;
  count %= 8;
  __asm__ volatile("rep movsq\n\tmov %3, %2\n\trep movsb" : "+D"(to), "+S"(from), "+c"(words) : "r"(count) : "memory");
  return result;
}

void *memmove(void *to, const void *from, size_t count) {
  if ((uintptr_t)to - (uintptr_t)from >= count) return memcpy(to, from, count);
  /* The target begins inside the source: from the end downward. */
  char *last_to = (char *)to + count - 1;
  const char *last_from = (const char *)from + count - 1;
  __asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(last_to), "+S"(last_from), "+c"(count) : : "memory", "cc");
  return to;
}

void *memset(void *to, int byte, size_t count) {
  void *result = to;
  uint64_t pattern = (uint8_t)byte * 0x0101010101010101ull;
  size_t words = count / 8;
  count %= 8;
  __asm__ volatile("rep stosq\n\tmov %3, %1\n\trep stosb" : "+D"(to), "+c"(words) : "a"(pattern), "r"(count) : "memory");
  return result;
}

int memcmp(const void *left, const void *right, size_t count) {
  const uint8_t *a = (const uint8_t *)left, *b = (const uint8_t *)right;
  for (; count > 0; count--, a++, b++) {
    KEEP_LOOP();
    if (*a != *b) return *a - *b;
  }
  return 0;
}

void *memchr(const void *text, int byte, size_t count) {
  for (const uint8_t *at = (const uint8_t *)text; count > 0; count--, at++) {
    KEEP_LOOP();
    if (*at == (uint8_t)byte) return (void *)at;
  }
  return NULL;
}

size_t strnlen(const char *text, size_t limit) {
  size_t length = 0;
  while (length < limit && text[length] != 0) {
    KEEP_LOOP();
    length++;
  }
  return length;
}

size_t strlen(const char *text) { return strnlen(text, SIZE_MAX); }

int strncmp(const char *left, const char *right, size_t limit) {
  for (; limit > 0; limit--, left++, right++) {
    KEEP_LOOP();
    if (*left != *right || *left == 0) return (uint8_t)*left - (uint8_t)*right;
  }
  return 0;
}

int strcmp(const char *left, const char *right) { return strncmp(left, right, SIZE_MAX); }

char *strcpy(char *restrict to, const char *restrict from) { return (char *)memcpy(to, from, strlen(from) + 1); }

char *strncpy(char *restrict to, const char *restrict from, size_t limit) {
  size_t length = strnlen(from, limit);
  memcpy(to, from, length);
  memset(to + length, 0, limit - length);
  return to;
}

char *strcat(char *restrict to, const char *restrict from) {
  strcpy(to + strlen(to), from);
  return to;
}

char *strchr(const char *text, int character) {
  for (;; text++) {
    KEEP_LOOP();
    if (*text == (char)character) return (char *)text;
    if (*text == 0) return NULL;
  }
}

char *strrchr(const char *text, int character) {
  const char *last = NULL;
  do {
    KEEP_LOOP();
    if (*text == (char)character) last = text;
  } while (*text++ != 0);
  return (char *)last;
}

char *strstr(const char *text, const char *part) {
  size_t length = strlen(part);
  for (; strnlen(text, length) == length; text++) {
    if (strncmp(text, part, length) == 0) return (char *)text;
  }
  return NULL;
}

int abs(int value) { return value < 0 ? -value : value; }
long labs(long value) { return value < 0 ? -value : value; }

int atoi(const char *text) {
  while (*text == ' ' || (*text >= '\t' && *text <= '\r')) text++;
  bool negative = *text == '-';
  if (*text == '-' || *text == '+') text++;
  unsigned value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + (unsigned)(*text++ - '0');
  return (int)(negative ? 0 - value : value);
}

static uint64_t random_state = 1;
void srand(unsigned seed) { random_state = seed; }
int rand(void) {
  random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
  return (int)(random_state >> 33);
}

/* ---- the heap ------------------------------------------------------------------------------------------------------- */

/* Before each block: its class, which is the binary logarithm of its size with this header. 16 bytes keep it aligned. */
struct block {
  uint64_t class;
  struct block *next; /* in its free list; part of the header, so that a wild write to a freed block can't reach it */
};
static struct block *free_blocks[64];
static uint64_t heap_used;
static volatile uint8_t heap_lock;

void *malloc(size_t count) {
  uint64_t heap_bytes = hallows_boot()->heap_bytes;
  if (count > heap_bytes) return NULL;
  unsigned class = 64 - (unsigned)__builtin_clzll((count + sizeof(struct block) - 1) | 16);
  take(&heap_lock);
  struct block *block = free_blocks[class];
  if (block != NULL) {
    free_blocks[class] = block->next;
  } else if (heap_bytes - heap_used >= 1ull << class) {
    block = (struct block *)(hallows_boot()->heap_base + heap_used);
    heap_used += 1ull << class;
    block->class = class;
  }
  give(&heap_lock);
  return block == NULL ? NULL : block + 1;
}

void free(void *memory) {
  if (memory == NULL) return;
  struct block *block = (struct block *)memory - 1;
  take(&heap_lock);
  block->next = free_blocks[block->class];
  free_blocks[block->class] = block;
  give(&heap_lock);
}

void *calloc(size_t members, size_t each) {
  size_t count;
  if (__builtin_mul_overflow(members, each, &count)) return NULL;
  void *memory = malloc(count);
  /* A reused block holds what its last owner wrote. */
  return memory == NULL ? NULL : memset(memory, 0, count);
}

void *realloc(void *memory, size_t count) {
  if (memory == NULL) return malloc(count);
  size_t room = (1ull << ((struct block *)memory - 1)->class) - sizeof(struct block);
  if (count <= room) return memory;
  void *larger = malloc(count);
  if (larger == NULL) return NULL;
  memcpy(larger, memory, room);
  free(memory);
  return larger;
}

/* ---- start and end -------------------------------------------------------------------------------------------------- */

HALLOWS_NORETURN void exit(int code) {
  hallows_flush();
  hallows_call(HALLOWS_CALL_EXIT, (uint64_t)(int64_t)code, HALLOWS_EXIT_PARTITION, 0);
  for (;;) __asm__ volatile("ud2"); /* not reached */
}

HALLOWS_NORETURN void abort(void) {
  hallows_flush();
  hallows_report(HALLOWS_REPORT_APPLICATION_ERROR, 0, 0);
  exit(134);
}

HALLOWS_NORETURN void hallows_assert_failed(const char *condition, const char *file, int line_number) {
  const char *name = strrchr(file, '/');
  printf("%s:%d: assertion failed: %s\n", name == NULL ? file : name + 1, line_number, condition);
  hallows_report(HALLOWS_REPORT_APPLICATION_ERROR, (uint64_t)line_number, 0);
  exit(134);
}

/* A program whose threads all have entry functions needs no main. */
extern int main(int, char **) __attribute__((weak));

/*
 * The ELF entry point of every thread. The kernel's three registers are the first three arguments of C, and the stack
 * is as after a call, so no assembly is needed. A thread's function returns the thread's exit code, main the partition's.
 */
__attribute__((used)) HALLOWS_NORETURN void _start(const struct hallows_boot_info *boot, uint64_t thread,
                                                   int (*entry)(uint64_t thread)) {
  if (boot->magic != HALLOWS_BOOT_INFO_MAGIC || boot->abi_version != HALLOWS_ABI_VERSION) {
    hallows_call(HALLOWS_CALL_EXIT, 125, HALLOWS_EXIT_PARTITION, 0);
  }
  if (console.data == NULL) open_end(&console, 0);
  hallows_mode(HALLOWS_MODE_SET, HALLOWS_PARTITION_MODE_NORMAL);
  if (entry != NULL) {
    int code = entry(thread);
    hallows_flush();
    hallows_exit_thread(code);
  }
  char *no_arguments[] = {NULL};
  exit(main(0, no_arguments));
}
