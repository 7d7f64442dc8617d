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

#define HALLOWS_ABI_VERSION 2u
#define HALLOWS_BOOT_INFO_MAGIC 0x53574f4c4c4148ull
#define HALLOWS_ABI_NOTE_NAME "Hallows"
#define HALLOWS_ABI_NOTE_TYPE 1u

/* Address space of a partition. */
#define HALLOWS_PROGRAM_BASE 0x400000ull /* Position-independent programs are loaded here. */
#define HALLOWS_PROGRAM_LIMIT 0x600000000000ull /* Programs end below. */
#define HALLOWS_HEAP_BASE 0x600000000000ull /* The memory that the program and its stacks leave. */
#define HALLOWS_BOOT_INFO_BASE 0x700000000000ull /* The boot information, read-only. */
#define HALLOWS_CHANNEL_BASE 0x710000000000ull /* Channels, where the boot information says. */
#define HALLOWS_POOL_BASE 0x720000000000ull /* Pools: pool i of the system is at POOL_BASE + i * POOL_STRIDE. */
#define HALLOWS_POOL_STRIDE 0x80000000ull /* From pool to pool; a pool has at most half of it. */
#define HALLOWS_STACK_BASE 0x7f0000000000ull /* The stack of thread i ends (exclusively) at STACK_BASE + (i + 1) * STACK_STRIDE - 4096. */
#define HALLOWS_STACK_STRIDE 0x1000000ull /* From stack to stack; an unmapped guard page lies on both sides of each. */

/* Limits. */
#define HALLOWS_MAX_PARTITIONS 32u /* Partitions of a system. */
#define HALLOWS_MAX_THREADS 16u /* Threads of a partition. */
#define HALLOWS_MAX_CHANNEL_ENDS 63u /* Channel ends of a partition, the console included: bits 0 to 62 of a mask. */
#define HALLOWS_MAX_NAME_BYTES 31u /* Bytes of a name, without its closing zero. */
#define HALLOWS_MAX_RING_SLOTS 4096u /* Slots of a ring. */
#define HALLOWS_MAX_LINKS 31u /* Peers of a channel end. */
#define HALLOWS_MAX_SIDE_BYTES 16777216u /* Bytes that an end of a channel writes. */
#define HALLOWS_MAX_SLOT_BYTES 65536u /* Bytes of a slot. */
#define HALLOWS_MAX_POOLS 16u /* Pools of a system. */
#define HALLOWS_MAX_POOL_BYTES 1073741824u /* Bytes of a pool. */
#define HALLOWS_MAX_POOL_BLOCKS 16384u /* Blocks of a pool. */
#define HALLOWS_MAX_BLOCK_BYTES 2097152u /* Bytes of a block of a pool. */
#define HALLOWS_MAX_LOCKS 32u /* Locks of a partition, which `lock` and `unlock` number from 0. */

/* A side of a channel, from its start. */
#define HALLOWS_SIDE_DESCRIPTORS_OFFSET 256u /* From a side's start to its descriptors. */
#define HALLOWS_SIDE_ALIGNMENT 64u /* Sides and slots begin at multiples of this: a cache line. */
#define HALLOWS_RECORD_ALIGNMENT 8u /* Records begin at multiples of this. */
#define HALLOWS_RECORD_PARTS 4u /* A record has at most this part of its ring: a quarter. */
#define HALLOWS_RECORD_SKIP 536870912u /* Flag: no message; the next record is at the ring's start. */
#define HALLOWS_RECORD_CONTINUES 1073741824u /* Flag: what began in an earlier record goes on here. */
#define HALLOWS_RECORD_MORE 2147483648u /* Flag: the message goes on in the next record. */
#define HALLOWS_CONSOLE_SLOTS 64u /* Slots of a console. */
#define HALLOWS_CONSOLE_SLOT_BYTES 256u /* Bytes of a console's slot. */
#define HALLOWS_NET_INDEX_BITS 16u /* Low bits of a connection's number: which of the device's connections it is. */

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
#define HALLOWS_CALL_POOL_GIVE 10u
#define HALLOWS_CALL_POOL_TAKE 11u
#define HALLOWS_CALL_POOL_SEAL 12u
#define HALLOWS_CALL_POOL_RELEASE 13u

