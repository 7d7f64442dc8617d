/*
 * The ends of a sampling channel, by the name of the partition. writer: values whose bytes are all equal, for a while.
 * hostile: anything in its side. Others read and check: no value is torn, none comes before one that came after it.
 */
#include "hallows.h"

enum { WORDS = 24, COUNT = 400 };

static int write_all(struct hallows_channel *out) {
  for (uint64_t number = 1; number <= COUNT; number++) {
    uint64_t *value = hallows_begin_sample(out);
    for (int word = 0; word < WORDS; word++) value[word] = number;
    hallows_end_sample(out, WORDS * sizeof *value);
    if (number % 8 == 0) hallows_sleep_until(hallows_now() + 700);
  }
  printf("writer done\n");
  return 0;
}

static int scribble(struct hallows_channel *out) {
  uint64_t random = 1;
  volatile uint64_t *words = (volatile uint64_t *)out->own;
  for (int i = 0; i < 20000; i++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    words[i % 2 == 0 ? random % 64 : 0] = random;
  }
  return 0;
}

int main(void) {
  struct hallows_channel channel;
  const char *name = hallows_boot()->name;
  assert(hallows_open(&channel, "level") == HALLOWS_NO_ERROR);
  if (strcmp(name, "writer") == 0) return write_all(&channel);
  if (strcmp(name, "hostile") == 0) return scribble(&channel);
  uint64_t value[WORDS], last = 0, valid = 0, empty = 0, busy = 0;
  struct hallows_sample_status sample = {0};
  for (uint64_t end = hallows_now() + 100000; hallows_now() < end;) {
    uint32_t status = hallows_read_sample(&channel, value, sizeof value, &sample);
    if (status == HALLOWS_NOT_AVAILABLE) {
      if (last == 0) empty++;
      else busy++;
      continue;
    }
    if (status == HALLOWS_BROKEN) break;
    if (strcmp(hallows_peer(&channel), "hostile") == 0) continue;
    assert(status == HALLOWS_NO_ERROR && sample.length == sizeof value);
    for (int word = 1; word < WORDS; word++) assert(value[word] == value[0]);
    assert(value[0] >= last);
    last = value[0];
    if (sample.is_valid) valid++;
  }
  printf("%s: last %lu, now %s, %s\n", name, last, sample.is_valid ? "valid" : "too old",
         channel.broken ? "broken" : valid > 0 && busy < 100 ? "read" : "hardly read");
  return 0;
}
