/* tools/fast-paths.mjs: the inline functions of the SDK, each alone, as a program has them in its loop. */
#include "hallows.h"

bool queue_send(struct hallows_channel *channel, uint64_t value) {
  uint64_t *slot = (uint64_t *)hallows_reserve(channel);
  if (slot == NULL) return false;
  *slot = value;
  hallows_commit(channel, sizeof value);
  return true;
}

uint64_t queue_receive(struct hallows_channel *channel) {
  uint32_t length;
  const uint64_t *slot = (const uint64_t *)hallows_peek(channel, &length);
  if (slot == NULL) return 0;
  uint64_t value = *slot;
  hallows_release(channel);
  return value;
}

bool queue_publish(struct hallows_channel *channel) { return hallows_publish_quietly(channel); }

void sampling_write(struct hallows_channel *channel, uint64_t value) {
  uint64_t *slot = (uint64_t *)hallows_begin_sample(channel);
  if (slot == NULL) return;
  *slot = value;
  hallows_end_sample(channel, sizeof value);
}
