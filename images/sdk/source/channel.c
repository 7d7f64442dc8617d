/*
 * The waiting side of rings, and their opening: what of hallows.h is not worth inlining.
 */

static void open_end(struct hallows_channel *channel, uint32_t end) {
  const struct hallows_boot_channel *entry = &hallows_boot_channels()[end];
  uint8_t *ring = (uint8_t *)entry->address;
  const struct hallows_ring_config *config = (const struct hallows_ring_config *)(ring + HALLOWS_RING_CONFIG_OFFSET);
  struct hallows_ring_producer *producer = (struct hallows_ring_producer *)(ring + HALLOWS_RING_PRODUCER_OFFSET);
  struct hallows_ring_consumer *consumer = (struct hallows_ring_consumer *)(ring + HALLOWS_RING_CONSUMER_OFFSET);
  channel->end = end;
  channel->is_producer = entry->is_producer != 0;
  channel->broken = config->magic != HALLOWS_RING_MAGIC || config->abi_version != HALLOWS_ABI_VERSION;
  channel->slots = config->slots;
  channel->slot_bytes = config->slot_bytes;
  channel->slot_stride = config->slot_stride;
  channel->full_policy = config->full_policy;
  channel->doorbells = 0;
  channel->lengths = (volatile uint32_t *)(ring + HALLOWS_RING_DATA_OFFSET);
  channel->data = ring + config->slots_offset;
  if (channel->is_producer) {
    channel->own_index = &producer->tail;
    channel->own_event = &producer->space_event;
    channel->peer_index = &consumer->head;
    channel->peer_event = &consumer->item_event;
  } else {
    channel->own_index = &consumer->head;
    channel->own_event = &consumer->item_event;
    channel->peer_index = &producer->tail;
    channel->peer_event = &producer->space_event;
  }
  /* After a restart of this partition our index goes on from where it was: nobody else can have written it. What was
     committed or released but not published is forgotten. */
  channel->local = *channel->own_index;
  channel->published = channel->local;
  /* A full ring for a producer, an empty one for a consumer: both make the first reserve or peek look at the peer. */
  channel->opposite = channel->is_producer ? channel->local - channel->slots : channel->local;
}

uint32_t hallows_open(struct hallows_channel *channel, const char *name) {
  for (uint32_t end = 0; end < hallows_boot()->channel_count; end++) {
    if (strcmp(hallows_boot_channels()[end].name, name) != 0) continue;
    open_end(channel, end);
    return HALLOWS_NO_ERROR;
  }
  memset(channel, 0, sizeof *channel);
  channel->broken = true;
  return HALLOWS_NO_CHANNEL;
}

void hallows_violation(struct hallows_channel *channel, uint64_t value) {
  if (channel->broken) return;
  channel->broken = true;
  hallows_report(HALLOWS_REPORT_RING_VIOLATION, channel->end, value);
}

uint32_t hallows_wait_any(struct hallows_channel *const channels[], uint32_t count, uint64_t deadline) {
  for (;;) {
    uint32_t mask = 0;
    bool ready = false;
    for (uint32_t index = 0; index < count; index++) {
      hallows_publish(channels[index]);
      ready |= hallows_arm(channels[index]);
      mask |= hallows_mask(channels[index]);
    }
    if (ready) return HALLOWS_NO_ERROR;
    /* A doorbell may be a late one, for what we have taken already: so look again. A time-out is looked at, too. */
    struct hallows_result result = hallows_wait(mask, deadline);
    if (result.status == HALLOWS_NO_ERROR) continue;
    for (uint32_t index = 0; index < count; index++) {
      if (channels[index]->broken || hallows_refresh(channels[index]) != 0) return HALLOWS_NO_ERROR;
    }
    return (uint32_t)result.status;
  }
}

uint32_t hallows_send(struct hallows_channel *channel, const void *message, uint32_t length, uint64_t deadline) {
  if (!channel->broken && length > channel->slot_bytes) return HALLOWS_TOO_LONG;
  void *slot;
  while ((slot = hallows_reserve(channel)) == NULL) {
    if (channel->broken) return HALLOWS_BROKEN;
    if (channel->full_policy == HALLOWS_FULL_REFUSE) {
      volatile struct hallows_ring_producer *own = (volatile struct hallows_ring_producer *)channel->own_index;
      own->refused++;
      return HALLOWS_NOT_AVAILABLE;
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

uint32_t hallows_receive(struct hallows_channel *channel, void *buffer, uint32_t capacity, uint32_t *length,
                         uint64_t deadline) {
  const void *slot;
  while ((slot = hallows_peek(channel, length)) == NULL) {
    if (channel->broken) return HALLOWS_BROKEN;
    struct hallows_channel *const channels[] = {channel};
    uint32_t status = hallows_wait_any(channels, 1, deadline);
    if (status != HALLOWS_NO_ERROR) return status;
  }
  bool fits = *length <= capacity;
  if (fits) memcpy(buffer, slot, *length);
  hallows_release(channel);
  hallows_publish(channel);
  return fits ? HALLOWS_NO_ERROR : HALLOWS_TOO_LONG;
}
