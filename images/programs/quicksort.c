/* Sorts pseudo-random numbers: recursion, swaps, comparisons. Exit code 21. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

enum { COUNT = 1000 };
static int32_t numbers[COUNT];
static unsigned long comparisons, swaps;

static void swap(int32_t *left, int32_t *right) {
  int32_t kept = *left;
  *left = *right;
  *right = kept;
  swaps++;
}

/* Hoare's partition round the middle element; the shorter side by recursion, the longer by iteration. */
static void quicksort(int32_t *first, int32_t *last) {
  while (first < last) {
    int32_t pivot = first[(last - first) / 2];
    int32_t *left = first - 1, *right = last + 1;
    for (;;) {
      do left++, comparisons++; while (*left < pivot);
      do right--, comparisons++; while (*right > pivot);
      if (left >= right) break;
      swap(left, right);
    }
    if (right - first < last - right) {
      quicksort(first, right);
      first = right + 1;
    } else {
      quicksort(right + 1, last);
      last = right;
    }
  }
}

int main(void) {
  uint32_t state = 2463534242u;
  int64_t sum = 0;
  for (int index = 0; index < COUNT; index++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    numbers[index] = (int32_t)state % 100000;
    sum += numbers[index];
  }
  quicksort(numbers, numbers + COUNT - 1);
  for (int index = 0; index < COUNT; index++) {
    assert(index == 0 || numbers[index - 1] <= numbers[index]);
    sum -= numbers[index];
  }
  printf("sorted %d numbers: %lu comparisons, %lu swaps\n", COUNT, comparisons, swaps);
  printf("least %d, median %d, greatest %d, sum kept: %s\n", numbers[0], numbers[COUNT / 2], numbers[COUNT - 1],
         sum == 0 ? "yes" : "no");
  for (int index = 0; index < COUNT; index += COUNT / 10) printf("%+7d%s", numbers[index], index < 900 ? "" : "\n");
  return 21;
}
