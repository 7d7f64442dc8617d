/* qsort and bsearch: arrays of many sizes, orders and widths of member, with members that are equal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

struct record {
  int key, place;
  char text[7];
};

static int by_key(const void *left, const void *right) {
  const struct record *a = left, *b = right;
  return (a->key > b->key) - (a->key < b->key);
}

static int by_bytes(const void *left, const void *right) { return memcmp(left, right, 5); }
static int by_number(const void *left, const void *right) {
  long a = *(const long *)left, b = *(const long *)right;
  return a < b ? -1 : a > b;
}

static unsigned long digest(const void *data, size_t count) {
  unsigned long hash = 14695981039346656037u;
  for (const unsigned char *at = data; count > 0; count--) hash = (hash ^ *at++) * 1099511628211u;
  return hash;
}

int main(void) {
  static struct record records[300];
  static long numbers[300];
  static char fives[300][5];
  for (int round = 0; round < 60; round++) {
    size_t count = round < 20 ? (size_t)round : below(300);
    memset(records, 0, sizeof records);
    for (size_t i = 0; i < count; i++) {
      records[i].key = (int)below(round % 3 == 0 ? 5 : 100000);
      if (round % 5 == 1) records[i].key = (int)i;
      if (round % 5 == 2) records[i].key = -(int)i;
      records[i].place = (int)i;
      snprintf(records[i].text, sizeof records[i].text, "%d", records[i].key % 1000);
      numbers[i] = (long)any_size() - 100;
      for (int j = 0; j < 5; j++) fives[i][j] = (char)below(4);
    }
    qsort(records, count, sizeof *records, by_key);
    qsort(numbers, count, sizeof *numbers, by_number);
    qsort(fives, count, sizeof *fives, by_bytes);
    struct record wanted = {.key = (int)below(100)};
    struct record *found = bsearch(&wanted, records, count, sizeof *records, by_key);
    long *number = count == 0 ? NULL : bsearch(&numbers[below((unsigned)count)], numbers, count, sizeof *numbers, by_number);
    printf("%zu %lx %lx %lx %d %d\n", count, digest(records, sizeof records), digest(numbers, count * sizeof *numbers),
           digest(fives, count * 5), found == NULL ? -1 : found->key, number != NULL);
  }
  return 19;
}
