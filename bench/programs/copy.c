/* Copying by loops: 256 KiB in words to 1 MiB further on, and 32 KiB in bytes to an odd address. */
#include "bench.h"

enum { WORDS = 32768, BYTES = 32768, DISTANCE = 131072 };
static uint64_t memory[DISTANCE + WORDS + 1];

void prepare(void) {
  for (unsigned i = 0; i < WORDS; i++) memory[i] = i * 0x9e3779b97f4a7c15u;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (unsigned i = 0; i < WORDS; i++) memory[DISTANCE + i] = memory[i];
    const uint8_t *from = (const uint8_t *)memory + 3;
    uint8_t *to = (uint8_t *)(memory + DISTANCE) + 9;
    for (unsigned i = 0; i < BYTES; i++) to[i] = from[i];
    checksum = bench_mix(checksum, memory[DISTANCE + 7] ^ memory[DISTANCE + WORDS - 1]);
  }
  return checksum;
}