/* Statuses, in RAX afterwards. */
#define HALLOWS_NO_ERROR 0u /* The call did what it says. */
#define HALLOWS_NO_ACTION 1u /* What was asked for is so already. */
#define HALLOWS_NOT_AVAILABLE 2u /* The channel is quarantined, a holder of a lock has ended, or a block of a pool is another's. */
#define HALLOWS_INVALID_PARAM 3u /* No such call, or an argument that it can't take. */
#define HALLOWS_INVALID_CONFIG 4u /* Reserved: no call returns it. */
#define HALLOWS_INVALID_MODE 5u /* The thread or its partition is in no state that allows it. */
#define HALLOWS_TIMED_OUT 6u /* The deadline has passed. */

/* Codes of keys, and bits of what was held. */
#define HALLOWS_KEY_BACKSPACE 8u /* Backspace. */
#define HALLOWS_KEY_TAB 9u /* Tab. */
#define HALLOWS_KEY_ENTER 10u /* Enter. */
#define HALLOWS_KEY_ESCAPE 27u /* Escape. */
#define HALLOWS_KEY_UP 1114113u /* The arrow up. */
#define HALLOWS_KEY_DOWN 1114114u /* The arrow down. */
#define HALLOWS_KEY_LEFT 1114115u /* The arrow to the left. */
#define HALLOWS_KEY_RIGHT 1114116u /* The arrow to the right. */
#define HALLOWS_KEY_HOME 1114117u /* Home. */
#define HALLOWS_KEY_END 1114118u /* End. */
#define HALLOWS_KEY_PAGE_UP 1114119u /* Page up. */
#define HALLOWS_KEY_PAGE_DOWN 1114120u /* Page down. */
#define HALLOWS_KEY_INSERT 1114121u /* Insert. */
#define HALLOWS_KEY_DELETE 1114122u /* Delete. */
#define HALLOWS_KEY_F1 1114129u /* F1; those up to F12 follow. */
#define HALLOWS_MODIFIER_SHIFT 1u /* Bit of modifiers: Shift. Not with a character, which is the shifted one. */
#define HALLOWS_MODIFIER_CONTROL 2u /* Bit of modifiers: Control. */
#define HALLOWS_MODIFIER_ALT 4u /* Bit of modifiers: Alt. */
#define HALLOWS_BUTTON_LEFT 1u /* Bit of buttons: the left one. */
#define HALLOWS_BUTTON_MIDDLE 2u /* Bit of buttons: the middle one. */
#define HALLOWS_BUTTON_RIGHT 4u /* Bit of buttons: the right one. */

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
#define HALLOWS_REPORT_RING_VIOLATION 2u /* A counter or length that can't be, in the channel end and link given as code and link. The link is quarantined. */
#define HALLOWS_REPORT_DUMP 3u /* Asks for a dump of the partition; nothing else changes. */

/* Kinds of channels. */
#define HALLOWS_KIND_QUEUE 1u /* Messages, each once and in order, from one producer or many to one consumer. */
#define HALLOWS_KIND_BROADCAST 2u /* Messages, each once and in order, from one producer to each of many consumers. */
#define HALLOWS_KIND_SAMPLING 3u /* The last value and its age, from one producer to any number of consumers. Nobody waits for anybody. */
#define HALLOWS_KIND_BYTES 4u /* Messages of any length, each once and in order, from one producer or many to one consumer. */
#define HALLOWS_KIND_CALL 5u /* Requests from one caller or many, and a reply to each. */

/* What happens when a ring is full. */
#define HALLOWS_FULL_BLOCK 0u /* The producer waits for space. */
#define HALLOWS_FULL_REFUSE 1u /* The producer is told so, and goes on. */
#define HALLOWS_FULL_DROP_OLDEST 2u /* The oldest message is overwritten, read or not. */
#define HALLOWS_FULL_DROP_NEWEST 3u /* The message is thrown away and counted. */

/* Operations of a store. */
#define HALLOWS_STORE_DESCRIBE 0u /* Nothing but the reply, which says how large the store is. */
#define HALLOWS_STORE_READ 1u /* Sectors, which follow the reply. */
#define HALLOWS_STORE_WRITE 2u /* Sectors, which follow the request. Until a flush they may be lost, in any order, when the power goes. */
#define HALLOWS_STORE_FLUSH 3u /* All that was written before is on the disk when the reply is there. Its sector and count are 0. */
#define HALLOWS_STORE_DISCARD 4u /* Sectors that are zero from then on: a write of zeros that brings none. */

