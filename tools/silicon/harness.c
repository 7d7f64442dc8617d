/*
 * Runs instructions on the host's processor and reports what they did: the oracle for our own semantics.
 * Development only: built by native.mjs with gcc, never shipped. Linux on x86-64 with FSGSBASE.
 *
 * stdin is a stream of batches, stdout a stream of outcomes; both little-endian, laid out as layout.mjs says:
 *   batch    u32 magic, u32 case count, code image (CODE_BYTES), window background (WINDOW_BYTES + READ_ONLY_BYTES),
 *            then the cases
 *   case     struct input below, all of them; then struct vectorInput, all of them
 *   outcome  struct output below, then `changeCount` changed words: of the window, then of the vector state
 *
 * Invariant: each case sees the same world. The code image is fixed within a batch; the window is the background plus
 * the patches of the case and is put back afterwards; every register, the arithmetic flags, the FS and GS bases, MXCSR
 * and XMM0 to XMM15 are loaded from the case, and x87 is as after FNINIT. Nothing of the C program is visible: the
 * stack pointer of a case may be any value, because signals run on an alternate stack and the way back does not touch
 * the stack.
 *
 * An instruction ends in one of three ways: it falls through to a `jmp [CONTEXT.leave]` that the code image holds
 * behind it; it raises a signal; or it goes somewhere else in the code (full of INT3) or to a page that isn't there,
 * which is also a signal but counts as completed, with that RIP.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>

#define MAGIC 0x57414c48u
#define CODE_BASE 0x10000000ul
#define CODE_BYTES 20480ul
#define LANDING_BASE 0x11000000ul
#define WINDOW_BASE 0x20001000ul
#define WINDOW_BYTES 8192ul
#define READ_ONLY_BYTES 4096ul
#define CONTEXT_BASE 0x30000000ul
#define PATCH_COUNT 4
/* Index of the first word of vector state among changes: XMM0 to XMM15, then MXCSR. */
#define VECTOR_WORDS_AT 0x10000u
#define VECTOR_WORDS 33
#define INITIAL_MXCSR 0x1f80u
#define COMPLETED 0xffffffffu

struct patch {
  uint32_t offset; /* bytes into the window */
  uint32_t lengthBytes;
  uint8_t bytes[16];
};

struct input {
  uint64_t registers[16];
  uint64_t flags;
  uint64_t fsBase, gsBase;
  uint32_t codeOffset;
  uint32_t patchCount;
  struct patch patches[PATCH_COUNT];
};

struct vectorInput {
  uint64_t xmm[32];
  uint32_t mxcsr;
  uint32_t reported; /* one bit a register: it counts as changed whatever it holds */
  uint32_t reserved[2];
};

struct output {
  uint64_t registers[16];
  uint64_t flags;
  uint64_t fsBase, gsBase;
  uint64_t rip;
  uint64_t cr2;        /* for #PF, otherwise 0 */
  uint32_t vector;     /* COMPLETED, or the exception */
  uint32_t errorCode;  /* 0 where the vector has none */
  uint32_t changeCount;
  uint32_t reserved;
};

struct change {
  uint32_t word; /* index of an 8-byte word of the window, or VECTOR_WORDS_AT and up */
  uint32_t reserved;
  uint64_t value;
};

/* What FXSAVE64 writes: SDM volume 1, table 10-2. */
struct image {
  uint16_t x87Control, x87Status;
  uint8_t x87[20];
  uint32_t mxcsr, mxcsrMask;
  uint8_t stack[128];
  uint64_t xmm[32];
  uint8_t rest[96];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct image) == 512 && offsetof(struct image, mxcsr) == 24 && offsetof(struct image, xmm) == 160,
               "the image of FXSAVE");

