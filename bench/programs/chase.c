/* Pointer chase: one cycle through 2 MiB of nodes in random order. Each load waits for the one before. */
#include "bench.h"

enum { NODES = 32768, STEPS = 65536 };
struct node {
  struct node *next;
  uint64_t value;
  uint64_t unused[6]; /* a cache line each */
};
static struct node nodes[NODES];
static uint32_t order[NODES];

void prepare(void) {
  uint64_t state = 1234567;
  for (unsigned i = 0; i < NODES; i++) order[i] = i;
  for (unsigned i = NODES - 1; i > 0; i--) {
    state = bench_next(state);
    unsigned j = (unsigned)((state >> 32) * (i + 1) >> 32), swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  for (unsigned i = 0; i < NODES; i++) {
    nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
    nodes[order[i]].value = i * 2654435761u;
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    const struct node *at = &nodes[order[0]];
    uint64_t sum = 0;
    for (unsigned step = 0; step < STEPS; step++) {
      sum += at->value ^ step;
      at = at->next;
    }
    checksum = bench_mix(checksum, sum);
  }
  return checksum;
}
