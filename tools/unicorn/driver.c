/*
 * Runs programs in Unicorn: reads them from standard input, writes outcomes to standard output (judge.mjs has the
 * other side). Everything is little-endian 64-bit words, then memory.
 *
 *   in   entry, end, instructions (0: until `end` is reached), 16 registers, RFLAGS, FS base, GS base, the four areas
 *   out  error (uc_err), 16 registers, RIP, RFLAGS, data, stack
 *
 * An instance serves one program: Unicorn has nothing that drops all that it translated.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicorn/unicorn.h>

#define AREAS 4
static const struct {
  uint64_t at;
  size_t size;
} areas[AREAS] = {{0x400000, 0x4000}, {0x500000, 0x4000}, {0x504000, 0x1000}, {0x700000, 0x2000}};
static const int compared[] = {1, 3};

static const int registers[16] = {
    UC_X86_REG_RAX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RBX, UC_X86_REG_RSP, UC_X86_REG_RBP,
    UC_X86_REG_RSI, UC_X86_REG_RDI, UC_X86_REG_R8,  UC_X86_REG_R9,  UC_X86_REG_R10, UC_X86_REG_R11,
    UC_X86_REG_R12, UC_X86_REG_R13, UC_X86_REG_R14, UC_X86_REG_R15};

struct input {
  uint64_t entry, end, instructions, registers[16], flags, fs, gs;
};
struct output {
  uint64_t error, registers[16], rip, flags;
};

static void must(uc_err error, const char *what) {
  if (error == UC_ERR_OK) return;
  fprintf(stderr, "%s: %s\n", what, uc_strerror(error));
  exit(1);
}

int main(void) {
  static uint8_t memory[AREAS][0x4000];
  struct input in;
  unsigned major, minor;
  uc_version(&major, &minor);
  if (major != 2) {
    fprintf(stderr, "libunicorn %u.%u, not 2\n", major, minor);
    return 1;
  }
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    uc_engine *uc;
    must(uc_open(UC_ARCH_X86, UC_MODE_64, &uc), "uc_open");
    must(uc_ctl_set_cpu_model(uc, UC_CPU_X86_SKYLAKE_CLIENT), "cpu model");
    for (int i = 0; i < AREAS; i++) {
      if (fread(memory[i], areas[i].size, 1, stdin) != 1) return 1;
      must(uc_mem_map_ptr(uc, areas[i].at, areas[i].size, UC_PROT_ALL, memory[i]), "uc_mem_map_ptr");
    }
    for (int i = 0; i < 16; i++) must(uc_reg_write(uc, registers[i], &in.registers[i]), "register");
    must(uc_reg_write(uc, UC_X86_REG_EFLAGS, &in.flags), "flags");
    must(uc_reg_write(uc, UC_X86_REG_FS_BASE, &in.fs), "fs");
    must(uc_reg_write(uc, UC_X86_REG_GS_BASE, &in.gs), "gs");
    struct output out = {0};
    out.error = uc_emu_start(uc, in.entry, in.end, 0, in.instructions);
    for (int i = 0; i < 16; i++) uc_reg_read(uc, registers[i], &out.registers[i]);
    uc_reg_read(uc, UC_X86_REG_RIP, &out.rip);
    uc_reg_read(uc, UC_X86_REG_EFLAGS, &out.flags);
    fwrite(&out, sizeof out, 1, stdout);
    for (int i = 0; i < 2; i++) fwrite(memory[compared[i]], areas[compared[i]].size, 1, stdout);
    fflush(stdout);
    uc_close(uc);
  }
  return 0;
}
