/**
 * Instructions that ask for the time, read or write MXCSR or all flags, or are routines: loops of them in lock-step
 * (turns.ts). Each retires in translated code.
 */
import { describe, expect, it } from "vitest";
import type * as built from "../../../dist/machine/index.js";
import { createMutant } from "../../mutant.js";
import { lockStep, SEED } from "./turns.js";

/** What a turn of the loop does (turns.ts). */
const TURNS = {
  rdtsc: `
        add r10, r9
        rdtsc
        shl rdx, 32
        or rax, rdx
        add rbx, rax`,
  "rdtsc twice": `
        rdtsc
        mov ecx, eax
        imul r10, r9
        rdtsc
        sub eax, ecx
        add rbx, rax`,
  rdtscp: `
        mov [rsi + 64], r9
        rdtscp
        add rbx, rax
        add rbx, rcx`,
  rdpid: `
        rdpid rax
        add rbx, rax`,
  crc32: `
        crc32 ebx, r9b
        crc32 ebx, r8w
        crc32 ebx, r9d
        crc32 rbx, r8
        crc32 rbx, qword ptr [rsi]`,
  pdep: `
        pdep rax, r8, r9
        pdep ecx, r9d, r8d
        xor rbx, rax
        add rbx, rcx`,
  pext: `
        pext rax, r8, r9
        pext ecx, r9d, dword ptr [rsi]
        xor rbx, rax
        add rbx, rcx`,
  mxcsr: `
        mov eax, r8d
        and eax, 7
        movsd xmm0, qword ptr [rsi + 64]
        ldmxcsr dword ptr [rsi + rax*4]
        divsd xmm0, qword ptr [rsi + 72]
        addsd xmm1, xmm0
        stmxcsr dword ptr [rsi + 80]
        add ebx, dword ptr [rsi + 80]
        ldmxcsr dword ptr [rsi]
        mulsd xmm0, xmm0
        addps xmm2, xmm0
        addsd xmm3, xmm0`,
  popf: `
        mov rax, r9
        and eax, 0xcd5
        or eax, 0x202
        push rax
        popfq
        adc rbx, 1
        pushfq
        pop rax
        cld
        add rbx, rax`,
  "popf of system flags": `
        mov eax, r8d
        shl eax, 16
        and eax, 0x240000
        or eax, 0x202
        push rax
        popfq
        pushfq
        pop rax
        add rbx, rax`,
  cpuid: `
        mov eax, r8d
        and eax, 0x80000007
        mov r10, rbx
        mov ecx, r9d
        and ecx, 1
        cpuid
        add rbx, rax
        add rbx, rcx
        add rbx, rdx
        add rbx, r10`,
  enter: `
        enter 0, 0
        mov [rbp], r8
        enter 64, 0
        add rbx, [rbp]
        add rbx, rsp
        leave
        leave
        add rbx, rbp`,
  cmpxchg8b: `
        mov rax, r8
        mov rdx, r9
        mov r10, rbx
        mov ecx, r9d
        and eax, 1
        and edx, 1
        and dword ptr [rsi + 96], 1
        and dword ptr [rsi + 100], 1
        mov ebx, r8d
        not ebx
        shr ecx, 1
        lock cmpxchg8b qword ptr [rsi + 96]
        adc rbx, r10
        sete cl
        add rbx, rax
        add rbx, rcx
        sub rbx, rdx`,
  cmpxchg16b: `
        mov rax, r8
        mov rdx, r9
        mov r10, rbx
        mov rcx, r9
        and eax, 1
        and edx, 1
        and qword ptr [rsi + 96], 1
        and qword ptr [rsi + 104], 1
        mov rbx, r8
        not rbx
        shr rcx, 1
        cmpxchg16b xmmword ptr [rsi + 96]
        adc rbx, r10
        sete cl
        add rbx, rax
        add rbx, rcx
        sub rbx, rdx`,
  fxsave: `
        movq xmm5, r8
        movq xmm15, r9
        paddq xmm5, xmm15
        fxsave [rsi + 0x100]
        mov eax, r8d
        and eax, 0x1f0
        fxsave64 [rsi + rax + 0x500]`,
  "fxsave up to the end of memory": `
        mov eax, 400
        sub eax, r15d
        shl eax, 4
        movq xmm5, r8
        fxsave [rsi + rax + 0xd000]`,
  lods: `
        mov r10, rsi
        mov ecx, r8d
        and ecx, 3
        mov rax, r9
        rep lodsb
        add rbx, rax
        mov ecx, r9d
        and ecx, 7
        rep lodsw
        xor rbx, rax
        lea rsi, [r10 + 0x7f5]
        mov ecx, 3
        rep lodsd
        add rbx, rax
        mov ecx, 3
        rep lodsq
        add rbx, rax
        mov rsi, r10`,
  reciprocals: `
        movq xmm0, r8
        movq xmm1, r9
        punpcklqdq xmm0, xmm1
        rcpps xmm2, xmm0
        rsqrtps xmm3, xmm0
        psrld xmm0, 1
        rsqrtps xmm4, xmm0
        pslld xmm0, 9
        psrld xmm0, 9
        rcpps xmm5, xmm0
        rcpss xmm2, xmm1
        rsqrtss xmm3, xmm1
        xorps xmm2, xmm3
        xorps xmm4, xmm5
        movq rax, xmm2
        add rbx, rax
        movhlps xmm4, xmm2
        movq rax, xmm4
        add rbx, rax`,
} as const;

type Turn = keyof typeof TURNS;
/** Some are left to the reference engine, where a rounding or a flag of the system changes. */
const LEAST_SHARE: { readonly [turn in Turn]?: number } = {
  mxcsr: 0.3,
  "popf of system flags": 0.1,
  fxsave: 0.6,
  lods: 0.75,
};

describe("in translated code as in the reference engine:", () => {
  it.each(Object.keys(TURNS) as Turn[])("%s", (turn) => {
    for (let seed = SEED; seed < SEED + 2; seed++)
      for (const floatPatience of [0, Infinity])
        for (const farCalls of [0, 3])
          expect(lockStep(TURNS[turn], { floatPatience, farCalls }, seed, LEAST_SHARE[turn] ?? 0.85)).toBe("");
  });
});

describe("a mistake is found:", () => {
  it.each<readonly [mistake: string, mark: string, turn: Turn]>([
    ["the time is that of the block's end", "timestamp-is-of-the-end", "rdtsc"],
    ["the upper half of the time misses the hash", "timestamp-enters-as-one-word", "rdtsc"],
    ["PDEP deposits ones", "deposit-takes-one-bit", "pdep"],
    ["PEXT leaves gaps", "extract-leaves-gaps", "pext"],
    ["float guards go by an MXCSR that was", "guards-know-the-old-mxcsr", "mxcsr"],
    ["both halves of a pair are the lower one", "halves-of-a-pair-are-one", "cmpxchg16b"],
    [
      "FXSAVE goes on in the frame behind its first page's",
      "image-goes-on-in-the-next-frame",
      "fxsave up to the end of memory",
    ],
    ["LODSB clears what is above AL", "lods-clears-the-rest", "lods"],
    ["RSQRTPS takes odd exponents for even ones", "odd-exponents-are-even", "reciprocals"],
    ["POPF keeps the flags of the system", "popf-keeps-system-flags", "popf of system flags"],
  ])("%s", async (_mistake, mark, turn) => {
    const mutant = createMutant(mark);
    try {
      const broken = await mutant.load<typeof built>("machine/index.js");
      expect(lockStep(TURNS[turn], {}, SEED, 0, broken)).not.toBe("");
    } finally {
      mutant.remove();
    }
  });
});
