/*
 * All ends of a broadcast, for the checker.
 */
#include "rings.h"

static void send_all(const char *name) {
  struct hallows_channel links[2];
  struct hallows_broadcast news;
  expect(hallows_open_broadcast(&news, links, 2, name) == HALLOWS_NO_ERROR, STATUS);
  while (links[0].local - START < wanted()) {
    struct message message = message_of(links[0].local - START, links[0].generation);
    uint32_t status = hallows_broadcast_send(&news, &message, sizeof message, HALLOWS_NO_DEADLINE);
    if (status == HALLOWS_BROKEN) return;
    expect(status == HALLOWS_NO_ERROR, STATUS);
  }
}

static void receive_all(const char *name) {
  struct hallows_channel in;
  volatile struct guarded buffer = GUARDED;
  expect(hallows_open(&in, name) == HALLOWS_NO_ERROR, STATUS);
  for (uint32_t next = in.local - START; next < wanted();) {
    uint32_t length;
    uint32_t status =
        hallows_receive(&in, (void *)&buffer.message, sizeof buffer.message, &length, HALLOWS_NO_DEADLINE);
    expect_guards(&buffer);
    if (status == HALLOWS_BROKEN) return;
    if (is_hostile() || status == HALLOWS_TOO_LONG || status == HALLOWS_NOT_AVAILABLE) {
      next += is_hostile();
      continue;
    }
    expect(status == HALLOWS_NO_ERROR, STATUS);
    struct message message = buffer.message;
    expect(length == sizeof message && is_whole(&message, in.peer_generation), TORN);
    expect(message.number == in.local - 1 - START, ORDER);
    expect(in.full_policy == HALLOWS_FULL_DROP_OLDEST ? message.number >= next : message.number == next, ORDER);
    next = message.number + 1;
  }
}

int main(void) {
  const char *name = channel_name();
  if (is_producer()) send_all(name);
  else receive_all(name);
  finish(DONE);
}
