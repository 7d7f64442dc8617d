/*
 * hallows_pool.h: pools, memory in blocks that partitions pass to each other by reference. Included by hallows.h.
 *
 *   move    giver    ... write to hallows_block_at(&pool, i) ...; hallows_give_block(&pool, i, length, to, &ref);
 *           taker    hallows_take_block(&pool, &ref, &data); ... read, write ...; hallows_give_block to the next
 *   seal    owner    ... write ...; hallows_seal_block(&pool, i, length, &ref); later hallows_release_block(&pool, i)
 *           others   hallows_take_block(&pool, &ref, &data); ... read ...; hallows_release_block(&pool, ref.index)
 *   copy    owner    ... write ...; hallows_give_block for each who is to have a copy
 *           others   as in mode seal; the copy may be written, too
 *   share   owner    ... write ...; hallows_refer_block(&pool, i, length, &ref)
 *           others   hallows_take_block, which is no system call then
 *
 * A reference is 16 bytes, and travels in the message of any channel. Who receives one copies it first, and then
 * hallows_take_block checks the copy: each field against the pool, and in the kernel the generation. What was given in
 * a former life, or twice, is refused with a status. In mode share what is read may change while it is read.
 */
#ifndef HALLOWS_POOL_H
#define HALLOWS_POOL_H

struct hallows_pool {
  uint32_t index; /* as system calls know it */
  const struct hallows_boot_pool *entry;
  uint8_t *data;
  uint32_t block_bytes;
  uint32_t blocks;
  uint32_t mode;
  uint32_t member; /* this partition's number; 0 owns the pool */
};

/* The system calls. Value: the block's generation. */
static inline struct hallows_result hallows_pool_give(uint32_t pool, uint32_t block, uint32_t member) {
  return hallows_call(HALLOWS_CALL_POOL_GIVE, pool, block, member);
}
static inline struct hallows_result hallows_pool_take(uint32_t pool, uint32_t block, uint32_t generation) {
  return hallows_call(HALLOWS_CALL_POOL_TAKE, pool, block, generation);
}
static inline struct hallows_result hallows_pool_seal(uint32_t pool, uint32_t block) {
  return hallows_call(HALLOWS_CALL_POOL_SEAL, pool, block, 0);
}
static inline struct hallows_result hallows_pool_release(uint32_t pool, uint32_t block) {
  return hallows_call(HALLOWS_CALL_POOL_RELEASE, pool, block, 0);
}

/* HALLOWS_NO_ERROR or HALLOWS_NO_CHANNEL, and then the pool has no blocks. */
uint32_t hallows_open_pool(struct hallows_pool *pool, const char *name);
/* Number of a member by its partition's name, or -1. */
int hallows_pool_member(const struct hallows_pool *pool, const char *name);

static inline void *hallows_block_at(const struct hallows_pool *pool, uint32_t index) {
  return pool->data + (size_t)index * pool->block_bytes;
}
/* Whether a reference, which the caller has copied, can be one to this pool. */
static inline bool hallows_is_block(const struct hallows_pool *pool, const struct hallows_block *ref) {
  return ref->pool == pool->entry->number && ref->index < pool->blocks && ref->length <= pool->block_bytes;
}

/* Modes move and copy, seal, share: fill in `ref` for `length` bytes of a block. Statuses of the calls. */
uint32_t hallows_give_block(const struct hallows_pool *pool, uint32_t index, uint32_t length, uint32_t member,
                      struct hallows_block *ref);
uint32_t hallows_seal_block(const struct hallows_pool *pool, uint32_t index, uint32_t length, struct hallows_block *ref);
void hallows_refer_block(const struct hallows_pool *pool, uint32_t index, uint32_t length, struct hallows_block *ref);
/* The data of a block that was received, which is mapped now. HALLOWS_INVALID_PARAM where it can't be of this pool. */
uint32_t hallows_take_block(const struct hallows_pool *pool, const struct hallows_block *ref, void **data);
/* See pool_release. */
static inline uint32_t hallows_release_block(const struct hallows_pool *pool, uint32_t index) {
  return (uint32_t)hallows_pool_release(pool->index, index).status;
}
/*
 * For the owner of a pool of mode move: takes back what lies with it, given back or left by a member whose life has
 * ended. How many blocks it has not.
 */
uint32_t hallows_reclaim_blocks(const struct hallows_pool *pool);

#endif
