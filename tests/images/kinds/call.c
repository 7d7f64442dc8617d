/*
 * The ends of a channel of calls, by the name of the partition. server: answers with twice the question; never answers
 * 13; falls over 66. hostile: a caller that claims more requests than there can be. leaver: stops with a
 * request in its hands, and heir calls it. Others call, and print what became
 * of it.
 */
#include "hallows.h"

enum { CALLERS = 4, COUNT = 60, DONE = 9999 };

static int serve(void) {
  static struct hallows_call_end calls[CALLERS];
  struct hallows_channel *all[CALLERS];
  uint32_t count, done = 0;
  assert(hallows_open_calls(calls, CALLERS, "double", &count) == HALLOWS_NO_ERROR);
  for (;;) {
    uint32_t waiting = 0;
    for (uint32_t caller = 0; caller < count; caller++)
      if (!calls[caller].requests.broken) all[waiting++] = &calls[caller].requests;
    if (done >= waiting) break;
    hallows_wait_any(all, waiting, HALLOWS_NO_DEADLINE);
    for (uint32_t caller = 0; caller < count; caller++) {
      uint64_t question;
      uint32_t length;
      struct hallows_ticket ticket;
      while (hallows_take_request(&calls[caller], &question, sizeof question, &length, &ticket) == HALLOWS_NO_ERROR) {
        if (question == 13) continue;
        if (question == 66) __asm__ volatile("ud2");
        if (question == DONE) done++;
        uint64_t answer[2] = {2 * question, question};
        assert(hallows_reply(&calls[caller], &ticket, answer, sizeof answer) == HALLOWS_NO_ERROR);
      }
    }
  }
  printf("served\n");
  return 0;
}

static uint32_t ask(struct hallows_call_end *call, uint64_t question, uint64_t deadline) {
  uint64_t answer[2] = {0, 0};
  uint32_t length = 0;
  uint32_t status = hallows_call_wait(call, &question, sizeof question, answer, sizeof answer, &length, deadline);
  if (status == HALLOWS_NO_ERROR) assert(length == 16 && answer[0] == 2 * question && answer[1] == question);
  return status;
}

/* Stops for good with a request in its hands. */
static int leave(void) {
  static struct hallows_call_end call;
  struct hallows_channel *const requests[] = {&call.requests};
  assert(hallows_open_call(&call, "double") == HALLOWS_NO_ERROR);
  hallows_wait_any(requests, 1, HALLOWS_NO_DEADLINE);
  return 3;
}

/* Calls who stops: once while it lives, and then until the ring is full. */
static int bury(void) {
  struct hallows_call_end call;
  uint32_t unavailable = 0;
  assert(hallows_open_call(&call, "double") == HALLOWS_NO_ERROR);
  for (uint64_t question = 0; question < 10; question++)
    unavailable += ask(&call, question, HALLOWS_NO_DEADLINE) == HALLOWS_UNAVAILABLE;
  printf("unavailable %u times, stopped %u\n", unavailable, hallows_is_stopped(&call.requests));
  return 0;
}

int main(void) {
  const char *name = hallows_boot()->name;
  if (strcmp(name, "server") == 0) return serve();
  if (strcmp(name, "leaver") == 0) return leave();
  if (strcmp(name, "heir") == 0) return bury();
  struct hallows_call_end call;
  assert(hallows_open_call(&call, "double") == HALLOWS_NO_ERROR);
  if (strcmp(name, "hostile") == 0) {
    call.requests.own->tail += 77;
    hallows_notify(call.requests.end);
    hallows_sleep_until(hallows_now() + 20000);
    return ask(&call, 1, HALLOWS_NO_DEADLINE) == HALLOWS_BROKEN ? 0 : 1;
  }
  for (uint64_t question = 100; question < 100 + COUNT; question++)
    assert(ask(&call, question, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
  uint32_t late = ask(&call, 13, hallows_now() + 20000);
  uint32_t fallen = strcmp(name, "first") == 0 ? ask(&call, 66, HALLOWS_NO_DEADLINE) : HALLOWS_UNAVAILABLE;
  if (strcmp(name, "first") != 0) hallows_sleep_until(hallows_now() + 400000);
  /* Several under way. */
  for (uint64_t tag = 1; tag <= 3; tag++)
    assert(hallows_request(&call, tag << 40, &(uint64_t){tag}, 8, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
  uint64_t tag, answer[2], seen = 0;
  uint32_t length;
  struct hallows_channel *const replies[] = {&call.replies};
  while (seen < 3) {
    hallows_wait_any(replies, 1, HALLOWS_NO_DEADLINE);
    while (hallows_take_reply(&call, &tag, answer, sizeof answer, &length) == HALLOWS_NO_ERROR) {
      assert(answer[1] == tag >> 40);
      seen++;
    }
  }
  assert(ask(&call, DONE, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
  printf("late %s, fallen %s\n", late == HALLOWS_TIMED_OUT ? "timed out" : "?",
         fallen == HALLOWS_UNAVAILABLE ? "unavailable" : "?");
  return 0;
}
