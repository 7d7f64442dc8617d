/*
 * hallows_channel.h: an end of a channel, whatever its kind. Included by hallows.h; each kind has a header of its own.
 *
 * Everything in struct hallows_channel is this partition's own copy: the peer can write none of it. What an end writes
 * is its side, which its peers can only read (docs/abi.md).
 *
 * Trust. The peer may write anything, at any time, to its side. So every counter read from it is checked against the
 * capacity (`opposite` only ever takes a checked value), a descriptor is fetched once and the copy is checked, and our
 * own counters are never read back. What can't be is reported as a violation, after which the link is broken, at both
 * ends. The *contents* of a slot may change while they are read (an honest peer doesn't do that): copy them before
 * checking them.
 *
 * The two full fences (hallows_fence), which the event index needs on x86, where a load may overtake an earlier store:
 *   1. in hallows_publish, between storing our counter and reading what the peer wishes to be rung for;
 *   2. in hallows_arm, between storing what we wish and looking at the peer's counter again.
 * Without either, both sides can read the old value of what the other has just stored: one sleeps, the other believes
 * that it is awake, and the wake-up is lost.
 */
#ifndef HALLOWS_CHANNEL_H
#define HALLOWS_CHANNEL_H

struct hallows_channel {
  uint32_t end;  /* number of this end, as system calls and masks know it */
  uint32_t link; /* which of its peers */
  uint32_t kind; /* HALLOWS_KIND_QUEUE and so on; 0 for a channel that is not there */
  bool is_producer;
  bool broken;
  uint32_t slots;
  uint32_t slot_bytes;
  uint32_t slot_stride;
  uint32_t full_policy;
  uint32_t generation;      /* of this partition */
  uint32_t peer_generation; /* of the peer, when it wrote the last message that we looked at */
  uint32_t local;     /* our counter, with what isn't published yet */
  uint32_t published; /* our counter as the peer knows it */
  uint32_t opposite;  /* the peer's counter when we last looked, checked */
  uint32_t claimed;   /* the furthest slot that we, or a former life of us, have begun to overwrite */
  uint32_t doorbells; /* rung by us: what is not suppressed */
  volatile uint32_t *own_index;
  const volatile uint32_t *peer_index;
  volatile uint32_t *own_event;
  const volatile uint32_t *peer_event;
  volatile struct hallows_channel_side *own; /* NULL where this end writes nothing */
  const volatile struct hallows_channel_side *theirs;
  const volatile uint32_t *is_quarantined;
  volatile uint64_t *descriptors; /* of the producer's side: length, and generation above it */
  uint8_t *data;
};

/* What functions of channels return besides a status of the kernel. */
#define HALLOWS_BROKEN 100u   /* the peer did what can't be, or said that we did */
#define HALLOWS_TOO_LONG 101u /* the message is longer than a slot, or than the buffer */
#define HALLOWS_NO_CHANNEL 102u

/* Finds a channel of this partition by name. HALLOWS_NO_ERROR or HALLOWS_NO_CHANNEL, which also breaks the channel. */
uint32_t hallows_open(struct hallows_channel *channel, const char *name);
/*
 * Where an end has several peers: opens it once for each, and says how many there are. A queue with many producers is
 * many rings with one doorbell; hallows_wait_any takes them all.
 */
uint32_t hallows_open_all(struct hallows_channel channels[], uint32_t capacity, const char *name, uint32_t *count);
/* The peer's name. */
const char *hallows_peer(const struct hallows_channel *channel);

static inline void hallows_fence(void) { __asm__ volatile("lock orl $0, (%%rsp)" ::: "memory", "cc"); }
/* For loops that poll. */
static inline void hallows_pause(void) { __asm__ volatile("pause" ::: "memory"); }

/* Reports the peer, once. */
void hallows_violation(struct hallows_channel *channel, uint64_t value);
/* What to do with a counter of the peer that lies too far ahead: where the producer overwrites, that happens. */
uint32_t hallows_fall_behind(struct hallows_channel *channel, uint32_t opposite);

