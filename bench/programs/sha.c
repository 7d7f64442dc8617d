/*
 * The compression function of SHA-256 (FIPS 180-4, section 6.2) over 4 KiB: rotations and sums of 32 bits, unrolled by
 * nobody.
 */
#include "bench.h"

enum { BLOCKS = 64 };
static uint32_t constants[64], message[BLOCKS][16];

/* Round constants by a generator instead of cube roots: the work is the same. */
void prepare(void) {
  uint64_t state = 256;
  for (unsigned i = 0; i < 64; i++) constants[i] = (uint32_t)((state = bench_next(state)) >> 16);
  for (unsigned i = 0; i < BLOCKS; i++)
    for (unsigned j = 0; j < 16; j++) message[i][j] = (uint32_t)((state = bench_next(state)) >> 16);
}

static inline uint32_t rotate(uint32_t value, unsigned by) { return value >> by | value << (32 - by); }

static void compress(uint32_t *hash, const uint32_t *block) {
  uint32_t schedule[64];
  for (unsigned i = 0; i < 16; i++) schedule[i] = __builtin_bswap32(block[i]);
  for (unsigned i = 16; i < 64; i++) {
    uint32_t a = schedule[i - 15], b = schedule[i - 2];
    schedule[i] = schedule[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + schedule[i - 7] +
                  (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];
  for (unsigned i = 0; i < 64; i++) {
    uint32_t first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + schedule[i];
    uint32_t second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
  }
  hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d, hash[4] += e, hash[5] += f, hash[6] += g, hash[7] += h;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    uint32_t hash[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (unsigned block = 0; block < BLOCKS; block++) compress(hash, message[block]);
    checksum = bench_mix(checksum, (uint64_t)hash[0] << 32 | hash[7]);
  }
  return checksum;
}
