/*
 * Every system call with arguments that are right, wrong and extreme, and what each must answer. Needs nothing but its
 * console, so `hallows run` is enough. Exit code 31; a wrong answer is a failed assertion.
 */
#include "hallows.h"

static const uint64_t extremes[] = {
    33, 64, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
};
enum { EXTREMES = sizeof extremes / sizeof extremes[0] };

static uint64_t status(uint64_t number, uint64_t argument1, uint64_t argument2, uint64_t argument3) {
  return hallows_call(number, argument1, argument2, argument3).status;
}

/*
 * All registers but RAX, RDX, RCX and R11 must come back as they were; RCX is the address after the call. Fills them,
 * calls yield, and returns how many came back wrong.
 */
int registers_lost(void);
__asm__(
    ".text\n.globl registers_lost\n.type registers_lost, @function\nregisters_lost:\n"
    "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
    "mov $0x1010101, %rbx\n"
    "mov $0x2020202, %rbp\n"
    "mov $0x3030303, %rdi\n"
    "mov $0x4040404, %rsi\n"
    "mov $0x5050505, %r8\n"
    "mov $0x6060606, %r9\n"
    "mov $0x7070707, %r10\n"
    "mov $0x8080808, %r12\n"
    "mov $0x9090909, %r13\n"
    "mov $0xa0a0a0a, %r14\n"
    "mov $0xb0b0b0b, %r15\n"
    "mov $1, %eax\n syscall\n 1:\n"
    "xor %eax, %eax\n"
    "lea 1b(%rip), %rdx\n cmp %rcx, %rdx\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x1010101, %rbx\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x2020202, %rbp\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x3030303, %rdi\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x4040404, %rsi\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x5050505, %r8\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x6060606, %r9\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x7070707, %r10\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x8080808, %r12\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0x9090909, %r13\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0xa0a0a0a, %r14\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "cmp $0xb0b0b0b, %r15\n setne %cl\n movzx %cl, %ecx\n add %ecx, %eax\n"
    "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n"
    ".size registers_lost, . - registers_lost\n");

int main(void) {
  assert(hallows_boot()->magic == HALLOWS_BOOT_INFO_MAGIC);
  assert(hallows_boot()->channel_count == 1 && strcmp(hallows_boot_channel(0)->name, "console") == 0);

  for (int i = 0; i < EXTREMES; i++) assert(status(extremes[i], 1, 1, 1) == HALLOWS_INVALID_PARAM);
  assert(status(10, 0, 0, 0) == HALLOWS_INVALID_PARAM);
  assert(registers_lost() == 0);

  /* yield */
  assert(status(HALLOWS_CALL_YIELD, 0, 0, 0) == HALLOWS_NO_ERROR);

  /* wait: past deadlines, none, no channel, channels that aren't ours */
  assert(hallows_wait(0, 0).status == HALLOWS_TIMED_OUT);
  assert(hallows_wait(1, 0).status == HALLOWS_TIMED_OUT);
  assert(hallows_wait(0, HALLOWS_NO_DEADLINE).status == HALLOWS_INVALID_PARAM);
  assert(status(HALLOWS_CALL_WAIT, 2, 0, 0) == HALLOWS_INVALID_PARAM);
  for (int i = 0; i < EXTREMES; i++) {
    if ((extremes[i] & ~1ull) != 0) assert(status(HALLOWS_CALL_WAIT, extremes[i], 0, 0) == HALLOWS_INVALID_PARAM);
  }
  uint64_t before = hallows_now();
  assert(hallows_wait(0, before + 5000).status == HALLOWS_TIMED_OUT);
  assert(hallows_now() >= before + 5000);

  /* notify, handoff */
  assert(hallows_notify(0) == HALLOWS_NO_ERROR);
  assert(hallows_notify(1) == HALLOWS_INVALID_PARAM);
  for (int i = 0; i < EXTREMES; i++) {
    assert(status(HALLOWS_CALL_NOTIFY, extremes[i], 0, 0) == HALLOWS_INVALID_PARAM);
    assert(status(HALLOWS_CALL_HANDOFF, extremes[i], 0, 0) == HALLOWS_INVALID_PARAM);
  }
  assert(hallows_handoff(0, 2, 0).status == HALLOWS_INVALID_PARAM);
  assert(hallows_handoff(0, 0, 0).status == HALLOWS_TIMED_OUT);

  /* periodic_wait without a period */
  assert(hallows_periodic_wait().status == HALLOWS_INVALID_MODE);

  /* mode: start-up has set NORMAL */
  assert(hallows_mode(HALLOWS_MODE_GET, 0).value == HALLOWS_PARTITION_MODE_NORMAL);
  assert(hallows_mode(HALLOWS_MODE_SET, HALLOWS_PARTITION_MODE_NORMAL).status == HALLOWS_NO_ACTION);
  for (int i = 0; i < EXTREMES; i++) {
    assert(status(HALLOWS_CALL_MODE, extremes[i], 0, 0) == HALLOWS_INVALID_PARAM);
    assert(status(HALLOWS_CALL_MODE, HALLOWS_MODE_SET, extremes[i], 0) == HALLOWS_INVALID_PARAM);
  }

  /* report */
  assert(hallows_report(HALLOWS_REPORT_NOTE, 1, 2) == HALLOWS_NO_ERROR);
  assert(hallows_report(HALLOWS_REPORT_NOTE, UINT64_MAX, UINT64_MAX) == HALLOWS_NO_ERROR);
  assert(hallows_report(HALLOWS_REPORT_RING_VIOLATION, 1, 0) == HALLOWS_INVALID_PARAM);
  assert(hallows_report(HALLOWS_REPORT_DUMP, 0, 0) == HALLOWS_NO_ERROR);
  for (int i = 0; i < EXTREMES; i++) assert(status(HALLOWS_CALL_REPORT, extremes[i], 0, 0) == HALLOWS_INVALID_PARAM);

  /* exit with a scope that there isn't returns */
  assert(status(HALLOWS_CALL_EXIT, 99, 2, 0) == HALLOWS_INVALID_PARAM);
  for (int i = 0; i < EXTREMES; i++) assert(status(HALLOWS_CALL_EXIT, 99, extremes[i], 0) == HALLOWS_INVALID_PARAM);
  printf("all calls answered as they should\n");
  return 31;
}
