/*
 * A bytecode interpreter: a stack machine behind one switch (an indirect jump an operation) runs greatest common
 * divisors.
 */
#include "bench.h"

enum operation { PUSH, LOAD, STORE, ADD, SUBTRACT, EXCLUSIVE_OR, LESS, JUMP, JUMP_IF_ZERO, DUPLICATE, DROP, END };

/*
 * Variables: 0 a, 1 b, 2 sum, 3 i. For i = 1 to 249: sum += greatest common divisor of (2 i + 77, 1000 - i), by
 * subtraction.
 */
static const int16_t code[] = {
    PUSH, 0, STORE, 2, PUSH, 1, STORE, 3,                                    /*  0 */
    LOAD, 3, PUSH, 250, LESS, JUMP_IF_ZERO, 79,                              /*  8: while i < 250 */
    LOAD, 3, DUPLICATE, ADD, PUSH, 77, ADD, STORE, 0,                        /* 15: a = i + i + 77 */
    PUSH, 1000, LOAD, 3, SUBTRACT, STORE, 1,                                 /* 24: b = 1000 - i */
    LOAD, 0, LOAD, 1, EXCLUSIVE_OR, JUMP_IF_ZERO, 63,                        /* 31: while a != b */
    LOAD, 0, LOAD, 1, LESS, JUMP_IF_ZERO, 54,                                /* 38: if a < b */
    LOAD, 1, LOAD, 0, SUBTRACT, STORE, 1, JUMP, 31,                          /* 45: b -= a */
    LOAD, 0, LOAD, 1, SUBTRACT, STORE, 0, JUMP, 31,                          /* 54: else a -= b */
    LOAD, 2, LOAD, 0, ADD, STORE, 2, LOAD, 3, PUSH, 1, ADD, STORE, 3, JUMP, 8, /* 63: sum += a; i++ */
    END,                                                                     /* 79 */
};

void prepare(void) {}

__attribute__((noinline)) static int64_t interpret(const int16_t *program) {
  int64_t stack[16], *top = stack, variables[4] = {0, 0, 0, 0};
  const int16_t *at = program;
  for (;;) {
    switch ((enum operation)*at++) {
      case PUSH: *++top = *at++; break;
      case LOAD: *++top = variables[*at++]; break;
      case STORE: variables[*at++] = *top--; break;
      case ADD: top--; top[0] += top[1]; break;
      case SUBTRACT: top--; top[0] -= top[1]; break;
      case EXCLUSIVE_OR: top--; top[0] ^= top[1]; break;
      case LESS: top--; top[0] = top[0] < top[1]; break;
      case JUMP: at = program + *at; break;
      case JUMP_IF_ZERO: at = *top-- == 0 ? program + *at : at + 1; break;
      case DUPLICATE: top++; top[0] = top[-1]; break;
      case DROP: top--; break;
      case END: return variables[2];
    }
  }
}

uint64_t work(uint64_t rounds) {
  uint64_t checksum = 0;
  for (uint64_t round = 0; round < rounds; round++)
    checksum = bench_mix(checksum, (uint64_t)interpret(code));
  return checksum;
}
