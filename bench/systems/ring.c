/*
 * One side of a ring between two cores, for ever: messages of 64 bytes, BATCH of them to a publication. Both sides
 * poll, so no doorbell is in the measurement. With -DPRODUCER the sending side.
 */
#include "hallows.h"

#ifndef BATCH
#define BATCH 1
#endif

int main(void) {
  struct hallows_channel channel;
  assert(hallows_open(&channel, "messages") == HALLOWS_NO_ERROR);
#ifdef PRODUCER
  for (uint64_t number = 0;;) {
    for (unsigned i = 0; i < BATCH; i++, number++) {
      uint64_t *slot;
      while ((slot = hallows_reserve(&channel)) == NULL) hallows_pause();
      for (unsigned word = 0; word < 8; word++) slot[word] = number + word;
      hallows_commit(&channel, 64);
    }
    hallows_publish_quietly(&channel);
  }
#else
  for (uint64_t number = 0;;) {
    for (unsigned i = 0; i < BATCH; i++, number++) {
      const uint64_t *slot;
      uint32_t length;
      while ((slot = hallows_peek(&channel, &length)) == NULL) hallows_pause();
      uint64_t sum = 0;
      for (unsigned word = 0; word < 8; word++) sum += slot[word];
      assert(length == 64 && sum == number * 8 + 28);
      hallows_release(&channel);
    }
    hallows_publish_quietly(&channel);
  }
#endif
}
