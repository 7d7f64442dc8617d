/*
 * The binary interface between Hallows and its guests. Generated from src/abi by tools/gen-abi.mjs: do not edit.
 * docs/abi.md has the same in words.
 */
#ifndef HALLOWS_ABI_H
#define HALLOWS_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define HALLOWS_STATIC_ASSERT(condition) static_assert(condition, "layout")
#else
#define HALLOWS_STATIC_ASSERT(condition) _Static_assert(condition, "layout")
#endif

#define HALLOWS_ABI_VERSION 1u
#define HALLOWS_BOOT_INFO_MAGIC 0x53574f4c4c4148ull
#define HALLOWS_RING_MAGIC 0x474e4952u

/* Address space of a partition. */
#define HALLOWS_PROGRAM_BASE 0x400000ull /* Position-independent programs are loaded here. */
#define HALLOWS_PROGRAM_LIMIT 0x600000000000ull /* Programs end below. */
#define HALLOWS_HEAP_BASE 0x600000000000ull /* The memory that the program and its stacks leave. */
#define HALLOWS_BOOT_INFO_BASE 0x700000000000ull /* The boot-information page, read-only. */
#define HALLOWS_CHANNEL_BASE 0x710000000000ull /* Channels, in the order of the boot-information page. */
#define HALLOWS_CHANNEL_STRIDE 0x1000000ull /* From channel to channel. */
#define HALLOWS_STACK_BASE 0x7f0000000000ull /* The stack of thread i ends (exclusively) at STACK_BASE + (i + 1) * STACK_STRIDE - 4096. */
#define HALLOWS_STACK_STRIDE 0x1000000ull /* From stack to stack; an unmapped guard page lies on both sides of each. */

/* Limits. */
#define HALLOWS_MAX_PARTITIONS 32u /* Partitions of a system. */
#define HALLOWS_MAX_THREADS 16u /* Threads of a partition. */
#define HALLOWS_MAX_CHANNEL_ENDS 32u /* Channel ends of a partition, the console included: the bits of a mask. */
#define HALLOWS_MAX_NAME_BYTES 31u /* Bytes of a name, without its closing zero. */
#define HALLOWS_MAX_RING_SLOTS 4096u /* Slots of a ring. */
#define HALLOWS_MAX_SLOT_BYTES 65536u /* Bytes of a message. */
#define HALLOWS_MAX_LOCKS 32u /* Locks of a partition, which `lock` and `unlock` number from 0. */

/* A ring, from its start. */
#define HALLOWS_RING_CONFIG_OFFSET 0u /* Configuration: read-only to both ends. */
#define HALLOWS_RING_PRODUCER_OFFSET 4096u /* Producer page: writable by the producer alone. */
#define HALLOWS_RING_CONSUMER_OFFSET 8192u /* Consumer page: writable by the consumer alone. */
#define HALLOWS_RING_DATA_OFFSET 12288u /* Data: u32 lengths[slots], then the slots; writable by the producer, read-only to the consumer. */
#define HALLOWS_RING_SLOT_ALIGNMENT 64u /* Slots begin at a multiple of this. */
#define HALLOWS_CONSOLE_SLOTS 64u /* Slots of a console. */
#define HALLOWS_CONSOLE_SLOT_BYTES 256u /* Bytes of a console's slot. */
#define HALLOWS_BOOT_CHANNELS_OFFSET 0x100u /* In the boot-information page. */

/* System calls: the number, in RAX. */
#define HALLOWS_CALL_EXIT 0u
#define HALLOWS_CALL_YIELD 1u
#define HALLOWS_CALL_WAIT 2u
#define HALLOWS_CALL_NOTIFY 3u
#define HALLOWS_CALL_HANDOFF 4u
#define HALLOWS_CALL_PERIODIC_WAIT 5u
#define HALLOWS_CALL_MODE 6u
#define HALLOWS_CALL_REPORT 7u
#define HALLOWS_CALL_LOCK 8u
#define HALLOWS_CALL_UNLOCK 9u

/* Statuses, in RAX afterwards. */
#define HALLOWS_NO_ERROR 0u /* The call did what it says. */
#define HALLOWS_NO_ACTION 1u /* What was asked for is so already. */
#define HALLOWS_NOT_AVAILABLE 2u /* The channel is quarantined. */
#define HALLOWS_INVALID_PARAM 3u /* No such call, or an argument that it can't take. */
#define HALLOWS_INVALID_CONFIG 4u /* Reserved: no call returns it. */
#define HALLOWS_INVALID_MODE 5u /* The thread or its partition is in no state that allows it. */
#define HALLOWS_TIMED_OUT 6u /* The deadline has passed. */

/* Scope of exit. */
#define HALLOWS_EXIT_PARTITION 0u /* The partition ends. */
#define HALLOWS_EXIT_THREAD 1u /* The calling thread ends; with the last one, the partition. */

/* First argument of mode. */
#define HALLOWS_MODE_GET 0u /* Reads the partition's mode. */
#define HALLOWS_MODE_SET 1u /* Sets it to the second argument. */

