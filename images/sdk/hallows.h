/*
 * hallows.h: what a partition of Hallows is written against.
 *
 * A program is its own sources plus hallows.c, hallows_float.c and hallows_math.c, linked with hallows.ld: `hallows cc`
 * knows the command (docs/guest-programs.md). The headers of C lie in include/, so plain C programs compile unchanged.
 * C11 or C++; no thread-local variables.
 *
 * In this file and the headers of channels: what is worth inlining (system calls, time, rings). In hallows.c and
 * source/: start-up and the C library. Numbers and layouts come from hallows_abi.h, which is generated.
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

struct hallows_channel;
/* The channel from the console, for hallows_wait_any; NULL where the description connects none. */
struct hallows_channel *hallows_console_input(void);
/*
 * Reads what has been typed, up to `capacity` bytes, as getchar, fgets and so on do; waits until there is some. Length
 * 0 and HALLOWS_NO_ERROR: nothing more will come. HALLOWS_NO_CHANNEL, HALLOWS_BROKEN, or what hallows_wait returns.
 */
uint32_t hallows_console_read(void *buffer, uint32_t capacity, uint32_t *length, uint64_t deadline);

/* ---- system calls ------------------------------------------------------------------------------------------------ */

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

/* With a fourth argument. */
static inline struct hallows_result hallows_call4(uint64_t number, uint64_t argument1, uint64_t argument2,
                                                  uint64_t argument3, uint64_t argument4) {
  struct hallows_result result;
  register uint64_t fourth __asm__("r10") = argument4;
  __asm__ volatile("syscall"
                   : "=a"(result.status), "=d"(result.value)
                   : "0"(number), "D"(argument1), "S"(argument2), "1"(argument3), "r"(fourth)
                   : "rcx", "r11", "memory");
  return result;
}

HALLOWS_NORETURN static inline void hallows_exit_thread(int code) {
  hallows_call(HALLOWS_CALL_EXIT, (uint64_t)(int64_t)code, HALLOWS_EXIT_THREAD, 0);
  for (;;) __asm__ volatile("ud2"); /* not reached */
}
static inline void hallows_yield(void) { hallows_call(HALLOWS_CALL_YIELD, 0, 0, 0); }
/* Value: mask of the channel ends that rang. */
static inline struct hallows_result hallows_wait(uint64_t mask, uint64_t deadline) {
  return hallows_call(HALLOWS_CALL_WAIT, mask, deadline, 0);
}
/* Rings the peer at a link of an end; most ends have one, which is link 0. */
static inline uint64_t hallows_notify_link(uint32_t end, uint32_t link) {
  return hallows_call(HALLOWS_CALL_NOTIFY, end, link, 0).status;
}
static inline uint64_t hallows_notify(uint32_t end) { return hallows_notify_link(end, 0); }
static inline struct hallows_result hallows_handoff(uint32_t end, uint64_t mask, uint64_t deadline) {
  return hallows_call4(HALLOWS_CALL_HANDOFF, end, mask, deadline, 0);
}
/* Value: number of whole periods since the thread started. */
static inline struct hallows_result hallows_periodic_wait(void) {
  return hallows_call(HALLOWS_CALL_PERIODIC_WAIT, 0, 0, 0);
}
static inline struct hallows_result hallows_mode(uint32_t operation, uint32_t mode) {
  return hallows_call(HALLOWS_CALL_MODE, operation, mode, 0);
}
static inline uint64_t hallows_report(uint32_t kind, uint64_t code, uint64_t value) {
  return hallows_call4(HALLOWS_CALL_REPORT, kind, code, value, 0).status;
}
/* The peer at a link did what can't be; `value` is what was seen, for the trace. */
static inline uint64_t hallows_report_link(uint32_t end, uint32_t link, uint64_t value) {
  return hallows_call4(HALLOWS_CALL_REPORT, HALLOWS_REPORT_RING_VIOLATION, end, value, link).status;
}

/* ---- time and boot information ----------------------------------------------------------------------------------- */

/* TSC cycles since boot, the same on every core. */
static inline uint64_t hallows_now(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
}

static inline const struct hallows_boot_info *hallows_boot(void) {
  return (const struct hallows_boot_info *)HALLOWS_BOOT_INFO_BASE;
}
/* Entry of a channel end, and of a link. */
static inline const struct hallows_boot_channel *hallows_boot_channel(uint32_t end) {
  const struct hallows_boot_info *boot = hallows_boot();
  return (const struct hallows_boot_channel *)((uint64_t)boot + boot->channels_offset +
                                               (uint64_t)end * boot->channel_bytes);
}
static inline const struct hallows_boot_link *hallows_boot_link(uint32_t link) {
  const struct hallows_boot_info *boot = hallows_boot();
  return (const struct hallows_boot_link *)((uint64_t)boot + boot->links_offset + (uint64_t)link * boot->link_bytes);
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
 * Locks between the threads of this partition, numbered from 0; the SDK has the last four numbers for itself. Taking
 * and giving back a lock that nobody else wants is no system call. Who finds it taken waits for its holder, who has the
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

/*
 * Put before a function that the description names as the `entry` of a thread: keeps it, and its name, in the program.
 */
#ifdef __cplusplus
#define HALLOWS_THREAD extern "C" __attribute__((used, visibility("default"), section(".text.hallows_thread")))
#else
#define HALLOWS_THREAD __attribute__((used, visibility("default"), section(".text.hallows_thread")))
#endif

/* ---- channels: one header a kind --------------------------------------------------------------------------------- */

#include "hallows_channel.h"
#include "hallows_queue.h"
#include "hallows_broadcast.h"
#include "hallows_sampling.h"
#include "hallows_call.h"
#include "hallows_bytes.h"
#include "hallows_entropy.h"
#include "hallows_clock.h"
#include "hallows_store.h"
#include "hallows_net.h"
#include "hallows_display.h"
#include "hallows_input.h"
#include "hallows_pool.h"

#ifdef __cplusplus
}
#endif
#endif