/* Statuses of a store. */
#define HALLOWS_STORE_DONE 0u /* What was asked for. */
#define HALLOWS_STORE_INVALID 111u /* No such operation, or a length that is not what it needs. Nothing was done. */
#define HALLOWS_STORE_OUT_OF_BOUNDS 112u /* A sector beyond the end. Nothing was done. */
#define HALLOWS_STORE_READ_ONLY 113u /* Nothing can be written here. */
#define HALLOWS_STORE_FULL 114u /* The host has no room for it. Nothing was written. */
#define HALLOWS_STORE_FAILED 115u /* The host reports an error. Nothing was written, or it may be lost. */

/* Frames of a device of kind net. */
#define HALLOWS_NET_ACCEPTED 1u /* From the device: a client has connected. Data: its address as text. Value: the window, bytes that may be under way each way before the other side grants more. Extra: how many connections there can be. */
#define HALLOWS_NET_CONNECTED 2u /* From the device: what `connect` asked for is there. As `accepted`, but data is the word of `connect`, 4 bytes. */
#define HALLOWS_NET_FAILED 3u /* From the device: what `connect` asked for can't be. Value: the reason. Extra: the word of `connect`. */
#define HALLOWS_NET_DATA 4u /* Both ways: bytes of the stream, within what the other side has granted. */
#define HALLOWS_NET_END 5u /* Both ways: no more data comes in this direction; the other goes on. */
#define HALLOWS_NET_RESET 6u /* Both ways: the connection is gone at once, with all that was under way. Value, from the device: the reason. */
#define HALLOWS_NET_WINDOW 7u /* Both ways: value bytes were taken, and as many more may come. */
#define HALLOWS_NET_CLOSED 8u /* From the device: both directions have ended, and the host has passed on everything. The number is free. */
#define HALLOWS_NET_CONNECT 9u /* To the device: asks for a connection to the address in data, such as "127.0.0.1:5432". Value: a word of your own. */

/* Why a connection of a device of kind net is gone or was not made. */
#define HALLOWS_NET_REASON_BY_PEER 1u /* The peer has reset the connection, or is gone. */
#define HALLOWS_NET_REASON_TIMED_OUT 2u /* The peer has not answered for too long. */
#define HALLOWS_NET_REASON_REFUSED 3u /* Nobody listens there. */
#define HALLOWS_NET_REASON_NOT_ALLOWED 4u /* The command line does not allow this address. */
#define HALLOWS_NET_REASON_UNREACHABLE 5u /* There is no such address, or no way to it. */
#define HALLOWS_NET_REASON_FULL 6u /* There are as many connections as there can be. */

/* Operations of a display. */
#define HALLOWS_DISPLAY_DESCRIBE 0u /* Nothing but the reply, at once. */
#define HALLOWS_DISPLAY_DRAW 1u /* Rows of the next frame, which follow the request: 4 bytes a pixel, blue, green, red, 0. No reply. */
#define HALLOWS_DISPLAY_FLIP 2u /* The next frame is shown from the next vsync on; the reply comes then. */
#define HALLOWS_DISPLAY_WAIT 3u /* Nothing but the reply, at the next vsync. */

/* Statuses of a display. */
#define HALLOWS_DISPLAY_DONE 0u /* What was asked for. */
#define HALLOWS_DISPLAY_INVALID 121u /* No such operation, or rows that are not there, or not as many pixels as they have. Nothing was done. */

/* Kinds of input events. */
#define HALLOWS_INPUT_KEY 1u /* A key was pressed: its code. Terminals say nothing of keys that are let go. */
#define HALLOWS_INPUT_POINTER 2u /* The mouse was moved, or a button of it pressed or let go. */
#define HALLOWS_INPUT_WHEEL 3u /* The wheel was turned, up with code 0 or down with code 1. */