/* Lies below 2 GiB, so that the assembly reaches it without a register. Offsets are repeated in the assembly. */
struct context {
  uint64_t registers[16];    /*   0 in */
  uint64_t flags;            /* 128 */
  uint64_t fsBase, gsBase;   /* 136, 144 */
  uint64_t target;           /* 152 */
  uint64_t leave;            /* 160: the code image jumps through this */
  uint64_t hostStack;        /* 168 */
  uint64_t hostFs, hostGs;   /* 176, 184 */
  uint64_t afterRegisters[16]; /* 192 out */
  uint64_t afterFlags;       /* 320 */
  uint64_t afterFs, afterGs; /* 328, 336 */
  uint64_t scratch;          /* 344 */
  uint8_t unused[160];
  struct image vectors;      /*  512 in */
  struct image afterVectors; /* 1024 out */
  struct image hostVectors;  /* 1536 what C code finds afterwards */
};
_Static_assert(offsetof(struct context, leave) == 160 && offsetof(struct context, afterRegisters) == 192 &&
                   offsetof(struct context, afterGs) == 336 && offsetof(struct context, vectors) == 512 &&
                   offsetof(struct context, hostVectors) == 1536, "offsets in the assembly");

static struct context *const context = (struct context *)CONTEXT_BASE;
static struct output outcome;
static uint64_t caseStart;

void enterCase(void);
void leaveCase(void);
void resumeAfterSignal(void);

/* clang-format off */
__asm__(
  ".text\n"
  ".globl enterCase, leaveCase, resumeAfterSignal\n"
  "enterCase:\n"
  "  push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
  "  mov %rsp, 0x30000000+168\n"
  "  rdfsbase %rax\n mov %rax, 0x30000000+176\n"
  "  rdgsbase %rax\n mov %rax, 0x30000000+184\n"
  "  mov 0x30000000+136, %rax\n wrfsbase %rax\n"
  "  mov 0x30000000+144, %rax\n wrgsbase %rax\n"
  "  fxrstor64 0x30000000+512\n"
  "  pushq 0x30000000+128\n popfq\n"
  "  mov 0x30000000+0, %rax\n mov 0x30000000+8, %rcx\n mov 0x30000000+16, %rdx\n mov 0x30000000+24, %rbx\n"
  "  mov 0x30000000+32, %rsp\n mov 0x30000000+40, %rbp\n mov 0x30000000+48, %rsi\n mov 0x30000000+56, %rdi\n"
  "  mov 0x30000000+64, %r8\n mov 0x30000000+72, %r9\n mov 0x30000000+80, %r10\n mov 0x30000000+88, %r11\n"
  "  mov 0x30000000+96, %r12\n mov 0x30000000+104, %r13\n mov 0x30000000+112, %r14\n mov 0x30000000+120, %r15\n"
  "  jmp *0x30000000+152\n"
  "leaveCase:\n"
  "  mov %rax, 0x30000000+192\n mov %rcx, 0x30000000+200\n mov %rdx, 0x30000000+208\n mov %rbx, 0x30000000+216\n"
  "  mov %rsp, 0x30000000+224\n mov %rbp, 0x30000000+232\n mov %rsi, 0x30000000+240\n mov %rdi, 0x30000000+248\n"
  "  mov %r8, 0x30000000+256\n mov %r9, 0x30000000+264\n mov %r10, 0x30000000+272\n mov %r11, 0x30000000+280\n"
  "  mov %r12, 0x30000000+288\n mov %r13, 0x30000000+296\n mov %r14, 0x30000000+304\n mov %r15, 0x30000000+312\n"
  "  fxsave64 0x30000000+1024\n"
  "  mov 0x30000000+168, %rsp\n"
  "  pushfq\n popq 0x30000000+320\n"
  "  pushq $0x202\n popfq\n"
  "  rdfsbase %rax\n mov %rax, 0x30000000+328\n"
  "  rdgsbase %rax\n mov %rax, 0x30000000+336\n"
  "resumeAfterSignal:\n"
  "  fxrstor64 0x30000000+1536\n"
  "  mov 0x30000000+176, %rax\n wrfsbase %rax\n"
  "  mov 0x30000000+184, %rax\n wrgsbase %rax\n"
  "  pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
  "  ret\n");
/* clang-format on */

