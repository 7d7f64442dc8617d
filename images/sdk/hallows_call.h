/*
 * hallows_call.h: kind "call", requests and a reply to each. Included by hallows.h.
 *
 *   caller     status = hallows_call_wait(&call, &question, sizeof question, &answer, sizeof answer, &length, until);
 *
 *   answerer   hallows_open_calls(calls, 8, "name", &count);
 *              status = hallows_take_request(&calls[i], &question, sizeof question, &length, &ticket);
 *              hallows_reply(&calls[i], &ticket, &answer, sizeof answer);
 *
 * A caller can have several requests under way (hallows_request, hallows_take_reply), which it tells apart by tags of
 * 64 bits. A ticket says whose and which request it is; replies may come in any order.
 */
#ifndef HALLOWS_CALL_H
#define HALLOWS_CALL_H

struct hallows_call_end {
  struct hallows_channel requests; /* produced by the caller */
  struct hallows_channel replies;  /* consumed by the caller */
  uint64_t next_tag;               /* of hallows_call_wait */
};

struct hallows_ticket {
  uint64_t tag;
  uint32_t generation; /* of the caller */
};

/* The answerer has restarted, or stopped for good: what was under way has no reply. It may have been done. */
#define HALLOWS_UNAVAILABLE 103u

/* As hallows_open and hallows_open_all; who answers opens one for each caller. */
uint32_t hallows_open_call(struct hallows_call_end *call, const char *name);
uint32_t hallows_open_calls(struct hallows_call_end calls[], uint32_t capacity, const char *name, uint32_t *count);

/* As hallows_send; HALLOWS_UNAVAILABLE where the ring is full and the answerer has stopped. */
uint32_t hallows_request(struct hallows_call_end *call, uint64_t tag, const void *message, uint32_t length,
                         uint64_t deadline);
/*
 * The next reply to this life's requests. HALLOWS_TIMED_OUT where there is none yet; HALLOWS_TOO_LONG; HALLOWS_BROKEN.
 */
uint32_t hallows_take_reply(struct hallows_call_end *call, uint64_t *tag, void *buffer, uint32_t capacity,
                            uint32_t *length);
/*
 * Requests, and waits for the reply. On the answerer's core it runs at once (handoff). HALLOWS_TIMED_OUT: it may have
 * been done. HALLOWS_UNAVAILABLE; and what hallows_request and hallows_take_reply return.
 */
uint32_t hallows_call_wait(struct hallows_call_end *call, const void *message, uint32_t message_length, void *buffer,
                           uint32_t capacity, uint32_t *length, uint64_t deadline);

/* The next request, copied. HALLOWS_TIMED_OUT where there is none; HALLOWS_TOO_LONG, which can be replied to. */
uint32_t hallows_take_request(struct hallows_call_end *call, void *buffer, uint32_t capacity, uint32_t *length,
                              struct hallows_ticket *ticket);
/* HALLOWS_NOT_AVAILABLE where the caller does not take its replies: it has none then. */
uint32_t hallows_reply(struct hallows_call_end *call, const struct hallows_ticket *ticket, const void *message,
                       uint32_t length);

#endif
