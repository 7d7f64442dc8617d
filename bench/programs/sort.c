/*
 * Quicksort with insertion sort at the ends, of 4096 numbers that are scrambled anew: branches that nobody can predict.
 */
#include "bench.h"

enum { COUNT = 4096, SHORT = 12 };
static uint64_t scrambled[COUNT], numbers[COUNT];

void prepare(void) {
  uint64_t state = 777;
  for (unsigned i = 0; i < COUNT; i++) scrambled[i] = state = bench_next(state);
}

static void sort(uint64_t *from, uint64_t *to) {
  while (to - from > SHORT) {
    uint64_t pivot = from[(to - from) / 2], *left = from, *right = to - 1;
    for (;;) {
      while (*left < pivot) left++;
      while (pivot < *right) right--;
      if (left >= right) break;
      uint64_t swapped = *left;
      *left++ = *right;
      *right-- = swapped;
    }
    uint64_t *middle = right + 1;
    if (middle - from < to - middle) {
      sort(from, middle);
      from = middle;
    } else {
      sort(middle, to);
      to = middle;
    }
  }
  for (uint64_t *next = from + 1; next < to; next++) {
    uint64_t value = *next, *at = next;
    for (; at > from && at[-1] > value; at--) *at = at[-1];
    *at = value;
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    for (unsigned i = 0; i < COUNT; i++) numbers[i] = scrambled[i];
    sort(numbers, numbers + COUNT);
    uint64_t sum = 0;
    for (unsigned i = 1; i < COUNT; i++) sum += numbers[i] >= numbers[i - 1] ? numbers[i] : i;
    checksum = bench_mix(checksum, sum);
  }
  return checksum;
}