/* Runs with the FS and GS bases of the case: nothing here may use thread-local storage. */
static void onSignal(int number, siginfo_t *information, void *raw) {
  (void)number;
  (void)information;
  static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  greg_t *registers = ((ucontext_t *)raw)->uc_mcontext.gregs;
  for (int i = 0; i < 16; i++) context->afterRegisters[i] = (uint64_t)registers[order[i]];
  context->afterFlags = (uint64_t)registers[REG_EFL];
  const struct _libc_fpstate *vectors = ((ucontext_t *)raw)->uc_mcontext.fpregs;
  context->afterVectors.mxcsr = vectors->mxcsr;
  __builtin_memcpy(context->afterVectors.xmm, vectors->_xmm, sizeof context->afterVectors.xmm);
  context->afterFs = __builtin_ia32_rdfsbase64();
  context->afterGs = __builtin_ia32_rdgsbase64();
  uint64_t rip = (uint64_t)registers[REG_RIP];
  uint32_t vector = (uint32_t)registers[REG_TRAPNO];
  uint32_t errorCode = (uint32_t)registers[REG_ERR];
  uint64_t cr2 = vector == 14 ? (uint64_t)registers[REG_CR2] : 0;
  if (vector == 3) {
    /* One of the INT3 that fill the code: the case went there and ended. */
    rip -= 1;
    vector = COMPLETED;
  } else if (vector == 14 && (errorCode & 16) && rip != caseStart) {
    /* Fetching what comes next failed. CR2 is RIP unless the next instruction straddles pages. */
    vector = COMPLETED;
  }
  int hasErrorCode = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
  outcome.rip = rip;
  outcome.vector = vector;
  outcome.errorCode = hasErrorCode ? errorCode : 0;
  outcome.cr2 = vector == 14 ? cr2 : 0;
  registers[REG_RIP] = (greg_t)(uintptr_t)resumeAfterSignal;
  registers[REG_RSP] = (greg_t)context->hostStack;
  registers[REG_EFL] = 0x202;
}

static void readFully(void *into, size_t sizeBytes) {
  if (fread(into, 1, sizeBytes, stdin) != sizeBytes) {
    fprintf(stderr, "harness: input ends inside a batch\n");
    exit(2);
  }
}

static void *mapAt(uintptr_t address, size_t sizeBytes, int protection) {
  void *memory = mmap((void *)address, sizeBytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory != (void *)address) {
    fprintf(stderr, "harness: cannot map 0x%lx\n", (unsigned long)address);
    exit(3);
  }
  return memory;
}

static uint8_t background[WINDOW_BYTES + READ_ONLY_BYTES];
static uint64_t before[WINDOW_BYTES / 8];

/*
 * Appends what differs of MXCSR and XMM0 to XMM15 to `changes`, of which `count` are taken; returns their new number.
 */
static uint32_t collectVectors(const struct vectorInput *input, struct change *changes, uint32_t count) {
  const struct image *after = &context->afterVectors;
  for (uint32_t i = 0; i < 32; i++) {
    if (after->xmm[i] == input->xmm[i] && !(input->reported >> (i / 2) & 1)) continue;
    changes[count++] = (struct change){.word = VECTOR_WORDS_AT + i, .value = after->xmm[i]};
  }
  if (after->mxcsr != input->mxcsr)
    changes[count++] = (struct change){.word = VECTOR_WORDS_AT + 32, .value = after->mxcsr};
  return count;
}

