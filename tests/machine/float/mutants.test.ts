/**
 * The vectors bite: one wrong rule of src/machine/float/ turns the forms red that live by it. Every mutant is one
 * sentence of the specification turned round.
 */
import { expect, it } from "vitest";
import type * as Library from "../../../dist/machine/float/index.js";
import { floatForms } from "../../../tools/silicon/float/forms.mjs";
import { checkFloatForm, readFloatVectors } from "../../../tools/silicon/float/vectors.mjs";
import { createMutant } from "../../mutant.js";

interface SeededMutant {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replacement: string;
  /** Forms that must turn red. */
  readonly red: readonly string[];
}

const BOTH = (name: string): string[] => [`${name}ss`, `${name}sd`];

const MUTANTS: readonly SeededMutant[] = [
  {
    rule: "halfway goes to even",
    file: "round.js",
    find: "rest > half || (rest === half && (kept & 1n) === 1n)",
    replacement: "rest >= half",
    red: [...BOTH("add"), ...BOTH("mul"), "cvtsd2ss", "cvtsi2ss r64", "cvtss2si r32", "roundss 0"],
  },
  {
    rule: "the sign decides which way a directed rounding goes",
    file: "round.js",
    find: "increments = rounding === (isNegative ? Rounding.Down : Rounding.Up)",
    replacement: "increments = rounding === Rounding.Up",
    red: [...BOTH("add"), ...BOTH("sub"), ...BOTH("mul"), ...BOTH("div"), "roundsd 1", "cvtsd2si r64", "cvtsi2ss r32"],
  },
  {
    rule: "an inexact denormal raises UE, an exact one doesn't",
    file: "round.js",
    find: "denormal.isInexact ? FloatFlag.Underflow | FloatFlag.Inexact : 0",
    replacement: "FloatFlag.Underflow | (denormal.isInexact ? FloatFlag.Inexact : 0)",
    red: [...BOTH("mul"), ...BOTH("div"), "cvtsd2ss"],
  },
  {
    rule: "unmasked underflow comes with an exact denormal too",
    file: "round.js",
    find: "if (!isMasked(mxcsr, FloatFlag.Underflow))",
    replacement: "if (!isMasked(mxcsr, FloatFlag.Underflow) && unlimited.isInexact)",
    red: [...BOTH("mul"), ...BOTH("div")],
  },
  {
    rule: "tininess is found after rounding",
    file: "round.js",
    find: "if (unlimitedExponent >= minimumExponent)",
    replacement: "if (unlimitedExponent - (isCarried ? 1 : 0) >= minimumExponent)",
    // No quotient of two significands lies between the largest denormal and the smallest normal so that it carries.
    red: [...BOTH("mul"), "cvtsd2ss"],
  },
  {
    rule: "FTZ makes zeros of tiny results",
    file: "round.js",
    find: "if (isFlushingToZero(mxcsr))",
    replacement: "if (false)",
    red: [...BOTH("mul"), ...BOTH("div"), "cvtsd2ss", "mulps"],
  },
  {
    rule: "an unmasked overflow is inexact only if digits were lost",
    file: "round.js",
    find: "unlimited.isInexact || isMasked(mxcsr, FloatFlag.Overflow)",
    replacement: "true",
    red: [...BOTH("mul"), ...BOTH("div"), "cvtsd2ss"],
  },
  {
    rule: "overflow rounds to the largest number where the rounding says so",
    file: "round.js",
    find: "reachesInfinity ? infinity : infinity - 1n",
    replacement: "infinity",
    red: [...BOTH("mul"), ...BOTH("div"), "cvtsd2ss"],
  },
  {
    rule: "DAZ makes zeros of denormal operands",
    file: "format.js",
    find: "(mxcsr & DAZ) !== 0 ? 0n : fraction",
    replacement: "fraction",
    red: [...BOTH("add"), ...BOTH("min"), ...BOTH("sqrt"), ...BOTH("comi"), "cmpss eq", "cvtss2sd"],
  },
  {
    rule: "a denormal operand raises DE",
    file: "format.js",
    find: "x.isDenormal || y.isDenormal ? FloatFlag.Denormal : 0",
    replacement: "x.isDenormal ? FloatFlag.Denormal : 0",
    red: [...BOTH("add"), ...BOTH("max"), ...BOTH("ucomi"), ...BOTH("div")],
  },
  {
    rule: "the first NaN goes before the second",
    file: "format.js",
    find: "isNan(format, a) ? a : isNan(format, b) ? b : undefined",
    replacement: "isNan(format, b) ? b : isNan(format, a) ? a : undefined",
    red: [...BOTH("add"), ...BOTH("mul"), ...BOTH("div")],
  },
  {
    rule: "a NaN that goes through becomes quiet",
    file: "format.js",
    find: "bits: first | layoutOf(format).quiet",
    replacement: "bits: first",
    red: [...BOTH("add"), ...BOTH("sqrt"), "cvtss2sd", "roundss 0"],
  },
  {
    rule: "the second NaN's kind counts as well",
    file: "format.js",
    find: "isSignallingNan(format, a) || isSignallingNan(format, b)",
    replacement: "isSignallingNan(format, first)",
    red: [...BOTH("add"), ...BOTH("sub")],
  },
  {
    rule: "the default NaN is negative",
    file: "format.js",
    find: "defaultNan: sign | infinity | quiet",
    replacement: "defaultNan: infinity | quiet",
    red: [...BOTH("sqrt"), ...BOTH("mul"), ...BOTH("div"), "rsqrtss"],
  },
  {
    rule: "an unmasked I, D or Z of one lane hides O, U and P of all",
    file: "format.js",
    find: "(unmasked & BEFORE_COMPUTATION) !== 0 ? flags & BEFORE_COMPUTATION : flags",
    replacement: "flags",
    red: [...BOTH("add"), "divps", "mulps", "mulpd"],
  },
  {
    rule: "infinities of both signs have no sum",
    file: "arithmetic.js",
    find: "x.isInfinite && y.isInfinite && x.isNegative !== y.isNegative",
    replacement: "false",
    red: [...BOTH("add"), ...BOTH("sub")],
  },
  {
    rule: "a difference that cancels is -0 when rounding down",
    file: "arithmetic.js",
    find: ": roundingOf(mxcsr) === Rounding.Down",
    replacement: ": false",
    red: [...BOTH("add"), ...BOTH("sub")],
  },
  {
    rule: "a division by zero hides DE",
    file: "arithmetic.js",
    find: "flags: FloatFlag.ZeroDivide",
    replacement: "flags: flags | FloatFlag.ZeroDivide",
    red: [...BOTH("div"), "divps"],
  },
  {
    rule: "a quotient has bits to spare for rounding",
    file: "arithmetic.js",
    find: "const shift = 2 * layoutOf(format).precision + 3",
    replacement: "const shift = layoutOf(format).precision",
    red: [...BOTH("div")],
  },
  {
    rule: "a root has bits to spare for rounding",
    file: "arithmetic.js",
    find: "const evenShift = 2 * layoutOf(format).precision + 8",
    replacement: "const evenShift = layoutOf(format).precision & ~1",
    red: [...BOTH("sqrt")],
  },
  {
    rule: "the root of -0 is -0",
    file: "arithmetic.js",
    find: "signedZero(format, x.isNegative), flags: 0 }",
    replacement: "0n, flags: 0 }",
    red: [...BOTH("sqrt")],
  },
  {
    rule: "MIN and MAX of equal operands give the second",
    file: "compare.js",
    find: "relation === wanted ? a : b",
    replacement: 'relation === wanted || relation === "equal" ? a : b',
    red: [...BOTH("min"), ...BOTH("max")],
  },
  {
    rule: "zeros of both signs are equal",
    file: "compare.js",
    find: "if (isZero(x))\n        return 0n;",
    replacement: "if (isZero(x))\n        return x.isNegative ? -1n : 0n;",
    red: [...BOTH("comi"), ...BOTH("ucomi"), "cmpss eq", "cmpsd le"],
  },
  {
    rule: "CMPLT and CMPLE raise IE for a quiet NaN, CMPEQ doesn't",
    file: "compare.js",
    find: "base === LESS || base === LESS_OR_EQUAL",
    replacement: "base === LESS",
    red: ["cmpss le", "cmpsd le", "cmpss nle", "cmpsd nle"],
  },
  {
    rule: "what rounds up to 2^31 or 2^63 is out of range",
    file: "convert.js",
    find: "value >= limit",
    replacement: "value > limit",
    red: ["cvtss2si r32", "cvtsd2si r32", "cvttsd2si r64"],
  },
  {
    rule: "bit 3 of ROUNDPS's immediate suppresses PE",
    file: "convert.js",
    find: "(immediate & SUPPRESSES_INEXACT) === 0",
    replacement: "true",
    red: ["roundss 8", "roundsd 9", "roundss 12"],
  },
  {
    rule: "a NaN keeps the high end of its payload",
    file: "convert.js",
    find: "payload >> -difference",
    replacement: "payload & ((1n << target.fractionBits) - 1n)",
    red: ["cvtsd2ss"],
  },
  {
    rule: "an exception of DPPS's products keeps its sums from running",
    file: "dot.js",
    find: "terms.length > 1 && !after.raises",
    replacement: "terms.length > 1",
    red: ["dpps ff", "dpps 71", "dppd 33", "dppd 31"],
  },
  {
    rule: "DPPS prefers the NaN of the lower lane",
    file: "dot.js",
    find: "floatAdd(format, terms[i].bits, terms[i + 1].bits, mxcsr)",
    replacement: "floatAdd(format, terms[i + 1].bits, terms[i].bits, mxcsr)",
    red: ["dpps ff", "dppd 33"],
  },
  {
    rule: "RCP keeps to its bound",
    file: "reciprocal.js",
    find: "const OPERAND_BITS = 12n",
    replacement: "const OPERAND_BITS = 10n",
    red: ["rcpss"],
  },
  {
    rule: "RSQRT of -0 is minus infinity",
    file: "reciprocal.js",
    find: "if (x.isNegative)",
    replacement: "if (false)",
    red: ["rsqrtss"],
  },
];

const vectors = readFloatVectors();

it.each(MUTANTS)('without the rule "$rule" the vectors turn red', async ({ file, find, replacement, red }) => {
  const mutant = createMutant(`machine/float/${file}`, find, replacement, "machine/float");
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
