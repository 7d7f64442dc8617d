/*
 * The ends of a broadcast, by the name of the partition. speaker: COUNT numbered messages, then the last. hostile: a
 * consumer that claims to have read what was never said. slow: takes its time. Others read as fast as they can.
 */
#include "hallows.h"

enum { COUNT = 150, LAST = 0xffffffff };

static int speak(void) {
  static struct hallows_channel links[8];
  struct hallows_broadcast news;
  assert(hallows_open_broadcast(&news, links, 8, "news") == HALLOWS_NO_ERROR);
  for (uint32_t number = 0; number < COUNT; number++)
    assert(hallows_broadcast_send(&news, &number, sizeof number, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
  hallows_sleep_until(hallows_now() + 300000);
  uint32_t last = LAST, broken = 0;
  hallows_broadcast_send(&news, &last, sizeof last, HALLOWS_NO_DEADLINE);
  for (uint32_t link = 0; link < news.count; link++) broken += links[link].broken;
  printf("broken %u, refused %u\n", broken, links[0].own->refused);
  return 0;
}

int main(void) {
  const char *name = hallows_boot()->name;
  if (strcmp(name, "speaker") == 0) return speak();
  struct hallows_channel in;
  uint32_t received = 0, next = 0, number, length, status;
  assert(hallows_open(&in, "news") == HALLOWS_NO_ERROR);
  if (strcmp(name, "hostile") == 0) {
    in.own->head = 5000;
    hallows_notify(in.end);
    struct hallows_channel *const all[] = {&in};
    hallows_wait_any(all, 1, HALLOWS_NO_DEADLINE);
    return 0;
  }
  while ((status = hallows_receive(&in, &number, sizeof number, &length, HALLOWS_NO_DEADLINE)) == HALLOWS_NO_ERROR) {
    if (number == LAST) break;
    assert(in.full_policy == HALLOWS_FULL_DROP_OLDEST ? number >= next : number == next);
    next = number + 1;
    received++;
    if (strcmp(name, "slow") == 0) hallows_sleep_until(hallows_now() + 1500);
  }
  printf("received %u, lost %u\n", received, in.own->lost);
  return (int)status;
}
