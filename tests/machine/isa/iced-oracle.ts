/**
 * What iced-x86 says of some bytes, put beside what our decoder says. No test in itself.
 *
 * Source of the differences that are let through: each stands in `MNEMONICS` or `isKnownDifference` with its reason.
 */
import * as iced from "iced-x86";
import {
  type DecodeResult,
  formatInstruction,
  type Instruction,
  type Operand,
} from "../../../dist/machine/isa/index.js";

/** Names of an iced enumeration by number. */
function namesOf(enumeration: object): readonly string[] {
  const names: string[] = [];
  for (const [name, value] of Object.entries(enumeration)) if (typeof value === "number") names[value] = name;
  return names;
}

export const codeNames = namesOf(iced.Code);
export const mnemonicNames = namesOf(iced.Mnemonic);
export const featureNames = namesOf(iced.CpuidFeature);

/** Our mnemonic by iced's, where they differ: iced gives names to what the manual calls by one name. */
const MNEMONICS: { readonly [theirs: string]: string } = {
  reservednop: "nop",
  xlatb: "xlat",
  wait: "fwait",
};

export function ourNameOf(theirs: string): string {
  return MNEMONICS[theirs] ?? theirs;
}

/** Where we differ from iced on purpose. */
export function isKnownDifference(code: iced.Code, ours: DecodeResult): boolean {
  // F3 41 90: iced says PAUSE; processors (seen on Zen 3) exchange r8 and rAX.
  return code === iced.Code.Pause && ours.kind === "instruction" && ours.instruction.row.semanticKey === "xchg";
}

