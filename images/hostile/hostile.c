/*
 * The hostile partition: one function an attack, all in one program. The description chooses by `entry`, as in
 *
 *   [partition.hostile.thread.main]
 *   entry = "write_code"
 *
 * attacks.json says for each what it must end in. An attack that should have faulted and didn't ends its partition with
 * code SUCCEEDED; one that only calls the kernel and got the right statuses ends it with code REFUSED.
 * Channels (system.toml): `to-peer`, where we produce, and `from-peer`, where we consume.
 * main (for a partition with restarts) tries a different attack of the faulting kind in each life.
 */
#include "hallows.h"

enum { SUCCEEDED = 66, REFUSED = 77, WRONG_STATUS = 88 };

#define ATTACK(name) \
  HALLOWS_THREAD int name(uint64_t thread); \
  int name(__attribute__((unused)) uint64_t thread)
/* An attack that is a few instructions, and must fault. */
#define INSTRUCTIONS(name, text) \
  ATTACK(name) { \
    __asm__ volatile(text); /* what it changes doesn't matter: nothing is used afterwards */ \
    exit(SUCCEEDED); \
  }

static uint64_t random_state = 0x123456789abcdef;
static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

/* Never folded by the compiler. */
static uint64_t hidden(uint64_t value) {
  __asm__ volatile("" : "+r"(value));
  return value;
}

static int read_at(uint64_t address) {
  (void)*(const volatile uint8_t *)hidden(address);
  exit(SUCCEEDED);
}
static int write_at(uint64_t address) {
  *(volatile uint8_t *)hidden(address) = 0x90;
  exit(SUCCEEDED);
}
static int run_at(uint64_t address) {
  ((void (*)(void))hidden(address))();
  exit(SUCCEEDED);
}

/* The two sides of a channel: ours, and the peer's, which is read-only to us. */
static struct hallows_channel opened(const char *name) {
  struct hallows_channel channel;
  if (hallows_open(&channel, name) != HALLOWS_NO_ERROR) exit(WRONG_STATUS);
  return channel;
}
static volatile struct hallows_channel_side *our_side(const char *name) { return opened(name).own; }
static uint64_t peer_side(const char *name) { return (uint64_t)opened(name).theirs; }
static uint32_t end_of(const char *name) {
  struct hallows_channel channel;
  hallows_open(&channel, name);
  return channel.end;
}
HALLOWS_NORETURN static void sleep_forever(void) {
  for (;;) hallows_sleep_until(hallows_now() + 1000000);
}

/* No attack: what the others are compared with. */
ATTACK(peaceful) { exit(0); }

/* ---- memory that isn't ours -------------------------------------------------------------------------------------- */

ATTACK(read_null) { return read_at(0); }
ATTACK(write_null) { return write_at(0); }
ATTACK(run_null) { return run_at(0); }
ATTACK(read_kernel_frames) { return read_at(0x1000); }
ATTACK(write_kernel_frames) { return write_at(0x100000); }
ATTACK(read_low_frames) { return read_at(0x200000); }
ATTACK(write_high_frames) { return write_at(0x1000000); }
ATTACK(read_kernel_half) { return read_at(0xffff800000000000); }
ATTACK(write_kernel_half) { return write_at(0xffffffff80000000); }
ATTACK(run_kernel_half) { return run_at(0xffffffff81000000); }
ATTACK(read_last_byte) { return read_at(0xffffffffffffffff); }
ATTACK(read_foreign_channel) { return read_at(HALLOWS_CHANNEL_BASE + 20 * 0x1000000); }
ATTACK(write_foreign_channel) { return write_at(HALLOWS_POOL_BASE); }
ATTACK(read_after_channel) { return read_at(((uint64_t)our_side("to-peer") | 4095) + 1); }
ATTACK(read_after_boot_info) { return read_at(HALLOWS_BOOT_INFO_BASE + 4096); }
ATTACK(read_after_heap) { return read_at(hallows_boot()->heap_base + hallows_boot()->heap_bytes); }
ATTACK(read_foreign_stack) { return read_at(HALLOWS_STACK_BASE + 9 * HALLOWS_STACK_STRIDE - 4096 - 8); }
ATTACK(read_above_stack) { return read_at(HALLOWS_STACK_BASE + HALLOWS_STACK_STRIDE - 4096); }

