/*
 * The measured partition of `hallows bench jitter`: as cyclictest does, each thread waits for its release, reads the
 * TSC, and notes it. The host takes the notes out of the heap while the system stands still, between two runs, so
 * that nothing but this loop is measured.
 *
 * Ring i lies at HEAP_BASE + i * sizeof(struct ring); src/bench/jitter/measure.ts reads it.
 */
#include "hallows.h"

#define RING_SAMPLES 2048

struct ring {
  volatile uint64_t count; /* activations so far that were waited for */
  uint64_t reserved[7];
  uint64_t samples[RING_SAMPLES]; /* TSC in release n, the thread's start being 0, is in samples[(n - 1) % RING_SAMPLES] */
};

HALLOWS_THREAD int measure(void) {
  struct ring *ring = (struct ring *)hallows_boot()->heap_base + hallows_thread_index();
  for (;;) {
    struct hallows_result result = hallows_periodic_wait();
    uint64_t now = hallows_now();
    if (result.status != HALLOWS_NO_ERROR) return 1;
    ring->samples[ring->count++ % RING_SAMPLES] = now;
  }
}

int main(void) { return measure(); }
