/*
 * Pools: opening, references, and the blocks that come back. The rest is inline in hallows_pool.h.
 */

static const struct hallows_boot_pool *boot_pool(uint32_t index) {
  const struct hallows_boot_info *boot = hallows_boot();
  return (const struct hallows_boot_pool *)((uint64_t)boot + boot->pools_offset + (uint64_t)index * boot->pool_bytes);
}

uint32_t hallows_open_pool(struct hallows_pool *pool, const char *name) {
  memset(pool, 0, sizeof *pool);
  for (uint32_t index = 0; index < hallows_boot()->pool_count; index++) {
    const struct hallows_boot_pool *entry = boot_pool(index);
    if (strcmp(entry->name, name) != 0) continue;
    pool->index = index;
    pool->entry = entry;
    pool->data = (uint8_t *)entry->at;
    pool->block_bytes = entry->block_bytes;
    pool->blocks = entry->blocks;
    pool->mode = entry->mode;
    pool->member = entry->member;
    return HALLOWS_NO_ERROR;
  }
  return HALLOWS_NO_CHANNEL;
}

int hallows_pool_member(const struct hallows_pool *pool, const char *name) {
  const struct hallows_boot_info *boot = hallows_boot();
  for (uint32_t member = 0; pool->entry != NULL && member < pool->entry->members; member++) {
    uint64_t number = pool->entry->first_member + member;
    const struct hallows_boot_member *row =
        (const struct hallows_boot_member *)((uint64_t)boot + boot->members_offset + number * boot->member_bytes);
    if (strcmp(row->name, name) == 0) return (int)member;
  }
  return -1;
}

static uint32_t refer(const struct hallows_pool *pool, uint32_t index, uint32_t length, struct hallows_result result,
                      struct hallows_block *ref) {
  ref->pool = pool->entry->number;
  ref->index = index;
  ref->generation = (uint32_t)result.value;
  ref->length = length;
  return (uint32_t)result.status;
}

uint32_t hallows_give_block(const struct hallows_pool *pool, uint32_t index, uint32_t length, uint32_t member,
                      struct hallows_block *ref) {
  return refer(pool, index, length, hallows_pool_give(pool->index, index, member), ref);
}

uint32_t hallows_seal_block(const struct hallows_pool *pool, uint32_t index, uint32_t length, struct hallows_block *ref) {
  return refer(pool, index, length, hallows_pool_seal(pool->index, index), ref);
}

void hallows_refer_block(const struct hallows_pool *pool, uint32_t index, uint32_t length, struct hallows_block *ref) {
  struct hallows_result shared = {HALLOWS_NO_ERROR, hallows_boot()->generation};
  refer(pool, index, length, shared, ref);
}

uint32_t hallows_take_block(const struct hallows_pool *pool, const struct hallows_block *ref, void **data) {
  const struct hallows_block copy = *ref;
  *data = NULL;
  if (pool->entry == NULL || !hallows_is_block(pool, &copy)) return HALLOWS_INVALID_PARAM;
  if (pool->mode != HALLOWS_POOL_SHARE) {
    uint32_t status = (uint32_t)hallows_pool_take(pool->index, copy.index, copy.generation).status;
    if (status != HALLOWS_NO_ERROR) return status;
  }
  *data = hallows_block_at(pool, copy.index);
  return HALLOWS_NO_ERROR;
}

uint32_t hallows_reclaim_blocks(const struct hallows_pool *pool) {
  uint32_t away = 0;
  for (uint32_t index = 0; index < pool->blocks; index++)
    away += hallows_pool_take(pool->index, index, 0).status == HALLOWS_NOT_AVAILABLE;
  return away;
}