/*
 * One address a life, needs restarts: every 2 MiB of the first 128 MiB of frames, as a virtual address and through the
 * windows that other systems' kernels have. Our own program is left out.
 */
static uint64_t scan_address(void) {
  static const uint64_t windows[] = {0, 0xffff800000000000, 0xffff888000000000, 0xffffffff80000000};
  uint32_t life = hallows_boot()->generation - 1;
  uint64_t address = windows[life & 3] + (uint64_t)(life >> 2 & 63) * 0x200000 + 0x3008;
  return address >= 0x400000 && address < 0x800000 ? 0x3008 : address;
}
ATTACK(scan_read) { return read_at(scan_address()); }
ATTACK(scan_write) { return write_at(scan_address()); }

/* ---- memory that is ours, used wrongly --------------------------------------------------------------------------- */

static const uint8_t constant[] = {0xc3};
static uint8_t data[] = {0xc3};

ATTACK(write_code) { return write_at((uint64_t)read_at); }
ATTACK(write_constant) { return write_at((uint64_t)constant); }
ATTACK(write_boot_info) { return write_at(HALLOWS_BOOT_INFO_BASE + 0x40); }
ATTACK(run_constant) { return run_at((uint64_t)constant); }
ATTACK(run_data) { return run_at((uint64_t)data); }
ATTACK(run_boot_info) { return run_at(HALLOWS_BOOT_INFO_BASE); }
ATTACK(run_stack) {
  volatile uint8_t code[16] = {0xc3};
  return run_at((uint64_t)code);
}
ATTACK(run_heap) {
  uint8_t *code = malloc(16);
  *(volatile uint8_t *)code = 0xc3;
  return run_at((uint64_t)code);
}
ATTACK(run_ring) { return run_at((uint64_t)opened("to-peer").data); }
ATTACK(write_boot_links) { return write_at((uint64_t)hallows_boot_link(0)); }
ATTACK(write_peer_head) { return write_at(peer_side("to-peer") + offsetof(struct hallows_channel_side, head)); }
ATTACK(write_peer_tail) { return write_at(peer_side("from-peer") + offsetof(struct hallows_channel_side, tail)); }
ATTACK(write_peer_data) { return write_at((uint64_t)opened("from-peer").data); }

#pragma GCC diagnostic ignored "-Winfinite-recursion"
ATTACK(overflow_stack) {
  volatile uint8_t frame[512];
  frame[0] = (uint8_t)thread;
  return overflow_stack(thread + 1) + frame[0];
}

/* ---- addresses that can't be ------------------------------------------------------------------------------------- */

ATTACK(read_noncanonical) { return read_at(0x0000800000000000); }
ATTACK(write_noncanonical) { return write_at(0xffff7fffffffffff); }
INSTRUCTIONS(jump_noncanonical, "movabs $0x8000000000000000, %rax\n jmp *%rax")
INSTRUCTIONS(call_noncanonical, "movabs $0x0000800000000000, %rax\n call *%rax")
INSTRUCTIONS(return_noncanonical, "movabs $0x1234000000000000, %rax\n push %rax\n ret")
INSTRUCTIONS(push_noncanonical, "movabs $0x8000000000000000, %rsp\n push %rax")
INSTRUCTIONS(stack_in_kernel_half, "movabs $0xffff800000001000, %rsp\n push %rax")

/* ---- instructions of the kernel ---------------------------------------------------------------------------------- */