/* Modes of pools. */
#define HALLOWS_POOL_SHARE 1u /* The owner writes, and all members read at any time. No call is needed. */
#define HALLOWS_POOL_MOVE 2u /* A block is one member's at a time, to read and write, and who gives it away has it no longer. */
#define HALLOWS_POOL_COPY 3u /* The kernel copies a block of the owner's into memory of the member that it is given to. */
#define HALLOWS_POOL_SEAL 4u /* The owner writes a block, and seals it: then nobody can, and members read it until they let go. */

/* A deadline that never comes. */
#define HALLOWS_NO_DEADLINE 0xffffffffffffffffull
/* In a mask: a doorbell wakes the most urgent of those who wait so. In place of a link: the end itself. */
#define HALLOWS_WAIT_BY_PRIORITY 0x8000000000000000ull
#define HALLOWS_OWN_END 4294967295u

/* The header; its address is in RDI when a thread starts (RSI: thread index, RDX: entry function or 0 for main). */
struct hallows_boot_info {
  uint64_t magic; /* BOOT_INFO_MAGIC */
  uint32_t abi_version; /* ABI_VERSION */
  uint32_t partition; /* index of the partition */
  uint32_t generation; /* 1 at the first start, one more at each restart */
  uint32_t thread_count; /* threads of this partition */
  uint32_t channel_count; /* channel ends of this partition; end 0 is the console */
  uint32_t core; /* core on which the partition runs */
  uint64_t frequency_hz; /* TSC cycles a second */
  uint64_t heap_base; /* address of the heap */
  uint64_t heap_bytes; /* size of the heap */
  uint64_t seed; /* this partition's own random seed, from the system's */
  char name[32]; /* the partition's name, zero-terminated */
  uint32_t start_condition; /* 0 normal start, 1 restarted by itself, 3 restarted by health monitoring */
  uint32_t link_count; /* links of all channel ends */
  uint32_t channels_offset; /* from the header to the first boot_channel */
  uint32_t channel_bytes; /* from one boot_channel to the next */
  uint32_t links_offset; /* from the header to the first boot_link */
  uint32_t link_bytes; /* from one boot_link to the next */
  uint32_t pool_count; /* pools that the partition is a member of */
  uint32_t pools_offset; /* from the header to the first boot_pool; 0 without pools */
  uint32_t pool_bytes; /* from one boot_pool to the next */
  uint32_t members_offset; /* from the header to the first boot_member */
  uint32_t member_bytes; /* from one boot_member to the next */
  uint8_t reserved_8c[116];
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
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, link_count) == 0x64);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, channels_offset) == 0x68);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, channel_bytes) == 0x6c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, links_offset) == 0x70);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, link_bytes) == 0x74);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, pool_count) == 0x78);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, pools_offset) == 0x7c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, pool_bytes) == 0x80);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, members_offset) == 0x84);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_info, member_bytes) == 0x88);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_boot_info) == 256);

/* An end of a channel. Entry i is end i. */
struct hallows_boot_channel {
  char name[32]; /* the channel's name, zero-terminated */
  uint32_t kind; /* HALLOWS_KIND_QUEUE and so on */
  uint32_t is_producer; /* 1 for an end that produces, or calls */
  uint32_t full_policy; /* HALLOWS_FULL_BLOCK and so on */
  uint32_t first_link; /* index of its first boot_link */
  uint32_t link_count; /* its peers: as many links follow one another */
  uint8_t reserved_34[4];
  uint32_t slots; /* of a producer's side: a power of two */
  uint32_t slot_bytes; /* largest message */
  uint32_t slot_stride; /* bytes from slot to slot */
  uint32_t slots_offset; /* from a producer's side to its slot 0 */
  uint32_t reply_slots; /* kind call: as slots, of the answering side */
  uint32_t reply_bytes; /* kind call: largest reply */
  uint32_t reply_stride; /* kind call: as slot_stride */
  uint32_t replies_offset; /* kind call: as slots_offset */
  uint64_t refresh_cycles; /* kind sampling: how long a value is valid; 0 for ever */
  uint8_t reserved_60[32];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, name) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, kind) == 0x20);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, is_producer) == 0x24);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, full_policy) == 0x28);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, first_link) == 0x2c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, link_count) == 0x30);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, slots) == 0x38);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, slot_bytes) == 0x3c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, slot_stride) == 0x40);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, slots_offset) == 0x44);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, reply_slots) == 0x48);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, reply_bytes) == 0x4c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, reply_stride) == 0x50);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, replies_offset) == 0x54);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_channel, refresh_cycles) == 0x58);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_boot_channel) == 128);

