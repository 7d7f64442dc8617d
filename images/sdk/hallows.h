/*
 * hallows.h: what a partition of Hallows is written against.
 *
 * A program is its own sources plus hallows.c, hallows_float.c and hallows_math.c, linked with hallows.ld: `hallows cc`
 * knows the command (docs/guest-programs.md). The headers of C lie in include/, so plain C programs compile unchanged.
 * C11 or C++; no thread-local variables.
 *
 * In this file: what is worth inlining (system calls, time, rings). In hallows.c and source/: start-up and the C library.
 * Numbers and layouts come from hallows_abi.h, which is generated.
 */
#ifndef HALLOWS_H
#define HALLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hallows_abi.h"
#include "include/assert.h"
#include "include/stdio.h"
#include "include/stdlib.h"
#include "include/string.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sends out what waits for the end of its line, as fflush(stdout) does. */
void hallows_flush(void);
/* With false, a newline no longer sends out its line: only a full slot, hallows_flush and the program's end do. */
void hallows_line_buffered(bool on);

/* ---- system calls --------------------------------------------------------------------------------------------------- */

struct hallows_result {
  uint64_t status; /* HALLOWS_NO_ERROR and so on */
  uint64_t value;
};

static inline struct hallows_result hallows_call(uint64_t number, uint64_t argument1, uint64_t argument2,
                                                 uint64_t argument3) {
  struct hallows_result result;
  /* "memory": another partition may have written, and must see what was written, across the call. */
  __asm__ volatile("syscall"
                   : "=a"(result.status), "=d"(result.value)
                   : "0"(number), "D"(argument1), "S"(argument2), "1"(argument3)
                   : "rcx", "r11", "memory");
  return result;
}

HALLOWS_NORETURN static inline void hallows_exit_thread(int code) {
  hallows_call(HALLOWS_CALL_EXIT, (uint64_t)(int64_t)code, HALLOWS_EXIT_THREAD, 0);
  for (;;) __asm__ volatile("ud2"); /* not reached */
}
static inline void hallows_yield(void) { hallows_call(HALLOWS_CALL_YIELD, 0, 0, 0); }
/* Value: mask of the channel ends that rang. */
static inline struct hallows_result hallows_wait(uint32_t mask, uint64_t deadline) {
  return hallows_call(HALLOWS_CALL_WAIT, mask, deadline, 0);
}
static inline uint64_t hallows_notify(uint32_t end) { return hallows_call(HALLOWS_CALL_NOTIFY, end, 0, 0).status; }
static inline struct hallows_result hallows_handoff(uint32_t end, uint32_t mask, uint64_t deadline) {
  return hallows_call(HALLOWS_CALL_HANDOFF, end, mask, deadline);
}
/* Value: number of whole periods since the thread started. */
static inline struct hallows_result hallows_periodic_wait(void) {
  return hallows_call(HALLOWS_CALL_PERIODIC_WAIT, 0, 0, 0);
}
static inline struct hallows_result hallows_mode(uint32_t operation, uint32_t mode) {
  return hallows_call(HALLOWS_CALL_MODE, operation, mode, 0);
}
static inline uint64_t hallows_report(uint32_t kind, uint64_t code, uint64_t value) {
  return hallows_call(HALLOWS_CALL_REPORT, kind, code, value).status;
}

/* ---- time and boot information ---------------------------------------------------------------------------------------- */

/* TSC cycles since boot, the same on every core. */
static inline uint64_t hallows_now(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
}

static inline const struct hallows_boot_info *hallows_boot(void) {
  return (const struct hallows_boot_info *)HALLOWS_BOOT_INFO_BASE;
}
static inline const struct hallows_boot_channel *hallows_boot_channels(void) {
  return (const struct hallows_boot_channel *)(HALLOWS_BOOT_INFO_BASE + HALLOWS_BOOT_CHANNELS_OFFSET);
}
/* value * numerator / denominator, rounded down, exactly; 2^64 - 1 where it doesn't fit. */
uint64_t hallows_scale(uint64_t value, uint64_t numerator, uint64_t denominator);
static inline uint64_t hallows_cycles(uint64_t microseconds) {
  return hallows_scale(microseconds, hallows_boot()->frequency_hz, 1000000);
}
static inline uint64_t hallows_microseconds(uint64_t cycles) {
  return hallows_scale(cycles, 1000000, hallows_boot()->frequency_hz);
}
/* Lets go of the core until then (a wait for no channel). */
static inline void hallows_sleep_until(uint64_t deadline) { hallows_wait(0, deadline); }
/* Index of the calling thread in its partition, told from its stack. */
static inline uint32_t hallows_thread_index(void) {
  return (uint32_t)(((uint64_t)__builtin_frame_address(0) - HALLOWS_STACK_BASE) / HALLOWS_STACK_STRIDE);
}