static void runCase(const struct input *input, const struct vectorInput *vectors, uint8_t *window) {
  memcpy(context->vectors.xmm, vectors->xmm, sizeof vectors->xmm);
  context->vectors.mxcsr = vectors->mxcsr;
  memcpy(context->registers, input->registers, sizeof context->registers);
  context->flags = input->flags | 0x202;
  context->fsBase = input->fsBase;
  context->gsBase = input->gsBase;
  context->target = caseStart = CODE_BASE + input->codeOffset;
  for (uint32_t i = 0; i < input->patchCount; i++) {
    const struct patch *patch = &input->patches[i];
    memcpy(window + patch->offset, patch->bytes, patch->lengthBytes);
    memcpy((uint8_t *)before + patch->offset, patch->bytes, patch->lengthBytes);
  }
  outcome.vector = COMPLETED;
  outcome.errorCode = 0;
  outcome.cr2 = 0;
  outcome.rip = 0; /* fell through: the reader knows where that is */
  enterCase();
  memcpy(outcome.registers, context->afterRegisters, sizeof outcome.registers);
  outcome.flags = context->afterFlags;
  outcome.fsBase = context->afterFs;
  outcome.gsBase = context->afterGs;

  static struct change changes[WINDOW_BYTES / 8 + VECTOR_WORDS];
  uint64_t *words = (uint64_t *)window;
  uint32_t changeCount = 0;
  for (uint32_t i = 0; i < WINDOW_BYTES / 8; i += 8) {
    uint64_t difference = 0;
    for (uint32_t j = i; j < i + 8; j++) difference |= words[j] ^ before[j];
    if (difference == 0) continue;
    for (uint32_t j = i; j < i + 8; j++) {
      if (words[j] == before[j]) continue;
      changes[changeCount].word = j;
      changes[changeCount++].value = words[j];
      words[j] = ((uint64_t *)background)[j];
    }
  }
  for (uint32_t i = 0; i < input->patchCount; i++) {
    const struct patch *patch = &input->patches[i];
    memcpy(window + patch->offset, background + patch->offset, patch->lengthBytes);
    memcpy((uint8_t *)before + patch->offset, background + patch->offset, patch->lengthBytes);
  }
  changeCount = collectVectors(vectors, changes, changeCount);
  outcome.changeCount = changeCount;
  fwrite(&outcome, sizeof outcome, 1, stdout);
  fwrite(changes, sizeof changes[0], changeCount, stdout);
}

int main(void) {
  if (!(getauxval(AT_HWCAP2) & 2)) {
    fprintf(stderr, "harness: this kernel does not let programs use WRFSBASE\n");
    return 4;
  }
  static uint8_t alternateStack[65536];
  stack_t stack = {.ss_sp = alternateStack, .ss_size = sizeof alternateStack};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = onSignal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  const int signals[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGTRAP};
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) sigaction(signals[i], &action, NULL);

  uint8_t *code = mapAt(CODE_BASE, CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC);
  memset(mapAt(LANDING_BASE, 4096, PROT_READ | PROT_WRITE | PROT_EXEC), 0xcc, 4096);
  uint8_t *window = mapAt(WINDOW_BASE, WINDOW_BYTES + READ_ONLY_BYTES, PROT_READ | PROT_WRITE);
  mapAt(CONTEXT_BASE, 4096, PROT_READ | PROT_WRITE);
  context->leave = (uint64_t)(uintptr_t)leaveCase;
  context->vectors.x87Control = context->hostVectors.x87Control = 0x37f;
  context->hostVectors.mxcsr = INITIAL_MXCSR;

  static char inputBuffer[1 << 20], outputBuffer[1 << 20];
  setvbuf(stdin, inputBuffer, _IOFBF, sizeof inputBuffer);
  setvbuf(stdout, outputBuffer, _IOFBF, sizeof outputBuffer);
  uint32_t header[2];
  while (fread(header, 1, sizeof header, stdin) == sizeof header) {
    if (header[0] != MAGIC) {
      fprintf(stderr, "harness: not a batch\n");
      return 2;
    }
    readFully(code, CODE_BYTES);
    readFully(background, sizeof background);
    mprotect(window, WINDOW_BYTES + READ_ONLY_BYTES, PROT_READ | PROT_WRITE);
    memcpy(window, background, sizeof background);
    memcpy(before, background, sizeof before);
    mprotect(window + WINDOW_BYTES, READ_ONLY_BYTES, PROT_READ);
    uint32_t caseCount = header[1];
    struct input *inputs = malloc(caseCount * sizeof *inputs);
    struct vectorInput *vectors = malloc(caseCount * sizeof *vectors);
    if (inputs == NULL || vectors == NULL) {
      fprintf(stderr, "harness: no memory for %u cases\n", caseCount);
      return 3;
    }
    readFully(inputs, caseCount * sizeof *inputs);
    readFully(vectors, caseCount * sizeof *vectors);
    for (uint32_t i = 0; i < caseCount; i++) runCase(&inputs[i], &vectors[i], window);
    free(inputs);
    free(vectors);
  }
  fflush(stdout);
  return 0;
}
