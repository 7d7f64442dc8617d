/* Heap sort: thirty times 20,000 numbers. */
#include "../bench.h"

enum { NUMBERS = 20000, TIMES = 30 };
static uint64_t numbers[NUMBERS];

void prepare(void) {}

static void sift(unsigned from, unsigned end) {
  uint64_t value = numbers[from];
  for (unsigned child; (child = 2 * from + 1) < end; from = child) {
    if (child + 1 < end && numbers[child + 1] > numbers[child]) child++;
    if (numbers[child] <= value) break;
    numbers[from] = numbers[child];
  }
  numbers[from] = value;
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0, state = 5;
  for (uint64_t time = 0; time < TIMES * rounds; time++) {
    for (unsigned i = 0; i < NUMBERS; i++) numbers[i] = state = bench_next(state);
    for (unsigned i = NUMBERS / 2; i-- > 0;) sift(i, NUMBERS);
    for (unsigned end = NUMBERS; end-- > 1;) {
      uint64_t largest = numbers[0];
      numbers[0] = numbers[end];
      numbers[end] = largest;
      sift(0, end);
    }
    checksum = bench_mix(checksum, numbers[NUMBERS / 3]);
  }
  return checksum;
}
