/* The heap under 8,000 calls at random: blocks keep what is in them, are aligned, don't overlap, and come back. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { BLOCKS = 300 };
static unsigned char *blocks[BLOCKS];
static size_t sizes[BLOCKS];

static void fail(const char *what, int at) {
  printf("%s at %d\n", what, at);
  exit(1);
}

static size_t some_size(void) { return below(4) == 0 ? below(4000) : below(8) == 0 ? 0 : below(200); }
static unsigned char pattern(int slot, size_t at) { return (unsigned char)(slot * 31 + (int)at); }
static void fill(int slot, size_t from) {
  for (size_t i = from; i < sizes[slot]; i++) blocks[slot][i] = pattern(slot, i);
}
static void check(int slot, size_t count, int at) {
  for (size_t i = 0; i < count; i++) {
    if (blocks[slot][i] != pattern(slot, i)) fail("changed", at);
  }
}

static void turn(int at) {
  int slot = (int)below(BLOCKS);
  size_t size = some_size();
  if (blocks[slot] == NULL) {
    unsigned how = below(4);
    size_t alignment = (size_t)16 << below(6);
    if (how == 0) blocks[slot] = calloc(size / 4 + 1, 4), size = (size / 4 + 1) * 4;
    else if (how == 1) blocks[slot] = aligned_alloc(alignment, size = (size + alignment) / alignment * alignment);
    else blocks[slot] = malloc(size);
    if (blocks[slot] == NULL) fail("no memory", at);
    if ((uintptr_t)blocks[slot] % 16 != 0) fail("not aligned", at);
    if (how == 1 && (uintptr_t)blocks[slot] % alignment != 0) fail("not aligned as asked", at);
    for (size_t i = 0; how == 0 && i < size; i++) {
      if (blocks[slot][i] != 0) fail("not cleared", at);
    }
    sizes[slot] = size;
    fill(slot, 0);
  } else if (below(3) == 0) {
    size_t kept = sizes[slot] < size ? sizes[slot] : size;
    if (size == 0) return;
    blocks[slot] = realloc(blocks[slot], size);
    if (blocks[slot] == NULL) fail("no memory to grow", at);
    check(slot, kept, at);
    sizes[slot] = size;
    fill(slot, kept);
  } else {
    check(slot, sizes[slot], at);
    free(blocks[slot]);
    blocks[slot] = NULL;
  }
}

int main(void) {
  for (int at = 0; at < 8000; at++) turn(at);
  for (int slot = 0; slot < BLOCKS; slot++) {
    if (blocks[slot] != NULL) check(slot, sizes[slot], slot);
    free(blocks[slot]);
  }
  /* All of it has become one block again: 12 MiB of the 16 MiB that a program has here. */
  char *large = malloc(12 << 20);
  printf("large: %d\n", large != NULL);
  free(large);
  /* In place: a block at the end of the heap grows without a second one beside it. */
  char *growing = NULL;
  for (size_t size = 1 << 20; size <= (size_t)12 << 20; size += 1 << 20) growing = realloc(growing, size);
  printf("grown: %d\n", growing != NULL);
  free(growing);
  errno = 0;
  void *volatile none = malloc(SIZE_MAX / 2);
  printf("%d %d %d\n", none == NULL, errno == ENOMEM, calloc(SIZE_MAX / 2, 3) == NULL);
  return 21;
}
