/**
 * Moves between XMM registers, general registers and memory.
 *
 * Invariant: what a form merges and what it clears is said here and nowhere else. Hints not to cache (MOVNTDQ …) have
 * no meaning on this machine; the stores are ordinary ones. Source: Intel SDM volume 2, under each mnemonic.
 */
import { type Instruction, type Operand, Register, type Semantics } from "../instruction.js";
import type { Operations } from "../operations.js";
import { immediateNumber, memoryOperand, operandWidth, pointedBy, readOperand, writeOperand } from "./operand.js";
import {
  alignedAddress,
  lanesBy,
  mapping,
  negativeLanes,
  readLow,
  readVector,
  shuffleLanes,
  writeVector,
} from "./vector-operand.js";

function moveWhole(alignment: "16" | "any"): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const value = readVector(operations, source, alignment);
    if (destination.kind === "vector") {
      writeVector(operations, destination, value);
      return;
    }
    const memory = memoryOperand(destination);
    const address = alignment === "16" ? alignedAddress(operations, memory) : operations.effectiveAddress(memory);
    operations.store(128, address, value);
  };
}

/** MOVAPS, MOVAPD, MOVDQA, and the non-temporal moves: memory must be aligned. */
export const movaps: Semantics = moveWhole("16");
/** MOVUPS, MOVUPD, MOVDQU and LDDQU: any address. */
export const movups: Semantics = moveWhole("any");

/** MOVSS and MOVSD: between registers the rest of the destination stays; a load clears it. */
function moveScalar(width: 32 | 64): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const value = readLow(operations, source, width);
    if (destination.kind === "memory") operations.store(width, operations.effectiveAddress(destination), value);
    else if (source.kind === "memory") writeVector(operations, destination, operations.zeroExtend(width, 128, value));
    else {
      const old = readVector(operations, destination);
      writeVector(operations, destination, operations.insertLane(width, old, 0, value));
    }
  };
}

export const movss: Semantics = moveScalar(32);
export const movsd: Semantics = moveScalar(64);

/** MOVD and MOVQ between an XMM register and a general register or memory of 32 or 64 bits; loads clear the rest. */
export function movd<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  if (destination.kind === "vector") {
    const width = operandWidth(source) as 32 | 64;
    writeVector(operations, destination, operations.zeroExtend(width, 128, readOperand(operations, source)));
  } else {
    const width = operandWidth(destination) as 32 | 64;
    writeOperand(operations, destination, readLow(operations, source, width));
  }
}

/** MOVQ between XMM registers and memory: clears the upper half of a register. */
export function movq<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const value = readLow(operations, source, 64);
  if (destination.kind === "memory") operations.store(64, operations.effectiveAddress(destination), value);
  else writeVector(operations, destination, operations.zeroExtend(64, 128, value));
}

/** MOVLPS, MOVLPD, MOVHPS, MOVHPD: one half of a register, from or to memory. */
function moveHalf(half: 0 | 1): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    if (destination.kind === "memory") {
      const value = operations.extractLane(64, readVector(operations, source), half);
      operations.store(64, operations.effectiveAddress(destination), value);
      return;
    }
    const value = operations.load(64, operations.effectiveAddress(memoryOperand(source)));
    const old = readVector(operations, destination);
    writeVector(operations, destination, operations.insertLane(64, old, half, value));
  };
}

export const movlps: Semantics = moveHalf(0);
export const movhps: Semantics = moveHalf(1);

/** One half of the source's goes to one half of the destination: MOVHLPS and MOVLHPS. */
function moveAcross(lanes: readonly [number, number]): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const old = readVector(operations, destination);
    const value = readVector(operations, source);
    writeVector(operations, destination, shuffleLanes(operations, 64, old, value, lanes));
  };
}

export const movhlps: Semantics = moveAcross([3, 1]);
export const movlhps: Semantics = moveAcross([0, 2]);

export const movsldup: Semantics = mapping((operations, a) => shuffleLanes(operations, 32, a, a, [0, 0, 2, 2]));
export const movshdup: Semantics = mapping((operations, a) => shuffleLanes(operations, 32, a, a, [1, 1, 3, 3]));
export const movddup: Semantics = mapping((operations, a) => shuffleLanes(operations, 64, a, a, [0, 0]));

/** MOVMSKPS, MOVMSKPD and PMOVMSKB: the lanes' signs, zero-extended into a general register. */
function moveMask(laneWidth: 8 | 32 | 64): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const signs = operations.laneSigns(laneWidth, readVector(operations, source));
    const isWide = operandWidth(destination) === 64;
    writeOperand(operations, destination, isWide ? operations.zeroExtend(32, 64, signs) : signs);
  };
}

