/**
 * The parts of the processor's state that nodes read and write, by name.
 */
import type { FlagName } from "../../isa/operations.js";

export type RegisterName =
  | "rax"
  | "rcx"
  | "rdx"
  | "rbx"
  | "rsp"
  | "rbp"
  | "rsi"
  | "rdi"
  | "r8"
  | "r9"
  | "r10"
  | "r11"
  | "r12"
  | "r13"
  | "r14"
  | "r15";

/** Names in the order in which ModRM encodes the registers. */
export const REGISTER_NAMES: readonly RegisterName[] = [
  "rax",
  "rcx",
  "rdx",
  "rbx",
  "rsp",
  "rbp",
  "rsi",
  "rdi",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
];

/** XMM0 to XMM15. */
export type VectorName = `xmm${number}`;

export const VECTOR_NAMES: readonly VectorName[] = Array.from({ length: 16 }, (_, index): VectorName => `xmm${index}`);

/**
 * Whatever register an operand names, by the operand's number: an instruction over these stands for all that differ in
 * registers alone.
 */
export type OperandName = `general${number}` | `vector${number}`;

/** Most operands of an instruction. */
export const MOST_OPERANDS = 4;

const GENERAL_OPERANDS = Array.from({ length: MOST_OPERANDS }, (_, index): OperandName => `general${index}`);
const VECTOR_OPERANDS = Array.from({ length: MOST_OPERANDS }, (_, index): OperandName => `vector${index}`);

/**
 * Parts of the state that are not flags: 64 bits wide, vectors 128. `systemflags` is RFLAGS without the flags of
 * FlagName.
 */
export type WordName = RegisterName | VectorName | "fsbase" | "gsbase" | "systemflags" | OperandName;

/** In the order of their indices: the general registers, the vectors, the rest. */
export const WORD_NAMES: readonly WordName[] = [
  ...REGISTER_NAMES,
  ...VECTOR_NAMES,
  "fsbase",
  "gsbase",
  "systemflags",
  ...GENERAL_OPERANDS,
  ...VECTOR_OPERANDS,
];

/** Indices of the first word of each kind. */
export const FIRST_VECTOR = REGISTER_NAMES.length;
export const FIRST_GENERAL_OPERAND = WORD_NAMES.indexOf("general0");
export const FIRST_VECTOR_OPERAND = WORD_NAMES.indexOf("vector0");

export const FLAG_NAMES: readonly FlagName[] = ["cf", "pf", "af", "zf", "sf", "of", "df"];

/** What `read` and `write` nodes name. Words are 64 wide, vectors 128, flags 1. */
export type StateName = WordName | FlagName;
