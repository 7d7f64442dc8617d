/*
 * Queues: what is done when they are full or empty. The rest is inline in hallows_queue.h.
 */

bool hallows_make_room(struct hallows_channel *channel) {
  if (channel->full_policy != HALLOWS_FULL_DROP_OLDEST) return hallows_refresh(channel) != 0;
  /* The consumer sees that the slot is about to change, and what it has read of it is not intact. */
  hallows_claim(channel);
  channel->opposite = channel->local + 1 - channel->slots;
  return true;
}

uint32_t hallows_send(struct hallows_channel *channel, const void *message, uint32_t length, uint64_t deadline) {
  if (!channel->broken && length > channel->slot_bytes) return HALLOWS_TOO_LONG;
  void *slot;
  while ((slot = hallows_reserve(channel)) == NULL) {
    if (channel->broken) return HALLOWS_BROKEN;
    if (channel->full_policy != HALLOWS_FULL_BLOCK) {
      channel->own->refused++;
      return channel->full_policy == HALLOWS_FULL_REFUSE ? HALLOWS_NOT_AVAILABLE : HALLOWS_NO_ERROR;
    }
    struct hallows_channel *const channels[] = {channel};
    uint32_t status = hallows_wait_any(channels, 1, deadline);
    if (status != HALLOWS_NO_ERROR) return status;
  }
  memcpy(slot, message, length);
  hallows_commit(channel, length);
  hallows_publish(channel);
  return channel->broken ? HALLOWS_BROKEN : HALLOWS_NO_ERROR;
}

/* Times that a message may be overwritten under our hands before we give up. */
enum { OVERTAKEN_LIMIT = 16 };

uint32_t hallows_receive(struct hallows_channel *channel, void *buffer, uint32_t capacity, uint32_t *length,
                         uint64_t deadline) {
  for (uint32_t overtaken = 0; overtaken < OVERTAKEN_LIMIT;) {
    const void *slot = hallows_peek(channel, length);
    if (slot == NULL) {
      if (channel->broken) return HALLOWS_BROKEN;
      struct hallows_channel *const channels[] = {channel};
      uint32_t status = hallows_wait_any(channels, 1, deadline);
      if (status != HALLOWS_NO_ERROR) return status;
      continue;
    }
    bool fits = *length <= capacity;
    if (fits) memcpy(buffer, slot, *length);
    if (hallows_is_intact(channel)) {
      hallows_release(channel);
      hallows_publish(channel);
      return fits ? HALLOWS_NO_ERROR : HALLOWS_TOO_LONG;
    }
    overtaken++;
    channel->own->lost++;
    hallows_release(channel);
  }
  return HALLOWS_NOT_AVAILABLE;
}
