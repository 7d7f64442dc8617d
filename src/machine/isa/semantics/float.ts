/**
 * Floating-point instructions: which lanes, which operands, what happens to the rest of the register. What becomes of
 * the lanes themselves is the seam's (floatUnary and so on).
 *
 * Invariant: no float is looked at here, and only moves and logic (vector-move.ts, vector-shuffle.ts) may touch one
 * without MXCSR. A scalar instruction leaves the upper lanes of its destination.
 * Source: Intel SDM volume 2, under each mnemonic.
 */
import type { Instruction, Operand, Semantics } from "../instruction.js";
import type { Operations } from "../operations.js";
import {
  type Conversion,
  type FloatBinary,
  type FloatFormat,
  type FloatUnary,
  NUMBER_WIDTH,
} from "../vector-operations.js";
import { constantFlag } from "./flags.js";
import { immediateNumber, operandWidth, readOperand, writeOperand } from "./operand.js";
import { bytesOfLanes, combining, lanesBy, readLow, readVector, writeVector, zeroVector } from "./vector-operand.js";

function immediateOf({ operands }: Instruction): number {
  const last = operands[operands.length - 1];
  return last.kind === "immediate" ? immediateNumber(last) : 0;
}

/** Replaces the lowest lane. */
function writeLow<V>(operations: Operations<V>, destination: Operand, format: FloatFormat, value: V): void {
  const old = readVector(operations, destination);
  writeVector(operations, destination, operations.insertLane(format, old, 0, value));
}

function binaryPacked(operation: FloatBinary, format: FloatFormat, immediateMask = 0): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const b = readVector(operations, source);
    const a = readVector(operations, destination);
    const immediate = immediateOf(instruction) & immediateMask;
    writeVector(operations, destination, operations.floatBinary(operation, format, 128, a, b, immediate));
  };
}

function binaryScalar(operation: FloatBinary, format: FloatFormat, immediateMask = 0): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const b = readLow(operations, source, format);
    const a = readLow(operations, destination, format);
    const immediate = immediateOf(instruction) & immediateMask;
    const value = operations.floatBinary(operation, format, format, a, b, immediate);
    writeLow(operations, destination, format, value);
  };
}

function unaryPacked(operation: FloatUnary, format: FloatFormat): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const a = readVector(operations, source);
    const value = operations.floatUnary(operation, format, 128, a, immediateOf(instruction));
    writeVector(operations, destination, value);
  };
}

function unaryScalar(operation: FloatUnary, format: FloatFormat): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const a = readLow(operations, source, format);
    const value = operations.floatUnary(operation, format, format, a, immediateOf(instruction));
    writeLow(operations, destination, format, value);
  };
}

export const addps: Semantics = binaryPacked("add", 32);
export const addpd: Semantics = binaryPacked("add", 64);
export const addss: Semantics = binaryScalar("add", 32);
export const addsd: Semantics = binaryScalar("add", 64);
export const subps: Semantics = binaryPacked("sub", 32);
export const subpd: Semantics = binaryPacked("sub", 64);
export const subss: Semantics = binaryScalar("sub", 32);
export const subsd: Semantics = binaryScalar("sub", 64);
export const mulps: Semantics = binaryPacked("mul", 32);
export const mulpd: Semantics = binaryPacked("mul", 64);
export const mulss: Semantics = binaryScalar("mul", 32);
export const mulsd: Semantics = binaryScalar("mul", 64);
export const divps: Semantics = binaryPacked("div", 32);
export const divpd: Semantics = binaryPacked("div", 64);
export const divss: Semantics = binaryScalar("div", 32);
export const divsd: Semantics = binaryScalar("div", 64);
export const minps: Semantics = binaryPacked("min", 32);
export const minpd: Semantics = binaryPacked("min", 64);
export const minss: Semantics = binaryScalar("min", 32);
export const minsd: Semantics = binaryScalar("min", 64);
export const maxps: Semantics = binaryPacked("max", 32);
export const maxpd: Semantics = binaryPacked("max", 64);
export const maxss: Semantics = binaryScalar("max", 32);
export const maxsd: Semantics = binaryScalar("max", 64);
export const addsubps: Semantics = binaryPacked("addSub", 32);
export const addsubpd: Semantics = binaryPacked("addSub", 64);
export const sqrtps: Semantics = unaryPacked("sqrt", 32);
export const sqrtpd: Semantics = unaryPacked("sqrt", 64);
export const sqrtss: Semantics = unaryScalar("sqrt", 32);
export const sqrtsd: Semantics = unaryScalar("sqrt", 64);
export const roundps: Semantics = unaryPacked("round", 32);
export const roundpd: Semantics = unaryPacked("round", 64);
export const roundss: Semantics = unaryScalar("round", 32);
export const roundsd: Semantics = unaryScalar("round", 64);
export const rcpps: Semantics = unaryPacked("reciprocal", 32);
export const rcpss: Semantics = unaryScalar("reciprocal", 32);
export const rsqrtps: Semantics = unaryPacked("reciprocalSqrt", 32);
export const rsqrtss: Semantics = unaryScalar("reciprocalSqrt", 32);

