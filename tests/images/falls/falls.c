/*
 * A producer and a consumer that sleep whenever they can, one of which falls once: its urgent thread faults at cycle
 * `fall_at`, which the test writes into the program, wherever the other thread happens to be. After the restart
 * everything goes on. Both end by themselves if no wake-up was lost.
 */
#include <stdio.h>
#include <string.h>

#include <hallows.h>

enum { LAST = 15 };

/* Behind a mark, so that the test finds it. */
struct {
  char mark[16];
  uint64_t at;
} volatile fall = {"when to fall at", 0};

static void produce(struct hallows_channel *out) {
  for (uint32_t number = 0; number <= LAST; number++) {
    hallows_sleep_until(hallows_now() + 400);
    if (hallows_send(out, &number, sizeof number, HALLOWS_NO_DEADLINE) != HALLOWS_NO_ERROR) exit(1);
  }
}

static void consume(struct hallows_channel *in) {
  uint32_t number = 0, length;
  while (number != LAST) {
    if (hallows_receive(in, &number, sizeof number, &length, HALLOWS_NO_DEADLINE) != HALLOWS_NO_ERROR) exit(1);
    /* Slower than the producer at first, so that it waits for space; faster in the end. */
    if (number < LAST / 2) hallows_sleep_until(hallows_now() + 2500);
  }
}

HALLOWS_THREAD int work(uint64_t thread) {
  (void)thread;
  struct hallows_channel channel;
  if (hallows_open(&channel, "numbers") != HALLOWS_NO_ERROR) exit(2);
  if (channel.is_producer) produce(&channel);
  else consume(&channel);
  exit(7);
}

HALLOWS_THREAD int fail(uint64_t thread) {
  (void)thread;
  if (hallows_boot()->generation > 1 || fall.at == 0) hallows_exit_thread(0);
  hallows_sleep_until(fall.at);
  *(volatile int *)0 = 1;
  return 0;
}
