/*
 * qsort and bsearch. The sort merges, so that equal members keep their order, as they do with glibc: programs are
 * written that rely on it. It needs memory for a second array; where there is none, a heap sort does without.
 */

typedef int (*comparison)(const void *left, const void *right);

/* `from` and `to` hold the same members; sorted, they are in `to`. */
static void merge_sort(char *from, char *to, size_t count, size_t size, comparison compare) {
  if (count < 2) return;
  size_t half = count / 2;
  merge_sort(to, from, half, size, compare);
  merge_sort(to + half * size, from + half * size, count - half, size, compare);
  const char *left = from, *middle = from + half * size, *right = middle, *end = from + count * size;
  for (; left < middle || right < end; to += size) {
    bool takes_left = right == end || (left < middle && compare(left, right) <= 0);
    const char **taken = takes_left ? &left : &right;
    copy_up(to, *taken, size);
    *taken += size;
  }
}

static void swap_members(char *left, char *right, size_t size) {
  for (; size > 0; size--) {
    char kept = *left;
    *left++ = *right;
    *right++ = kept;
  }
}

/* Lets the member at `place` sink to where both below it are smaller. */
static void sink_member(char *array, size_t place, size_t count, size_t size, comparison compare) {
  for (;;) {
    size_t larger = place * 2 + 1;
    if (larger >= count) return;
    if (larger + 1 < count && compare(array + larger * size, array + (larger + 1) * size) < 0) larger++;
    if (compare(array + place * size, array + larger * size) >= 0) return;
    swap_members(array + place * size, array + larger * size, size);
    place = larger;
  }
}

static void heap_sort(char *array, size_t count, size_t size, comparison compare) {
  for (size_t place = count / 2; place-- > 0;) sink_member(array, place, count, size, compare);
  for (size_t left = count; left-- > 1;) {
    swap_members(array, array + left * size, size);
    sink_member(array, 0, left, size, compare);
  }
}

void qsort(void *array, size_t count, size_t size, comparison compare) {
  size_t bytes;
  if (count < 2 || size == 0 || __builtin_mul_overflow(count, size, &bytes)) return;
  char *second = (char *)allocate(bytes, UNIT, false);
  if (second == NULL) return heap_sort((char *)array, count, size, compare);
  copy_up(second, array, bytes);
  merge_sort(second, (char *)array, count, size, compare);
  free(second);
}

void *bsearch(const void *key, const void *array, size_t count, size_t size, comparison compare) {
  const char *first = (const char *)array;
  while (count > 0) {
    const char *middle = first + count / 2 * size;
    int order = compare(key, middle);
    if (order == 0) return (void *)middle;
    if (order > 0) first = middle + size;
    count = order > 0 ? count - count / 2 - 1 : count / 2;
  }
  return NULL;
}
