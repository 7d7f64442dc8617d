/*
 * hallows_store.h: sectors of a device of kind "store", by a channel of calls that a description connects to it.
 * Included by hallows.h. docs/devices.md says what a store promises.
 *
 *   one thing after another    hallows_store_write(&disk, sector, count, data);
 *                              hallows_store_flush(&disk);
 *
 *   many under way             hallows_store_begin(&disk, HALLOWS_STORE_WRITE, tag, sector, count, data);   (each)
 *                              hallows_store_submit(&disk);                                 (one doorbell for all)
 *                              status = hallows_store_next(&disk, &tag, buffer, count, deadline);          (each)
 *
 * What was written is on the disk for sure when a flush that was begun after it has come back with HALLOWS_NO_ERROR.
 */
#ifndef HALLOWS_STORE_H
#define HALLOWS_STORE_H

struct hallows_store {
  struct hallows_call_end call;
  uint32_t sector_bytes;
  uint32_t most_sectors; /* of one request */
  uint64_t sector_count;
  uint32_t under_way; /* requests without reply, at most as many as the channel has slots */
};

/*
 * These return HALLOWS_NO_ERROR; HALLOWS_STORE_INVALID and the others of its kind, as the store says; HALLOWS_BROKEN;
 * or what else they name.
 */

/* Opens, and asks how large it is. HALLOWS_NO_CHANNEL; HALLOWS_TOO_LONG: a slot or reply doesn't take one sector. */
uint32_t hallows_store_open(struct hallows_store *store, const char *name);

/* Any number of sectors. HALLOWS_NOT_AVAILABLE: requests are under way; take what they bring first. */
uint32_t hallows_store_read(struct hallows_store *store, uint64_t sector, uint64_t count, void *data);
uint32_t hallows_store_write(struct hallows_store *store, uint64_t sector, uint64_t count, const void *data);
uint32_t hallows_store_flush(struct hallows_store *store);

/*
 * Takes a request into the batch. `data` is for writes, and copied. HALLOWS_NOT_AVAILABLE: there are as many under way
 * as can be. HALLOWS_TOO_LONG: more than most_sectors.
 */
uint32_t hallows_store_begin(struct hallows_store *store, uint32_t operation, uint64_t tag, uint64_t sector,
                             uint32_t count, const void *data);
/* Shows the batch to the store. hallows_store_next does it, too. */
void hallows_store_submit(struct hallows_store *store);
/*
 * Waits for the next reply, whichever it is, and says its tag. `data` takes the sectors of a read, of which `count`
 * have room; of more the rest is thrown away. HALLOWS_TIMED_OUT.
 */
uint32_t hallows_store_next(struct hallows_store *store, uint64_t *tag, void *data, uint32_t count, uint64_t deadline);

#endif
