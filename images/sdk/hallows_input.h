/*
 * hallows_input.h: keys and mouse, by a queue from the device "input". Included by hallows.h.
 *
 *   hallows_open(&input, "keys");
 *   while (hallows_next_input(&input, &event, 0) == HALLOWS_NO_ERROR) ...       (all that is there, without waiting)
 */
#ifndef HALLOWS_INPUT_H
#define HALLOWS_INPUT_H

/* The next event. HALLOWS_TIMED_OUT: none until the deadline; 0 waits for none. HALLOWS_BROKEN. */
static inline uint32_t hallows_next_input(struct hallows_channel *input, struct hallows_input_event *event,
                                          uint64_t deadline) {
  uint32_t length;
  return hallows_receive(input, event, sizeof *event, &length, deadline);
}

#endif
