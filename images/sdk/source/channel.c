/*
 * Ends of channels: their opening, violations, and waiting. What of hallows_channel.h is not worth inlining.
 */

static const struct hallows_boot_link *link_of(const struct hallows_boot_channel *entry, uint32_t link) {
  return hallows_boot_link(entry->first_link + link);
}

/* One direction of a link: what this end produces, or what it consumes. */
static void open_direction(struct hallows_channel *channel, uint32_t end, uint32_t link, bool is_producer) {
  const struct hallows_boot_channel *entry = hallows_boot_channel(end);
  const struct hallows_boot_link *sides = link_of(entry, link);
  volatile struct hallows_channel_side *own = (volatile struct hallows_channel_side *)sides->own;
  volatile struct hallows_channel_side *theirs = (volatile struct hallows_channel_side *)sides->theirs;
  uint8_t *ring = (uint8_t *)(is_producer ? sides->own : sides->theirs);
  memset(channel, 0, sizeof *channel);
  channel->end = end;
  channel->link = link;
  channel->kind = entry->kind;
  channel->is_producer = is_producer;
  channel->is_quarantined = &sides->is_quarantined;
  channel->broken = sides->is_quarantined != 0;
  channel->slots = entry->slots;
  channel->slot_bytes = entry->slot_bytes;
  channel->slot_stride = entry->slot_stride;
  channel->full_policy = entry->full_policy;
  channel->generation = hallows_boot()->generation;
  channel->own = own;
  channel->theirs = theirs;
  channel->descriptors = (volatile uint64_t *)(ring + HALLOWS_SIDE_DESCRIPTORS_OFFSET);
  channel->data = ring + entry->slots_offset;
  if (own != NULL) {
    channel->own_index = is_producer ? &own->tail : &own->head;
    channel->own_event = is_producer ? &own->space_event : &own->item_event;
    /* After a restart of this partition our counter goes on from where it was: nobody else can write it. What was
       committed or released but not published is forgotten. */
    channel->local = *channel->own_index;
    channel->published = channel->local;
    /* Claims of former lives stand: slots that they have begun hold neither the old message nor a new one. */
    channel->claimed = own->claimed;
    if (channel->claimed - own->tail > channel->slots) own->claimed = channel->claimed = own->tail;
    own->generation = channel->generation;
  }
  if (theirs != NULL) {
    channel->peer_index = is_producer ? &theirs->head : &theirs->tail;
    channel->peer_event = is_producer ? &theirs->item_event : &theirs->space_event;
  }
  /* A full ring for a producer, an empty one for a consumer: both make the first reserve or peek look at the peer. */
  channel->opposite = is_producer ? channel->local - channel->slots : channel->local;
}

static void open_link(struct hallows_channel *channel, uint32_t end, uint32_t link) {
  open_direction(channel, end, link, hallows_boot_channel(end)->is_producer != 0);
}

/* The number of an end by its channel's name, or -1. */
static int find_end(const char *name) {
  for (uint32_t end = 0; end < hallows_boot()->channel_count; end++)
    if (strcmp(hallows_boot_channel(end)->name, name) == 0) return (int)end;
  return -1;
}

uint32_t hallows_open(struct hallows_channel *channel, const char *name) {
  int end = find_end(name);
  if (end >= 0) {
    open_link(channel, (uint32_t)end, 0);
    return HALLOWS_NO_ERROR;
  }
  memset(channel, 0, sizeof *channel);
  channel->broken = true;
  return HALLOWS_NO_CHANNEL;
}

uint32_t hallows_open_all(struct hallows_channel channels[], uint32_t capacity, const char *name, uint32_t *count) {
  int end = find_end(name);
  *count = end < 0 ? 0 : hallows_boot_channel((uint32_t)end)->link_count;
  for (uint32_t link = 0; link < *count && link < capacity; link++) open_link(&channels[link], (uint32_t)end, link);
  return end < 0 ? HALLOWS_NO_CHANNEL : *count > capacity ? HALLOWS_TOO_LONG : HALLOWS_NO_ERROR;
}

const char *hallows_peer(const struct hallows_channel *channel) {
  return link_of(hallows_boot_channel(channel->end), channel->link)->peer;
}

void hallows_violation(struct hallows_channel *channel, uint64_t value) {
  if (channel->broken) return;
  channel->broken = true;
  hallows_report_link(channel->end, channel->link, value);
}

uint32_t hallows_fall_behind(struct hallows_channel *channel, uint32_t opposite) {
  if (channel->is_producer || channel->full_policy != HALLOWS_FULL_DROP_OLDEST) {
    hallows_violation(channel, opposite);
    return 0;
  }
  channel->own->lost += opposite - channel->slots - channel->local;
  channel->local = opposite - channel->slots;
  channel->opposite = opposite;
  return channel->slots;
}

uint32_t hallows_wait_any(struct hallows_channel *const channels[], uint32_t count, uint64_t deadline) {
  for (;;) {
    uint64_t mask = 0;
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
