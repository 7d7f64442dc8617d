/* What the partitions of the tour say to each other. */
#ifndef TOUR_H
#define TOUR_H

#include "hallows.h"

/* sensor -> controller, on `readings`. */
struct reading {
  uint64_t number;
  uint64_t cycle; /* when it was taken */
  int64_t millidegrees;
};

/* controller -> sensor, on `heat`. */
struct heat {
  uint64_t permille;
};

/* generator -> server, on `requests`; server -> generator, on `responses`. */
struct request {
  uint64_t number;
  char line[40]; /* "GET /spells/lumos", zero-terminated */
};
struct response {
  uint64_t number;
  uint64_t seal; /* seal_of the text: the generator believes no answer without */
  uint32_t status; /* as HTTP */
  char text[36];
};

/* anyone -> logger; vandal -> server, on `pestering`. `life` is the sender's generation. */
struct note {
  uint32_t life;
  char text[60]; /* zero-terminated */
};

/* Sends a note unless the ring is full or broken: no partition of the tour waits for the logger. */
static inline __attribute__((format(printf, 2, 3))) void send_note(struct hallows_channel *channel, const char *format,
                                                                  ...) {
  struct note *note = hallows_reserve(channel);
  if (note == NULL) return;
  note->life = hallows_boot()->generation;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(note->text, sizeof note->text, format, arguments);
  va_end(arguments);
  hallows_commit(channel, sizeof *note);
  hallows_publish(channel);
}

enum { SEAL_ROUNDS = 32 };

/* What proves a text: FNV-1a, many times over. `text` has `size` bytes. Takes some thousand cycles. */
static inline uint64_t seal_of(const char *text, size_t size) {
  uint64_t seal = 0xcbf29ce484222325ull;
  for (int round = 0; round < SEAL_ROUNDS; round++)
    for (size_t i = 0; i < size; i++) seal = (seal ^ (uint8_t)text[i]) * 0x100000001b3ull;
  return seal;
}

/* xorshift64; never 0. */
static inline uint64_t next_random(uint64_t *state) {
  uint64_t x = *state != 0 ? *state : 1;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

#endif