INSTRUCTIONS(privileged_hlt, "hlt")
INSTRUCTIONS(privileged_cli, "cli")
INSTRUCTIONS(privileged_sti, "sti")
INSTRUCTIONS(privileged_read_cr0, "mov %cr0, %rax")
INSTRUCTIONS(privileged_read_cr3, "mov %cr3, %rax")
INSTRUCTIONS(privileged_write_cr0, "xor %eax, %eax\n mov %rax, %cr0")
INSTRUCTIONS(privileged_write_cr3, "mov $0x200000, %eax\n mov %rax, %cr3")
INSTRUCTIONS(privileged_write_cr4, "xor %eax, %eax\n mov %rax, %cr4")
INSTRUCTIONS(privileged_write_cr8, "xor %eax, %eax\n mov %rax, %cr8")
INSTRUCTIONS(privileged_read_dr7, "mov %dr7, %rax")
INSTRUCTIONS(privileged_write_dr7, "xor %eax, %eax\n mov %rax, %dr7")
INSTRUCTIONS(privileged_rdmsr, "mov $0xc0000080, %ecx\n rdmsr")
INSTRUCTIONS(privileged_wrmsr, "mov $0xc0000080, %ecx\n xor %eax, %eax\n xor %edx, %edx\n wrmsr")
INSTRUCTIONS(privileged_lgdt, "lgdt (%rsp)")
INSTRUCTIONS(privileged_lidt, "lidt (%rsp)")
INSTRUCTIONS(privileged_lldt, "xor %eax, %eax\n lldt %ax")
INSTRUCTIONS(privileged_ltr, "mov $0x28, %eax\n ltr %ax")
INSTRUCTIONS(privileged_lmsw, "xor %eax, %eax\n lmsw %ax")
INSTRUCTIONS(privileged_clts, "clts")
INSTRUCTIONS(privileged_invd, "invd")
INSTRUCTIONS(privileged_wbinvd, "wbinvd")
INSTRUCTIONS(privileged_invlpg, "invlpg (%rsp)")
INSTRUCTIONS(privileged_swapgs, "swapgs")
INSTRUCTIONS(privileged_sysret, "mov $0x1000, %ecx\n mov $0x202, %r11d\n sysretq")
INSTRUCTIONS(port_in, "in $0x60, %al")
INSTRUCTIONS(port_out, "mov $0xfe, %al\n out %al, $0x64")
INSTRUCTIONS(port_in_dx, "mov $0x3f8, %edx\n in (%dx), %eax")
INSTRUCTIONS(port_out_dx, "mov $0xcf8, %edx\n out %eax, (%dx)")
/* Asking for interrupts off and I/O rights by POPF changes neither, so cli still faults. */
INSTRUCTIONS(flags_iopl, "push $0x3002\n popf\n cli")

/* ---- other ways into the kernel, and odd bytes ------------------------------------------------------------------- */

INSTRUCTIONS(interrupt_80, "int $0x80")
INSTRUCTIONS(interrupt_page_fault, "int $0x0e")
INSTRUCTIONS(interrupt_double_fault, "int $0x08")
INSTRUCTIONS(undefined_ud2, "ud2")
INSTRUCTIONS(undefined_push_es, ".byte 0x06")
INSTRUCTIONS(undefined_lock_nop, ".byte 0xf0, 0x90")
INSTRUCTIONS(undefined_lock_register, ".byte 0xf0, 0x01, 0xc0") /* lock add %eax, %eax */
INSTRUCTIONS(undefined_far_call, ".byte 0x9a, 0, 0, 0, 0, 8, 0")
/* Hidden from `hallows check` in the middle of another instruction: mov $0x9090e8d9, %eax holds fld1. */
INSTRUCTIONS(undefined_x87, "jmp 1f + 1\n 1: .byte 0xb8, 0xd9, 0xe8, 0x90, 0x90")
INSTRUCTIONS(undefined_avx, "jmp 1f + 1\n 1: .byte 0xb8, 0xc5, 0xf4, 0x58, 0xc0") /* vaddps */
/* 14 prefixes and a one-byte instruction are 15 bytes and allowed; one prefix more is one too many. */
INSTRUCTIONS(prefixes_too_many, ".rept 15\n .byte 0x66\n .endr\n nop")
INSTRUCTIONS(prefixes_only, ".rept 64\n .byte 0x2e, 0xf3, 0x66, 0x48\n .endr\n nop")
INSTRUCTIONS(divide_by_zero, "xor %ecx, %ecx\n xor %edx, %edx\n mov $1, %eax\n div %ecx")
INSTRUCTIONS(divide_overflow, "mov $0x80000000, %eax\n cdq\n mov $-1, %ecx\n idiv %ecx")
/* An instruction that crosses into a page that isn't there. */
ATTACK(run_off_the_end) { return run_at(((uint64_t)constant & ~4095ull) + 0x100000); }

/* ---- system calls ------------------------------------------------------------------------------------------------ */

