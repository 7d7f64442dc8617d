/*
 * Threads of one partition: `urgent` and `modest` run by priority, main prints in which order they did. The
 * description names both functions as entries, urgent with the higher priority, main with the lowest. Exit code 34.
 */
#include "hallows.h"

static volatile char order[16];
static volatile uint32_t steps;

static void step(char name) { order[steps++] = name; }

HALLOWS_THREAD int urgent(uint64_t thread) {
  assert(hallows_thread_index() == thread);
  step('u');
  hallows_sleep_until(hallows_now() + 2000); /* modest runs meanwhile, and is interrupted */
  step('U');
  return 1;
}

HALLOWS_THREAD int modest(uint64_t thread) {
  assert(hallows_thread_index() == thread);
  step('m');
  for (uint64_t end = hallows_now() + 4000; hallows_now() < end;) hallows_pause();
  step('M');
  return 2;
}

int main(void) {
  step('!');
  printf("order: %s\n", (const char *)order); /* u m U M ! */
  return 34;
}
