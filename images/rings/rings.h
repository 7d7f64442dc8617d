/*
 * What the programs share by which the ring code is checked (tools/check-rings): messages that tell when they are torn,
 * and how a program says what it has found. Numbers of messages come from the ring's own counters, which outlive a
 * restart, so a program that begins again goes on where it was.
 *
 * Counters start at START, so that they pass 2^32 within the first messages: the checker writes it into both sides.
 */
#ifndef RINGS_H
#define RINGS_H
#include "hallows.h"

#define START 0xffffffffu
#ifndef MESSAGES
#define MESSAGES 3u
#endif

/* What a program says by a note: it is done, or what was not as it should be. The checker looks for these. */
enum {
  DONE = 1,
  TORN = 2,      /* a message is not what its producer wrote */
  ORDER = 3,     /* a message is lost, doubled, or out of order */
  STATUS = 4,    /* a function returned what it may not */
  OVERRUN = 5,   /* memory beside a buffer was written */
  COUNTS = 6,    /* statistics don't add up */
};

HALLOWS_NORETURN static inline void finish(uint32_t what) {
  for (;;) hallows_report(HALLOWS_REPORT_NOTE, what, 0);
}
/* Against a hostile peer (channels called "hostile-...") contents may be anything: only what is ours is judged. */
static inline bool is_hostile(void) { return hallows_boot_channel(1)->name[0] == 'h'; }
static inline void expect(bool is_right, uint32_t otherwise) {
  if (!is_right) finish(otherwise);
}

struct message {
  uint32_t number;
  uint32_t life; /* of the sender, as the descriptor has it */
  uint64_t check;
};

static inline uint64_t check_of(uint32_t number, uint32_t life) {
  return ((uint64_t)life << 32 | number) * 0x9e3779b97f4a7c15u + 1;
}
static inline struct message message_of(uint32_t number, uint32_t life) {
  return (struct message){number, life, check_of(number, life)};
}
static inline bool is_whole(const struct message *message, uint32_t life) {
  return message->life == life && message->check == check_of(message->number, life);
}

/* A buffer between words that nobody may write. */
struct guarded {
  uint64_t before;
  struct message message;
  uint64_t after;
};
#define GUARD 0x5a5aa5a5c3c33c3cu
#define GUARDED {GUARD, {0, 0, 0}, GUARD}
static inline void expect_guards(const volatile struct guarded *buffer) {
  expect(buffer->before == GUARD && buffer->after == GUARD, OVERRUN);
}

/* The channel's name, which says what is to be done with it; its end here is 1. */
static inline const char *channel_name(void) { return hallows_boot_channel(1)->name; }
/* How many messages each producer sends. */
static inline uint32_t wanted(void) { return is_hostile() ? 2 : MESSAGES; }
/* The name without "hostile-". */
static inline const char *channel_mode(void) { return channel_name() + (is_hostile() ? 8 : 0); }
static inline bool is_producer(void) { return hallows_boot_channel(1)->is_producer != 0; }
#endif
