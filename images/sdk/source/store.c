/*
 * Stores: requests and replies over a channel of calls. There are never more under way than replies have room, so a
 * request always finds a slot.
 */

uint32_t hallows_store_begin(struct hallows_store *store, uint32_t operation, uint64_t tag, uint64_t sector,
                             uint32_t count, const void *data) {
  struct hallows_channel *ring = &store->call.requests;
  if (ring->broken) return HALLOWS_BROKEN;
  bool carries = operation == HALLOWS_STORE_WRITE;
  if (operation != HALLOWS_STORE_DISCARD && count > store->most_sectors) return HALLOWS_TOO_LONG;
  if (store->under_way >= ring->slots) return HALLOWS_NOT_AVAILABLE;
  struct hallows_call_head *head = (struct hallows_call_head *)hallows_reserve(ring);
  if (head == NULL) return ring->broken ? HALLOWS_BROKEN : HALLOWS_NOT_AVAILABLE;
  head->tag = tag;
  head->generation = ring->generation;
  struct hallows_store_request *request = (struct hallows_store_request *)(head + 1);
  request->operation = operation;
  request->count = count;
  request->sector = sector;
  uint32_t bytes = carries ? count * store->sector_bytes : 0;
  if (carries) memcpy(request + 1, data, bytes);
  hallows_commit(ring, (uint32_t)sizeof *request + bytes);
  store->under_way++;
  return HALLOWS_NO_ERROR;
}

void hallows_store_submit(struct hallows_store *store) { hallows_publish(&store->call.requests); }

/* A reply in place, until it is taken. */
struct store_answer {
  uint64_t tag;
  const struct hallows_store_reply *reply;
  uint32_t bytes; /* that follow it */
};

static uint32_t await_answer(struct hallows_store *store, struct store_answer *answer, uint64_t deadline) {
  struct hallows_channel *ring = &store->call.replies;
  struct hallows_channel *const channels[] = {ring};
  const struct hallows_call_head *head;
  uint32_t length;
  hallows_store_submit(store);
  while ((head = (const struct hallows_call_head *)hallows_peek(ring, &length)) == NULL) {
    if (ring->broken || store->call.requests.broken) return HALLOWS_BROKEN;
    uint32_t status = hallows_wait_any(channels, 1, deadline);
    if (status != HALLOWS_NO_ERROR) return status;
  }
  answer->tag = head->tag;
  answer->reply = (const struct hallows_store_reply *)(head + 1);
  answer->bytes = length - (uint32_t)sizeof *answer->reply;
  return HALLOWS_NO_ERROR;
}

/* Copies as much as there is room for, and lets go of the reply. */
static uint32_t take_answer(struct hallows_store *store, const struct store_answer *answer, void *data, uint64_t room) {
  uint32_t status = answer->reply->status;
  store->sector_bytes = answer->reply->sector_bytes;
  store->sector_count = answer->reply->sector_count;
  if (data != NULL) memcpy(data, answer->reply + 1, answer->bytes < room ? answer->bytes : room);
  hallows_release(&store->call.replies);
  hallows_publish(&store->call.replies);
  store->under_way--;
  return status;
}

uint32_t hallows_store_next(struct hallows_store *store, uint64_t *tag, void *data, uint32_t count, uint64_t deadline) {
  struct store_answer answer;
  uint32_t status = await_answer(store, &answer, deadline);
  if (status != HALLOWS_NO_ERROR) return status;
  *tag = answer.tag;
  return take_answer(store, &answer, data, (uint64_t)count * store->sector_bytes);
}

uint32_t hallows_store_open(struct hallows_store *store, const char *name) {
  memset(store, 0, sizeof *store);
  uint32_t status = hallows_open_call(&store->call, name);
  if (status != HALLOWS_NO_ERROR) return status;
  struct hallows_channel *requests = &store->call.requests, *replies = &store->call.replies;
  uint64_t tag;
  status = hallows_store_begin(store, HALLOWS_STORE_DESCRIBE, 0, 0, 0, NULL);
  if (status == HALLOWS_NO_ERROR) status = hallows_store_next(store, &tag, NULL, 0, HALLOWS_NO_DEADLINE);
  if (status != HALLOWS_NO_ERROR) return status;
  uint32_t sent = (requests->slot_bytes - (uint32_t)sizeof(struct hallows_store_request)) / store->sector_bytes;
  uint32_t brought = (replies->slot_bytes - (uint32_t)sizeof(struct hallows_store_reply)) / store->sector_bytes;
  store->most_sectors = sent < brought ? sent : brought;
  return store->most_sectors == 0 ? HALLOWS_TOO_LONG : HALLOWS_NO_ERROR;
}

/* In parts, as many under way as can be. A part's tag is the sector of the transfer that it begins with. */
static uint32_t transfer(struct hallows_store *store, uint32_t operation, uint64_t sector, uint64_t count,
                         uint8_t *data) {
  if (store->under_way > 0) return HALLOWS_NOT_AVAILABLE;
  uint32_t first_error = HALLOWS_NO_ERROR;
  for (uint64_t begun = 0;;) {
    while (begun < count && first_error == HALLOWS_NO_ERROR) {
      uint32_t part = count - begun < store->most_sectors ? (uint32_t)(count - begun) : store->most_sectors;
      uint32_t status =
          hallows_store_begin(store, operation, begun, sector + begun, part, data + begun * store->sector_bytes);
      if (status == HALLOWS_NOT_AVAILABLE) break;
      if (status != HALLOWS_NO_ERROR) return status;
      begun += part;
    }
    if (store->under_way == 0) return first_error;
    struct store_answer answer;
    uint32_t status = await_answer(store, &answer, HALLOWS_NO_DEADLINE);
    if (status != HALLOWS_NO_ERROR) return status;
    bool is_read = operation == HALLOWS_STORE_READ;
    status = take_answer(store, &answer, is_read ? data + answer.tag * store->sector_bytes : NULL, answer.bytes);
    if (first_error == HALLOWS_NO_ERROR) first_error = status;
  }
}

uint32_t hallows_store_read(struct hallows_store *store, uint64_t sector, uint64_t count, void *data) {
  return transfer(store, HALLOWS_STORE_READ, sector, count, (uint8_t *)data);
}

uint32_t hallows_store_write(struct hallows_store *store, uint64_t sector, uint64_t count, const void *data) {
  return transfer(store, HALLOWS_STORE_WRITE, sector, count, (uint8_t *)(uint64_t)data);
}

uint32_t hallows_store_flush(struct hallows_store *store) {
  if (store->under_way > 0) return HALLOWS_NOT_AVAILABLE;
  uint64_t tag;
  uint32_t status = hallows_store_begin(store, HALLOWS_STORE_FLUSH, 0, 0, 0, NULL);
  return status == HALLOWS_NO_ERROR ? hallows_store_next(store, &tag, NULL, 0, HALLOWS_NO_DEADLINE) : status;
}
