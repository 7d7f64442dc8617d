/**
 * The table as the decoder wants it: map and opcode to the rows that may stand there, the most specific first.
 *
 * Rows are put to their opcodes when the module loads, and made ready for the decoder when it first meets an opcode.
 */
import type { Encoding } from "./encoding.js";
import { compileOperand, needsModrm, type OperandReader } from "./operands.js";
import type { Row } from "./instruction.js";
import { rows } from "./table.js";

/** A row with its conditions as numbers (-1: anything goes) and its operands as functions. */
export interface Candidate {
  readonly row: Row;
  readonly readers: readonly OperandReader[];
  readonly hasModrm: boolean;
  /** MOV to and from control and debug registers: any ModRM.mod means a register. */
  readonly ignoresMod: boolean;
  /** VEX.vvvv is an operand; otherwise it must be 1111b. */
  readonly usesVexV: boolean;
  /** 66h is the operand size and no mandatory prefix, where `prefix` is 0. */
  readonly acceptsOperandSize: boolean;
  readonly prefix: number;
  readonly extension: number;
  /** 3 for a register, 0 for memory. */
  readonly mod: number;
  readonly rm: number;
  readonly vexL: number;
  readonly rexW: number;
  readonly rexB: number;
  /** CMPS and SCAS, which look at ZF and tell F2 from F3. */
  readonly comparesStrings: boolean;
  /** Jcc, SETcc, CMOVcc: the low four bits of the opcode are a condition. */
  readonly isConditional: boolean;
}

function compileRow(row: Row): Candidate {
  return {
    row,
    readers: row.operands.map(compileOperand),
    hasModrm: row.extension !== null || row.mod !== null || row.operands.some(needsModrm),
    ignoresMod: row.operands.some((operand) => /^[CD][a-z]$/.test(operand)),
    usesVexV: row.operands.some((operand) => operand.startsWith("B")),
    acceptsOperandSize: row.size === "default",
    prefix: row.prefix ?? -1,
    extension: row.extension ?? -1,
    mod: row.mod === null ? -1 : row.mod === "register" ? 3 : 0,
    rm: row.rm ?? -1,
    vexL: row.vexL ?? -1,
    rexW: row.rexW ?? -1,
    rexB: row.rexB ?? -1,
    comparesStrings: row.semanticKey === "cmps" || row.semanticKey === "scas",
    isConditional: ["jcc", "setcc", "cmovcc"].includes(row.semanticKey),
  };
}

/** How many conditions a candidate has; a row that asks for more is tried before one that asks for less. */
function specificity(candidate: Candidate): number {
  const { prefix, extension, mod, rm, rexW, rexB } = candidate;
  return [prefix, prefix, extension, mod, rm, rexW, rexB].filter((value) => value >= 0).length;
}

interface OpcodeSlot {
  readonly rows: Row[];
  /** Null until the decoder first comes here. */
  candidates: readonly Candidate[] | null;
}

type OpcodeMap = readonly (OpcodeSlot | undefined)[];

function sortRows(): { readonly [M in Row["map"]]: OpcodeMap } {
  const maps: { readonly [M in Row["map"]]: (OpcodeSlot | undefined)[] } = {
    "1": [],
    "0f": [],
    "0f38": [],
    "0f3a": [],
    vex1: [],
    vex2: [],
    vex3: [],
  };
  for (const row of rows) {
    const count = row.operands.some((operand) => operand.startsWith("Z")) ? 8 : 1;
    for (let opcode = row.opcode; opcode < row.opcode + count; opcode++)
      (maps[row.map][opcode] ??= { rows: [], candidates: null }).rows.push(row);
  }
  return maps;
}

const maps = sortRows();

/** Candidates by map and opcode; undefined where no row is. All candidates of one opcode agree about ModRM. */
export function candidatesAt(map: Row["map"], opcode: number): readonly Candidate[] | undefined {
  const slot = maps[map][opcode];
  if (slot === undefined) return undefined;
  return (slot.candidates ??= slot.rows.map(compileRow).toSorted((a, b) => specificity(b) - specificity(a)));
}

/** Whether prefixes, ModRM and VEX fields are those of the candidate. */
export function matches(candidate: Candidate, encoding: Encoding): boolean {
  const { prefix, extension, mod, rm, vexL, rexW, rexB } = candidate;
  if (prefix >= 0) {
    if (prefix === 0x66 || prefix === 0) {
      if (encoding.repeat !== 0) return false;
      if (encoding.operandSize !== (prefix === 0x66) && !(prefix === 0 && candidate.acceptsOperandSize)) return false;
    } else if (encoding.repeat !== prefix) return false;
  }
  if (extension >= 0 && extension !== ((encoding.modrm >> 3) & 7)) return false;
  if (mod >= 0 && mod !== (encoding.modrm >> 6 === 3 ? 3 : 0)) return false;
  if (rm >= 0 && rm !== (encoding.modrm & 7)) return false;
  if (rexW >= 0 && rexW !== encoding.w) return false;
  if (rexB >= 0 && encoding.b !== 0) return false;
  if (vexL >= 0) {
    if (vexL !== encoding.vexL) return false;
    if (!candidate.usesVexV && encoding.vexV !== 0) return false;
  }
  return true;
}
