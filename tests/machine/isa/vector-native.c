/*
 * Runs single instructions on the host's processor: the judge of vector.test.ts, which builds it with gcc.
 *
 * Standard input holds cases of `struct state`; each comes back as the instruction left it. The instruction works on
 * xmm0 to xmm3, rax, rcx, rdx and rbx; rsi and rdi point to `memory`. Linux, x86-64.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

struct state {
  uint8_t code[16];       /*   0: the instruction, then RET */
  uint8_t xmm[4][16];     /*  16 */
  uint64_t registers[4];  /*  80: rax, rcx, rdx, rbx */
  uint64_t flags;         /* 112 */
  uint32_t mxcsr;         /* 120 */
  uint32_t vector;        /* 124: of the exception, 255 for none */
  uint8_t memory[64];     /* 128: the operand is at 16 */
};

static sigjmp_buf out;
static volatile uint32_t trap_vector, trap_mxcsr;
static struct state current;
static uint8_t arena[4096] __attribute__((aligned(4096)));
static void (*code)(void);
static uint8_t *operand;

static void on_signal(int number, siginfo_t *info, void *context) {
  ucontext_t *user = context;
  (void)number, (void)info;
  trap_vector = user->uc_mcontext.gregs[REG_TRAPNO];
  trap_mxcsr = user->uc_mcontext.fpregs->mxcsr;
  siglongjmp(out, 1);
}

static uint32_t host_mxcsr;

static void execute(void) {
  __asm__ volatile(
      "push %%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15; sub $8, %%rsp\n"
      "lea %[s], %%r12\n"
      "stmxcsr %[host]\n"
      "mov %[code], %%r13; mov %[operand], %%rsi; mov %%rsi, %%rdi\n"
      "movdqu 16(%%r12), %%xmm0; movdqu 32(%%r12), %%xmm1; movdqu 48(%%r12), %%xmm2; movdqu 64(%%r12), %%xmm3\n"
      "mov 88(%%r12), %%rcx; mov 96(%%r12), %%rdx; mov 104(%%r12), %%rbx\n"
      "ldmxcsr 120(%%r12)\n"
      "push 112(%%r12); mov 80(%%r12), %%rax; popf\n"
      "call *%%r13\n"
      "mov %%rax, 80(%%r12); pushf; pop 112(%%r12)\n"
      "stmxcsr 120(%%r12); ldmxcsr %[host]\n"
      "mov %%rcx, 88(%%r12); mov %%rdx, 96(%%r12); mov %%rbx, 104(%%r12)\n"
      "movdqu %%xmm0, 16(%%r12); movdqu %%xmm1, 32(%%r12); movdqu %%xmm2, 48(%%r12); movdqu %%xmm3, 64(%%r12)\n"
      "add $8, %%rsp; pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx\n"
      : [s] "+m"(current), [host] "+m"(host_mxcsr)
      : [code] "m"(code), [operand] "m"(operand)
      : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "cc", "memory");
}

int main(void) {
  static uint8_t stack[65536];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&alternate, 0);
  sigaction(SIGFPE, &action, 0);
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGILL, &action, 0);
  uint8_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  code = (void (*)(void))(uintptr_t)page;
  operand = arena + 16;
  static struct state before;
  while (fread(&before, sizeof before, 1, stdin) == 1) {
    current = before;
    memcpy(page, current.code, 16);
    __builtin___clear_cache((char *)page, (char *)page + 16);
    memcpy(arena, current.memory, 64);
    current.vector = 255;
    if (sigsetjmp(out, 1) == 0) {
      execute();
    } else {
      __asm__ volatile("ldmxcsr %0" : : "m"(host_mxcsr));
      current = before;
      current.vector = trap_vector;
      current.mxcsr = trap_mxcsr;
    }
    memcpy(current.memory, arena, 64);
    fwrite(&current, sizeof current, 1, stdout);
  }
  return 0;
}
