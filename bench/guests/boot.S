# The boot stub that carries a benchmark program in qemu-system-x86_64: from Multiboot's 32-bit entry (Multiboot
# Specification 0.6.96, section 3.2) to user mode with page tables on, as a partition of Hallows has it.
#
#   pages     4 KiB each, the first 32 MiB mapped to themselves, user and writable
#   calls     LSTAR returns at once: all that there is of a kernel
#   console   the first serial port, which user mode may use (IOPL 3)
#   the end   a byte to QEMU's isa-debug-exit device
#
# No interrupt comes (IF = 0), and any fault is a triple fault: -no-reboot ends QEMU then.

.set MAPPED_TABLES, 16                  # of 2 MiB
.set EFER, 0xc0000080
.set STAR, 0xc0000081
.set LSTAR, 0xc0000082
.set FMASK, 0xc0000084
.set SERIAL, 0x3f8
.set EXIT_PORT, 0x501

.section .multiboot, "a"
.balign 4
.long 0x1badb002, 0, -0x1badb002

.text
.code32
.globl _start
_start:
  cld
  mov $boot_stack, %esp
  # Page tables: each entry present, writable, user.
  mov $(level3 + 7), %eax
  mov %eax, level4
  mov $(level2 + 7), %eax
  mov %eax, level3
  mov $(level1 + 7), %eax
  mov $level2, %edi
  mov $MAPPED_TABLES, %ecx
1:mov %eax, (%edi)
  add $4096, %eax
  add $8, %edi
  loop 1b
  mov $7, %eax
  mov $level1, %edi
  mov $(MAPPED_TABLES * 512), %ecx
2:mov %eax, (%edi)
  add $4096, %eax
  add $8, %edi
  loop 2b
  # Long mode (Intel SDM volume 3, section 10.8.5), with SYSCALL, and SSE with its exceptions.
  mov $0x620, %eax
  mov %eax, %cr4
  mov $level4, %eax
  mov %eax, %cr3
  mov $EFER, %ecx
  xor %edx, %edx
  mov $0x101, %eax
  wrmsr
  mov $0x80010001, %eax
  mov %eax, %cr0
  lgdt table_pointer
  ljmp $0x08, $long_mode

.code64
long_mode:
  mov $STAR, %ecx
  xor %eax, %eax
  mov $0x001b0008, %edx                 # kernel at 0x08; user's data at 0x18 + 8, code at 0x18 + 16
  wrmsr
  mov $LSTAR, %ecx
  mov $system_call, %eax
  xor %edx, %edx
  wrmsr
  mov $FMASK, %ecx
  xor %eax, %eax
  wrmsr
  mov $user_stack, %esp
  mov $user, %ecx
  mov $0x3002, %r11d                    # RFLAGS: IOPL 3
  sysretq

system_call:
  xor %eax, %eax
  sysretq

user:
  call bench_main
  mov $EXIT_PORT, %edx
  xor %eax, %eax
  outb %al, %dx
  hlt

# void bench_write(const char *line, uint64_t length)
.globl bench_write
bench_write:
  mov $(SERIAL + 5), %edx
1:inb %dx, %al
  test $0x20, %al                       # room for a byte
  jz 1b
  mov $SERIAL, %edx
  movb (%rdi), %al
  outb %al, %dx
  inc %rdi
  dec %rsi
  jnz bench_write
  ret

.section .rodata
.balign 8
table:
  .quad 0
  .quad 0x00af9a000000ffff              # 0x08 kernel code
  .quad 0x00cf92000000ffff              # 0x10 kernel data
  .quad 0
  .quad 0x00cff2000000ffff              # 0x20 user data
  .quad 0x00affa000000ffff              # 0x28 user code
table_pointer:
  .word . - table - 1
  .long table
.globl bench_call_number
bench_call_number: .quad 0

.bss
.balign 4096
level4: .skip 4096
level3: .skip 4096
level2: .skip 4096
level1: .skip 4096 * MAPPED_TABLES
.skip 4096
boot_stack:
.skip 262144
user_stack:
.section .note.GNU-stack, "", @progbits