/* Random numbers and arguments, small and huge; only what would end or restart us is left out. */
ATTACK(call_anything) {
  for (int i = 0; i < 60; i++) {
    uint64_t values[4];
    for (int j = 0; j < 4; j++) {
      uint64_t value = next_random();
      values[j] = value & 64 ? value : value & 32 ? value >> 40 & 15 : value & 16 ? 0 - (value >> 56) : 1ull << (value >> 58);
    }
    bool ends = values[0] == HALLOWS_CALL_EXIT && values[2] < 2;
    bool restarts = values[0] == HALLOWS_CALL_MODE && values[1] == HALLOWS_MODE_SET;
    bool fails = values[0] == HALLOWS_CALL_REPORT && values[1] == HALLOWS_REPORT_APPLICATION_ERROR;
    bool waits = values[0] == HALLOWS_CALL_WAIT || values[0] == HALLOWS_CALL_HANDOFF;
    if (ends || restarts || fails || waits) continue;
    struct hallows_result result = hallows_call(values[0], values[1], values[2], values[3]);
    if (result.status > HALLOWS_TIMED_OUT) exit(WRONG_STATUS);
    if (values[0] > HALLOWS_CALL_REPORT && result.status != HALLOWS_INVALID_PARAM) exit(WRONG_STATUS);
  }
  exit(REFUSED);
}

/* Addresses of everybody's memory where numbers are wanted: none may be followed. */
ATTACK(call_with_pointers) {
  static const uint64_t pointers[] = {0x1000,       0x200000,     0x7fffffffffff, 0x800000000000,
                                      0xffff800000000000, 0xffffffffffffffff, HALLOWS_BOOT_INFO_BASE, HALLOWS_CHANNEL_BASE};
  for (uint64_t number = HALLOWS_CALL_YIELD; number <= HALLOWS_CALL_REPORT; number++) {
    for (int i = 0; i < 8; i++) {
      struct hallows_result result = hallows_call(number, pointers[i], pointers[i], pointers[i]);
      uint64_t right = number == HALLOWS_CALL_YIELD           ? HALLOWS_NO_ERROR
                       : number == HALLOWS_CALL_PERIODIC_WAIT ? HALLOWS_INVALID_MODE
                                                              : HALLOWS_INVALID_PARAM;
      if (result.status != right) exit(WRONG_STATUS);
    }
  }
  exit(REFUSED);
}

