/*
 * Measures the round trip of a message over two rings, between two cores: ping asks on `there`, pong answers on `back`.
 * Both poll; with -DDOORBELL both sleep, and ring each other. Systems: ping.toml, ping-doorbell.toml.
 * Prints the least, mean and greatest round trip in cycles, and leaves least and greatest as a note in the trace.
 */
#include "hallows.h"

#ifndef ROUNDS
#define ROUNDS 100
#endif

int main(void) {
  struct hallows_channel there, back;
  uint32_t length;
  assert(hallows_open(&there, "there") == HALLOWS_NO_ERROR);
  assert(hallows_open(&back, "back") == HALLOWS_NO_ERROR);
  uint64_t least = UINT64_MAX, greatest = 0, sum = 0;
  /* The first rounds pay for what happens once: the other side's start, the first doorbell, first touches. */
  for (uint64_t round = 0; round < ROUNDS + 4; round++) {
    uint64_t *question = hallows_reserve(&there);
    const uint64_t *answer;
    assert(question != NULL);
    uint64_t begin = hallows_now();
    *question = round;
    hallows_commit(&there, sizeof *question);
#ifdef DOORBELL
    hallows_publish(&there);
    while ((answer = hallows_peek(&back, &length)) == NULL) {
      struct hallows_channel *const channels[] = {&back};
      assert(hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR && !back.broken);
    }
#else
    hallows_publish_quietly(&there);
    while ((answer = hallows_peek(&back, &length)) == NULL) hallows_pause();
#endif
    uint64_t cycles = hallows_now() - begin;
    assert(length == sizeof *answer && *answer == round + 1000);
    hallows_release(&back);
    hallows_publish_quietly(&back);
    if (round < 4) continue;
    sum += cycles;
    if (cycles < least) least = cycles;
    if (cycles > greatest) greatest = cycles;
  }
  hallows_report(HALLOWS_REPORT_NOTE, least, greatest);
  printf("%d round trips: %lu to %lu cycles\n", ROUNDS, least, greatest);
  printf("mean %lu, doorbells %u\n", sum / ROUNDS, there.doorbells);
  return 0;
}
