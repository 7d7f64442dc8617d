/* A hash table with open addressing: 4096 keys put in, looked up (half of them absent), and taken out again. */
#include "bench.h"

enum { CAPACITY = 8192, KEYS = 4096 };
struct entry {
  uint64_t key; /* 0: free */
  uint64_t value;
};
static struct entry table[CAPACITY];
static uint64_t keys[KEYS];

void prepare(void) {
  uint64_t state = 42;
  for (unsigned i = 0; i < KEYS; i++) keys[i] = (state = bench_next(state)) | 1;
}

static unsigned slot_of(uint64_t key) {
  key ^= key >> 33;
  key *= 0xff51afd7ed558ccdu;
  key ^= key >> 33;
  return (unsigned)key % CAPACITY;
}

static struct entry *find(uint64_t key) {
  unsigned slot = slot_of(key);
  while (table[slot].key != 0 && table[slot].key != key) slot = (slot + 1) % CAPACITY;
  return &table[slot];
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (unsigned i = 0; i < KEYS; i++) {
      struct entry *entry = find(keys[i]);
      entry->key = keys[i];
      entry->value += i;
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < KEYS; i++) {
      sum += find(keys[i])->value;
      sum += find(keys[i] ^ 2)->key == 0;
    }
    for (unsigned i = 0; i < CAPACITY; i++) table[i].key = table[i].value = 0;
    checksum = bench_mix(checksum, sum);
  }
  return checksum;
}
