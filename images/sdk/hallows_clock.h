/*
 * hallows_clock.h: the host's date, from the device "clock", by a channel of kind sampling that a description connects
 * to it. Included by hallows.h.
 *
 *   struct hallows_channel clock;
 *   hallows_open(&clock, "date");
 *   hallows_clock_await(&clock, HALLOWS_NO_DEADLINE);
 *   hallows_clock_read(&clock, &nanoseconds);
 *
 * The device writes the date down once a period. In between, reading adds the cycles since then, without a system call.
 * Where the system lags behind the host and catches up, its cycles go faster than the host's clock, so the date may go
 * back a little when the device looks again: measure durations by hallows_now.
 */
#ifndef HALLOWS_CLOCK_H
#define HALLOWS_CLOCK_H

/* Nanoseconds since 1 January 1970, UTC. HALLOWS_NO_ERROR; HALLOWS_NOT_AVAILABLE where none has come yet; BROKEN. */
uint32_t hallows_clock_read(struct hallows_channel *clock, uint64_t *nanoseconds);
/* Seconds that the host's local time is ahead of UTC; 0 where no date has come yet. */
int32_t hallows_clock_offset(struct hallows_channel *clock);
/* Waits for the first date. HALLOWS_NO_ERROR, HALLOWS_TIMED_OUT, HALLOWS_BROKEN. */
uint32_t hallows_clock_await(struct hallows_channel *clock, uint64_t deadline);

#endif
