/*
 * Calls: two rings over one link, requests and replies. Each is a queue whose slots begin with a call_head.
 */

static void open_call(struct hallows_call_end *call, uint32_t end, uint32_t link) {
  const struct hallows_boot_channel *entry = hallows_boot_channel(end);
  bool is_caller = entry->is_producer != 0;
  struct hallows_channel *replies = &call->replies;
  open_direction(&call->requests, end, link, is_caller);
  open_direction(replies, end, link, !is_caller);
  uint8_t *side = (uint8_t *)(uint64_t)(is_caller ? link_of(entry, link)->theirs : link_of(entry, link)->own);
  replies->slots = entry->reply_slots;
  replies->slot_bytes = entry->reply_bytes;
  replies->slot_stride = entry->reply_stride;
  replies->data = side + entry->replies_offset;
  replies->full_policy = HALLOWS_FULL_REFUSE;
  if (replies->is_producer) replies->opposite = replies->local - replies->slots;
  call->next_tag = 1;
  /* Who waits for a reply of our former life learns that there will be none. */
  if (!is_caller && replies->generation > 1) hallows_ring(&call->requests);
}

uint32_t hallows_open_calls(struct hallows_call_end calls[], uint32_t capacity, const char *name, uint32_t *count) {
  int end = find_end(name);
  *count = end < 0 ? 0 : hallows_boot_channel((uint32_t)end)->link_count;
  for (uint32_t link = 0; link < *count && link < capacity; link++) open_call(&calls[link], (uint32_t)end, link);
  return end < 0 ? HALLOWS_NO_CHANNEL : *count > capacity ? HALLOWS_TOO_LONG : HALLOWS_NO_ERROR;
}

uint32_t hallows_open_call(struct hallows_call_end *call, const char *name) {
  uint32_t count;
  uint32_t status = hallows_open_calls(call, 1, name, &count);
  if (status == HALLOWS_NO_CHANNEL) {
    memset(call, 0, sizeof *call);
    call->requests.broken = call->replies.broken = true;
  }
  return status;
}

static void write_call(struct hallows_channel *ring, void *slot, const struct hallows_ticket *ticket,
                       const void *message, uint32_t length) {
  struct hallows_call_head *head = (struct hallows_call_head *)slot;
  head->tag = ticket->tag;
  head->generation = ticket->generation;
  memcpy(head + 1, message, length);
  hallows_commit(ring, length);
}

/* Copies the next message. Its head is fetched once. */
static uint32_t read_call(struct hallows_channel *ring, struct hallows_ticket *ticket, void *buffer, uint32_t capacity,
                          uint32_t *length) {
  const volatile struct hallows_call_head *head = (const volatile struct hallows_call_head *)hallows_peek(ring, length);
  if (head == NULL) return ring->broken ? HALLOWS_BROKEN : HALLOWS_TIMED_OUT;
  ticket->tag = head->tag;
  ticket->generation = head->generation;
  bool fits = *length <= capacity;
  if (fits) memcpy(buffer, (const uint8_t *)(uint64_t)head + sizeof *head, *length);
  hallows_release(ring);
  hallows_publish(ring);
  return fits ? HALLOWS_NO_ERROR : HALLOWS_TOO_LONG;
}

/* Waits until a request can be written, the answerer has stopped, or the deadline has passed. */
static uint32_t wait_to_request(struct hallows_channel *ring, uint64_t deadline) {
  for (bool is_late = false;;) {
    hallows_publish(ring);
    bool is_over = hallows_is_stopped(ring);
    if (hallows_arm(ring)) return HALLOWS_NO_ERROR;
    if (is_over) return HALLOWS_UNAVAILABLE;
    if (is_late) return HALLOWS_TIMED_OUT;
    is_late = hallows_wait(hallows_mask(ring), deadline).status != HALLOWS_NO_ERROR;
  }
}

/* Takes a request into the batch. */
static uint32_t commit_request(struct hallows_call_end *call, uint64_t tag, const void *message, uint32_t length,
                               uint64_t deadline) {
  struct hallows_channel *ring = &call->requests;
  if (!ring->broken && length > ring->slot_bytes) return HALLOWS_TOO_LONG;
  void *slot;
  while ((slot = hallows_reserve(ring)) == NULL) {
    if (ring->broken) return HALLOWS_BROKEN;
    if (ring->full_policy != HALLOWS_FULL_BLOCK) {
      ring->own->refused++;
      return HALLOWS_NOT_AVAILABLE;
    }
    uint32_t status = wait_to_request(ring, deadline);
    if (status != HALLOWS_NO_ERROR) return status;
  }
  struct hallows_ticket ticket = {tag, ring->generation};
  write_call(ring, slot, &ticket, message, length);
  return HALLOWS_NO_ERROR;
}

