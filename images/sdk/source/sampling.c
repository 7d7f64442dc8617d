/*
 * Sampling: copies in and out. The rest is inline in hallows_sampling.h.
 */

uint32_t hallows_write_sample(struct hallows_channel *channel, const void *value, uint32_t length) {
  if (channel->broken) return HALLOWS_BROKEN;
  if (length > channel->slot_bytes) return HALLOWS_TOO_LONG;
  memcpy(hallows_begin_sample(channel), value, length);
  hallows_end_sample(channel, length);
  return HALLOWS_NO_ERROR;
}

/* Times that a value may be overwritten under our hands before we give up. */
enum { SAMPLE_LIMIT = 16 };

uint32_t hallows_read_sample(struct hallows_channel *channel, void *buffer, uint32_t capacity,
                             struct hallows_sample_status *status) {
  if (channel->broken) return HALLOWS_BROKEN;
  for (uint32_t attempt = 0; attempt < SAMPLE_LIMIT; attempt++) {
    uint32_t tail = __atomic_load_n(channel->peer_index, __ATOMIC_ACQUIRE);
    uint32_t slot = (tail - 1) & (channel->slots - 1);
    uint64_t copy = channel->descriptors[slot];
    const uint8_t *data = channel->data + (size_t)slot * channel->slot_stride;
    uint32_t length = (uint32_t)copy;
    if (copy >> 32 == 0) return HALLOWS_NOT_AVAILABLE; /* generations begin at 1: nothing was ever written there */
    if (length > channel->slot_bytes) {
      hallows_violation(channel, copy);
      return HALLOWS_BROKEN;
    }
    uint64_t written_at = ((const volatile struct hallows_sample *)data)->written_at;
    if (length <= capacity) memcpy(buffer, data + sizeof(struct hallows_sample), length);
    __asm__ volatile("" ::: "memory");
    if ((uint32_t)(channel->theirs->claimed - tail) >= channel->slots) continue;
    uint64_t refresh = hallows_boot_channel(channel->end)->refresh_cycles;
    status->length = length;
    status->generation = channel->peer_generation = (uint32_t)(copy >> 32);
    status->age = hallows_now() - written_at;
    status->is_valid = refresh == 0 || status->age <= refresh;
    return length <= capacity ? HALLOWS_NO_ERROR : HALLOWS_TOO_LONG;
  }
  return HALLOWS_NOT_AVAILABLE;
}
