/*
 * hallows_queue.h: kind "queue", each message once and in order. Included by hallows.h.
 *
 *   producer   slot = hallows_reserve(&channel);         consumer   slot = hallows_peek(&channel, &length);
 *              if (slot != NULL) {                                  if (slot != NULL) {
 *                ... write up to slot_bytes in place ...              ... read length bytes in place ...
 *                hallows_commit(&channel, length);                    hallows_release(&channel);
 *              }                                                    }
 *              hallows_publish(&channel);                           hallows_publish(&channel);
 *
 * Any number of commits, or releases, may go before one publish; that is the batch, and costs one doorbell at most.
 * Where the channel drops the oldest, a slot may be overwritten while it is read: ask hallows_is_intact after reading
 * and before believing, or call hallows_receive, which does.
 */
#ifndef HALLOWS_QUEUE_H
#define HALLOWS_QUEUE_H

/* Room where the copy of the peer's counter says that there is none. */
bool hallows_make_room(struct hallows_channel *channel);

/*
 * The next free slot, or NULL when the ring is full or broken. The peer's counter is read only when the copy says full.
 */
static inline void *hallows_reserve(struct hallows_channel *channel) {
  if (channel->broken) return NULL;
  if (channel->local - channel->opposite >= channel->slots && !hallows_make_room(channel)) return NULL;
  return channel->data + (size_t)(channel->local & (channel->slots - 1)) * channel->slot_stride;
}

/* Takes the reserved slot into the batch. */
static inline void hallows_commit(struct hallows_channel *channel, uint32_t length) {
  channel->descriptors[channel->local & (channel->slots - 1)] = (uint64_t)channel->generation << 32 | length;
  channel->local++;
}

/* The oldest message, or NULL when the ring is empty or broken. */
static inline const void *hallows_peek(struct hallows_channel *channel, uint32_t *length) {
  if (channel->broken) return NULL;
  if (channel->local == channel->opposite && hallows_refresh(channel) == 0) return NULL;
  uint32_t slot = channel->local & (channel->slots - 1);
  uint64_t copy = channel->descriptors[slot]; /* volatile: fetched once, and the copy is what counts from here on */
  if ((uint32_t)copy > channel->slot_bytes) {
    hallows_violation(channel, copy);
    return NULL;
  }
  channel->peer_generation = (uint32_t)(copy >> 32);
  *length = (uint32_t)copy;
  return channel->data + (size_t)slot * channel->slot_stride;
}

/* Takes the peeked slot into the batch of those that the producer may have back. */
static inline void hallows_release(struct hallows_channel *channel) { channel->local++; }

/* Whether what was read of the peeked slot is what its producer wrote there: nobody has begun to overwrite it. */
static inline bool hallows_is_intact(const struct hallows_channel *channel) {
  __asm__ volatile("" ::: "memory"); /* x86 loads in order: what was read came before this */
  return channel->full_policy != HALLOWS_FULL_DROP_OLDEST ||
         (uint32_t)(channel->theirs->claimed - channel->local) <= channel->slots;
}

/*
 * Sends a copy, and publishes. Where the ring is full it waits until the deadline (block), or returns
 * HALLOWS_NOT_AVAILABLE (refuse); where it drops the newest, the message is counted and gone, and the status NO_ERROR.
 */
uint32_t hallows_send(struct hallows_channel *channel, const void *message, uint32_t length, uint64_t deadline);
/*
 * Receives a copy, and publishes the release. *length is set. A message longer than the buffer is thrown away:
 * HALLOWS_TOO_LONG. HALLOWS_NOT_AVAILABLE where the producer overwrites faster than we can read.
 */
uint32_t hallows_receive(struct hallows_channel *channel, void *buffer, uint32_t capacity, uint32_t *length,
                         uint64_t deadline);

#endif
