/**
 * Instructions: rows of the table, and what the decoder makes of bytes by them.
 *
 * A row is everything about an encoding that is data. The table (table.ts) is the only list of instructions: decoder,
 * semantics, documents, test vectors and the static check of programs all read it. It is checked row by row against
 * iced-x86. Notation of encodings and operands is that of the Intel SDM, volume 2, chapter 3.1 and appendix A.2 (Eb,
 * Gv, Iz …).
 *
 * Invariant: everything in a decoded instruction is known when the bytes are read. Nothing depends on registers, memory
 * or time, so it may be cached for as long as its bytes stay the same, and a JavaScript `if` in a semantic function may
 * depend on any of it.
 */
import type { Operand, RepeatPrefix, Segment, Width } from "./operand.js";
import type { Operations } from "./operations.js";

export * from "./operand.js";

/** Letters of the arithmetic flags: o OF, s SF, z ZF, a AF, p PF, c CF, d DF. A set is a string such as "oszapc". */
export type FlagSet = string;

/** What an instruction does in ring 3, where it does not simply run. Vectors by name as in SDM volume 3, chapter 6. */
export type Ring3Outcome =
  | "runs"
  /** #GP(0): privileged, or I/O with IOPL 0, or barred by a control register that we fix (named in `note`). */
  | "#GP"
  /** #UD: not part of this processor, or not valid in 64-bit mode. */
  | "#UD"
  /** A trap or a call to the kernel on purpose: SYSCALL, INT3, INT n, ICEBP. */
  | "trap";

/**
 * Ends a cost block (architecture.md, "Exact cycles"), and tells the engines what must not be done speculatively.
 * "none" falls through to the next instruction.
 */
export type Boundary = "none" | "branch" | "repeat" | "time" | "lock" | "fence" | "system";

/**
 * How prefixes make the width of an operation. "byte": 8 bits. "default": 32, 16 with 66h, 64 with REX.W. "stack": 64,
 * 16 with 66h and no REX.W. "64": always. "dword": 32, 64 with REX.W or VEX.W, whatever 66h says. "none": 32, unused.
 */
export type OperandSize = "byte" | "default" | "stack" | "64" | "dword" | "none";

/** The meaning of an instruction, over opaque values. See operations.ts for the rules. */
export type Semantics = <V>(operations: Operations<V>, instruction: Instruction) => void;

export interface Row {
  /**
   * Unique, stable: mnemonic and operand notation, such as "ADD Eb,Gb" or "SHLD Ev,Gv,CL". A second encoding of the
   * same operands carries its encoding: "TEST Eb,Ib [F6 /1]".
   */
  readonly name: string;
  /** The encoding in the table's notation (table/notation.ts), such as "F3 0F B8". */
  readonly encoding: string;
  /** Intel mnemonic in capitals. Jcc, SETcc and CMOVcc have one row a condition: "JE", "CMOVNE". */
  readonly mnemonic: string;
  /** Opcode map. "vex1", "vex2" and "vex3" are VEX.0F, VEX.0F38 and VEX.0F3A. */
  readonly map: "1" | "0f" | "0f38" | "0f3a" | "vex1" | "vex2" | "vex3";
  /** Last opcode byte. Where an operand is "Z…" it is the first of eight, and bits 2 to 0 are the register. */
  readonly opcode: number;
  /**
   * Mandatory prefix: 0x66, 0xf3, 0xf2, or null where prefixes do not select. 0 means none of them, except that 66h
   * still gives the operand size where the row has one (`size` is "default").
   */
  readonly prefix: 0 | 0x66 | 0xf3 | 0xf2 | null;
  /** ModRM.reg as opcode extension (/0 to /7), or null. */
  readonly extension: number | null;
  /** Restriction of ModRM.mod, where the encoding needs one. */
  readonly mod: "register" | "memory" | null;
  /** Fixed ModRM.rm (such as 0F 01 F8 SWAPGS), or null. */
  readonly rm: number | null;
  /** VEX.L, VEX.W where the encoding fixes them; null where ignored or not VEX. */
  readonly vexL: 0 | 1 | null;
  readonly rexW: 0 | 1 | null;
  /** 0 where REX.B selects another row (90h: NOP and PAUSE, against XCHG r8,rAX); otherwise null. */
  readonly rexB: 0 | null;
  /** Operands in Intel order, in the SDM's appendix A notation; empty when all are implicit. */
  readonly operands: readonly string[];
  readonly size: OperandSize;
  readonly flagsRead: FlagSet;
  readonly flagsWritten: FlagSet;
  /** Undefined by the architecture afterwards: masked when compared with an oracle, but fixed by our semantics. */
  readonly flagsUndefined: FlagSet;
  /** LOCK is allowed (with a memory destination); XCHG with memory locks always. */
  readonly lockable: boolean;
  /** "lock" and "repeat" hold for the forms that lock or repeat: see boundaryOf in index.ts. */
  readonly boundary: Boundary;
  readonly ring3: Ring3Outcome;
  /** CPUID feature that it needs beyond the 64-bit baseline, such as "BMI2"; empty for baseline. */
  readonly feature: string;
  /** A remark for the document of ring-3 outcomes, such as "CR4.UMIP is set". */
  readonly note: string;
  /** Key of `semantics` in semantics/index.ts, "" where there is none. One function serves all forms of a mnemonic. */
  readonly semanticKey: string;
  /** Null where `ring3` is #GP or #UD: the outcome needs no computation. */
  readonly semantics: Semantics | null;
}

export interface Instruction {
  readonly row: Row;
  /** 1 to 15. */
  readonly lengthBytes: number;
  /** Width of the operation after 66h, REX.W and the row's defaults: 8, 16, 32 or 64. */
  readonly width: Width;
  /** 32 with prefix 67h. */
  readonly addressWidth: 32 | 64;
  readonly operands: readonly Operand[];
  readonly lock: boolean;
  /**
   * F2/F3 where the row gives them a meaning (string instructions); otherwise "none". MOVS, STOS, LODS, INS and OUTS
   * do not look at ZF: for them F2 repeats as F3 does, and "rep" stands for both.
   */
  readonly repeat: RepeatPrefix;
  /** Segment of the implicit DS:rSI operand of string instructions and XLAT, after overrides. */
  readonly segment: Segment;
  /** Condition code 0 to 15 of Jcc, SETcc and CMOVcc (opcode bits 3 to 0); otherwise 0. */
  readonly condition: number;
}
