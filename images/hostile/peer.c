/*
 * The honest partition at the other end of the hostile one's channels: takes everything from `to-peer`, sends a number
 * on `from-peer` about every thousand cycles, and always looks at the clock. Ends after 24,000 cycles with code 50, or
 * when a ring was violated: 51 for `to-peer`, 52 for `from-peer`, 53 for both.
 */
#include "hallows.h"

int main(void) {
  struct hallows_channel in, out;
  hallows_open(&in, "to-peer");
  hallows_open(&out, "from-peer");
  struct hallows_channel *const inputs[] = {&in};
  uint64_t end = hallows_now() + 24000, next = hallows_now(), received = 0;
  while (hallows_now() < end && !in.broken && !out.broken) {
    uint8_t buffer[64];
    uint32_t length;
    /* At most a ring's worth before the clock is looked at: a flood must not keep us. */
    for (uint32_t i = 0; i < in.slots; i++) {
      const void *slot = hallows_peek(&in, &length);
      if (slot == NULL) break;
      memcpy(buffer, slot, length);
      hallows_release(&in);
      received++;
    }
    hallows_publish(&in);
    if (hallows_now() >= next) {
      uint64_t *slot = hallows_reserve(&out);
      if (slot != NULL) {
        *slot = received;
        hallows_commit(&out, sizeof *slot);
        hallows_publish(&out);
      }
      next += 1000;
    }
    hallows_wait_any(inputs, 1, next);
  }
  return 50 + (in.broken ? 1 : 0) + (out.broken ? 2 : 0);
}
