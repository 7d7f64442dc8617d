/*
 * Copying by REP MOVS and REP STOS, in pieces of 16 to 4096 bytes, as a C library does. All iterations of one REP are
 * one retired instruction, so the figures look low; the ratio between engines is what counts.
 */
#include "bench.h"

enum { BYTES = 65536, PIECES = 256 };
static uint8_t from[BYTES + 4096], to[BYTES + 4096];
static uint32_t offsets[PIECES], lengths[PIECES];

void prepare(void) {
  uint64_t state = 55;
  for (unsigned i = 0; i < sizeof from; i++) from[i] = (uint8_t)(state = bench_next(state));
  for (unsigned i = 0; i < PIECES; i++) {
    state = bench_next(state);
    offsets[i] = (uint32_t)(state >> 20) % BYTES;
    lengths[i] = 16u << (state >> 50) % 9;
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (unsigned i = 0; i < PIECES; i++) {
      void *target = to + offsets[i];
      const void *source = from + offsets[PIECES - 1 - i];
      uint64_t count = lengths[i] / 8;
      if (i % 4 == 3) {
        __asm__ volatile("rep stosq" : "+D"(target), "+c"(count) : "a"((uint64_t)i) : "memory");
      } else {
        __asm__ volatile("rep movsq" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
      }
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < PIECES; i++) sum = sum * 31 + to[offsets[i]];
    checksum = bench_mix(checksum, sum);
  }
  return checksum;
}
