/**
 * The vectors bite: one wrong rule of src/machine/float/ turns the forms red that live by it. Every mutant is one
 * sentence of the specification turned round; marks in the sources say how.
 */
import { expect, it } from "vitest";
import type * as Library from "../../../dist/machine/float/index.js";
import { floatForms } from "../../../tools/silicon/float/forms.mjs";
import { checkFloatForm, readFloatVectors } from "../../../tools/silicon/float/vectors.mjs";
import { createMutant } from "../../mutant.js";

interface SeededMutant {
  readonly rule: string;
  readonly mark: string;
  /** Forms that must turn red. */
  readonly red: readonly string[];
}

const BOTH = (name: string): string[] => [`${name}ss`, `${name}sd`];

const MUTANTS: readonly SeededMutant[] = [
  {
    rule: "halfway goes to even",
    mark: "halfway-goes-up",
    red: [...BOTH("add"), ...BOTH("mul"), "cvtsd2ss", "cvtsi2ss r64", "cvtss2si r32", "roundss 0"],
  },
  {
    rule: "the sign decides which way a directed rounding goes",
    mark: "rounding-forgets-the-sign",
    red: [...BOTH("add"), ...BOTH("sub"), ...BOTH("mul"), ...BOTH("div"), "roundsd 1", "cvtsd2si r64", "cvtsi2ss r32"],
  },
  {
    rule: "an inexact denormal raises UE, an exact one doesn't",
    mark: "exact-denormal-has-ue",
    red: [...BOTH("mul"), ...BOTH("div"), "cvtsd2ss"],
  },
  {
    rule: "unmasked underflow comes with an exact denormal too",
    mark: "exact-underflow-is-silent",
    red: [...BOTH("mul"), ...BOTH("div")],
  },
  {
    rule: "tininess is found after rounding",
    mark: "tininess-before-rounding",
    // No quotient of two significands lies between the largest denormal and the smallest normal so that it carries.
    red: [...BOTH("mul"), "cvtsd2ss"],
  },
  {
    rule: "FTZ makes zeros of tiny results",
    mark: "ftz-is-forgotten",
    red: [...BOTH("mul"), ...BOTH("div"), "cvtsd2ss", "mulps"],
  },
  {
    rule: "an unmasked overflow is inexact only if digits were lost",
    mark: "overflow-is-always-inexact",
    red: [...BOTH("mul"), ...BOTH("div"), "cvtsd2ss"],
  },
  {
    rule: "overflow rounds to the largest number where the rounding says so",
    mark: "overflow-is-always-infinite",
    red: [...BOTH("mul"), ...BOTH("div"), "cvtsd2ss"],
  },
  {
    rule: "DAZ makes zeros of denormal operands",
    mark: "daz-is-forgotten",
    red: [...BOTH("add"), ...BOTH("min"), ...BOTH("sqrt"), ...BOTH("comi"), "cmpss eq", "cvtss2sd"],
  },
  {
    rule: "a denormal operand raises DE",
    mark: "second-denormal-is-silent",
    red: [...BOTH("add"), ...BOTH("max"), ...BOTH("ucomi"), ...BOTH("div")],
  },
  {
    rule: "the first NaN goes before the second",
    mark: "second-nan-goes-first",
    red: [...BOTH("add"), ...BOTH("mul"), ...BOTH("div")],
  },
  {
    rule: "a NaN that goes through becomes quiet",
    mark: "nan-stays-signalling",
    red: [...BOTH("add"), ...BOTH("sqrt"), "cvtss2sd", "roundss 0"],
  },
  {
    rule: "the second NaN's kind counts as well",
    mark: "second-signalling-nan-is-silent",
    red: [...BOTH("add"), ...BOTH("sub")],
  },
  {
    rule: "the default NaN is negative",
    mark: "default-nan-is-positive",
    red: [...BOTH("sqrt"), ...BOTH("mul"), ...BOTH("div"), "rsqrtss"],
  },
  {
    rule: "an unmasked I, D or Z of one lane hides O, U and P of all",
    mark: "later-flags-are-not-hidden",
    red: [...BOTH("add"), "divps", "mulps", "mulpd"],
  },
  {
    rule: "infinities of both signs have no sum",
    mark: "infinities-have-a-sum",
    red: [...BOTH("add"), ...BOTH("sub")],
  },
  {
    rule: "a difference that cancels is -0 when rounding down",
    mark: "cancelled-is-always-positive",
    red: [...BOTH("add"), ...BOTH("sub")],
  },
  {
    rule: "a division by zero hides DE",
    mark: "zero-divide-shows-de",
    red: [...BOTH("div"), "divps"],
  },
  {
    rule: "a quotient has bits to spare for rounding",
    mark: "quotient-has-no-bits-to-spare",
    red: [...BOTH("div")],
  },
  {
    rule: "a root has bits to spare for rounding",
    mark: "root-has-no-bits-to-spare",
    red: [...BOTH("sqrt")],
  },
  {
    rule: "the root of -0 is -0",
    mark: "root-of-minus-zero-is-positive",
    red: [...BOTH("sqrt")],
  },
  {
    rule: "MIN and MAX of equal operands give the second",
    mark: "equal-operands-give-the-first",
    red: [...BOTH("min"), ...BOTH("max")],
  },
  {
    rule: "zeros of both signs are equal",
    mark: "zeros-have-an-order",
    red: [...BOTH("comi"), ...BOTH("ucomi"), "cmpss eq", "cmpsd le"],
  },
  {
    rule: "CMPLT and CMPLE raise IE for a quiet NaN, CMPEQ doesn't",
    mark: "cmple-is-quiet",
    red: ["cmpss le", "cmpsd le", "cmpss nle", "cmpsd nle"],
  },
  {
    rule: "what rounds up to 2^31 or 2^63 is out of range",
    mark: "limit-is-in-range",
    red: ["cvtss2si r32", "cvtsd2si r32", "cvttsd2si r64"],
  },
  {
    rule: "bit 3 of ROUNDPS's immediate suppresses PE",
    mark: "pe-is-not-suppressed",
    red: ["roundss 8", "roundsd 9", "roundss 12"],
  },
  {
    rule: "a NaN keeps the high end of its payload",
    mark: "nan-keeps-low-end",
    red: ["cvtsd2ss"],
  },
  {
    rule: "an exception of DPPS's products keeps its sums from running",
    mark: "sums-follow-an-exception",
    red: ["dpps ff", "dpps 71", "dppd 33", "dppd 31"],
  },
  {
    rule: "DPPS prefers the NaN of the lower lane",
    mark: "higher-lane-goes-first",
    red: ["dpps ff", "dppd 33"],
  },
  {
    rule: "RCP keeps to its bound",
    mark: "rcp-has-fewer-bits",
    red: ["rcpss"],
  },
  {
    rule: "RSQRT of a negative number is the default NaN",
    mark: "negative-has-a-root",
    red: ["rsqrtss"],
  },
];

const vectors = readFloatVectors();

it.each(MUTANTS)('without the rule "$rule" the vectors turn red', async ({ mark, red }) => {
  const mutant = createMutant(mark, "machine/float");
  try {
    const broken = await mutant.load<typeof Library>("machine/float/index.js");
    const named = floatForms.filter((form) => red.includes(form.name));
    expect(named.length).toBe(red.length);
    const green = named.filter((form) => checkFloatForm(vectors, form, broken) === "");
    expect(green.map((form) => form.name)).toEqual([]);
  } finally {
    mutant.remove();
  }
});
