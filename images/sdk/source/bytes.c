/*
 * Byte rings: room at the ring's end, messages in parts, and waiting. The rest is inline in hallows_bytes.h.
 */

static void open_bytes(struct hallows_bytes *ring, uint32_t end, uint32_t link) {
  memset(ring, 0, sizeof *ring);
  open_link(&ring->channel, end, link);
}

uint32_t hallows_open_all_bytes(struct hallows_bytes rings[], uint32_t capacity, const char *name, uint32_t *count) {
  int end = find_end(name);
  bool is_there = end >= 0 && hallows_boot_channel((uint32_t)end)->kind == HALLOWS_KIND_BYTES;
  *count = is_there ? hallows_boot_channel((uint32_t)end)->link_count : 0;
  for (uint32_t link = 0; link < *count && link < capacity; link++) open_bytes(&rings[link], (uint32_t)end, link);
  return !is_there ? HALLOWS_NO_CHANNEL : *count > capacity ? HALLOWS_TOO_LONG : HALLOWS_NO_ERROR;
}

uint32_t hallows_open_bytes(struct hallows_bytes *ring, const char *name) {
  uint32_t count;
  uint32_t status = hallows_open_all_bytes(ring, 1, name, &count);
  if (status != HALLOWS_NO_CHANNEL) return HALLOWS_NO_ERROR;
  memset(ring, 0, sizeof *ring);
  ring->channel.broken = true;
  return status;
}

/* Bytes from our counter to the ring's end. */
static uint32_t bytes_ahead(const struct hallows_channel *channel) {
  return channel->slots - (channel->local & (channel->slots - 1));
}

/* Whether so many bytes are free; the peer's counter is read only when the copy says no. */
static bool has_room(struct hallows_channel *channel, uint32_t bytes) {
  if (channel->local + bytes - channel->opposite <= channel->slots) return true;
  return hallows_refresh(channel) >= bytes && !channel->broken;
}

void *hallows_make_room_bytes(struct hallows_bytes *ring, uint32_t length) {
  struct hallows_channel *channel = &ring->channel;
  uint32_t record = hallows_record_bytes(length), ahead = bytes_ahead(channel);
  if (channel->broken || length > channel->slot_bytes) return NULL;
  if (!has_room(channel, record <= ahead ? record : ahead + record)) return NULL;
  if (record > ahead) hallows_commit_record(ring, ahead - (uint32_t)sizeof(struct hallows_record), HALLOWS_RECORD_SKIP);
  ring->record = record;
  return channel->data + (channel->local & (channel->slots - 1)) + sizeof(struct hallows_record);
}

const void *hallows_look_bytes(struct hallows_bytes *ring, uint32_t *length) {
  struct hallows_channel *channel = &ring->channel;
  for (;;) {
    uint32_t filled = channel->opposite - channel->local, ahead = bytes_ahead(channel);
    if (filled == 0) return NULL;
    const uint8_t *at = channel->data + (channel->slots - ahead);
    /* Fetched once; the copy is what counts from here on. A counter that is no multiple of 8 shows as a record that is
       longer than what was published, or is too short for a head. */
    uint64_t head = filled < sizeof(struct hallows_record) ? 0 : *(const volatile uint64_t *)at;
    uint32_t data = (uint32_t)head & (HALLOWS_RECORD_SKIP - 1), record = hallows_record_bytes(data);
    bool is_skip = (head & HALLOWS_RECORD_SKIP) != 0;
    if (record > filled || record > ahead || (is_skip && record != ahead)) {
      hallows_violation(channel, head);
      return NULL;
    }
    if (is_skip) {
      channel->local += record;
      continue;
    }
    ring->record = record;
    ring->flags = (uint32_t)head & (HALLOWS_RECORD_MORE | HALLOWS_RECORD_CONTINUES);
    channel->peer_generation = (uint32_t)(head >> 32);
    *length = data;
    return at + sizeof(struct hallows_record);
  }
}

/* Waits until so many bytes are free. The doorbell that is asked for is the one after which they are. */
static uint32_t wait_for_room(struct hallows_channel *channel, uint32_t bytes, uint64_t deadline) {
  for (bool is_late = false;;) {
    hallows_publish(channel);
    if (channel->broken || *channel->is_quarantined) {
      channel->broken = true;
      return HALLOWS_BROKEN;
    }
    bool is_over = hallows_is_stopped(channel);
    *channel->own_event = channel->local + bytes - channel->slots - 1;
    hallows_fence(); /* 2, as in hallows_arm */
    if (hallows_refresh(channel) >= bytes) return HALLOWS_NO_ERROR;
    if (channel->broken) return HALLOWS_BROKEN;
    if (is_over) return HALLOWS_UNAVAILABLE;
    if (is_late) return HALLOWS_TIMED_OUT;
    is_late = hallows_wait(hallows_mask(channel), deadline).status != HALLOWS_NO_ERROR;
  }
}

