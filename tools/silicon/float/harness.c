/*
 * Runs float instructions on the host's processor: the oracle for src/machine/float/. Development only, built by
 * native.mjs with gcc. Linux on x86-64 with SSE4.1.
 *
 * stdin is a stream of cases, stdout one of outcomes, both little-endian. FORMS is generated from forms.mjs: one
 * FORM(number, "instruction") each. Every case runs with exactly its MXCSR and its registers; when the instruction
 * raises #XM, the signal handler takes MXCSR as the fault left it and goes on behind the instruction.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

struct input {
  uint32_t form, mxcsr;
  uint64_t x[2], y[2];
};

struct output {
  uint64_t x[2];  /* xmm0 after */
  uint64_t rax;   /* was y[0] before */
  uint32_t mxcsr; /* after, or as #XM found it */
  uint8_t ah;     /* LAHF after; ZF = PF = 1 and the rest 0 before */
  uint8_t raised; /* #XM */
  uint16_t reserved;
};

#define BATCH 4096
#define DEFAULT_MXCSR 0x1f80u

static uint64_t resumeAt;
static uint32_t faultMxcsr;
static uint8_t raised;

static void onSignal(int number, siginfo_t *information, void *raw) {
  (void)number;
  (void)information;
  ucontext_t *context = raw;
  faultMxcsr = context->uc_mcontext.fpregs->mxcsr;
  context->uc_mcontext.fpregs->mxcsr = DEFAULT_MXCSR;
  context->uc_mcontext.gregs[REG_RIP] = (greg_t)resumeAt;
  raised = 1;
}

#define FORM(number, instruction)                                                                                 \
  case number:                                                                                                    \
    __asm__ volatile("leaq 1f(%%rip), %%rax\n mov %%rax, %[resume]\n"                                              \
                     "movups %[x], %%xmm0\n movups %[y], %%xmm1\n mov %[y], %%rax\n"                                \
                     "cmp %%ecx, %%ecx\n ldmxcsr %[before]\n" instruction                                           \
                     "\n1:\n stmxcsr %[after]\n ldmxcsr %[normal]\n mov %%rax, %[rax]\n lahf\n shr $8, %%eax\n mov %%al, %[ah]\n" \
                     "movups %%xmm0, %[result]\n"                                                                  \
                     : [resume] "=m"(resumeAt), [after] "=m"(out->mxcsr), [rax] "=m"(out->rax), [ah] "=m"(out->ah), \
                       [result] "=m"(out->x)                                                                       \
                     : [x] "m"(in->x), [y] "m"(in->y), [before] "m"(in->mxcsr), [normal] "m"(normal)               \
                     : "rax", "xmm0", "xmm1", "cc", "memory");                                                     \
    break;

static const uint32_t normal = DEFAULT_MXCSR;

static void runCase(const struct input *in, struct output *out) {
  raised = 0;
  switch (in->form) {
#include FORMS
  default:
    fprintf(stderr, "float harness: no form %u\n", in->form);
    exit(2);
  }
  out->raised = raised;
  if (raised) out->mxcsr = faultMxcsr;
}

int main(void) {
  static struct input in[BATCH];
  static struct output out[BATCH];
  struct sigaction action = {.sa_sigaction = onSignal, .sa_flags = SA_SIGINFO};
  if (sigaction(SIGFPE, &action, NULL) != 0) return 3;
  for (;;) {
    size_t count = fread(in, sizeof in[0], BATCH, stdin);
    if (count == 0) return 0;
    for (size_t i = 0; i < count; i++) runCase(&in[i], &out[i]);
    if (fwrite(out, sizeof out[0], count, stdout) != count) return 4;
  }
}
