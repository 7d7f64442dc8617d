/*
 * The ends of a byte ring, by the name of the partition. sender: COUNT messages of many lengths, some longer than the
 * ring. placer: the same lengths as far as a record may have them, written in place. refused: sends without waiting,
 * and counts what is refused. falling: falls in the middle of a message, life after life. hostile-a to -d: write
 * records that can't be. receiver: takes what comes until all senders are done, and prints what it has seen of each;
 * slow falls once itself, in the middle of a message.
 */
#include "hallows.h"

enum { COUNT = 24, LIVES = 3, PEERS = 6, LAST = 0xffff, CAPACITY = 40000 };

static uint8_t buffer[CAPACITY];
static const uint32_t LENGTHS[] = {8, 9, 4, 1016, 1017, 5000, 12288, 37001, 64, 2040, 40, 333};

/* Of a message's number and length, so that one which was cut is told. */
static uint8_t pattern(uint32_t key, uint32_t index) { return (uint8_t)(key + index * 7 + (index >> 8)); }
static uint32_t key_of(uint32_t number, uint32_t length) { return number * 131 + length * 17; }

static void fill(uint8_t *data, uint32_t number, uint32_t length) {
  uint32_t key = key_of(number, length);
  for (uint32_t index = 4; index < length; index++) data[index] = pattern(key, index);
  memcpy(data, &number, 4);
}

static bool is_right(const uint8_t *data, uint32_t length) {
  uint32_t number;
  memcpy(&number, data, 4);
  uint32_t key = key_of(number, length);
  for (uint32_t index = 4; index < length; index++)
    if (data[index] != pattern(key, index)) return false;
  return true;
}

static uint32_t length_of(uint32_t number) { return LENGTHS[number % (sizeof LENGTHS / sizeof *LENGTHS)]; }

static int finish(struct hallows_bytes *out, uint32_t sent) {
  hallows_sleep_until(hallows_now() + 200000);
  fill(buffer, LAST, 4);
  hallows_send_bytes(out, buffer, 4, HALLOWS_NO_DEADLINE);
  printf("%s: sent %u, refused %u\n", hallows_boot()->name, sent, out->channel.own->refused);
  return 0;
}

static int send_all(struct hallows_bytes *out) {
  uint32_t sent = 0;
  for (uint32_t number = 0; number < COUNT; number++) {
    uint32_t length = length_of(number);
    fill(buffer, number, length);
    uint32_t status = hallows_send_bytes(out, buffer, length, HALLOWS_NO_DEADLINE);
    if (status == HALLOWS_BROKEN) return 9;
    sent += status == HALLOWS_NO_ERROR;
  }
  return finish(out, sent);
}

static int place_all(struct hallows_bytes *out) {
  uint32_t sent = 0;
  for (uint32_t number = 0; number < COUNT; number++) {
    uint32_t length = length_of(number);
    assert((length > out->channel.slot_bytes) == (number % 12 >= 5 && number % 12 < 8));
    if (length > out->channel.slot_bytes) continue;
    uint8_t *data;
    while ((data = hallows_reserve_bytes(out, length + 100 < out->channel.slot_bytes ? length + 100 : length)) == NULL) {
      hallows_publish(&out->channel);
      hallows_pause();
    }
    fill(data, number, length);
    hallows_commit_bytes(out, length);
    sent++;
  }
  hallows_publish(&out->channel);
  return finish(out, sent);
}

static int fall(struct hallows_bytes *out) {
  uint32_t life = out->channel.generation;
  fill(buffer, life, 100);
  assert(hallows_send_bytes(out, buffer, 100, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
  if (life == LIVES) return finish(out, life);
  /* The first parts of a message, and what is reserved and committed is forgotten. */
  fill(buffer, 77, 37001);
  hallows_send_bytes(out, buffer, 37001, hallows_now() + 3000);
  hallows_reserve_bytes(out, 16);
  hallows_commit_bytes(out, 16);
  __asm__ volatile("ud2");
  return 1;
}

/* Four of them, by the last letter of the name: each writes something else that can't be. */
static int attack(struct hallows_bytes *out, char which) {
  struct hallows_channel *channel = &out->channel;
  volatile uint64_t *head = (volatile uint64_t *)channel->data;
  switch (which) {
    case 'a': *head = 0x1ffffff0; break;                                       /* longer than what is published */
    case 'b': *head = (uint64_t)1 << 32 | HALLOWS_RECORD_SKIP | 8; break;      /* skips to no end */
    case 'c': *head = 3; channel->own->tail = 4; break;                        /* not a whole head */
    default: *head = 16; channel->own->tail = channel->slots + 8; break;     /* more than the ring has */
  }
  if (channel->own->tail == 0) channel->own->tail = 64;
  for (int i = 0; i < 20; i++) {
    hallows_notify(channel->end);
    hallows_sleep_until(hallows_now() + 5000);
  }
  return hallows_notify(channel->end) == HALLOWS_NOT_AVAILABLE ? 0 : 1;
}

static int receive_all(bool falls) {
  static struct hallows_bytes in[PEERS];
  struct hallows_channel *all[PEERS];
  uint32_t count, received[PEERS] = {0}, gone = 0;
  bool done[PEERS] = {false};
  assert(hallows_open_all_bytes(in, PEERS, "stream", &count) == HALLOWS_NO_ERROR);
  while (gone < count) {
    uint32_t waiting = 0;
    for (uint32_t peer = 0; peer < count; peer++)
      if (!done[peer]) all[waiting++] = &in[peer].channel;
    hallows_wait_any(all, waiting, HALLOWS_NO_DEADLINE);
    for (uint32_t peer = 0; peer < count; peer++) {
      uint32_t length, status = HALLOWS_NO_ERROR, number;
      while (!done[peer] && (status = hallows_receive_bytes(&in[peer], buffer, CAPACITY, &length, 0)) == HALLOWS_NO_ERROR) {
        memcpy(&number, buffer, 4);
        assert(is_right(buffer, length));
        if (number == LAST) {
          done[peer] = true;
          gone++;
          break;
        }
        received[peer]++;
        if (falls && received[peer] == 7 && hallows_boot()->generation == 1) {
          uint32_t part;
          while (hallows_peek_bytes(&in[peer], &part) == NULL) hallows_wait_any(all, 1, HALLOWS_NO_DEADLINE);
          assert((in[peer].flags & HALLOWS_RECORD_MORE) != 0);
          hallows_release_bytes(&in[peer]);
          hallows_publish(&in[peer].channel);
          __asm__ volatile("ud2");
        }
      }
      if (status == HALLOWS_BROKEN && !done[peer]) {
        printf("%s is broken\n", hallows_peer(&in[peer].channel));
        done[peer] = true;
        gone++;
      }
    }
  }
  for (uint32_t peer = 0; peer < count; peer++)
    printf("%s: received %u, lost %u\n", hallows_peer(&in[peer].channel), received[peer], in[peer].channel.own->lost);
  return 0;
}

int main(void) {
  const char *name = hallows_boot()->name;
  struct hallows_bytes out;
  if (strcmp(name, "receiver") == 0) return receive_all(false);
  if (strcmp(name, "slow") == 0) return receive_all(true);
  assert(hallows_open_bytes(&out, "stream") == HALLOWS_NO_ERROR);
  if (strcmp(name, "placer") == 0) return place_all(&out);
  if (strcmp(name, "falling") == 0) return fall(&out);
  if (strncmp(name, "hostile-", 8) == 0) return attack(&out, name[8]);
  return send_all(&out);
}
