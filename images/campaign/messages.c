/*
 * Both ends of a channel of any kind, for `npm run campaign:messages` (tools/messages.mjs). The channel's name is
 * "b" and "batch-count-start": so many messages, of which the first has the number `start`. Exit code 1: one
 * was not what was
 * sent.
 */
#include "hallows.h"

struct message {
  uint64_t number, sum;
};

static uint32_t batch, count, start;

static struct message message_of(uint32_t index) {
  uint64_t number = (uint64_t)start + index;
  return (struct message){number, (number + 1) * 0x9e3779b97f4a7c15u};
}
static bool is_right(const struct message *message, uint32_t index) {
  struct message right = message_of(index);
  return message->number == right.number && message->sum == right.sum;
}

static int send_queue(struct hallows_channel *out) {
  for (uint32_t index = 0; index < count; index++) {
    struct message *slot;
    while ((slot = (struct message *)hallows_reserve(out)) == NULL) {
      hallows_publish(out);
      hallows_pause();
    }
    *slot = message_of(index);
    hallows_commit(out, sizeof *slot);
    if ((index + 1) % batch == 0) hallows_publish(out);
  }
  hallows_publish(out);
  return 0;
}

static int receive_queue(struct hallows_channel *in) {
  for (uint32_t index = 0; index < count; index++) {
    const struct message *slot;
    uint32_t length;
    while ((slot = (const struct message *)hallows_peek(in, &length)) == NULL) {
      hallows_publish(in);
      if (in->broken) return 1;
      hallows_pause();
    }
    struct message message = *slot;
    if (length != sizeof message || !is_right(&message, index)) return 1;
    hallows_release(in);
    if ((index + 1) % batch == 0) hallows_publish(in);
  }
  hallows_publish(in);
  return 0;
}

static int send_broadcast(const char *name) {
  struct hallows_channel links[2];
  struct hallows_broadcast news;
  hallows_open_broadcast(&news, links, 2, name);
  for (uint32_t index = 0; index < count; index++) {
    struct message message = message_of(index);
    if (hallows_broadcast_send(&news, &message, sizeof message, HALLOWS_NO_DEADLINE) != HALLOWS_NO_ERROR) return 1;
  }
  return 0;
}

static int pass_bytes(const char *name, bool sends) {
  struct hallows_bytes ring;
  hallows_open_bytes(&ring, name);
  for (uint32_t index = 0; index < count; index++) {
    struct message message = message_of(index);
    uint32_t length = sizeof message;
    uint32_t status = sends ? hallows_send_bytes(&ring, &message, sizeof message, HALLOWS_NO_DEADLINE)
                            : hallows_receive_bytes(&ring, &message, sizeof message, &length, HALLOWS_NO_DEADLINE);
    if (status != HALLOWS_NO_ERROR || length != sizeof message || !is_right(&message, index)) return 1;
  }
  return 0;
}

static int ask(const char *name, bool asks) {
  struct hallows_call_end call;
  hallows_open_call(&call, name);
  for (uint32_t index = 0; index < count;) {
    struct message question = message_of(index), answer;
    struct hallows_ticket ticket;
    uint32_t length;
    if (asks) {
      if (hallows_call_wait(&call, &question, sizeof question, &answer, sizeof answer, &length, HALLOWS_NO_DEADLINE) !=
              HALLOWS_NO_ERROR ||
          !is_right(&answer, index + 1))
        return 1;
      index++;
      continue;
    }
    struct hallows_channel *const channels[] = {&call.requests};
    uint32_t status = hallows_take_request(&call, &question, sizeof question, &length, &ticket);
    if (status == HALLOWS_TIMED_OUT) hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE);
    if (status == HALLOWS_TIMED_OUT) continue;
    if (status != HALLOWS_NO_ERROR || !is_right(&question, index)) return 1;
    answer = message_of(++index);
    if (hallows_reply(&call, &ticket, &answer, sizeof answer) != HALLOWS_NO_ERROR) return 1;
  }
  return 0;
}

/* Values may be passed over, and none may go back. */
static int sample(struct hallows_channel *channel, bool writes) {
  for (uint32_t index = 0; index < count;) {
    struct message value = message_of(index);
    struct hallows_sample_status status;
    if (writes) {
      if (hallows_write_sample(channel, &value, sizeof value) != HALLOWS_NO_ERROR) return 1;
      index++;
      continue;
    }
    if (hallows_read_sample(channel, &value, sizeof value, &status) != HALLOWS_NO_ERROR) continue;
    uint32_t seen = (uint32_t)(value.number - start);
    if (!is_right(&value, seen) || seen + 1 < index) return 1;
    index = seen + 1;
  }
  return 0;
}

int main(void) {
  const struct hallows_boot_channel *entry = hallows_boot_channel(1);
  char *at;
  batch = (uint32_t)strtoul(entry->name + 1, &at, 10);
  count = (uint32_t)strtoul(at + 1, &at, 10);
  start = (uint32_t)strtoul(at + 1, &at, 10);
  bool sends = entry->is_producer != 0;
  if (entry->kind == HALLOWS_KIND_BYTES) return pass_bytes(entry->name, sends);
  if (entry->kind == HALLOWS_KIND_CALL) return ask(entry->name, sends);
  if (entry->kind == HALLOWS_KIND_BROADCAST && sends) return send_broadcast(entry->name);
  struct hallows_channel channel;
  hallows_open(&channel, entry->name);
  if (entry->kind == HALLOWS_KIND_SAMPLING) return sample(&channel, sends);
  return sends ? send_queue(&channel) : receive_queue(&channel);
}