/* Waits until something has come. */
static uint32_t wait_for_record(struct hallows_channel *channel, uint64_t deadline) {
  for (bool is_late = false;;) {
    hallows_publish(channel);
    bool is_over = hallows_is_stopped(channel);
    if (hallows_arm(channel)) return channel->broken ? HALLOWS_BROKEN : HALLOWS_NO_ERROR;
    if (is_over) return HALLOWS_UNAVAILABLE;
    if (is_late) return HALLOWS_TIMED_OUT;
    is_late = hallows_wait(hallows_mask(channel), deadline).status != HALLOWS_NO_ERROR;
  }
}

/* Where a message is refused: whether all its parts have room now. It is at most half of the ring. */
static bool has_room_for_all(struct hallows_channel *channel, uint32_t length) {
  uint32_t ahead = bytes_ahead(channel), needed = 0;
  for (uint32_t left = length;;) {
    uint32_t part = left < channel->slot_bytes ? left : channel->slot_bytes;
    uint32_t record = hallows_record_bytes(part);
    if (record > ahead) {
      needed += ahead;
      ahead = channel->slots;
    }
    needed += record;
    ahead -= record;
    left -= part;
    if (left == 0) return has_room(channel, needed);
    if (ahead == 0) ahead = channel->slots;
  }
}

uint32_t hallows_send_bytes(struct hallows_bytes *ring, const void *message, uint32_t length, uint64_t deadline) {
  struct hallows_channel *channel = &ring->channel;
  if (channel->broken) return HALLOWS_BROKEN;
  if (channel->full_policy != HALLOWS_FULL_BLOCK) {
    if (length > channel->slots / 2) return HALLOWS_TOO_LONG;
    if (!has_room_for_all(channel, length)) {
      if (channel->broken) return HALLOWS_BROKEN;
      channel->own->refused++;
      return HALLOWS_NOT_AVAILABLE;
    }
  }
  uint32_t flags = 0;
  for (uint32_t sent = 0;;) {
    uint32_t left = length - sent;
    uint32_t part = left < channel->slot_bytes ? left : channel->slot_bytes;
    void *data;
    while ((data = hallows_reserve_bytes(ring, part)) == NULL) {
      uint32_t record = hallows_record_bytes(part), ahead = bytes_ahead(channel);
      uint32_t status = wait_for_room(channel, record <= ahead ? record : ahead + record, deadline);
      if (status != HALLOWS_NO_ERROR) return status;
    }
    memcpy(data, (const uint8_t *)message + sent, part);
    sent += part;
    hallows_commit_record(ring, part, flags | (sent < length ? HALLOWS_RECORD_MORE : 0));
    hallows_publish(channel);
    if (channel->broken) return HALLOWS_BROKEN;
    if (sent == length) return HALLOWS_NO_ERROR;
    flags = HALLOWS_RECORD_CONTINUES;
  }
}

/* Takes the peeked record, a part of a message, to its place. True when the message is complete. */
static bool take_part(struct hallows_bytes *ring, const void *data, uint32_t length, uint8_t *buffer,
                      uint32_t capacity) {
  struct hallows_channel *channel = &ring->channel;
  bool continues = (ring->flags & HALLOWS_RECORD_CONTINUES) != 0, more = (ring->flags & HALLOWS_RECORD_MORE) != 0;
  bool is_next = continues && ring->life != 0 && ring->life == channel->peer_generation;
  if (ring->life != 0 && !is_next) {
    channel->own->lost++; /* the message under way ends here, in its middle */
    ring->life = 0;
  }
  if (continues && !is_next) {
    if (!more) channel->own->lost++; /* the end of one whose beginning we have not seen */
    return false;
  }
  if (!continues) {
    ring->received = 0;
    ring->life = channel->peer_generation == 0 ? 1 : channel->peer_generation;
  }
  /* A message of more bytes than can be counted is one that is longer than any buffer. */
  if (ring->received <= capacity && length <= capacity - ring->received) memcpy(buffer + ring->received, data, length);
  ring->received = ring->received > UINT32_MAX - length ? UINT32_MAX : ring->received + length;
  return !more;
}

/* Records that are taken before the time is looked at: a peer may send for ever what makes no message. */
enum { RECORDS_A_LOOK = 1024 };

uint32_t hallows_receive_bytes(struct hallows_bytes *ring, void *buffer, uint32_t capacity, uint32_t *length,
                               uint64_t deadline) {
  struct hallows_channel *channel = &ring->channel;
  for (uint32_t records = 0;; records++) {
    uint32_t part;
    if (records >= RECORDS_A_LOOK && hallows_now() >= deadline) return HALLOWS_TIMED_OUT;
    const void *data = hallows_peek_bytes(ring, &part);
    if (data == NULL) {
      if (channel->broken) return HALLOWS_BROKEN;
      uint32_t status = wait_for_record(channel, deadline);
      if (status != HALLOWS_NO_ERROR) return status;
      continue;
    }
    bool is_whole = take_part(ring, data, part, (uint8_t *)buffer, capacity);
    hallows_release_bytes(ring);
    hallows_publish(channel);
    if (!is_whole) continue;
    ring->life = 0;
    *length = ring->received;
    return *length <= capacity ? HALLOWS_NO_ERROR : HALLOWS_TOO_LONG;
  }
}