/*
 * Locks between the threads of this partition, numbered from 0; the SDK has the last four numbers for itself. Taking and
 * giving back a lock that nobody else wants is no system call. Who finds it taken waits for its holder, who has the
 * waiter's priority meanwhile, if that is larger. Not recursive.
 *
 *   static struct hallows_lock lock = HALLOWS_LOCK(0);
 */
struct hallows_lock {
  uint32_t number;
  volatile uint32_t word;
};
#define HALLOWS_LOCK(number) {number, 0}
void hallows_take(struct hallows_lock *lock);
void hallows_give(struct hallows_lock *lock);

/* Put before a function that the description names as the `entry` of a thread: keeps it, and its name, in the program. */
#ifdef __cplusplus
#define HALLOWS_THREAD extern "C" __attribute__((used, visibility("default"), section(".text.hallows_thread")))
#else
#define HALLOWS_THREAD __attribute__((used, visibility("default"), section(".text.hallows_thread")))
#endif

/* ---- rings ---------------------------------------------------------------------------------------------------------- */
/*
 * One end of a queue channel. Everything in here is this partition's own copy: the peer can write none of it.
 *
 *   producer   slot = hallows_reserve(&channel);         consumer   slot = hallows_peek(&channel, &length);
 *              if (slot != NULL) {                                  if (slot != NULL) {
 *                ... write up to slot_bytes in place ...              ... read length bytes in place ...
 *                hallows_commit(&channel, length);                    hallows_release(&channel);
 *              }                                                    }
 *              hallows_publish(&channel);                           hallows_publish(&channel);
 *
 * Any number of commits, or releases, may go before one publish; that is the batch, and costs one doorbell at most.
 *
 * Trust. The peer may write anything, at any time, to what it can write. So: every index read from it is checked
 * against the capacity (`opposite` only ever takes a checked value); a length is fetched once and the copy is checked;
 * our own indices are never read back. What can't be is reported as a ring violation, after which the channel is
 * broken: reserve and peek return NULL, send and receive return HALLOWS_BROKEN. The *contents* of a slot under peek
 * may change while they are read (an honest peer doesn't do that): copy them before checking them.
 *
 * The two full fences (hallows_fence), which the event index needs on x86, where a load may overtake an earlier store:
 *   1. in hallows_publish, between storing our index and reading the peer's event index;
 *   2. in hallows_arm, between storing our event index and looking at the peer's index again.
 * Without either, both sides can read the old value of what the other has just stored: one sleeps, the other believes
 * that it is awake, and the wake-up is lost.
 */
struct hallows_channel {
  uint32_t end; /* number of this end, as system calls and masks know it */
  bool is_producer;
  bool broken;
  uint32_t slots;
  uint32_t slot_bytes;
  uint32_t slot_stride;
  uint32_t full_policy;
  uint32_t local;     /* our index, with what isn't published yet */
  uint32_t published; /* our index as the peer knows it */
  uint32_t opposite;  /* the peer's index when we last looked, checked */
  uint32_t doorbells; /* rung by us: what is not suppressed */
  volatile uint32_t *own_index;
  const volatile uint32_t *peer_index;
  volatile uint32_t *own_event;
  const volatile uint32_t *peer_event;
  volatile uint32_t *lengths;
  uint8_t *data;
};

/* What send and receive return besides a status of the kernel. */
#define HALLOWS_BROKEN 100u    /* the ring was violated, or is quarantined */
#define HALLOWS_TOO_LONG 101u  /* the message is longer than a slot, or than the buffer */
#define HALLOWS_NO_CHANNEL 102u

/* Finds a channel of this partition by name. HALLOWS_NO_ERROR or HALLOWS_NO_CHANNEL, which also breaks the channel. */
uint32_t hallows_open(struct hallows_channel *channel, const char *name);

static inline void hallows_fence(void) { __asm__ volatile("lock orl $0, (%%rsp)" ::: "memory", "cc"); }
/* For loops that poll. */
static inline void hallows_pause(void) { __asm__ volatile("pause" ::: "memory"); }

/* Reports the peer, once. */
void hallows_violation(struct hallows_channel *channel, uint64_t value);

