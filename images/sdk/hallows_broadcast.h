/*
 * hallows_broadcast.h: kind "broadcast", each message once and in order to each of several consumers. Included by
 * hallows.h.
 *
 * A consumer opens its end with hallows_open and reads it as it would a queue (hallows_queue.h): hallows_peek,
 * hallows_release, hallows_publish, hallows_receive. The producer has one ring and a link to each consumer:
 *
 *   hallows_open_broadcast(&news, links, 8, "news");
 *   slot = hallows_broadcast_reserve(&news);  ...  hallows_broadcast_commit(&news, length);
 *   hallows_broadcast_publish(&news);
 *
 * A consumer that breaks its link is left behind; the others go on.
 */
#ifndef HALLOWS_BROADCAST_H
#define HALLOWS_BROADCAST_H

struct hallows_broadcast {
  struct hallows_channel *links; /* one for each consumer; the first has the ring */
  uint32_t count;
};

/* Opens the producer's end; `links` has room for `capacity` consumers. As hallows_open_all. */
uint32_t hallows_open_broadcast(struct hallows_broadcast *broadcast, struct hallows_channel links[], uint32_t capacity,
                                const char *name);
/* Whether no consumer is left that could hear. */
bool hallows_broadcast_broken(const struct hallows_broadcast *broadcast);
/* The next free slot; NULL where the slowest consumer holds it, or nobody is left. */
void *hallows_broadcast_reserve(struct hallows_broadcast *broadcast);

/* Takes the reserved slot into the batch. */
static inline void hallows_broadcast_commit(struct hallows_broadcast *broadcast, uint32_t length) {
  struct hallows_channel *ring = &broadcast->links[0];
  ring->descriptors[ring->local & (ring->slots - 1)] = (uint64_t)ring->generation << 32 | length;
  ring->local++;
}

/* Shows the batch to all, and rings those who asked for that. */
void hallows_broadcast_publish(struct hallows_broadcast *broadcast);
/* Sends a copy to all, as hallows_send. */
uint32_t hallows_broadcast_send(struct hallows_broadcast *broadcast, const void *message, uint32_t length,
                                uint64_t deadline);

#endif