export const movmskps: Semantics = moveMask(32);
export const movmskpd: Semantics = moveMask(64);
export const pmovmskb: Semantics = moveMask(8);

/** The bytes whose mask byte is negative, to rDI. All sixteen addresses are checked for writing. */
export function maskmovdqu<V>(operations: Operations<V>, instruction: Instruction): void {
  const [source, selector] = instruction.operands;
  const value = readVector(operations, source);
  const mask = negativeLanes(operations, 8, readVector(operations, selector));
  const memory = pointedBy(instruction, Register.Rdi, instruction.segment, 128);
  operations.modify(128, operations.effectiveAddress(memory), (old) => operations.selectBits(mask, value, old));
}

/** PMOVSX and PMOVZX: the low lanes of the source, `steps` times as wide as a power of two. */
function extending(kind: "widenSigned" | "widenUnsigned", from: 8 | 16 | 32, steps: 1 | 2 | 3): Semantics {
  return mapping((operations, a) => {
    let value = a;
    let width = from as number;
    for (let step = 0; step < steps; step++, width *= 2) value = operations.mapLanes(kind, width as 8 | 16 | 32, value);
    return value;
  });
}

export const pmovsxbw: Semantics = extending("widenSigned", 8, 1);
export const pmovsxbd: Semantics = extending("widenSigned", 8, 2);
export const pmovsxbq: Semantics = extending("widenSigned", 8, 3);
export const pmovsxwd: Semantics = extending("widenSigned", 16, 1);
export const pmovsxwq: Semantics = extending("widenSigned", 16, 2);
export const pmovsxdq: Semantics = extending("widenSigned", 32, 1);
export const pmovzxbw: Semantics = extending("widenUnsigned", 8, 1);
export const pmovzxbd: Semantics = extending("widenUnsigned", 8, 2);
export const pmovzxbq: Semantics = extending("widenUnsigned", 8, 3);
export const pmovzxwd: Semantics = extending("widenUnsigned", 16, 1);
export const pmovzxwq: Semantics = extending("widenUnsigned", 16, 2);
export const pmovzxdq: Semantics = extending("widenUnsigned", 32, 1);

/** PINSRB, PINSRW, PINSRD, PINSRQ: a lane from the low bits of a general register, or from memory. */
function inserting(laneWidth: 8 | 16 | 32 | 64): Semantics {
  return (operations, instruction) => {
    const [destination, source, selector] = instruction.operands;
    const lane = laneOf(selector, laneWidth);
    const value =
      source.kind === "register" ? operations.getRegister(laneWidth, source.register) : readOperand(operations, source);
    const old = readVector(operations, destination);
    writeVector(operations, destination, operations.insertLane(laneWidth, old, lane, value));
  };
}

export const pinsrb: Semantics = inserting(8);
export const pinsrw: Semantics = inserting(16);
export const pinsrd: Semantics = inserting(32);
export const pinsrq: Semantics = inserting(64);

/** PEXTRB, PEXTRW, PEXTRD, PEXTRQ, EXTRACTPS: a lane to memory, or zero-extended to a general register. */
function extracting(laneWidth: 8 | 16 | 32 | 64): Semantics {
  return (operations, instruction) => {
    const [destination, source, selector] = instruction.operands;
    const value = operations.extractLane(laneWidth, readVector(operations, source), laneOf(selector, laneWidth));
    const width = operandWidth(destination);
    writeOperand(operations, destination, width > laneWidth ? operations.zeroExtend(laneWidth, width, value) : value);
  };
}

export const pextrb: Semantics = extracting(8);
export const pextrw: Semantics = extracting(16);
export const pextrd: Semantics = extracting(32);
export const pextrq: Semantics = extracting(64);

/** Bits of the immediate beyond the number of lanes are ignored. */
function laneOf(selector: Operand, laneWidth: number): number {
  return immediateNumber(selector) & (128 / laneWidth - 1);
}

/** Bits 7 to 6: which lane of a register; 5 to 4: where it goes; 3 to 0: which lanes are cleared then. */
export function insertps<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source, selector] = instruction.operands;
  const control = immediateNumber(selector);
  // From memory there is only one lane.
  const from = source.kind === "memory" ? 0 : control >> 6;
  const to = (control >> 4) & 3;
  const b = readVector(operations, source);
  const a = readVector(operations, destination);
  const inserted = shuffleLanes(
    operations,
    32,
    a,
    b,
    lanesBy(4, (lane) => (lane === to ? 4 + from : lane)),
  );
  const zero = operations.constant(128, 0n);
  const kept = lanesBy(4, (lane) => (((control >> lane) & 1) === 1 ? 4 : lane));
  writeVector(operations, destination, shuffleLanes(operations, 32, inserted, zero, kept));
}