/* Reads the peer's index and checks it. How many slots are free (producer) or filled (consumer). */
static inline uint32_t hallows_refresh(struct hallows_channel *channel) {
  /* Acquire: slot contents are read after the index that announces them. Every load is one on x86. */
  uint32_t opposite = __atomic_load_n(channel->peer_index, __ATOMIC_ACQUIRE);
  uint32_t filled = channel->is_producer ? channel->local - opposite : opposite - channel->local;
  /* Subtraction modulo 2^32, so this also catches a consumer that is ahead of us, and an index that ran backwards
     past what we have; a producer's index that ran backwards within the window looks like fewer messages, and an honest
     end never does it. */
  if (filled > channel->slots) {
    hallows_violation(channel, opposite);
    return 0;
  }
  channel->opposite = opposite;
  return channel->is_producer ? channel->slots - filled : filled;
}

/* The next free slot, or NULL when the ring is full or broken. The peer's index is read only when the copy says full. */
static inline void *hallows_reserve(struct hallows_channel *channel) {
  if (channel->broken) return NULL;
  if (channel->local - channel->opposite >= channel->slots && hallows_refresh(channel) == 0) return NULL;
  return channel->data + (size_t)(channel->local & (channel->slots - 1)) * channel->slot_stride;
}

/* Takes the reserved slot into the batch. */
static inline void hallows_commit(struct hallows_channel *channel, uint32_t length) {
  channel->lengths[channel->local & (channel->slots - 1)] = length;
  channel->local++;
}

/* The oldest message, or NULL when the ring is empty or broken. */
static inline const void *hallows_peek(struct hallows_channel *channel, uint32_t *length) {
  if (channel->broken) return NULL;
  if (channel->local == channel->opposite && hallows_refresh(channel) == 0) return NULL;
  uint32_t slot = channel->local & (channel->slots - 1);
  uint32_t copy = channel->lengths[slot]; /* volatile: fetched once, and the copy is what counts from here on */
  if (copy > channel->slot_bytes) {
    hallows_violation(channel, copy);
    return NULL;
  }
  *length = copy;
  return channel->data + (size_t)slot * channel->slot_stride;
}

/* Takes the peeked slot into the batch of those that the producer may have back. */
static inline void hallows_release(struct hallows_channel *channel) { channel->local++; }

/* Shows the batch to the peer. True when the peer has asked for a doorbell at this point. */
static inline bool hallows_publish_quietly(struct hallows_channel *channel) {
  uint32_t old_index = channel->published;
  uint32_t new_index = channel->local;
  if (channel->broken || new_index == old_index) return false;
  channel->published = new_index;
  /* Release: contents and lengths are written before the index. Every store is one on x86. */
  __atomic_store_n(channel->own_index, new_index, __ATOMIC_RELEASE);
  hallows_fence(); /* 1 */
  return (uint32_t)(new_index - *channel->peer_event - 1) < (uint32_t)(new_index - old_index);
}

/* Shows the batch to the peer, and rings its doorbell if it has asked for that. */
static inline void hallows_publish(struct hallows_channel *channel) {
  if (!hallows_publish_quietly(channel)) return;
  channel->doorbells++;
  if (hallows_notify(channel->end) == HALLOWS_NOT_AVAILABLE) channel->broken = true;
}

/*
 * To be called before sleeping: asks the peer for a doorbell at its next message (or freed slot). Returns true when
 * there is one already, or the channel is broken: then don't sleep.
 */
static inline bool hallows_arm(struct hallows_channel *channel) {
  if (channel->broken) return true;
  *channel->own_event = channel->opposite;
  hallows_fence(); /* 2 */
  return hallows_refresh(channel) != 0 || channel->broken;
}

static inline uint32_t hallows_mask(const struct hallows_channel *channel) { return 1u << channel->end; }

/*
 * Waits until one of the channels has a message (or a free slot, where we are the producer) or is broken, or until the
 * deadline. HALLOWS_NO_ERROR or HALLOWS_TIMED_OUT.
 */
uint32_t hallows_wait_any(struct hallows_channel *const channels[], uint32_t count, uint64_t deadline);
/* Sends a copy, and publishes. A full ring blocks until the deadline, or refuses (HALLOWS_NOT_AVAILABLE), as its policy says. */
uint32_t hallows_send(struct hallows_channel *channel, const void *message, uint32_t length, uint64_t deadline);
/* Receives a copy, and publishes the release. *length is set. A message longer than the buffer is thrown away: HALLOWS_TOO_LONG. */
uint32_t hallows_receive(struct hallows_channel *channel, void *buffer, uint32_t capacity, uint32_t *length,
                         uint64_t deadline);

#ifdef __cplusplus
}
#endif
#endif