uint32_t hallows_request(struct hallows_call_end *call, uint64_t tag, const void *message, uint32_t length,
                         uint64_t deadline) {
  uint32_t status = commit_request(call, tag, message, length, deadline);
  hallows_publish(&call->requests);
  return status;
}

/* Messages for nobody that are taken before we look up: a peer may send them for ever. */
enum { STRANGERS_A_LOOK = 1024 };

uint32_t hallows_take_reply(struct hallows_call_end *call, uint64_t *tag, void *buffer, uint32_t capacity,
                            uint32_t *length) {
  for (uint32_t strangers = 0; strangers < STRANGERS_A_LOOK; strangers++) {
    struct hallows_ticket ticket = {0, 0};
    uint32_t status = read_call(&call->replies, &ticket, buffer, capacity, length);
    bool has_one = status == HALLOWS_NO_ERROR || status == HALLOWS_TOO_LONG;
    if (has_one && ticket.generation != call->replies.generation) continue; /* to a former life */
    *tag = ticket.tag;
    return status;
  }
  return HALLOWS_TIMED_OUT;
}

/* The first life is 1, also before it has opened its end: it may take a request and fall before we look again. */
static uint32_t life_of_peer(const struct hallows_channel *channel) {
  uint32_t generation = channel->theirs->generation;
  return generation == 0 ? 1 : generation;
}

uint32_t hallows_call_wait(struct hallows_call_end *call, const void *message, uint32_t message_length, void *buffer,
                           uint32_t capacity, uint32_t *length, uint64_t deadline) {
  struct hallows_channel *requests = &call->requests, *replies = &call->replies;
  if (requests->broken || replies->broken) return HALLOWS_BROKEN;
  uint64_t mine = call->next_tag++, tag;
  uint32_t life = life_of_peer(replies);
  uint32_t status = commit_request(call, mine, message, message_length, deadline);
  if (status != HALLOWS_NO_ERROR) return status;
  bool must_ring = hallows_publish_quietly(requests);
  for (bool is_late = false;;) {
    /* The generation before the replies: what a life has answered is seen before it is gone. */
    uint32_t life_now = life_of_peer(replies);
    bool is_over = hallows_is_stopped(replies);
    __asm__ volatile("" ::: "memory");
    /* Replies to calls that timed out before have other tags. */
    for (uint32_t strangers = 0; strangers < STRANGERS_A_LOOK; strangers++) {
      status = hallows_take_reply(call, &tag, buffer, capacity, length);
      if (status == HALLOWS_TIMED_OUT) break;
      if (tag == mine || status == HALLOWS_BROKEN) return status;
    }
    bool is_gone = is_over || life_now != life;
    if (is_gone || is_late) {
      /* The request stands, and who sleeps there has asked for a doorbell: no later one would be rung for it. */
      if (must_ring) hallows_ring(requests);
      return is_gone ? HALLOWS_UNAVAILABLE : HALLOWS_TIMED_OUT;
    }
    if (hallows_arm(replies)) {
      is_late = deadline != HALLOWS_NO_DEADLINE && hallows_now() >= deadline;
      continue;
    }
    uint64_t mask = hallows_mask(replies);
    struct hallows_result result =
        must_ring ? hallows_call4(HALLOWS_CALL_HANDOFF, requests->end, mask, deadline, requests->link)
                  : hallows_wait(mask, deadline);
    must_ring = false;
    if (result.status == HALLOWS_NOT_AVAILABLE) {
      requests->broken = true;
      return HALLOWS_BROKEN;
    }
    is_late = result.status == HALLOWS_TIMED_OUT;
  }
}

uint32_t hallows_take_request(struct hallows_call_end *call, void *buffer, uint32_t capacity, uint32_t *length,
                              struct hallows_ticket *ticket) {
  for (uint32_t strangers = 0; strangers < STRANGERS_A_LOOK; strangers++) {
    uint32_t status = read_call(&call->requests, ticket, buffer, capacity, length);
    bool has_one = status == HALLOWS_NO_ERROR || status == HALLOWS_TOO_LONG;
    if (has_one && ticket->generation != call->requests.theirs->generation) continue; /* of a former life */
    return status;
  }
  return HALLOWS_TIMED_OUT;
}

uint32_t hallows_reply(struct hallows_call_end *call, const struct hallows_ticket *ticket, const void *message,
                       uint32_t length) {
  struct hallows_channel *ring = &call->replies;
  if (!ring->broken && length > ring->slot_bytes) return HALLOWS_TOO_LONG;
  void *slot = hallows_reserve(ring);
  if (slot == NULL) {
    if (ring->broken) return HALLOWS_BROKEN;
    ring->own->refused++;
    return HALLOWS_NOT_AVAILABLE;
  }
  write_call(ring, slot, ticket, message, length);
  hallows_publish(ring);
  return ring->broken ? HALLOWS_BROKEN : HALLOWS_NO_ERROR;
}