export function hexOf(bytes: Uint8Array, length = 15): string {
  return [...bytes.subarray(0, length)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

const LEGACY_HIGH: readonly iced.Register[] = [iced.Register.AH, iced.Register.CH, iced.Register.DH, iced.Register.BH];
const SEGMENTS: readonly iced.Register[] = [
  iced.Register.ES,
  iced.Register.CS,
  iced.Register.SS,
  iced.Register.DS,
  iced.Register.FS,
  iced.Register.GS,
];

/** Segment is a const enum: the build leaves nothing of it that a test could import. */
const DS = 3;
const FS = 4;
const GS = 5;

/** iced describes the source of these as a 32-bit register, of which 16 bits count. */
const SELECTOR_SOURCES = new Set(["LAR", "LSL", "VERR", "VERW", "LLDT", "LTR", "LMSW", "MOV Sw,Ew"]);

function compareRegister(theirs: iced.Register, ours: Operand, row: Instruction["row"]): string | null {
  const high = LEGACY_HIGH.indexOf(theirs);
  if (SEGMENTS.includes(theirs)) {
    return ours.kind === "segment" && ours.segment === SEGMENTS.indexOf(theirs) ? null : "segment register";
  }
  if (iced.RegisterExt.isCR(theirs) || iced.RegisterExt.isDR(theirs)) {
    const letters = iced.RegisterExt.isCR(theirs) ? "cr" : "dr";
    return ours.kind === "control" && ours.name === `${letters}${iced.RegisterExt.number(theirs)}` ? null : "control";
  }
  if (iced.RegisterExt.isXMM(theirs))
    return ours.kind === "vector" && ours.register === iced.RegisterExt.number(theirs) ? null : "XMM register";
  if (ours.kind !== "register") return `register expected, not ${ours.kind}`;
  if (ours.high !== high >= 0) return "high byte";
  const number = high >= 0 ? high : iced.RegisterExt.number(iced.RegisterExt.fullRegister(theirs));
  if (ours.register !== number) return `register ${ours.register}, iced ${number}`;
  if (SELECTOR_SOURCES.has(row.mnemonic) || SELECTOR_SOURCES.has(row.name)) return null;
  const width = iced.RegisterExt.size(theirs) * 8;
  return ours.width === width ? null : `register width ${ours.width}, iced ${width}`;
}

const number = (register: iced.Register): number =>
  register === iced.Register.None ? -1 : iced.RegisterExt.number(register);
const addressWidth = (register: iced.Register): number => iced.RegisterExt.size(register) * 8;

function compareMemory(
  theirs: iced.Instruction,
  ours: Operand,
  instruction: Instruction,
  notation: string,
): string | null {
  if (ours.kind !== "memory") return `memory expected, not ${ours.kind}`;
  const { memoryBase: base, memoryIndex: index } = theirs;
  const isRip = base === iced.Register.RIP || base === iced.Register.EIP;
  if (ours.base !== (isRip ? 16 : number(base))) return "base";
  if (ours.index !== number(index)) return "index";
  if (ours.index >= 0 && ours.scale !== theirs.memoryIndexScale) return "scale";
  if (base !== iced.Register.None && addressWidth(base) !== ours.addressWidth) return "address width of the base";
  if (index !== iced.Register.None && addressWidth(index) !== ours.addressWidth) return "address width of the index";
  const displacement = isRip ? ours.displacement + BigInt(instruction.lengthBytes) : ours.displacement;
  const difference = displacement - theirs.memoryDisplacement;
  if (BigInt.asUintN(ours.addressWidth, difference) !== 0n) return "displacement";
  const segment = SEGMENTS.indexOf(theirs.memorySegment);
  const isIgnored = theirs.segmentPrefix !== iced.Register.None && segment < FS;
  if (!isIgnored && segment !== ours.segment) return "segment";
  if (isIgnored && ours.segment >= FS) return "segment";
  // Addresses without a datum, and far pointers, whose width we give as that of the offset.
  if (notation === "M" || notation === "Mp") return null;
  const width = iced.MemorySizeExt.size(theirs.memorySize) * 8;
  return width === 0 || width === ours.width ? null : `memory width ${ours.width}, iced ${width}`;
}

const IMMEDIATE_WIDTHS: { readonly [kind: number]: number } = {
  [iced.OpKind.Immediate8]: 8,
  [iced.OpKind.Immediate8_2nd]: 8,
  [iced.OpKind.Immediate16]: 16,
  [iced.OpKind.Immediate32]: 32,
  [iced.OpKind.Immediate64]: 64,
  [iced.OpKind.Immediate8to16]: 16,
  [iced.OpKind.Immediate8to32]: 32,
  [iced.OpKind.Immediate8to64]: 64,
  [iced.OpKind.Immediate32to64]: 64,
};

function compareOperand(theirs: iced.Instruction, instruction: Instruction, index: number): string | null {
  const ours = instruction.operands[index];
  const place = instruction.row.mnemonic === "MASKMOVDQU" ? index + 1 : index;
  const kind = theirs.opKind(place);
  if (kind === iced.OpKind.Register) return compareRegister(theirs.opRegister(place), ours, instruction.row);
  if (kind === iced.OpKind.Memory) return compareMemory(theirs, ours, instruction, instruction.row.operands[index]);
  if (kind === iced.OpKind.NearBranch64) {
    if (ours.kind !== "relative") return `branch target expected, not ${ours.kind}`;
    const target = BigInt(instruction.lengthBytes) + ours.displacement;
    return BigInt.asUintN(64, target) === theirs.nearBranch64 ? null : "branch target";
  }
  const width = IMMEDIATE_WIDTHS[kind];
  if (width === undefined) return `operand kind ${kind}`;
  if (ours.kind !== "immediate") return `immediate expected, not ${ours.kind}`;
  if (ours.width !== width) return `immediate width ${ours.width}, iced ${width}`;
  return ours.value === BigInt.asUintN(width, theirs.immediate(index)) ? null : "immediate";
}

/** Hint NOPs name a second operand in iced; string instructions and XLAT name theirs, which we leave implicit. */
function operandCount(theirs: iced.Instruction, instruction: Instruction): number {
  const { row } = instruction;
  if (row.semanticKey === "nop" && instruction.operands.length === 1) return 1;
  // The bytes at rDI, which iced names first, are implicit here.
  if (row.mnemonic === "MASKMOVDQU") return 2;
  if (row.boundary === "repeat" || ["XLAT", "INS", "INSB", "OUTS", "OUTSB"].includes(row.mnemonic)) return 0;
  return theirs.opCount;
}

/** The first difference in words, or null. `theirs` was decoded at address 0. */
export function compareInstruction(theirs: iced.Instruction, instruction: Instruction): string | null {
  const { row } = instruction;
  if (theirs.length !== instruction.lengthBytes) return `length ${instruction.lengthBytes}, iced ${theirs.length}`;
  const words = formatInstruction(instruction).replace(/^(lock |rep |repe |repne )+/, "");
  const ourMnemonic = words.split(" ")[0].replace(/^(call|jmp)f$/, "$1");
  const theirMnemonic = ourNameOf(mnemonicNames[theirs.mnemonic].toLowerCase());
  // iced gives different names to the reserved prefetches 0F 0D /3 to /7.
  const isReservedPrefetch = row.encoding === "0F 0D mem";
  if (ourMnemonic !== theirMnemonic && !isReservedPrefetch) return `mnemonic ${ourMnemonic}, iced ${theirMnemonic}`;
  const count = operandCount(theirs, instruction);
  if (count !== instruction.operands.length) return `${instruction.operands.length} operands, iced ${count}`;
  for (let index = 0; index < count; index++) {
    const difference = compareOperand(theirs, instruction, index);
    if (difference !== null) return `operand ${index}: ${difference}`;
  }
  if (theirs.hasLockPrefix !== instruction.lock) return "lock";
  if (row.boundary === "repeat") {
    const repeat = theirs.hasRepPrefix
      ? "rep"
      : theirs.hasRepnePrefix
        ? row.flagsWritten === ""
          ? "rep"
          : "repne"
        : "none";
    if (repeat !== instruction.repeat) return `repeat ${instruction.repeat}, iced ${repeat}`;
    const segment = [FS, GS].find((each) => theirs.segmentPrefix === SEGMENTS[each]) ?? DS;
    if (instruction.segment !== segment) return "segment";
  }
  if (["jcc", "setcc", "cmovcc"].includes(row.semanticKey) && instruction.condition + 1 !== theirs.conditionCode)
    return "condition";
  const { operandSize } = iced.CodeExt.opCode(theirs.code);
  // Port I/O is never 64 bits wide; it never runs either, so its width doesn't matter.
  if (
    operandSize !== 0 &&
    row.ring3 !== "#GP" &&
    (row.size === "default" || row.size === "stack") &&
    operandSize !== instruction.width
  )
    return `width ${instruction.width}, iced ${operandSize}`;
  return null;
}

/** How two answers agree. "coarse": both mean #UD, and we name an instruction where iced finds a reserved field. */
export type Agreement = "instruction" | "absent" | "invalid" | "coarse" | "known";

/** Compares both decoders on the same bytes; a string in words is a difference. */
export function compareDecoders(
  theirs: iced.Instruction,
  ours: DecodeResult,
): Agreement | { readonly difference: string } {
  const code = codeNames[theirs.code];
  if (isKnownDifference(theirs.code, ours)) return "known";
  if (theirs.code === iced.Code.INVALID || code.startsWith("Via_undoc")) {
    if (ours.kind === "invalid" || ours.kind === "too-long") return "invalid";
    if (ours.kind === "absent") return "coarse";
    return {
      difference: `iced: invalid, ours: ${ours.kind === "instruction" ? ours.instruction.row.name : ours.kind}`,
    };
  }
  if (ours.kind === "instruction") {
    const difference = compareInstruction(theirs, ours.instruction);
    return difference === null
      ? "instruction"
      : { difference: `${ours.instruction.row.name} and ${code}: ${difference}` };
  }
  if (ours.kind !== "absent") return { difference: `iced: ${code}, ours: ${ours.kind}` };
  if (ours.lengthBytes !== theirs.length)
    return { difference: `${ours.mnemonic} and ${code}: length ${ours.lengthBytes}` };
  const isFamily = /^(EVEX\.|XOP\.|0F 0F)/.test(ours.mnemonic);
  const name = ourNameOf(mnemonicNames[theirs.mnemonic].toLowerCase());
  if (!isFamily && ours.mnemonic.toLowerCase() !== name) return { difference: `${ours.mnemonic} and ${code}: name` };
  return "absent";
}
