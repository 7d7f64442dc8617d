/*
 * Runs the Linux form of a benchmark program under Unicorn: `unicorn PROGRAM` free-running, `unicorn PROGRAM count`
 * with a hook on every instruction that counts it (UC_HOOK_CODE: a hook on blocks sees bytes, not instructions). A host
 * program, linked with Debian's libunicorn2. Unicorn knows no kernel: the three system calls are served here.
 */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>
#include <unistd.h>

enum { PAGE = 4096, MEMORY = 32 << 20, STACK_BASE = 0x70000000, STACK = 1 << 20 };
static uint64_t counted;

static void check(uc_err error, const char *what) {
  if (error == UC_ERR_OK) return;
  fprintf(stderr, "%s: %s\n", what, uc_strerror(error));
  exit(1);
}

static void count(uc_engine *engine, uint64_t address, uint32_t size, void *data) {
  (void)engine, (void)address, (void)size, (void)data;
  counted++;
}

static void serve(uc_engine *engine, void *data) {
  (void)data;
  uint64_t number, address, length, result = 0;
  uc_reg_read(engine, UC_X86_REG_RAX, &number);
  if (number == 1) {
    char line[64];
    uc_reg_read(engine, UC_X86_REG_RSI, &address);
    uc_reg_read(engine, UC_X86_REG_RDX, &length);
    if (length > sizeof line) length = sizeof line;
    check(uc_mem_read(engine, address, line, length), "read");
    if (write(1, line, length) < 0) exit(1);
  } else if (number == 60) {
    uc_emu_stop(engine);
  }
  uc_reg_write(engine, UC_X86_REG_RAX, &result);
}

int main(int arguments, char **argument) {
  unsigned major, minor;
  uc_version(&major, &minor);
  if (arguments < 2) {
    printf("%u.%u\n", major, minor);
    return 0;
  }
  FILE *file = fopen(argument[1], "rb");
  static uint8_t bytes[1 << 20];
  size_t size = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
  if (size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
    fprintf(stderr, "%s: not an ELF file\n", argument[1]);
    return 1;
  }
  uc_engine *engine;
  check(uc_open(UC_ARCH_X86, UC_MODE_64, &engine), "open");
  check(uc_mem_map(engine, 0x400000, MEMORY, UC_PROT_ALL), "map");
  check(uc_mem_map(engine, STACK_BASE, STACK, UC_PROT_ALL), "map");
  const Elf64_Phdr *segments = (const Elf64_Phdr *)(bytes + header->e_phoff);
  for (unsigned i = 0; i < header->e_phnum; i++)
    if (segments[i].p_type == PT_LOAD)
      check(uc_mem_write(engine, segments[i].p_vaddr, bytes + segments[i].p_offset, segments[i].p_filesz), "load");
  uint64_t stack = STACK_BASE + STACK - PAGE;
  uc_reg_write(engine, UC_X86_REG_RSP, &stack);
  /* SSE, with its exceptions, on top of the paging bits that Unicorn has set. */
  uint64_t control;
  uc_reg_read(engine, UC_X86_REG_CR4, &control);
  control |= 0x600;
  uc_reg_write(engine, UC_X86_REG_CR4, &control);
  uc_hook call_hook, count_hook;
  check(uc_hook_add(engine, &call_hook, UC_HOOK_INSN, (void *)serve, NULL, 1, 0, UC_X86_INS_SYSCALL), "hook");
  if (arguments > 2) check(uc_hook_add(engine, &count_hook, UC_HOOK_CODE, (void *)count, NULL, 1, 0), "hook");
  check(uc_emu_start(engine, header->e_entry, 0, 0, 0), "run");
  if (arguments > 2) fprintf(stderr, "%lu instructions counted\n", counted);
  return 0;
}
