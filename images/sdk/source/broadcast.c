/*
 * Broadcasts: the producer's end. Its links share one side, and so one tail and one wish to be rung: consumers that
 * hold it up all stand at the same message.
 */

uint32_t hallows_open_broadcast(struct hallows_broadcast *broadcast, struct hallows_channel links[], uint32_t capacity,
                                const char *name) {
  broadcast->links = links;
  uint32_t status = hallows_open_all(links, capacity, name, &broadcast->count);
  if (status != HALLOWS_NO_ERROR) broadcast->count = 0;
  return status;
}

bool hallows_broadcast_broken(const struct hallows_broadcast *broadcast) {
  for (uint32_t link = 0; link < broadcast->count; link++)
    if (!broadcast->links[link].broken) return false;
  return true;
}

/* Whether this consumer still has the slot that comes next. Its link knows how far the ring is. */
static bool holds_up(struct hallows_channel *link, uint32_t local) {
  link->local = local;
  if (!link->broken && *link->is_quarantined) link->broken = true;
  if (link->broken || local - link->opposite < link->slots) return false;
  return hallows_refresh(link) == 0 && !link->broken;
}

void *hallows_broadcast_reserve(struct hallows_broadcast *broadcast) {
  if (hallows_broadcast_broken(broadcast)) return NULL;
  struct hallows_channel *ring = &broadcast->links[0];
  uint32_t local = ring->local;
  if (ring->full_policy != HALLOWS_FULL_DROP_OLDEST) {
    for (uint32_t link = 0; link < broadcast->count; link++)
      if (holds_up(&broadcast->links[link], local)) return NULL;
  } else {
    hallows_claim(ring);
  }
  return ring->data + (size_t)(local & (ring->slots - 1)) * ring->slot_stride;
}

void hallows_broadcast_publish(struct hallows_broadcast *broadcast) {
  if (broadcast->count == 0) return;
  struct hallows_channel *ring = &broadcast->links[0];
  uint32_t old_index = ring->published, new_index = ring->local;
  if (new_index == old_index) return;
  __atomic_store_n(ring->own_index, new_index, __ATOMIC_RELEASE);
  hallows_fence(); /* as in hallows_publish, once for all */
  for (uint32_t link = 0; link < broadcast->count; link++) {
    struct hallows_channel *consumer = &broadcast->links[link];
    consumer->local = consumer->published = new_index;
    if (!consumer->broken && (uint32_t)(new_index - *consumer->peer_event - 1) < (uint32_t)(new_index - old_index))
      hallows_ring(consumer);
  }
}

uint32_t hallows_broadcast_send(struct hallows_broadcast *broadcast, const void *message, uint32_t length,
                                uint64_t deadline) {
  if (hallows_broadcast_broken(broadcast)) return HALLOWS_BROKEN;
  struct hallows_channel *ring = &broadcast->links[0];
  if (length > ring->slot_bytes) return HALLOWS_TOO_LONG;
  void *slot;
  while ((slot = hallows_broadcast_reserve(broadcast)) == NULL) {
    if (hallows_broadcast_broken(broadcast)) return HALLOWS_BROKEN;
    if (ring->full_policy != HALLOWS_FULL_BLOCK) {
      ring->own->refused++;
      return ring->full_policy == HALLOWS_FULL_REFUSE ? HALLOWS_NOT_AVAILABLE : HALLOWS_NO_ERROR;
    }
    hallows_broadcast_publish(broadcast);
    for (uint32_t link = 0; link < broadcast->count; link++) {
      struct hallows_channel *const slow[] = {&broadcast->links[link]};
      if (!holds_up(slow[0], ring->local)) continue;
      uint32_t status = hallows_wait_any(slow, 1, deadline);
      if (status != HALLOWS_NO_ERROR) return status;
    }
  }
  memcpy(slot, message, length);
  hallows_broadcast_commit(broadcast, length);
  hallows_broadcast_publish(broadcast);
  return hallows_broadcast_broken(broadcast) ? HALLOWS_BROKEN : HALLOWS_NO_ERROR;
}
