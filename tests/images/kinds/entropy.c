/* Draws from the device, more than the queue holds, and prints what it got. */
#include "hallows.h"

int main(void) {
  struct hallows_channel entropy;
  assert(hallows_open(&entropy, "dice") == HALLOWS_NO_ERROR);
  assert(strcmp(hallows_peer(&entropy), "entropy") == 0);
  static uint8_t bytes[1000];
  assert(hallows_draw(&entropy, bytes, sizeof bytes) == HALLOWS_NO_ERROR);
  uint32_t ones = 0, sum = 0;
  for (size_t i = 0; i < sizeof bytes; i++) {
    for (int bit = 0; bit < 8; bit++) ones += bytes[i] >> bit & 1;
    sum = sum * 31 + bytes[i];
  }
  printf("%s %08x\n", ones > 3800 && ones < 4200 ? "even" : "uneven", sum);
  return 0;
}
