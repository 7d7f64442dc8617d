/*
 * A million times one instruction that compilers seldom make, chosen by FORM. The checksum has nothing of what differs
 * from one processor or moment to another.
 */
#include "../bench.h"

#include <emmintrin.h>

enum { SAR, DPPS, HADDPS, RDTSC, CRC32, PCMPISTRI, POPF, CPUID, TIMES = 1000000 };

void prepare(void) {}

uint64_t work(uint64_t rounds) {
  uint64_t value = 0x8123456789abcdef, other = 3;
  __m128 floats = _mm_set1_ps(0.25f), factors = _mm_set1_ps(0.5f);
  for (uint64_t time = 0; time < TIMES * rounds; time++) {
    if (FORM == SAR) __asm__ volatile("sar %b1, %0" : "+r"(value) : "c"(other) : "cc");
    if (FORM == DPPS) __asm__ volatile("dpps $0xff, %1, %0" : "+x"(floats) : "x"(factors));
    if (FORM == HADDPS) __asm__ volatile("haddps %1, %0" : "+x"(floats) : "x"(factors));
    if (FORM == RDTSC) __asm__ volatile("rdtsc" ::: "rax", "rdx");
    if (FORM == CRC32) __asm__ volatile("crc32q %1, %0" : "+r"(value) : "r"(other));
    if (FORM == PCMPISTRI) __asm__ volatile("pcmpistri $0, %1, %0" ::"x"(floats), "x"(factors) : "rcx", "cc");
    if (FORM == POPF) __asm__ volatile("sub $128, %%rsp\n\tpushf\n\tpopf\n\tadd $128, %%rsp" ::: "cc", "memory");
    if (FORM == CPUID) __asm__ volatile("xor %%eax, %%eax\n\tcpuid" ::: "rax", "rbx", "rcx", "rdx");
  }
  return value ^ (uint64_t)_mm_cvtsi128_si64(_mm_castps_si128(floats));
}
