/*
 * setjmp and longjmp. Only what a called function has to keep: C says so, and the compiler counts on no more.
 */
__asm__(".text\n"
        ".globl setjmp\n.type setjmp, @function\nsetjmp:\n"
        "  mov %rbx, (%rdi)\n  mov %rbp, 8(%rdi)\n"
        "  mov %r12, 16(%rdi)\n  mov %r13, 24(%rdi)\n  mov %r14, 32(%rdi)\n  mov %r15, 40(%rdi)\n"
        "  lea 8(%rsp), %rdx\n  mov %rdx, 48(%rdi)\n" /* as it is after the return */
        "  mov (%rsp), %rdx\n  mov %rdx, 56(%rdi)\n"
        "  xor %eax, %eax\n  ret\n"
        ".size setjmp, . - setjmp\n"
        ".globl longjmp\n.type longjmp, @function\nlongjmp:\n"
        "  mov %esi, %eax\n  test %eax, %eax\n  jnz 1f\n  inc %eax\n1:\n" /* setjmp returns 0 only the first time */
        "  mov (%rdi), %rbx\n  mov 8(%rdi), %rbp\n"
        "  mov 16(%rdi), %r12\n  mov 24(%rdi), %r13\n  mov 32(%rdi), %r14\n  mov 40(%rdi), %r15\n"
        "  mov 48(%rdi), %rsp\n  jmp *56(%rdi)\n"
        ".size longjmp, . - longjmp\n");
