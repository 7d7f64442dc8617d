/*
 * Both ends of a byte ring, for the checker. Messages of DATA bytes are sent by hallows_send_bytes, and read in place,
 * of which the reader looks at the first and the last words: so five messages fill the ring of 4 KiB, go round its end,
 * and leave a rest there that is skipped.
 */
#include "rings.h"

/* Counters begin in front of a multiple of the ring's size. A record is DATA and its head; REST is what is skipped. */
enum { DATA = 1008, RECORD = DATA + 8, RING = 4096, BEFORE = 2, SENT = 5 };
#define FIRST_RING 0xfffff000u /* the checker begins BEFORE records behind it */

static uint32_t number_of(const struct hallows_channel *channel) {
  uint32_t behind = *(const volatile uint32_t *)channel->own_index - FIRST_RING;
  return behind / RING * (RING / RECORD) + behind % RING / RECORD - BEFORE;
}

static void send_all(struct hallows_bytes *ring) {
  static uint64_t message[DATA / 8];
  for (uint32_t number = number_of(&ring->channel); number < (is_hostile() ? 2 : SENT); number++) {
    message[0] = check_of(number, ring->channel.generation);
    message[DATA / 8 - 1] = message[0] + 1;
    uint32_t status = hallows_send_bytes(ring, message, sizeof message, HALLOWS_NO_DEADLINE);
    if (status == HALLOWS_BROKEN) return;
    expect(status == HALLOWS_NO_ERROR, STATUS);
  }
}

static void receive_all(struct hallows_bytes *ring) {
  struct hallows_channel *in = &ring->channel;
  struct hallows_channel *const channels[] = {in};
  for (uint32_t next = number_of(in); next < (is_hostile() ? 2 : SENT) && !in->broken;) {
    uint32_t length;
    const uint64_t *data = (const uint64_t *)hallows_peek_bytes(ring, &length);
    if (data == NULL) {
      hallows_wait_any(channels, 1, HALLOWS_NO_DEADLINE);
      continue;
    }
    if (is_hostile()) length = DATA;
    expect(length == DATA, TORN);
    uint64_t first = *(const volatile uint64_t *)data, last = *(const volatile uint64_t *)(data + DATA / 8 - 1);
    expect(last == first + 1 || is_hostile(), TORN);
    expect(first == check_of(next, in->peer_generation) || is_hostile(), ORDER);
    next++;
    hallows_release_bytes(ring);
    hallows_publish(in);
  }
}

int main(void) {
  struct hallows_bytes ring;
  expect(hallows_open_bytes(&ring, channel_name()) == HALLOWS_NO_ERROR, STATUS);
  if (is_producer()) send_all(&ring);
  else receive_all(&ring);
  finish(DONE);
}
