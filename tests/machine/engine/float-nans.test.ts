/**
 * Floats that are NaNs, out of range or invalid, in translated code that guards each operation (float-guard.ts): loops
 * of operations in lock-step with the reference engine (turns.ts). Most retire in translated code.
 */
import { describe, expect, it } from "vitest";
import type * as built from "../../../dist/machine/index.js";
import { createMutant } from "../../mutant.js";
import { lockStep, SEED } from "./turns.js";

/** XMM0 to XMM3 get random bits, each half with the exponents that NaNs have, now and then. */
function operands(exponents: string): string {
  return `
        mov rax, ${exponents}
        movq xmm7, rax
        punpcklqdq xmm7, xmm7
        movq xmm0, r8
        movq xmm1, r9
        punpcklqdq xmm0, xmm1
        pshufd xmm1, xmm0, 0x1b
        pshufd xmm2, xmm0, 0x4e
        movdqa xmm3, xmm0
        psrad xmm3, 31
        pand xmm3, xmm7
        por xmm1, xmm3
        pshufd xmm3, xmm3, 0xb1
        por xmm2, xmm3
        pshufd xmm3, xmm2, 0x39`;
}

const gather = (register: number): string => `
        paddq xmm6, xmm${register}
        pshufd xmm6, xmm6, 0x93`;

const NANS_64 = operands("0x7ff0000000000000");
const NANS_32 = operands("0x7f8000007f800000");

const arithmetic = (suffix: string, names: readonly string[]): string =>
  names
    .map(
      (name) => `
        movaps xmm4, xmm1
        ${name}${suffix} xmm4, xmm2
        movaps xmm5, xmm3
        ${name}${suffix} xmm5, xmm4
        ${gather(4)} ${gather(5)}`,
    )
    .join("");

const ARITHMETIC = ["add", "sub", "mul", "div", "sqrt", "min", "max"];

const compare = (name: string): string => `
        ${name} xmm1, xmm2
        seta al
        setp cl
        sete dl
        adc rbx, rax
        add rbx, rcx
        add rbx, rdx
        ${name} xmm3, xmm2
        jbe short below_${name}
        add rbx, 7
  below_${name}:
        ${name} xmm1, xmm1
        jp short odd_${name}
        add rbx, r15
  odd_${name}:`;

const PREDICATES = [0, 1, 2, 3, 4, 5, 6, 7];

const predicates = (suffix: string): string =>
  PREDICATES.map(
    (predicate) => `
        movaps xmm4, xmm1
        cmp${suffix} xmm4, xmm2, ${predicate}
        ${gather(4)}`,
  ).join("");

const toIntegers = (from: string): string => `
        cvt${from}2si rax, xmm1
        add rbx, rax
        cvtt${from}2si eax, xmm2
        add rbx, rax
        cvtt${from}2si rax, xmm3
        add rbx, rax
        cvt${from}2si eax, xmm3
        add rbx, rax`;

