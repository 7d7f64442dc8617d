/*
 * hallows_bytes.h: kind "bytes", messages of any length, each once and in order. Included by hallows.h.
 *
 *   producer   data = hallows_reserve_bytes(&ring, length);      consumer   data = hallows_peek_bytes(&ring, &length);
 *              if (data != NULL) {                                          if (data != NULL) {
 *                ... write up to length bytes in place ...                    ... read length bytes in place ...
 *                hallows_commit_bytes(&ring, written);                        hallows_release_bytes(&ring);
 *              }                                                            }
 *              hallows_publish(&ring.channel);                              hallows_publish(&ring.channel);
 *
 * What lies in the ring are records: a head of 8 bytes (struct hallows_record), data, and bytes up to a multiple of 8.
 * No record crosses the ring's end; where one doesn't fit in front of it, a record that says "skip" fills the rest. A
 * message of at most channel.slot_bytes, nearly a quarter of the ring, is one record. A longer one comes in several:
 * hallows_send_bytes cuts it, and hallows_receive_bytes puts it together again; it may be larger than the ring.
 *
 * Trust. A record's head is fetched once; its length is checked against what has been published and against the ring's
 * end. Records that belong to no message (its sender, or we, restarted in its middle) are dropped, and counted in
 * `lost`.
 */
#ifndef HALLOWS_BYTES_H
#define HALLOWS_BYTES_H

struct hallows_bytes {
  struct hallows_channel channel; /* its counters are of bytes, `slots` is the ring's size, slot_bytes a record's most */
  uint32_t record;                /* bytes of the record that was reserved, or peeked, with its head */
  uint32_t flags;                 /* of the peeked record: HALLOWS_RECORD_MORE, HALLOWS_RECORD_CONTINUES */
  uint32_t received;              /* of the message under way: bytes so far */
  uint32_t life;                  /* of the message under way: its sender's generation; 0 where none is */
};

/* As hallows_open and hallows_open_all. */
uint32_t hallows_open_bytes(struct hallows_bytes *ring, const char *name);
uint32_t hallows_open_all_bytes(struct hallows_bytes rings[], uint32_t capacity, const char *name, uint32_t *count);

/* Bytes that a record with so many of data takes. */
static inline uint32_t hallows_record_bytes(uint32_t length) {
  return ((uint32_t)sizeof(struct hallows_record) + length + HALLOWS_RECORD_ALIGNMENT - 1) &
         ~(HALLOWS_RECORD_ALIGNMENT - 1u);
}

/* Goes round the ring's end, and looks at the consumer's counter: room for a record of so many bytes, or NULL. */
void *hallows_make_room_bytes(struct hallows_bytes *ring, uint32_t length);
/* The next record that is none to skip, at a place where none has been checked; or NULL. */
const void *hallows_look_bytes(struct hallows_bytes *ring, uint32_t *length);

/*
 * Room for `length` bytes of data in one piece, or NULL where there is none now, or never will be (it is more than
 * slot_bytes), or the ring is broken. Another call before the commit moves nothing.
 */
static inline void *hallows_reserve_bytes(struct hallows_bytes *ring, uint32_t length) {
  struct hallows_channel *channel = &ring->channel;
  uint32_t record = hallows_record_bytes(length);
  uint32_t at = channel->local & (channel->slots - 1);
  bool fits = length <= channel->slot_bytes && record <= channel->slots - at &&
              channel->local + record - channel->opposite <= channel->slots;
  if (channel->broken || !fits) return hallows_make_room_bytes(ring, length);
  ring->record = record;
  return channel->data + at + sizeof(struct hallows_record);
}

/* Takes the reserved room, or its first `length` bytes, into the batch, as a record with these flags. */
static inline void hallows_commit_record(struct hallows_bytes *ring, uint32_t length, uint32_t flags) {
  struct hallows_channel *channel = &ring->channel;
  volatile uint64_t *head = (volatile uint64_t *)(channel->data + (channel->local & (channel->slots - 1)));
  *head = (uint64_t)channel->generation << 32 | flags | length;
  channel->local += hallows_record_bytes(length);
}
/* The same: a message of its own. */
static inline void hallows_commit_bytes(struct hallows_bytes *ring, uint32_t length) {
  hallows_commit_record(ring, length, 0);
}

/*
 * The data of the next record, or NULL where there is none or the ring is broken. ring->flags says whether it is a
 * part of a message: HALLOWS_RECORD_CONTINUES, HALLOWS_RECORD_MORE.
 */
static inline const void *hallows_peek_bytes(struct hallows_bytes *ring, uint32_t *length) {
  struct hallows_channel *channel = &ring->channel;
  if (channel->broken) return NULL;
  if (channel->local == channel->opposite && hallows_refresh(channel) == 0) return NULL;
  return hallows_look_bytes(ring, length);
}

/* Takes the peeked record into the batch of what the producer may have back. */
static inline void hallows_release_bytes(struct hallows_bytes *ring) {
  ring->channel.local += ring->record;
  ring->record = 0;
}

/*
 * Both return HALLOWS_UNAVAILABLE where they would wait for a peer that has stopped for good.
 *
 * Sends a copy, and publishes. A message of any length waits for room until the deadline (block): TIMED_OUT, and what
 * has been sent of it is dropped at the other end. Where the channel refuses, all of it has to fit at once:
 * HALLOWS_NOT_AVAILABLE; HALLOWS_TOO_LONG where it is more than half of the ring, and might never fit.
 */
uint32_t hallows_send_bytes(struct hallows_bytes *ring, const void *message, uint32_t length, uint64_t deadline);
/*
 * Receives a message into the buffer, and gives back its room; *length is set. One that is longer than the buffer is
 * thrown away: HALLOWS_TOO_LONG, and *length says how long it was. After HALLOWS_TIMED_OUT a part of a message may
 * stand in the buffer: call again with the same one.
 */
uint32_t hallows_receive_bytes(struct hallows_bytes *ring, void *buffer, uint32_t capacity, uint32_t *length,
                               uint64_t deadline);

#endif
