/**
 * The operations of src/machine/float/, each as an instruction of the processor and as a call of ours: one row each.
 *
 *   name         the instruction, with its immediate where it has one
 *   instruction  for gcc: x is in xmm0, y in xmm1, an integer operand in rax
 *   format       of the operands' lanes; lanes: how many
 *   operands     which generator of operands.mjs makes x and y
 *   result       where it is: "xmm" (lanes of resultWidth bits), "rax" (resultWidth bits) or "flags" (AH after LAHF)
 *   compute      (library, a, b, mxcsr) -> { bits, flags } of one lane
 *   computeWhole instead of compute, where lanes meet: (library, x, y, mxcsr) -> { bits, mxcsr, raises }, 128 bits
 *   accepts      only where the architecture leaves the value open: (a, bits) -> boolean
 */
import { withinReciprocalBound, withinReciprocalSquareRootBound } from "./bounds.mjs";

const PREDICATES = ["eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"];
/** Each rounding, MXCSR's, and all of them once more with PE suppressed. */
const ROUND_IMMEDIATES = [0, 1, 2, 3, 4, 8, 9, 10, 11, 12];
/** LAHF: bit 1 is always set. */
const LAHF_FIXED = 0x02n;

export const floatForms = [...formsOf(32), ...formsOf(64), ...reciprocalForms(), ...packedForms()];

function formsOf(format) {
  const single = format === 32 ? "ss" : "sd";
  const other = format === 32 ? 64 : 32;
  const base = { format, lanes: 1, result: "xmm", resultWidth: format };
  const binary = (mnemonic, operands, key) => ({
    ...base,
    name: mnemonic + single,
    instruction: `${mnemonic}${single} %%xmm1, %%xmm0`,
    operands,
    compute: (library, a, b, mxcsr) => library[key](format, a, b, mxcsr),
  });
  const compareToFlags = (mnemonic, isSignalling) => ({
    ...base,
    name: mnemonic + single,
    instruction: `${mnemonic}${single} %%xmm1, %%xmm0`,
    operands: "compare",
    result: "flags",
    resultWidth: 8,
    compute: (library, a, b, mxcsr) => {
      const { relation, flags } = library.floatCompare(format, a, b, mxcsr, isSignalling);
      return { bits: BigInt(library.RELATION_RFLAGS[relation]) | LAHF_FIXED, flags };
    },
  });
  const toInteger = (mnemonic, key, width) => ({
    ...base,
    name: `${mnemonic}${single}2si r${width}`,
    instruction: `${mnemonic}${single}2si %%xmm0, ${width === 32 ? "%%eax" : "%%rax"}`,
    operands: "toInteger",
    result: "rax",
    resultWidth: width,
    compute: (library, a, _b, mxcsr) => library[key](format, width, a, mxcsr),
  });
  const fromInteger = (width) => ({
    ...base,
    name: `cvtsi2${single} r${width}`,
    instruction: `cvtsi2${single}${width === 32 ? "l %%eax" : "q %%rax"}, %%xmm0`,
    operands: "integer",
    compute: (library, _a, b, mxcsr) => library.integerToFloat(format, width, BigInt.asUintN(width, b), mxcsr),
  });
  return [
    binary("add", "add", "floatAdd"),
    binary("sub", "add", "floatSubtract"),
    binary("mul", "multiply", "floatMultiply"),
    binary("div", "divide", "floatDivide"),
    binary("min", "compare", "floatMinimum"),
    binary("max", "compare", "floatMaximum"),
    {
      ...base,
      name: `sqrt${single}`,
      instruction: `sqrt${single} %%xmm0, %%xmm0`,
      operands: "squareRoot",
      compute: (library, a, _b, mxcsr) => library.floatSquareRoot(format, a, mxcsr),
    },
    ...PREDICATES.map((name, predicate) => ({
      ...base,
      name: `cmp${single} ${name}`,
      instruction: `cmp${single} $${predicate}, %%xmm1, %%xmm0`,
      operands: "compare",
      compute: (library, a, b, mxcsr) => library.floatComparePredicate(format, predicate, a, b, mxcsr),
    })),
    compareToFlags("comi", true),
    compareToFlags("ucomi", false),
    ...ROUND_IMMEDIATES.map((immediate) => ({
      ...base,
      name: `round${single} ${immediate}`,
      instruction: `round${single} $${immediate}, %%xmm0, %%xmm0`,
      operands: "toInteger",
      compute: (library, a, _b, mxcsr) => library.floatRoundToIntegral(format, a, immediate, mxcsr),
    })),
    {
      ...base,
      name: `cvt${single}2${format === 32 ? "sd" : "ss"}`,
      instruction: `cvt${single}2${format === 32 ? "sd" : "ss"} %%xmm0, %%xmm0`,
      operands: "convert",
      resultWidth: other,
      compute: (library, a, _b, mxcsr) => library.floatConvert(format, other, a, mxcsr),
    },
    toInteger("cvt", "floatToInteger", 32),
    toInteger("cvt", "floatToInteger", 64),
    toInteger("cvtt", "floatToIntegerTruncated", 32),
    toInteger("cvtt", "floatToIntegerTruncated", 64),
    fromInteger(32),
    fromInteger(64),
  ];
}

function reciprocalForms() {
  const base = { format: 32, lanes: 1, result: "xmm", resultWidth: 32, operands: "squareRoot" };
  return [
    {
      ...base,
      name: "rcpss",
      instruction: "rcpss %%xmm0, %%xmm0",
      compute: (library, a) => ({ bits: library.reciprocal32(a), flags: 0 }),
      accepts: withinReciprocalBound,
    },
    {
      ...base,
      name: "rsqrtss",
      instruction: "rsqrtss %%xmm0, %%xmm0",
      compute: (library, a) => ({ bits: library.reciprocalSquareRoot32(a), flags: 0 }),
      accepts: withinReciprocalSquareRootBound,
    },
  ];
}

/** Whole registers: what these add is how the flags of several lanes meet. */
function packedForms() {
  const packed = (mnemonic, format, operands, key) => ({
    name: mnemonic,
    instruction: `${mnemonic} %%xmm1, %%xmm0`,
    format,
    lanes: 128 / format,
    operands,
    result: "xmm",
    resultWidth: format,
    compute: (library, a, b, mxcsr) => library[key](format, a, b, mxcsr),
  });
  return [
    packed("addps", 32, "add", "floatAdd"),
    packed("mulps", 32, "multiply", "floatMultiply"),
    packed("divps", 32, "divide", "floatDivide"),
    packed("addpd", 64, "add", "floatAdd"),
    packed("mulpd", 64, "multiply", "floatMultiply"),
    packed("divpd", 64, "divide", "floatDivide"),
    packed("maxpd", 64, "compare", "floatMaximum"),
    ...[0xff, 0x71, 0xf2, 0xb8].map((immediate) => dotProduct("dpps", 32, immediate)),
    ...[0x33, 0x31, 0x12].map((immediate) => dotProduct("dppd", 64, immediate)),
  ];
}

function dotProduct(mnemonic, format, immediate) {
  return {
    name: `${mnemonic} ${immediate.toString(16)}`,
    instruction: `${mnemonic} $${immediate}, %%xmm1, %%xmm0`,
    format,
    lanes: 128 / format,
    operands: "multiply",
    result: "xmm",
    resultWidth: format,
    computeWhole: (library, x, y, mxcsr) => library.floatDotProduct(format, x, y, immediate, mxcsr),
  };
}
