/* The other side of ping.c: answers each question, and ends with the last. */
#include "hallows.h"

#ifndef ROUNDS
#define ROUNDS 100
#endif

int main(void) {
  struct hallows_channel there, back;
  uint32_t length;
  assert(hallows_open(&there, "there") == HALLOWS_NO_ERROR);
  assert(hallows_open(&back, "back") == HALLOWS_NO_ERROR);
  for (uint64_t round = 0; round < ROUNDS + 4; round++) {
    const uint64_t *question;
#ifdef DOORBELL
    while ((question = hallows_peek(&there, &length)) == NULL) {
      struct hallows_channel *const channels[] = {&there};
      assert(hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR && !there.broken);
    }
#else
    while ((question = hallows_peek(&there, &length)) == NULL) hallows_pause();
#endif
    uint64_t *answer = hallows_reserve(&back);
    assert(answer != NULL && length == sizeof *question);
    *answer = *question + 1000;
    hallows_commit(&back, sizeof *answer);
#ifdef DOORBELL
    hallows_publish(&back);
#else
    hallows_publish_quietly(&back);
#endif
    hallows_release(&there);
    hallows_publish_quietly(&there);
  }
  return 0;
}