/* What joins an end of a channel with one of its peers. */
struct hallows_boot_link {
  uint64_t own; /* address of the side that this end writes; 0 where it writes nothing */
  uint64_t theirs; /* address of the peer's side, read-only; 0 where it writes nothing */
  uint32_t is_quarantined; /* 1 once either has reported a violation: nothing comes */
  uint32_t is_device; /* 1 where the peer is a device */
  uint32_t is_stopped; /* 1 once the peer has stopped for good: nothing new comes */
  uint8_t reserved_1c[4];
  char peer[32]; /* name of the peer */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_link, own) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_link, theirs) == 0x08);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_link, is_quarantined) == 0x10);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_link, is_device) == 0x14);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_link, is_stopped) == 0x18);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_link, peer) == 0x20);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_boot_link) == 64);

/* What one end of a channel writes, and the other only reads. */
struct hallows_channel_side {
  uint32_t tail; /* messages published so far */
  uint32_t claimed; /* messages begun so far: where slots are overwritten */
  uint32_t generation; /* of the partition, since it has opened this end */
  uint8_t reserved_0c[52];
  uint32_t head; /* messages of the peer released so far */
  uint8_t reserved_44[60];
  uint32_t item_event; /* ring me when your tail passes this */
  uint32_t space_event; /* ring me when your head passes this */
  uint8_t reserved_88[56];
  uint32_t refused; /* messages not sent because there was no room */
  uint32_t lost; /* messages of the peer that were overwritten before they were read */
  uint8_t reserved_c8[56];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_channel_side, tail) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_channel_side, claimed) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_channel_side, generation) == 0x08);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_channel_side, head) == 0x40);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_channel_side, item_event) == 0x80);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_channel_side, space_event) == 0x84);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_channel_side, refused) == 0xc0);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_channel_side, lost) == 0xc4);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_channel_side) == 256);

/* Of the message in the slot of the same number. Read in one access of 8 bytes. */
struct hallows_descriptor {
  uint32_t length; /* bytes, at most slot_bytes */
  uint32_t generation; /* of the producer, when it wrote the message */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_descriptor, length) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_descriptor, generation) == 0x04);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_descriptor) == 8);

/* Before the data in each slot of a channel of kind call. A reply has the values of its request. */
struct hallows_call_head {
  uint64_t tag; /* what the caller knows its request by */
  uint32_t generation; /* of the caller, when it made the request */
  uint8_t reserved_0c[4];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_call_head, tag) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_call_head, generation) == 0x08);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_call_head) == 16);

/* Before the data in each slot of a channel of kind sampling. */
struct hallows_sample {
  uint64_t written_at; /* TSC cycle at which it was written */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_sample, written_at) == 0x00);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_sample) == 8);

/* Before the data in each frame of a device of kind net. */
struct hallows_net_head {
  uint32_t connection; /* number of the connection; 0 where there is none yet */
  uint32_t kind; /* what the frame says */
  uint32_t value; /* by kind */
  uint32_t extra; /* by kind; otherwise 0 */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_net_head, connection) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_net_head, kind) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_net_head, value) == 0x08);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_net_head, extra) == 0x0c);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_net_head) == 16);

/* A value of a device of kind clock: the host's date at the sample's cycle. */
struct hallows_clock_value {
  uint64_t nanoseconds; /* since 1 January 1970, UTC, without leap seconds */
  uint32_t offset_seconds; /* local time less UTC, as a signed number */
  uint8_t reserved_0c[4];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_clock_value, nanoseconds) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_clock_value, offset_seconds) == 0x08);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_clock_value) == 16);

/* Before the data of each record of a channel of kind bytes. Read in one access of 8 bytes. */
struct hallows_record {
  uint32_t length; /* bytes of data in bits 0 to 28, and HALLOWS_RECORD_ flags above */
  uint32_t generation; /* of the producer, when it wrote the record */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_record, length) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_record, generation) == 0x04);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_record) == 8);

