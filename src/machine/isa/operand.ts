/**
 * What instructions work on, as their bytes say it: registers, memory, immediates; and how wide.
 */

/** Operand and operation widths, in bits. */
export type Width = 8 | 16 | 32 | 64 | 128;

/**
 * Register numbers as ModRM encodes them: 0 rax, 1 rcx, 2 rdx, 3 rbx, 4 rsp, 5 rbp, 6 rsi, 7 rdi, 8 to 15 r8 to r15.
 */
export const enum Register {
  Rax = 0,
  Rcx = 1,
  Rdx = 2,
  Rbx = 3,
  Rsp = 4,
  Rbp = 5,
  Rsi = 6,
  Rdi = 7,
  R8 = 8,
  R9 = 9,
  R10 = 10,
  R11 = 11,
  R12 = 12,
  R13 = 13,
  R14 = 14,
  R15 = 15,
}

/** Segment registers in the order of their encoding. In 64-bit mode only FS and GS have a base. */
export const enum Segment {
  Es = 0,
  Cs = 1,
  Ss = 2,
  Ds = 3,
  Fs = 4,
  Gs = 5,
}

export interface RegisterOperand {
  readonly kind: "register";
  readonly width: Width;
  readonly register: number;
  /** AH, CH, DH, BH: bits 15 to 8 of registers 0 to 3. `register` is then 0 to 3 and `width` 8. */
  readonly high: boolean;
}

/** XMM0 to XMM15. Instructions that use a part of one say so by their meaning. */
export interface VectorOperand {
  readonly kind: "vector";
  readonly width: 128;
  readonly register: number;
}

export interface MemoryOperand {
  readonly kind: "memory";
  /** Width of the datum, in bits. For LEA and prefetches the operand width; nothing is accessed. */
  readonly width: Width;
  /** Base register, or -1 for none, or 16 for RIP (of the next instruction). */
  readonly base: number;
  /** Index register, or -1 for none. */
  readonly index: number;
  readonly scale: 1 | 2 | 4 | 8;
  /** Sign-extended to 64 bits, as a signed bigint. */
  readonly displacement: bigint;
  /** Effective segment after overrides; decides #SS against #GP for non-canonical addresses, and FS/GS bases. */
  readonly segment: Segment;
  /** 32 with prefix 67h: the sum is truncated and zero-extended before the segment base is added. */
  readonly addressWidth: 32 | 64;
}

export interface ImmediateOperand {
  readonly kind: "immediate";
  readonly width: Width;
  /** Already sign- or zero-extended to `width` as the encoding says, as an unsigned bigint of `width` bits. */
  readonly value: bigint;
}

/** Target of a relative branch: added to the address of the next instruction. */
export interface RelativeOperand {
  readonly kind: "relative";
  readonly displacement: bigint;
}

/** A segment register as an operand of MOV. */
export interface SegmentOperand {
  readonly kind: "segment";
  readonly segment: Segment;
}

/** CR0 to CR8 and DR0 to DR7: operands of MOV that only ring 0 may execute. No semantic function sees one. */
export interface ControlOperand {
  readonly kind: "control";
  readonly name: string;
}

export type Operand =
  | RegisterOperand
  | VectorOperand
  | MemoryOperand
  | ImmediateOperand
  | RelativeOperand
  | SegmentOperand
  | ControlOperand;

export const RIP_BASE = 16;

/** An immediate as a number of `width` bits: sign-extended where it is narrower. */
export function immediateValue({ value, width: ownWidth }: ImmediateOperand, width: Width): bigint {
  return BigInt.asUintN(width, ownWidth < width ? BigInt.asIntN(ownWidth, value) : value);
}

export type RepeatPrefix = "none" | "rep" | "repne";

/** Where a memory access goes: a linear address (width 64), and whether a bad one is #SS rather than #GP. */
export interface Address<V> {
  readonly linear: V;
  readonly isStack: boolean;
}