const TURNS = {
  "sums, products and their like of 64 bits": NANS_64 + arithmetic("sd", ARITHMETIC),
  "the same of 32 bits": NANS_32 + arithmetic("ss", ARITHMETIC),
  "the same of vectors": NANS_64 + arithmetic("pd", [...ARITHMETIC, "addsub", "hadd", "hsub"]),
  "the same of vectors of 32 bits": NANS_32 + arithmetic("ps", [...ARITHMETIC, "addsub", "hadd", "hsub"]),
  comparisons: NANS_64 + compare("ucomisd") + compare("comisd") + predicates("sd") + predicates("pd"),
  "comparisons of 32 bits": NANS_32 + compare("ucomiss") + compare("comiss") + predicates("ss") + predicates("ps"),
  "whole numbers": `${NANS_64} ${toIntegers("sd")} ${NANS_32} ${toIntegers("ss")}
        cvtps2dq xmm4, xmm1 ${gather(4)}
        cvttps2dq xmm4, xmm2 ${gather(4)}
        cvtpd2dq xmm4, xmm3 ${gather(4)}
        cvttpd2dq xmm4, xmm3 ${gather(4)}`,
  "other formats": `${NANS_64}
        xorps xmm4, xmm4
        psrlq xmm7, 2
        por xmm1, xmm7
        cvtsd2ss xmm4, xmm1 ${gather(4)}
        ${NANS_32}
        cvtss2sd xmm4, xmm1 ${gather(4)}
        cvtps2pd xmm4, xmm2 ${gather(4)}`,
  rounding: `${NANS_64}
        roundsd xmm4, xmm1, 1 ${gather(4)}
        roundpd xmm4, xmm2, 12 ${gather(4)}
        ${NANS_32}
        roundss xmm4, xmm1, 4 ${gather(4)}
        roundps xmm4, xmm2, 11 ${gather(4)}`,
  "zeros for denormals": `${NANS_64}
        mov eax, 0x1fff
        mov [rsi + 80], eax
        ldmxcsr [rsi + 80]
        movdqa xmm4, xmm0
        psrlq xmm4, 12
        movdqa xmm5, xmm1
        minpd xmm5, xmm4 ${gather(5)}
        maxsd xmm1, xmm4 ${gather(1)}
        addpd xmm4, xmm2 ${gather(4)}`,
  "whole numbers that are rounded to the least": `
        mov eax, 0x1f9f
        mov [rsi + 80], eax
        mov rax, 0xc1dfffffffe00000
        movq xmm1, rax
        ldmxcsr [rsi + 80]
        movaps xmm2, xmm1
        cvtsd2si ecx, xmm1
        stmxcsr [rsi + 80]
        add rbx, rcx
        add ebx, [rsi + 80]`,
  "flags of MXCSR": `${NANS_64}
        ldmxcsr [rsi]
        psrlq xmm7, 1
        pand xmm2, xmm7
        ucomisd xmm1, xmm3
        minsd xmm1, xmm2
        mulpd xmm3, xmm3
        stmxcsr [rsi + 80]
        add rbx, [rsi + 80]
        ldmxcsr [rsi]
        maxsd xmm1, xmm3
        addpd xmm1, xmm2
        cvttsd2si eax, xmm1
        mulsd xmm0, xmm0
        stmxcsr [rsi + 80]
        add rbx, [rsi + 80]`,
} as const;

type Turn = keyof typeof TURNS;
/** Where flags are cleared all the time, where most is tiny, and where a vector is narrowed. */
const LEAST_SHARE: { readonly [turn in Turn]?: number } = {
  "zeros for denormals": 0.4,
  "whole numbers that are rounded to the least": 0.1,
  "flags of MXCSR": 0.2,
  "other formats": 0.6,
};

describe("NaNs and what is out of range, in translated code as in the reference engine:", () => {
  it.each(Object.keys(TURNS) as Turn[])("%s", (turn) => {
    for (const [seed, floatPatience] of [
      [SEED, 0],
      [SEED + 1, 0],
      [SEED, 3],
    ])
      expect(lockStep(TURNS[turn], { floatPatience }, seed, LEAST_SHARE[turn] ?? 0.8)).toBe("");
  });

  it.each<readonly [mistake: string, mark: string, turn: Turn]>([
    ["the second of two NaNs is chosen", "second-nan-is-chosen", "the same of vectors"],
    ["COMISD takes quiet NaNs without a flag", "quiet-nans-are-in-order", "flags of MXCSR"],
    ["invalid operations set no flag", "invalid-sets-no-flag", "flags of MXCSR"],
    ["an overflow sets no flag", "overflow-sets-no-flag", "flags of MXCSR"],
    ["a NaN is not below", "unordered-is-not-below", "comparisons"],
    ["the least integer was not rounded to", "least-integer-is-exact", "whole numbers that are rounded to the least"],
    ["integers that don't fit set no flag", "integers-out-of-range-set-no-flag", "flags of MXCSR"],
  ])("a mistake is found: %s", async (_mistake, mark, turn) => {
    const mutant = createMutant(mark);
    try {
      const broken = await mutant.load<typeof built>("machine/index.js");
      expect(lockStep(TURNS[turn], { floatPatience: 0 }, SEED, 0, broken)).not.toBe("");
    } finally {
      mutant.remove();
    }
  });
});