/* The beginning of each request to a store. What is to be written follows it. */
struct hallows_store_request {
  uint32_t operation; /* STORE_READ and so on */
  uint32_t count; /* sectors */
  uint64_t sector; /* the first of them */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_store_request, operation) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_store_request, count) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_store_request, sector) == 0x08);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_store_request) == 16);

/* The beginning of each reply of a store. What was read follows it. */
struct hallows_store_reply {
  uint32_t status; /* STORE_DONE and so on */
  uint32_t sector_bytes; /* of a sector, of the whole store */
  uint64_t sector_count; /* of the whole store */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_store_reply, status) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_store_reply, sector_bytes) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_store_reply, sector_count) == 0x08);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_store_reply) == 16);

/* The beginning of each request to a display. Pixels follow it. */
struct hallows_display_request {
  uint32_t operation; /* DISPLAY_DRAW and so on */
  uint32_t row; /* the first that is drawn */
  uint32_t rows; /* how many */
  uint8_t reserved_0c[4];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_request, operation) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_request, row) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_request, rows) == 0x08);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_display_request) == 16);

/* A reply of a display. */
struct hallows_display_reply {
  uint32_t status; /* DISPLAY_DONE and so on */
  uint32_t width; /* pixels of a row */
  uint32_t height; /* rows */
  uint32_t refresh; /* vsyncs a second */
  uint64_t vsync; /* number of the last one */
  uint64_t vsync_at; /* TSC cycle of the last one */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_reply, status) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_reply, width) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_reply, height) == 0x08);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_reply, refresh) == 0x0c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_reply, vsync) == 0x10);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_display_reply, vsync_at) == 0x18);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_display_reply) == 32);

/* A message of the device input. */
struct hallows_input_event {
  uint32_t kind; /* INPUT_KEY and so on */
  uint32_t code; /* of a key, or which way the wheel was turned */
  uint32_t x; /* pixels from the left of the display that has the mouse */
  uint32_t y; /* pixels from its top */
  uint32_t buttons; /* of the mouse that are down: BUTTON_LEFT and so on */
  uint32_t modifiers; /* keys that were held: MODIFIER_SHIFT and so on */
  uint64_t entered_at; /* TSC cycle at which it came into the system */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_input_event, kind) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_input_event, code) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_input_event, x) == 0x08);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_input_event, y) == 0x0c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_input_event, buttons) == 0x10);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_input_event, modifiers) == 0x14);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_input_event, entered_at) == 0x18);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_input_event) == 32);

/* A pool that the partition is a member of. Entry i is pool i, as system calls know it. */
struct hallows_boot_pool {
  char name[32]; /* the pool's name, zero-terminated */
  uint64_t at; /* address of block 0, the same for every member */
  uint64_t size_bytes; /* of all blocks */
  uint32_t block_bytes; /* of a block: a power of two from 4096 */
  uint32_t blocks; /* how many there are */
  uint32_t mode; /* HALLOWS_POOL_SHARE and so on */
  uint32_t member; /* this partition's number among the members; 0 owns the pool */
  uint32_t members; /* how many there are */
  uint32_t first_member; /* index of the pool's first boot_member */
  uint32_t number; /* of the pool in the system, as references have it */
  uint8_t reserved_4c[52];
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, name) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, at) == 0x20);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, size_bytes) == 0x28);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, block_bytes) == 0x30);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, blocks) == 0x34);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, mode) == 0x38);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, member) == 0x3c);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, members) == 0x40);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, first_member) == 0x44);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_pool, number) == 0x48);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_boot_pool) == 128);

/* A member of a pool. Those of a pool follow one another; the owner comes first. */
struct hallows_boot_member {
  char name[32]; /* the partition's name, zero-terminated */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_boot_member, name) == 0x00);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_boot_member) == 32);

/* A reference to a block of a pool, to be sent in a message. Who receives it checks each field. */
struct hallows_block {
  uint32_t pool; /* number of the pool in the system */
  uint32_t index; /* number of the block */
  uint32_t generation; /* of the block, when it was given or sealed */
  uint32_t length; /* bytes in use */
};
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_block, pool) == 0x00);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_block, index) == 0x04);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_block, generation) == 0x08);
HALLOWS_STATIC_ASSERT(offsetof(struct hallows_block, length) == 0x0c);
HALLOWS_STATIC_ASSERT(sizeof(struct hallows_block) == 16);

#endif