/* Reads the peer's counter and checks it. How many slots are free (producer) or filled (consumer). */
static inline uint32_t hallows_refresh(struct hallows_channel *channel) {
  /* Acquire: contents are read after the counter that announces them. Every load is one on x86. */
  uint32_t opposite = __atomic_load_n(channel->peer_index, __ATOMIC_ACQUIRE);
  uint32_t filled = channel->is_producer ? channel->local - opposite : opposite - channel->local;
  /* Subtraction modulo 2^32, so this also catches a consumer that is ahead of us, and a counter that ran backwards
     past what we have; a producer's counter that ran backwards within the window looks like fewer messages, and an honest
     end never does it. */
  if (filled > channel->slots) return hallows_fall_behind(channel, opposite);
  channel->opposite = opposite;
  return channel->is_producer ? channel->slots - filled : filled;
}

/*
 * Where messages are overwritten: says so before the next slot is. Never takes a claim back: a former life of this
 * partition may have fallen in the middle of that slot, or of one behind it.
 */
static inline void hallows_claim(struct hallows_channel *channel) {
  uint32_t claimed = channel->local + 1;
  if ((int32_t)(claimed - channel->claimed) > 0) channel->own->claimed = channel->claimed = claimed;
  __asm__ volatile("" ::: "memory"); /* x86 stores in order: what is written to the slot comes after this */
}

/* Shows the batch to the peer. True when the peer has asked for a doorbell at this point. */
static inline bool hallows_publish_quietly(struct hallows_channel *channel) {
  uint32_t old_index = channel->published;
  uint32_t new_index = channel->local;
  if (channel->broken || new_index == old_index) return false;
  channel->published = new_index;
  /* Release: contents and descriptors are written before the counter. Every store is one on x86. */
  __atomic_store_n(channel->own_index, new_index, __ATOMIC_RELEASE);
  hallows_fence(); /* 1 */
  return (uint32_t)(new_index - *channel->peer_event - 1) < (uint32_t)(new_index - old_index);
}

/* Rings the peer's doorbell. */
static inline void hallows_ring(struct hallows_channel *channel) {
  channel->doorbells++;
  if (hallows_notify_link(channel->end, channel->link) == HALLOWS_NOT_AVAILABLE) channel->broken = true;
}

/* Shows the batch to the peer, and rings its doorbell if it has asked for that. */
static inline void hallows_publish(struct hallows_channel *channel) {
  if (hallows_publish_quietly(channel)) hallows_ring(channel);
}

/*
 * To be called before sleeping: asks the peer for a doorbell at its next message (or freed slot). Returns true when
 * there is one already, or the channel is broken: then don't sleep.
 */
static inline bool hallows_arm(struct hallows_channel *channel) {
  if (channel->broken) return true;
  if (*channel->is_quarantined) return channel->broken = true;
  *channel->own_event = channel->opposite;
  hallows_fence(); /* 2 */
  return hallows_refresh(channel) != 0 || channel->broken;
}

/*
 * Whether the peer has stopped for good: what is in the ring can still be taken, and nothing new comes. Who sleeps on
 * the channel is woken when that happens.
 */
static inline bool hallows_is_stopped(const struct hallows_channel *channel) {
  const struct hallows_boot_channel *entry = hallows_boot_channel(channel->end);
  const volatile struct hallows_boot_link *link = hallows_boot_link(entry->first_link + channel->link);
  return link->is_stopped != 0;
}

static inline uint64_t hallows_mask(const struct hallows_channel *channel) { return (uint64_t)1 << channel->end; }

/*
 * Waits until one of the channels has a message (or a free slot, where we are the producer) or is broken, or until the
 * deadline. HALLOWS_NO_ERROR or HALLOWS_TIMED_OUT.
 */
uint32_t hallows_wait_any(struct hallows_channel *const channels[], uint32_t count, uint64_t deadline);

#endif
