/*
 * Three programs of real size in one, in turns: some eight thousand instructions of code, and 3 G executed in 316
 * rounds.
 */
#include "../bench.h"

uint64_t script_work(uint64_t rounds), algebra_work(uint64_t rounds), query_work(uint64_t rounds);
void query_prepare(void);

/* The other two have nothing to prepare. */
void prepare(void) { query_prepare(); }

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    checksum = bench_mix(checksum, script_work(1));
    for (unsigned time = 0; time < 10; time++) checksum = bench_mix(checksum, algebra_work(1));
    checksum = bench_mix(checksum, query_work(1));
  }
  return checksum;
}