/** Bits 2 to 0 of the immediate are the predicate; without VEX the others are ignored. */
const PREDICATE_MASK = 7;
export const cmpps: Semantics = binaryPacked("compare", 32, PREDICATE_MASK);
export const cmppd: Semantics = binaryPacked("compare", 64, PREDICATE_MASK);
export const cmpss: Semantics = binaryScalar("compare", 32, PREDICATE_MASK);
export const cmpsd: Semantics = binaryScalar("compare", 64, PREDICATE_MASK);

// ---- within a register ---------------------------------------------------------------------------------------------

/** Neighbouring lanes of the first, then of the second. */
function horizontal(operation: "add" | "sub", format: FloatFormat): Semantics {
  const evenLanes = lanesBy(128 / format, (lane) => 2 * lane);
  const evenBytes = bytesOfLanes(format, evenLanes);
  const oddBytes = evenBytes.map((byte) => byte + format / 8);
  return combining((operations, a, b) => {
    const even = operations.shuffleBytes(a, b, evenBytes);
    const odd = operations.shuffleBytes(a, b, oddBytes);
    return operations.floatBinary(operation, format, 128, even, odd);
  });
}

export const haddps: Semantics = horizontal("add", 32);
export const haddpd: Semantics = horizontal("add", 64);
export const hsubps: Semantics = horizontal("sub", 32);
export const hsubpd: Semantics = horizontal("sub", 64);

/** For each choice of lanes, one bit a lane: ones in the lanes that are chosen, 0 in the others. */
function masksOf(format: FloatFormat): readonly bigint[] {
  const count = 128 / format;
  const lane = (1n << BigInt(format)) - 1n;
  return Array.from({ length: 1 << count }, (_, chosen) =>
    lanesBy(count, (i) => i).reduce(
      (mask, i) => mask | (((chosen >> i) & 1) === 1 ? lane << BigInt(i * format) : 0n),
      0n,
    ),
  );
}

/**
 * DPPS and DPPD: products of the lanes that bits 7 to 4 of the immediate choose, their sum in those that bits 3 to 0
 * choose. Each step rounds and raises as an instruction of its own would; lanes that are not chosen are +0 by +0.
 */
function dotProduct(format: FloatFormat): Semantics {
  const count = 128 / format;
  const masks = masksOf(format);
  // The lower half of what a step adds are neighbours, the rest is +0.
  const even = lanesBy(count, (lane) => Math.min(2 * lane, count));
  const evenBytes = bytesOfLanes(format, even);
  const oddBytes = bytesOfLanes(
    format,
    even.map((lane) => Math.min(lane + 1, count)),
  );
  const lowestBytes = bytesOfLanes(
    format,
    lanesBy(count, () => 0),
  );
  return combining((operations, a, b, immediate) => {
    const keep = (value: typeof a, chosen: number): typeof a =>
      operations.and(128, value, operations.constant(128, masks[chosen % masks.length]));
    const chosen = immediate >> 4;
    let sum = operations.floatBinary("mul", format, 128, keep(a, chosen), keep(b, chosen));
    for (let terms = count; terms > 1; terms /= 2) {
      const left = operations.shuffleBytes(sum, zeroVector(operations), evenBytes);
      const right = operations.shuffleBytes(sum, zeroVector(operations), oddBytes);
      sum = operations.floatBinary("add", format, 128, left, right);
    }
    return keep(operations.shuffleBytes(sum, sum, lowestBytes), immediate);
  });
}

