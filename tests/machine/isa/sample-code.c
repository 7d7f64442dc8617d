/*
 * Code for decode.test.ts: small functions whose compiled bytes are in sample-code.hex. What they compute doesn't
 * matter; that compilers turn them into many different instructions does.
 */
#include <stdint.h>

void *memory_copy(void *to, const void *from, unsigned long size) {
  void *start = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return start;
}

void sort(int *values, int count) {
  for (int i = 1; i < count; i++) {
    int value = values[i], j = i;
    for (; j > 0 && values[j - 1] > value; j--) values[j] = values[j - 1];
    values[j] = value;
  }
}

uint32_t rotate_mix(const uint32_t *words, int count) {
  uint32_t a = 0x6a09e667, b = 0xbb67ae85;
  for (int i = 0; i < count; i++) {
    a = ((a << 7) | (a >> 25)) ^ (words[i] & b);
    b = ((b >> 11) | (b << 21)) + (a & ~words[i]);
  }
  return a ^ __builtin_bswap32(b);
}

unsigned __int128 multiply(uint64_t a, uint64_t b) { return (unsigned __int128)a * b; }
int64_t divide(int64_t a, int32_t b, int64_t *rest) { *rest = a % b; return a / b; }
uint8_t narrow(uint8_t a, int8_t b, int16_t c) { return (uint8_t)(a / (b | 1) + c * a - (c >> 3)); }

int bits(uint64_t value) {
  return __builtin_popcountll(value) + __builtin_ctzll(value | 1) + __builtin_clzll(value | 1) +
         (int)(value & (value - 1)) + (int)(value & -value) + (int)((value >> 12) & 0x3f);
}

int choose(int kind, int a, int b) {
  switch (kind) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a & b;
    case 4: return a << (b & 31);
    case 5: return a > b ? a : b;
    case 6: return (unsigned)a / 10u;
    case 7: return a == b;
    default: return -1;
  }
}

void add_large(uint64_t *a, const uint64_t *b, int count) {
  unsigned char carry = 0;
  for (int i = 0; i < count; i++) {
    unsigned long long sum;
    carry = (unsigned char)__builtin_add_overflow(a[i], b[i] + carry, &sum);
    a[i] = sum;
  }
}

uint64_t atomics(uint64_t *counter, uint32_t *flags, uint64_t expected) {
  __atomic_fetch_add(counter, 3, __ATOMIC_SEQ_CST);
  __atomic_fetch_or(flags, 1u << 5, __ATOMIC_SEQ_CST);
  __atomic_compare_exchange_n(counter, &expected, 7, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  __atomic_store_n(counter, expected, __ATOMIC_SEQ_CST);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return __atomic_exchange_n(counter, 9, __ATOMIC_SEQ_CST) + __builtin_ia32_rdtsc();
}

uint64_t hash_text(const char *text) {
  uint64_t hash = 0xcbf29ce484222325;
  while (*text) hash = (hash ^ (uint8_t)*text++) * 0x100000001b3;
  return hash;
}

struct node { struct node *left, *right; int16_t key; int8_t flag; };

struct node *find(struct node *node, int16_t key) {
  while (node && node->key != key) node = key < node->key ? node->left : node->right;
  return node && node->flag ? node : 0;
}

int apply(int (*function)(int, int, int), int times) {
  int result = 0;
  for (int i = 0; i < times; i++) result += function(i & 7, result, i);
  return result;
}

void format_number(char *out, uint64_t value, unsigned base) {
  char digits[65];
  int length = 0;
  do { digits[length++] = "0123456789abcdef"[value % base]; value /= base; } while (value);
  while (length > 0) *out++ = digits[--length];
  *out = 0;
}

long system_call(long number, long a, long b) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
}