/* Modes of a partition. */
#define HALLOWS_PARTITION_MODE_IDLE 0u /* Stopped. */
#define HALLOWS_PARTITION_MODE_COLD_START 1u /* Starting: for the first time, after a fault, or because it asked to. */
#define HALLOWS_PARTITION_MODE_WARM_START 2u /* Starting again, because it asked to. */
#define HALLOWS_PARTITION_MODE_NORMAL 3u /* The start is over. */

/* First argument of report. */
#define HALLOWS_REPORT_NOTE 0u /* A number worth tracing. */
#define HALLOWS_REPORT_APPLICATION_ERROR 1u /* The program found an error in itself: handled by the restart policy as a fault is. */
#define HALLOWS_REPORT_RING_VIOLATION 2u /* An index or length that can't be, in the channel end given as code. The channel is quarantined. */
#define HALLOWS_REPORT_DUMP 3u /* Asks for a dump of the partition; nothing else changes. */

/* What happens when a ring is full. */
#define HALLOWS_FULL_BLOCK 0u /* The producer waits for space. */
#define HALLOWS_FULL_REFUSE 1u /* The producer is told so, and goes on. */

/* A deadline that never comes. */
#define HALLOWS_NO_DEADLINE 0xffffffffffffffffull

/* One read-only page; its address is in RDI when a thread starts (RSI: thread index, RDX: entry function or 0 for main). */
struct hallows_boot_info {
  uint64_t magic; /* BOOT_INFO_MAGIC */
  uint32_t abi_version; /* ABI_VERSION */
  uint32_t partition; /* index of the partition */
  uint32_t generation; /* 1 at the first start, one more at each restart */
  uint32_t thread_count; /* threads of this partition */
  uint32_t channel_count; /* entries of `channels`; entry 0 is the console */
  uint32_t core; /* core on which the partition runs */
  uint64_t frequency_hz; /* TSC cycles a second */
  uint64_t heap_base; /* address of the heap */
  uint64_t heap_bytes; /* size of the heap */
  uint64_t seed; /* this partition's own random seed, from the system's */
  char name[32]; /* the partition's name, zero-terminated */
  uint32_t start_condition; /* 0 normal start, 1 restarted by itself, 3 restarted by health monitoring */
  uint8_t reserved_64[3996];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, magic) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, abi_version) == 0x08);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, partition) == 0x0c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, generation) == 0x10);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, thread_count) == 0x14);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, channel_count) == 0x18);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, core) == 0x1c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, frequency_hz) == 0x20);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, heap_base) == 0x28);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, heap_bytes) == 0x30);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, seed) == 0x38);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, name) == 0x40);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, start_condition) == 0x60);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_boot_info) == 4096);

/* One end of a channel. */
struct hallows_boot_channel {
  char name[32]; /* the channel's name, zero-terminated */
  uint64_t address; /* address of its pages */
  uint32_t is_producer; /* 1 for the producing end */
  uint32_t slots; /* number of slots, a power of two */
  uint32_t slot_bytes; /* largest message */
  uint32_t full_policy; /* FullPolicy */
  uint8_t reserved_38[8];
  char peer[32]; /* name of the partition at the other end */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, name) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, address) == 0x20);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, is_producer) == 0x28);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, slots) == 0x2c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, slot_bytes) == 0x30);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, full_policy) == 0x34);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, peer) == 0x40);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_boot_channel) == 96);

/* What both ends were promised at boot; never changes. */
struct hallows_ring_config {
  uint32_t magic; /* RING_MAGIC */
  uint32_t abi_version; /* ABI_VERSION */
  uint32_t slots; /* a power of two, 2 to 4096 */
  uint32_t slot_bytes; /* largest message */
  uint32_t slot_stride; /* bytes from slot to slot, a multiple of 64 */
  uint32_t slots_offset; /* from the ring's start to slot 0 */
  uint32_t full_policy; /* FullPolicy */
  uint8_t reserved_1c[36];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_config, magic) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_config, abi_version) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_config, slots) == 0x08);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_config, slot_bytes) == 0x0c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_config, slot_stride) == 0x10);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_config, slots_offset) == 0x14);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_config, full_policy) == 0x18);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_ring_config) == 64);

/* Written by the producer alone. */
struct hallows_ring_producer {
  uint32_t tail; /* messages published so far */
  uint8_t reserved_04[60];
  uint32_t space_event; /* ring me when head passes this */
  uint8_t reserved_44[60];
  uint32_t refused; /* messages given up because the ring was full */
  uint8_t reserved_84[60];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_producer, tail) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_producer, space_event) == 0x40);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_producer, refused) == 0x80);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_ring_producer) == 192);

/* Written by the consumer alone. */
struct hallows_ring_consumer {
  uint32_t head; /* messages released so far */
  uint8_t reserved_04[60];
  uint32_t item_event; /* ring me when tail passes this */
  uint8_t reserved_44[124];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_consumer, head) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_ring_consumer, item_event) == 0x40);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_ring_consumer) == 192);

#endif
