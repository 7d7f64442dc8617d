/*
 * A background thread and two urgent ones, which meet at the SDK's own locks: the console's and the heap's. Ends with 8
 * when every thread has done its part.
 */
#include <hallows.h>

enum { BACKGROUND_ROUNDS = 300, URGENT_ROUNDS = 20 };
static volatile int done;

static void finish(void) {
  if (++done == 3) exit(8);
  hallows_exit_thread(0);
}

HALLOWS_THREAD int background(uint64_t thread) {
  (void)thread;
  for (int round = 0; round < BACKGROUND_ROUNDS; round++) {
    free(malloc(100));
    if (round % 4 == 0) printf("background %d: a line of ordinary length that says something\n", round);
  }
  finish();
  return 0;
}

HALLOWS_THREAD int urgent(uint64_t thread) {
  for (int round = 0; round < URGENT_ROUNDS; round++) {
    hallows_periodic_wait();
    free(malloc(64));
    printf("urgent %u: round %d\n", (unsigned)thread, round);
  }
  finish();
  return 0;
}
