/*
 * Both ends of a channel of calls, for the checker. The caller asks MESSAGES questions, one after the other; where its
 * answerer has restarted, it asks again.
 */
#include "rings.h"

static void ask_all(struct hallows_call_end *call) {
  volatile struct guarded answer = GUARDED;
  for (uint32_t number = 0; number < wanted();) {
    struct message question = message_of(number, call->requests.generation);
    uint32_t length;
    uint32_t status = hallows_call_wait(call, &question, sizeof question, (void *)&answer.message,
                                        sizeof answer.message, &length, HALLOWS_NO_DEADLINE);
    expect_guards(&answer);
    if (status == HALLOWS_BROKEN) return;
    if (is_hostile() || status == HALLOWS_UNAVAILABLE || status == HALLOWS_TOO_LONG) {
      number += is_hostile();
      continue;
    }
    expect(status == HALLOWS_NO_ERROR, STATUS);
    struct message reply = answer.message;
    expect(length == sizeof reply && reply.check == check_of(reply.number, reply.life), TORN);
    expect(reply.life == question.life && reply.number == number + 100, ORDER);
    number++;
  }
}

static void answer_all(struct hallows_call_end *call) {
  volatile struct guarded question = GUARDED;
  for (uint32_t answered = 0; !is_hostile() || answered < wanted();) {
    struct hallows_ticket ticket;
    uint32_t length;
    uint32_t status =
        hallows_take_request(call, (void *)&question.message, sizeof question.message, &length, &ticket);
    expect_guards(&question);
    if (status == HALLOWS_BROKEN) return;
    if (status == HALLOWS_TIMED_OUT) {
      struct hallows_channel *const channels[] = {&call->requests};
      hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE);
      continue;
    }
    struct message request = question.message;
    answered++;
    if (status == HALLOWS_NO_ERROR && !is_hostile()) expect(length == sizeof request && is_whole(&request, ticket.generation), TORN);
    struct message reply = message_of(request.number + 100, request.life);
    status = hallows_reply(call, &ticket, &reply, sizeof reply);
    if (status == HALLOWS_BROKEN) return;
  }
}

int main(void) {
  struct hallows_call_end call;
  expect(hallows_open_call(&call, channel_name()) == HALLOWS_NO_ERROR, STATUS);
  if (is_producer()) ask_all(&call);
  else answer_all(&call);
  finish(DONE);
}
