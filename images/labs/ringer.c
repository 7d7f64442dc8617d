/* `ring` rings the partition at the other end of its channel, again and again; `sink` waits to be rung. */
#include "lab.h"

LAB_VALUE(pause, 1000);

#define CHANNEL 1

HALLOWS_THREAD int ring(void) {
  for (;;) {
    hallows_notify(CHANNEL);
    lab_burn(lab_pause.number);
  }
}

HALLOWS_THREAD int sink(void) {
  for (;;) hallows_wait(1ull << CHANNEL, UINT64_MAX);
}
