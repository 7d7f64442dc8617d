/*
 * The ends of a queue, by the name of the partition. sender: COUNT numbered messages. fast: the same without a pause.
 * falling: sends and falls, life after life. hostile: claims more than there can be. slanderer: reports a violation
 * that was none. receiver: takes what comes until all senders are done, and prints what it has seen of each.
 */
#include "hallows.h"

enum { COUNT = 200, LIVES = 4, PEERS = 8, LAST = 0xffffffff };

struct message {
  uint32_t number;
  uint32_t copy;
};

static int send_all(struct hallows_channel *out, uint64_t pause) {
  for (uint32_t number = 0; number < COUNT; number++) {
    struct message message = {number, ~number};
    if (hallows_send(out, &message, sizeof message, HALLOWS_NO_DEADLINE) == HALLOWS_BROKEN) return 9;
    if (pause > 0 && number % 16 == 0) hallows_sleep_until(hallows_now() + pause);
  }
  /* Long after, so that it has room. */
  hallows_sleep_until(hallows_now() + 200000);
  struct message last = {LAST, ~LAST};
  hallows_send(out, &last, sizeof last, HALLOWS_NO_DEADLINE);
  printf("%s: refused %u\n", hallows_boot()->name, out->own->refused);
  return 0;
}

static int fall(struct hallows_channel *out) {
  uint32_t life = out->generation;
  for (uint32_t number = 0; number < 10; number++) {
    struct message message = {(life - 1) * 10 + number, ~((life - 1) * 10 + number)};
    hallows_send(out, &message, sizeof message, HALLOWS_NO_DEADLINE);
  }
  if (life == LIVES) {
    struct message last = {LAST, ~LAST};
    hallows_send(out, &last, sizeof last, HALLOWS_NO_DEADLINE);
    return 0;
  }
  hallows_reserve(out); /* and what is reserved and committed is forgotten */
  hallows_commit(out, 4);
  __asm__ volatile("ud2");
  return 1;
}

static int receive_all(uint64_t pause) {
  static struct hallows_channel in[PEERS];
  struct hallows_channel *all[PEERS];
  uint32_t count, received[PEERS] = {0}, next[PEERS] = {0}, generations[PEERS] = {0}, gone = 0;
  bool done[PEERS] = {false};
  assert(hallows_open_all(in, PEERS, "numbers", &count) == HALLOWS_NO_ERROR);
  bool lossy = in[0].full_policy == HALLOWS_FULL_DROP_OLDEST || in[0].full_policy == HALLOWS_FULL_DROP_NEWEST;
  while (gone < count) {
    uint32_t waiting = 0;
    for (uint32_t peer = 0; peer < count; peer++)
      if (!done[peer]) all[waiting++] = &in[peer];
    hallows_wait_any(all, waiting, HALLOWS_NO_DEADLINE);
    for (uint32_t peer = 0; peer < count; peer++) {
      struct message message;
      uint32_t length, status = HALLOWS_NO_ERROR;
      while (!done[peer] && (status = hallows_receive(&in[peer], &message, sizeof message, &length, 0)) == HALLOWS_NO_ERROR) {
        assert(length == sizeof message && message.copy == ~message.number);
        if (in[peer].peer_generation != generations[peer]) generations[peer] = in[peer].peer_generation;
        if (message.number == LAST) {
          done[peer] = true;
          gone++;
          break;
        }
        assert(lossy ? message.number >= next[peer] : message.number == next[peer]);
        next[peer] = message.number + 1;
        received[peer]++;
        if (pause > 0) hallows_sleep_until(hallows_now() + pause);
      }
      if (status == HALLOWS_BROKEN && !done[peer]) {
        printf("%s is broken\n", hallows_peer(&in[peer]));
        done[peer] = true;
        gone++;
      }
    }
  }
  for (uint32_t peer = 0; peer < count; peer++)
    printf("%s: received %u, lost %u, last life %u\n", hallows_peer(&in[peer]), received[peer], in[peer].own->lost,
           generations[peer]);
  return 0;
}

int main(void) {
  const char *name = hallows_boot()->name;
  struct hallows_channel out;
  if (strcmp(name, "receiver") == 0) return receive_all(0);
  if (strcmp(name, "slow") == 0) return receive_all(3000);
  assert(hallows_open(&out, "numbers") == HALLOWS_NO_ERROR);
  if (strcmp(name, "falling") == 0) return fall(&out);
  if (strcmp(name, "fast") == 0) return send_all(&out, 0);
  if (strcmp(name, "slanderer") == 0) {
    hallows_sleep_until(hallows_now() + 20000);
    hallows_report_link(out.end, out.link, 1);
    return hallows_notify(out.end) == HALLOWS_NOT_AVAILABLE ? 0 : 1;
  }
  if (strcmp(name, "hostile") == 0) {
    out.own->tail += 1000;
    for (int i = 0; i < 20; i++) {
      hallows_notify(out.end);
      hallows_sleep_until(hallows_now() + 5000);
    }
    return hallows_notify(out.end) == HALLOWS_NOT_AVAILABLE ? 0 : 1;
  }
  return send_all(&out, 3000);
}
