/*
 * Numbers of 2048 bits: schoolbook product, sum with carries, and division by a word (64 by 64 to 128 bits, and back).
 */
#include "bench.h"

enum { WORDS = 32 };
__extension__ typedef unsigned __int128 uint128;
static uint64_t left[WORDS], right[WORDS], product[2 * WORDS];

void prepare(void) {
  uint64_t state = 31337;
  for (unsigned i = 0; i < WORDS; i++) {
    left[i] = state = bench_next(state);
    right[i] = state = bench_next(state);
  }
}

static void multiply(void) {
  for (unsigned i = 0; i < 2 * WORDS; i++) product[i] = 0;
  for (unsigned i = 0; i < WORDS; i++) {
    uint64_t carry = 0;
    for (unsigned j = 0; j < WORDS; j++) {
      uint128 sum = (uint128)left[i] * right[j] + product[i + j] + carry;
      product[i + j] = (uint64_t)sum;
      carry = (uint64_t)(sum >> 64);
    }
    product[i + WORDS] = carry;
  }
}

static uint64_t add_to_product(void) {
  unsigned char carry = 0;
  for (unsigned i = 0; i < WORDS; i++) {
    unsigned long long sum;
    carry = __builtin_ia32_addcarryx_u64(carry, product[i], left[i], &sum);
    product[i] = sum;
  }
  return carry;
}

static uint64_t divide(uint64_t by) {
  uint64_t rest = 0;
  for (unsigned i = 2 * WORDS; i-- > 0;) {
    uint64_t quotient;
    __asm__("divq %4" : "=a"(quotient), "=d"(rest) : "0"(product[i]), "1"(rest), "rm"(by) : "cc");
    product[i] = quotient;
  }
  return rest;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    uint64_t sum = 0;
    for (unsigned time = 0; time < 16; time++) {
      multiply();
      sum += add_to_product();
      sum ^= divide(1000000000000000003u + 2 * time);
      sum ^= product[time];
    }
    checksum = bench_mix(checksum, sum);
  }
  return checksum;
}
