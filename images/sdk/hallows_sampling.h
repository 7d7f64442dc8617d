/*
 * hallows_sampling.h: kind "sampling", the last value and its age. Included by hallows.h.
 *
 * The producer writes slot after slot and waits for nobody. `claimed` says which slot it is about to overwrite, `tail`
 * how many are complete; x86 keeps stores in order, and loads, so neither needs a fence:
 *
 *   producer   claimed = n + 1; slot n = value; tail = n + 1
 *   consumer   n = tail; copy slot n - 1; intact unless claimed has reached n + slots
 */
#ifndef HALLOWS_SAMPLING_H
#define HALLOWS_SAMPLING_H

struct hallows_sample_status {
  uint32_t length;
  bool is_valid;       /* it is no older than the description's `refresh` */
  uint32_t generation; /* of the producer, when it wrote it */
  uint64_t age;        /* in cycles */
};

/* The slot for the next value, of slot_bytes, or NULL where the channel is broken. */
static inline void *hallows_begin_sample(struct hallows_channel *channel) {
  if (channel->broken) return NULL;
  hallows_claim(channel);
  return channel->data + (size_t)(channel->local & (channel->slots - 1)) * channel->slot_stride +
         sizeof(struct hallows_sample);
}

/* The value is complete: the last one from now on. */
static inline void hallows_end_sample(struct hallows_channel *channel, uint32_t length) {
  uint32_t slot = channel->local & (channel->slots - 1);
  ((volatile struct hallows_sample *)(channel->data + (size_t)slot * channel->slot_stride))->written_at = hallows_now();
  channel->descriptors[slot] = (uint64_t)channel->generation << 32 | length;
  __atomic_store_n(channel->own_index, ++channel->local, __ATOMIC_RELEASE);
}

/* Writes a copy. HALLOWS_NO_ERROR, HALLOWS_TOO_LONG or HALLOWS_BROKEN. */
uint32_t hallows_write_sample(struct hallows_channel *channel, const void *value, uint32_t length);
/*
 * Copies the last value. HALLOWS_NO_ERROR; HALLOWS_NOT_AVAILABLE where there is none, or the producer overwrites it
 * faster than it can be copied; HALLOWS_TOO_LONG for the buffer, with the status set; HALLOWS_BROKEN.
 */
uint32_t hallows_read_sample(struct hallows_channel *channel, void *buffer, uint32_t capacity,
                             struct hallows_sample_status *status);

#endif
