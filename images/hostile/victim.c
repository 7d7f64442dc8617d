/*
 * Two honest partitions, `left` and `right`, that share no channel with the hostile one: they pass a number to and fro,
 * compute on it, and mix in the time at which they see it. Whatever the neighbours do, output and hash stay the same,
 * to the cycle. Exit code 60.
 */
#include "hallows.h"

enum { ROUNDS = 6 };

static uint64_t work(uint64_t value) {
  for (int i = 0; i < 20 + (int)(value % 50); i++) value = value * 6364136223846793005ull + (value >> 17) + 1;
  return value;
}

int main(void) {
  bool is_left = strcmp(hallows_boot()->name, "left") == 0;
  struct hallows_channel in, out;
  assert(hallows_open(&in, is_left ? "right-left" : "left-right") == HALLOWS_NO_ERROR);
  assert(hallows_open(&out, is_left ? "left-right" : "right-left") == HALLOWS_NO_ERROR);
  uint64_t value = is_left ? 1 : 0, mixed = 0;
  for (int round = 0; round < ROUNDS; round++) {
    uint32_t length;
    if (!is_left || round > 0) {
      assert(hallows_receive(&in, &value, sizeof value, &length, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
    }
    value = work(value);
    mixed = mixed * 31 + (value ^ hallows_now());
    if (value % 3 == 0) hallows_sleep_until(hallows_now() + value % 700);
    assert(hallows_send(&out, &value, sizeof value, HALLOWS_NO_DEADLINE) == HALLOWS_NO_ERROR);
  }
  printf("value %016lx, with time %016lx\n", value, mixed);
  return 60;
}