export const dpps: Semantics = dotProduct(32);
export const dppd: Semantics = dotProduct(64);

// ---- comparison to flags -------------------------------------------------------------------------------------------

/** ZF, PF and CF as of a comparison of unsigned numbers; all three when unordered. */
function relating(format: FloatFormat, signalsQuiet: boolean): Semantics {
  return (operations, instruction) => {
    const [first, second] = instruction.operands;
    const b = readLow(operations, second, format);
    const a = readLow(operations, first, format);
    const relation = operations.floatRelation(format, signalsQuiet, a, b);
    operations.setFlags({
      zf: () => operations.bit(8, relation, 6),
      pf: () => operations.bit(8, relation, 2),
      cf: () => operations.bit(8, relation, 0),
      of: constantFlag(operations, 0n),
      sf: constantFlag(operations, 0n),
      af: constantFlag(operations, 0n),
    });
  };
}

export const comiss: Semantics = relating(32, true);
export const comisd: Semantics = relating(64, true);
export const ucomiss: Semantics = relating(32, false);
export const ucomisd: Semantics = relating(64, false);

// ---- conversions ---------------------------------------------------------------------------------------------------

/** Whole registers; where the results are narrower than the register, zeros stand above them. */
function converting(from: Conversion["from"], to: Conversion["to"], lanes: 2 | 4, truncates = false): Semantics {
  const conversion: Conversion = { from, to, truncates, lanes };
  const fromWidth = (lanes * NUMBER_WIDTH[from]) as 64 | 128;
  const toWidth = (lanes * NUMBER_WIDTH[to]) as 64 | 128;
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const a = fromWidth === 128 ? readVector(operations, source) : readLow(operations, source, fromWidth);
    const value = operations.floatConvert(conversion, a);
    writeVector(operations, destination, toWidth === 128 ? value : operations.zeroExtend(toWidth, 128, value));
  };
}

export const cvtdq2ps: Semantics = converting("int32", "float32", 4);
export const cvtps2dq: Semantics = converting("float32", "int32", 4);
export const cvttps2dq: Semantics = converting("float32", "int32", 4, true);
export const cvtdq2pd: Semantics = converting("int32", "float64", 2);
export const cvtpd2dq: Semantics = converting("float64", "int32", 2);
export const cvttpd2dq: Semantics = converting("float64", "int32", 2, true);
export const cvtps2pd: Semantics = converting("float32", "float64", 2);
export const cvtpd2ps: Semantics = converting("float64", "float32", 2);

/** Between the formats, in the lowest lane. */
function convertingScalar(from: FloatFormat, to: FloatFormat): Semantics {
  const conversion: Conversion = { from: `float${from}`, to: `float${to}`, truncates: false, lanes: 1 };
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const value = operations.floatConvert(conversion, readLow(operations, source, from));
    writeLow(operations, destination, to, value);
  };
}

export const cvtss2sd: Semantics = convertingScalar(32, 64);
export const cvtsd2ss: Semantics = convertingScalar(64, 32);

/** From a general register or memory. */
function fromInteger(format: FloatFormat): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const from = operandWidth(source) === 64 ? "int64" : "int32";
    const conversion: Conversion = { from, to: `float${format}`, truncates: false, lanes: 1 };
    writeLow(operations, destination, format, operations.floatConvert(conversion, readOperand(operations, source)));
  };
}

export const cvtsi2ss: Semantics = fromInteger(32);
export const cvtsi2sd: Semantics = fromInteger(64);

/** To a general register. */
function toInteger(format: FloatFormat, truncates: boolean): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const to = operandWidth(destination) === 64 ? "int64" : "int32";
    const conversion: Conversion = { from: `float${format}`, to, truncates, lanes: 1 };
    writeOperand(operations, destination, operations.floatConvert(conversion, readLow(operations, source, format)));
  };
}

export const cvtss2si: Semantics = toInteger(32, false);
export const cvtsd2si: Semantics = toInteger(64, false);
export const cvttss2si: Semantics = toInteger(32, true);
export const cvttsd2si: Semantics = toInteger(64, true);
