/**
 * Bits and places: logic, PTEST, unpacking, packing, shuffles, blends.
 *
 * Invariant: only PTEST changes flags. The forms for floats (ANDPS, SHUFPD, BLENDVPS …) never look at a float as one.
 * Source: Intel SDM volume 2, under each mnemonic.
 */
import type { Instruction, Semantics } from "../instruction.js";
import type { Operations } from "../operations.js";
import type { LaneOperation } from "../vector-operations.js";
import { constantFlag } from "./flags.js";
import {
  combining,
  lanesBy,
  mapping,
  negativeLanes,
  readVector,
  shuffleLanes,
  writeVector,
  zeroVector,
} from "./vector-operand.js";

/** ANDPS, ANDPD, PAND and so on: one meaning. */
export const pand: Semantics = combining((operations, a, b) => operations.and(128, a, b));
/** The destination is inverted. */
export const pandn: Semantics = combining((operations, a, b) => operations.and(128, operations.not(128, a), b));
export const por: Semantics = combining((operations, a, b) => operations.or(128, a, b));
export const pxor: Semantics = combining((operations, a, b) => operations.xor(128, a, b));

/** ZF: no bit of the second is in the first; CF: none is outside it. The other flags are cleared. */
export function ptest<V>(operations: Operations<V>, instruction: Instruction): void {
  const [first, second] = instruction.operands;
  const b = readVector(operations, second);
  const a = readVector(operations, first);
  operations.setFlags({
    zf: () => operations.isZero(128, operations.and(128, a, b)),
    cf: () => operations.isZero(128, operations.and(128, operations.not(128, a), b)),
    of: constantFlag(operations, 0n),
    sf: constantFlag(operations, 0n),
    af: constantFlag(operations, 0n),
    pf: constantFlag(operations, 0n),
  });
}

/** Interleaves the lower or upper halves of two registers. */
function unpacking(laneWidth: 8 | 16 | 32 | 64, half: 0 | 1): Semantics {
  const count = 128 / laneWidth;
  const start = (half * count) / 2;
  const lanes = lanesBy(count, (lane) => start + (lane >> 1) + (lane % 2) * count);
  return combining((operations, a, b) => shuffleLanes(operations, laneWidth, a, b, lanes));
}

export const punpcklbw: Semantics = unpacking(8, 0);
export const punpcklwd: Semantics = unpacking(16, 0);
export const punpckldq: Semantics = unpacking(32, 0);
export const punpcklqdq: Semantics = unpacking(64, 0);
export const punpckhbw: Semantics = unpacking(8, 1);
export const punpckhwd: Semantics = unpacking(16, 1);
export const punpckhdq: Semantics = unpacking(32, 1);
export const punpckhqdq: Semantics = unpacking(64, 1);

function packing(operation: LaneOperation, laneWidth: 16 | 32): Semantics {
  return combining((operations, a, b) => operations.lanes(operation, laneWidth, a, b));
}

export const packsswb: Semantics = packing("narrowSigned", 16);
export const packssdw: Semantics = packing("narrowSigned", 32);
export const packuswb: Semantics = packing("narrowUnsigned", 16);
export const packusdw: Semantics = packing("narrowUnsigned", 32);

/** Two bits of an immediate for each lane. */
const twoBits = (immediate: number, lane: number): number => (immediate >> (2 * lane)) & 3;

export const pshufd: Semantics = mapping((operations, a, immediate) =>
  shuffleLanes(
    operations,
    32,
    a,
    a,
    lanesBy(4, (lane) => twoBits(immediate, lane)),
  ),
);
export const pshuflw: Semantics = mapping((operations, a, immediate) =>
  shuffleLanes(
    operations,
    16,
    a,
    a,
    lanesBy(8, (lane) => (lane < 4 ? twoBits(immediate, lane) : lane)),
  ),
);
export const pshufhw: Semantics = mapping((operations, a, immediate) =>
  shuffleLanes(
    operations,
    16,
    a,
    a,
    lanesBy(8, (lane) => (lane < 4 ? lane : 4 + twoBits(immediate, lane - 4))),
  ),
);
/** The lower two lanes come from the destination, the upper from the source. */
export const shufps: Semantics = combining((operations, a, b, immediate) =>
  shuffleLanes(
    operations,
    32,
    a,
    b,
    lanesBy(4, (lane) => twoBits(immediate, lane) + (lane < 2 ? 0 : 4)),
  ),
);
export const shufpd: Semantics = combining((operations, a, b, immediate) =>
  shuffleLanes(operations, 64, a, b, [immediate & 1, 2 + ((immediate >> 1) & 1)]),
);
export const pshufb: Semantics = combining((operations, a, b) => operations.lanes("swizzle", 8, a, b));

/** Sixteen bytes from the immediate's on, of source and destination laid side by side; zeros behind them. */
export const palignr: Semantics = combining((operations, a, b, immediate) => {
  const zero = zeroVector(operations);
  if (immediate <= 16)
    return operations.shuffleBytes(
      b,
      a,
      lanesBy(16, (byte) => byte + immediate),
    );
  return operations.shuffleBytes(
    a,
    zero,
    lanesBy(16, (byte) => Math.min(byte + immediate - 16, 16)),
  );
});

/** Lanes of the source where the immediate has ones. */
function blending(laneWidth: 16 | 32 | 64): Semantics {
  const count = 128 / laneWidth;
  return combining((operations, a, b, immediate) => {
    const lanes = lanesBy(count, (lane) => lane + ((immediate >> lane) & 1) * count);
    return shuffleLanes(operations, laneWidth, a, b, lanes);
  });
}

export const pblendw: Semantics = blending(16);
export const blendps: Semantics = blending(32);
export const blendpd: Semantics = blending(64);

/** Lanes of the source where XMM0 has negative ones. */
function blendingByMask(laneWidth: 8 | 32 | 64): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const b = readVector(operations, source);
    const a = readVector(operations, destination);
    const mask = negativeLanes(operations, laneWidth, operations.getVector(0));
    writeVector(operations, destination, operations.selectBits(mask, b, a));
  };
}

export const pblendvb: Semantics = blendingByMask(8);
export const blendvps: Semantics = blendingByMask(32);
export const blendvpd: Semantics = blendingByMask(64);
