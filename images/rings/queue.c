/*
 * Both ends of a queue, for the checker. Channel "single": one message at a time, by hallows_send and hallows_receive.
 * "batch": several in place, then one publish, at both ends. Several producers send MESSAGES each.
 */
#include "rings.h"

static uint32_t sent_of(const struct hallows_channel *channel) { return channel->local - START; }

static void send_singly(struct hallows_channel *out) {
  while (sent_of(out) < wanted()) {
    struct message message = message_of(sent_of(out), out->generation);
    uint32_t status = hallows_send(out, &message, sizeof message, HALLOWS_NO_DEADLINE);
    if (status == HALLOWS_NOT_AVAILABLE && out->full_policy == HALLOWS_FULL_REFUSE) {
      struct hallows_channel *const channels[] = {out};
      hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE);
      continue;
    }
    if (status == HALLOWS_BROKEN) return;
    expect(status == HALLOWS_NO_ERROR, STATUS);
  }
}

/* Where the newest is dropped, messages are numbered by attempts, and the last one waits for room. */
static void send_dropping(struct hallows_channel *out) {
  for (uint32_t number = 0; number < wanted(); number++) {
    struct message message = message_of(number, out->generation);
    if (number == wanted() - 1) {
      struct hallows_channel *const channels[] = {out};
      hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE);
    }
    uint32_t status = hallows_send(out, &message, sizeof message, HALLOWS_NO_DEADLINE);
    if (status == HALLOWS_BROKEN) return;
    expect(status == HALLOWS_NO_ERROR, STATUS);
  }
  expect(sent_of(out) + out->own->refused == wanted(), COUNTS);
}

static void send_in_batches(struct hallows_channel *out) {
  struct hallows_channel *const channels[] = {out};
  while (sent_of(out) < wanted() && !out->broken) {
    struct message *slot;
    while (sent_of(out) < wanted() && (slot = (struct message *)hallows_reserve(out)) != NULL) {
      *slot = message_of(sent_of(out), out->generation);
      hallows_commit(out, sizeof *slot);
    }
    if (sent_of(out) < wanted()) hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE);
  }
  hallows_publish(out);
}

/* The number that a message should have where none is dropped: that of its place in the ring. */
static void expect_message(const struct hallows_channel *in, const struct message *message, uint32_t place,
                           uint32_t *next) {
  if (is_hostile()) {
    ++*next;
    return;
  }
  expect(is_whole(message, in->peer_generation), TORN);
  bool is_dropping = in->full_policy == HALLOWS_FULL_DROP_OLDEST || in->full_policy == HALLOWS_FULL_DROP_NEWEST;
  if (in->full_policy != HALLOWS_FULL_DROP_NEWEST) expect(message->number == place, ORDER);
  expect(is_dropping ? message->number >= *next : message->number == *next, ORDER);
  *next = message->number + 1;
}

static void receive_singly(struct hallows_channel *in) {
  volatile struct guarded buffer = GUARDED;
  for (uint32_t next = in->local - START; next < wanted();) {
    uint32_t length;
    uint32_t status =
        hallows_receive(in, (void *)&buffer.message, sizeof buffer.message, &length, HALLOWS_NO_DEADLINE);
    expect_guards(&buffer);
    if (status == HALLOWS_BROKEN) return;
    if (status == HALLOWS_TOO_LONG || status == HALLOWS_NOT_AVAILABLE) {
      next += is_hostile();
      continue;
    }
    expect(status == HALLOWS_NO_ERROR, STATUS);
    expect(length == sizeof buffer.message || is_hostile(), TORN);
    struct message message = buffer.message;
    expect_message(in, &message, in->local - 1 - START, &next);
  }
}

/* From all producers in turn, as many as there are, then one publish. */
static void receive_in_batches(struct hallows_channel in[], uint32_t count) {
  uint32_t next[2] = {0, 0};
  for (uint32_t link = 0; link < count; link++) next[link] = in[link].local - START;
  for (;;) {
    struct hallows_channel *waiting[2];
    uint32_t waiting_count = 0;
    for (uint32_t link = 0; link < count; link++) {
      const struct message *slot;
      uint32_t length;
      while (next[link] < wanted() && (slot = (const struct message *)hallows_peek(&in[link], &length)) != NULL) {
        expect(length == sizeof *slot || is_hostile(), TORN);
        struct message message = *slot;
        expect_message(&in[link], &message, in[link].local - START, &next[link]);
        hallows_release(&in[link]);
      }
      if (next[link] < wanted() && !in[link].broken) waiting[waiting_count++] = &in[link];
      else hallows_publish(&in[link]);
    }
    if (waiting_count == 0) return;
    hallows_wait_any(waiting, waiting_count, HALLOWS_NO_DEADLINE);
  }
}

int main(void) {
  struct hallows_channel channels[2];
  uint32_t count;
  const char *name = channel_name();
  expect(hallows_open_all(channels, 2, name, &count) == HALLOWS_NO_ERROR, STATUS);
  bool in_batches = *channel_mode() == 'b';
  if (!is_producer()) {
    if (in_batches) receive_in_batches(channels, count);
    else receive_singly(channels);
  } else if (in_batches) send_in_batches(channels);
  else if (channels[0].full_policy == HALLOWS_FULL_DROP_NEWEST) send_dropping(channels);
  else send_singly(channels);
  finish(DONE);
}
