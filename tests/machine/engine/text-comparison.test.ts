/**
 * PCMPESTRI and its kin in translated code: every control, on strings of few letters and many lengths, in lock-step
 * with the reference engine (turns.ts).
 */
import { describe, expect, it } from "vitest";
import type * as built from "../../../dist/machine/index.js";
import { createMutant } from "../../mutant.js";
import { lockStep, SEED } from "./turns.js";

/** Two strings with letters of two bits, and zeros among them; lengths from -16 to 47. */
const STRINGS = `
        movq xmm1, r8
        movq xmm2, r9
        punpcklqdq xmm1, xmm2
        pshufd xmm2, xmm1, 0x39
        mov eax, 0x83838383
        movd xmm3, eax
        pshufd xmm3, xmm3, 0
        pand xmm1, xmm3
        pand xmm2, xmm3
        mov eax, r8d
        and eax, 63
        sub eax, 16
        mov edx, r9d
        and edx, 63
        sub edx, 16`;

/** All that the four instructions give with a control enters RBX or XMM4. */
function comparisonsOf(control: number): string {
  return `
        pcmpestrm xmm1, xmm2, ${control}
        pushfq
        pop rcx
        add rbx, rcx
        pxor xmm4, xmm0
        pcmpestri xmm1, xmm2, ${control}
        adc rbx, rcx
        pcmpistri xmm1, xmm2, ${control}
        seta cl
        adc rbx, rcx
        pcmpistrm xmm1, xmm2, ${control}
        pshufd xmm4, xmm4, 0x39
        paddd xmm4, xmm0`;
}

const turnOf = (controls: readonly number[]): string => STRINGS + controls.map(comparisonsOf).join("");

/** Controls in a program. */
const AT_ONCE = 8;
const GROUPS = Array.from({ length: 128 / AT_ONCE }, (_, group) =>
  Array.from({ length: AT_ONCE }, (__, i) => group * AT_ONCE + i),
);

describe("comparisons of strings", () => {
  it("give in translated code what they give in the reference engine, with every control", () => {
    for (const controls of GROUPS) expect(lockStep(turnOf(controls), {}, SEED, 0.6)).toBe("");
  });

  it.each([
    ["elements behind the end are inverted too", "invalid-elements-are-inverted", 0x30],
    ["ranges of unsigned numbers are compared as signed ones", "ranges-are-signed", 0x04],
  ])("a mistake is found: %s", async (_mistake, mark, control) => {
    const mutant = createMutant(mark);
    try {
      const broken = await mutant.load<typeof built>("machine/index.js");
      expect(lockStep(turnOf([control]), {}, SEED, 0, broken)).not.toBe("");
    } finally {
      mutant.remove();
    }
  });
});