/* Ends that aren't ours. */
ATTACK(call_foreign_ends) {
  uint32_t count = hallows_boot()->channel_count;
  for (uint64_t end = count; end < 80; end++) {
    if (hallows_notify((uint32_t)end) != HALLOWS_INVALID_PARAM) exit(WRONG_STATUS);
    if (hallows_report(HALLOWS_REPORT_RING_VIOLATION, end, 0) != HALLOWS_INVALID_PARAM) exit(WRONG_STATUS);
    if (end < 64 && hallows_call(HALLOWS_CALL_WAIT, 1ull << end, 0, 0).status != HALLOWS_INVALID_PARAM) exit(WRONG_STATUS);
  }
  exit(REFUSED);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

ATTACK(endless_loop) {
  for (;;) __asm__ volatile("");
}
ATTACK(endless_yield) {
  for (;;) hallows_yield();
}
ATTACK(endless_doorbells) {
  for (uint32_t end = end_of("to-peer");;) hallows_notify(end);
}
ATTACK(endless_handoff) {
  for (uint32_t end = end_of("to-peer");;) hallows_handoff(end, 0, 0);
}
ATTACK(endless_printing) {
  for (;;) puts("all work and no play");
}
ATTACK(endless_notes) {
  for (uint64_t i = 0;; i++) hallows_report(HALLOWS_REPORT_NOTE, i, i);
}
ATTACK(endless_restarts) {
  hallows_mode(HALLOWS_MODE_SET, HALLOWS_PARTITION_MODE_COLD_START);
  exit(SUCCEEDED);
}
ATTACK(endless_flood) {
  struct hallows_channel channel;
  hallows_open(&channel, "to-peer");
  for (;;) hallows_send(&channel, "flood", 6, HALLOWS_NO_DEADLINE);
}

/* ---- our own end of a ring, scribbled on ------------------------------------------------------------------------- */

ATTACK(ring_tail_too_far) {
  our_side("to-peer")->tail += 1000;
  hallows_notify(end_of("to-peer"));
  sleep_forever();
}
ATTACK(ring_tail_backwards) {
  our_side("to-peer")->tail -= 1;
  hallows_notify(end_of("to-peer"));
  sleep_forever();
}
ATTACK(ring_length_too_long) {
  struct hallows_channel channel;
  hallows_open(&channel, "to-peer");
  hallows_reserve(&channel);
  hallows_commit(&channel, channel.slot_bytes + 1);
  hallows_publish(&channel);
  sleep_forever();
}
ATTACK(ring_length_huge) {
  struct hallows_channel channel;
  hallows_open(&channel, "to-peer");
  hallows_reserve(&channel);
  hallows_commit(&channel, 0xffffffff);
  hallows_publish(&channel);
  sleep_forever();
}
ATTACK(ring_head_too_far) {
  our_side("from-peer")->head += 1000;
  hallows_notify(end_of("from-peer"));
  sleep_forever();
}
ATTACK(ring_head_backwards) {
  our_side("from-peer")->head -= 1000;
  hallows_notify(end_of("from-peer"));
  sleep_forever();
}
/* Any words of our side, most often those that mean something, again and again. */
ATTACK(ring_noise) {
  volatile uint32_t *words = (volatile uint32_t *)our_side("to-peer");
  for (;;) {
    uint64_t where = next_random();
    words[where & 64 ? where % 3 * 16 : where % 256] = (uint32_t)next_random();
    hallows_notify(end_of("to-peer"));
  }
}
/* Events that ask for a doorbell always or never: allowed, and of no use to us. */
ATTACK(ring_events) {
  for (;;) {
    our_side("from-peer")->item_event = (uint32_t)next_random();
    our_side("to-peer")->space_event = (uint32_t)next_random();
    hallows_sleep_until(hallows_now() + 500);
  }
}
/* Lengths and contents that change after they were published. */
ATTACK(ring_second_thoughts) {
  struct hallows_channel channel;
  hallows_open(&channel, "to-peer");
  for (uint32_t i = 0;; i++) {
    uint8_t *slot = hallows_reserve(&channel);
    if (slot != NULL) {
      memset(slot, (int)i, channel.slot_bytes);
      hallows_commit(&channel, channel.slot_bytes);
      hallows_publish(&channel);
    }
    channel.descriptors[i & (channel.slots - 1)] = next_random() << 32 | next_random() % (channel.slot_bytes + 1);
    channel.data[next_random() % channel.slot_bytes] = (uint8_t)next_random();
    if (slot == NULL) hallows_sleep_until(hallows_now() + 200);
  }
}

/* The console's device is a peer as well. Its ring is quarantined, and no more. */
ATTACK(console_tail_too_far) {
  our_side("console")->tail += 1000;
  exit(hallows_notify(0) == HALLOWS_NOT_AVAILABLE ? REFUSED : WRONG_STATUS);
}
ATTACK(console_length_huge) {
  struct hallows_channel channel;
  hallows_open(&channel, "console");
  hallows_reserve(&channel);
  hallows_commit(&channel, 0xffffffff);
  hallows_publish_quietly(&channel);
  exit(hallows_notify(0) == HALLOWS_NOT_AVAILABLE ? REFUSED : WRONG_STATUS);
}

/* ---- all of the faulting kind, one a life ------------------------------------------------------------------------ */

int main(void) {
  static int (*const attacks[])(uint64_t) = {
      read_null,          run_null,         read_kernel_frames, write_high_frames,    run_kernel_half,   read_foreign_channel,
      write_code,         write_boot_info,  run_data,           run_stack,            run_heap,          overflow_stack,
      read_noncanonical,  jump_noncanonical, push_noncanonical, privileged_hlt,       privileged_cli,    privileged_write_cr3,
      privileged_wrmsr,   privileged_lgdt,  privileged_invlpg,  port_out,             interrupt_80,      undefined_ud2,
      prefixes_too_many,  divide_by_zero,   write_peer_head,    write_peer_data,
  };
  return attacks[(hallows_boot()->generation - 1) % (sizeof attacks / sizeof attacks[0])](0);
}
