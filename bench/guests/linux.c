/* A benchmark program as a static Linux program without a C library: for the host itself, qemu-x86_64 and Unicorn. */
#include <stdint.h>

enum { CALL_WRITE = 1, CALL_EXIT = 60, CALL_GETPPID = 110 };

const uint64_t bench_call_number = CALL_GETPPID;

void bench_main(void);

static void call(uint64_t number, uint64_t argument1, uint64_t argument2, uint64_t argument3) {
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(argument1), "S"(argument2), "d"(argument3)
                   : "rcx", "r11", "memory");
}

void bench_write(const char *line, uint64_t length) { call(CALL_WRITE, 1, (uint64_t)line, length); }

__attribute__((used)) static void start(void) {
  bench_main();
  call(CALL_EXIT, 0, 0, 0);
}

__asm__(".globl _start\n_start: xor %ebp, %ebp\n\tand $-16, %rsp\n\tcall start");
