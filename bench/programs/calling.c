/* A mix with a system call per thousand instructions: list, table and arithmetic, and then the kernel. */
#include "bench.h"

enum { CALLS = 200, NODES = 64 };
static uint64_t table[256];
static uint32_t next[NODES];

void prepare(void) {
  for (unsigned i = 0; i < 256; i++) table[i] = i * 0x2545f4914f6cdd1du;
  for (unsigned i = 0; i < NODES; i++) next[i] = (i * 29 + 7) % NODES;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    uint64_t value = 1, at = 0;
    for (unsigned call = 0; call < CALLS; call++) {
      for (unsigned step = 0; step < 110; step++) {
        at = next[at];
        value = (value >> 8) ^ table[(value ^ at) & 255] ^ step;
      }
      bench_system_call();
    }
    checksum = bench_mix(checksum, value);
  }
  return checksum;
}
