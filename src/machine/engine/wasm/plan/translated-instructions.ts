/**
 * Which instructions translated code does; all others are the reference engine's.
 */
import type { Row } from "../../../isa/index.js";
import { type Instruction, type Operand, Register, RIP_BASE, Segment } from "../../../isa/instruction.js";
import type { Emitter, SsaNode } from "../../ssa/index.js";
import { FunctionIndex } from "../assembler/index.js";
import { isLeftToReference } from "./translated-operations.js";

/** Parts of the state that only the reference engine writes. Flags of the system are not written: leaveIf. */
const SYSTEM_STATE: ReadonlySet<string> = new Set(["fsbase", "gsbase"]);

/** Routines for repeated string instructions, by the key of their row's meaning. */
export const REPEAT_ROUTINES: { readonly [semanticKey: string]: FunctionIndex } = {
  movs: FunctionIndex.RepeatMove,
  stos: FunctionIndex.RepeatStore,
  cmps: FunctionIndex.RepeatCompare,
  scas: FunctionIndex.RepeatScan,
  lods: FunctionIndex.RepeatLoad,
};

/** What was found out, by row and kinds of operands, on which alone the operations of an instruction depend. */
export type KnownForms = Map<Row, Map<number, boolean>>;

const OPERAND_KINDS: readonly Operand["kind"][] = [
  "register",
  "vector",
  "memory",
  "immediate",
  "relative",
  "segment",
  "control",
];

/** A number for the kinds of the instruction's operands, and whether it has LOCK. */
function formOf({ lock, operands }: Instruction): number {
  let form = lock ? 1 : 0;
  for (const { kind } of operands) form = form * (OPERAND_KINDS.length + 1) + OPERAND_KINDS.indexOf(kind) + 1;
  return form;
}

/** Whether translated code can do this instruction. What is found out is kept in `known`. */
export function isTranslated(instruction: Instruction, emitter: Emitter, known: KnownForms): boolean {
  const { row, repeat } = instruction;
  if ((row.ring3 !== "runs" && row.semanticKey !== "syscall") || row.semantics === null) return false;
  if (repeat !== "none") return isRepeatTranslated(instruction);
  if (row.semanticKey === "enter" && isNested(instruction)) return false;
  let forms = known.get(row);
  if (forms === undefined) known.set(row, (forms = new Map()));
  const form = formOf(instruction);
  let answer = forms.get(form);
  if (answer === undefined) forms.set(form, (answer = examine(instruction, emitter)));
  return answer;
}

function isRepeatTranslated({ row, addressWidth, segment }: Instruction): boolean {
  const isPlain = addressWidth === 64 && segment !== Segment.Fs && segment !== Segment.Gs;
  return isPlain && REPEAT_ROUTINES[row.semanticKey] !== undefined;
}

const STORES: ReadonlySet<string> = new Set(["store", "storeUpdate", "storePairUpdate", "storeVectors"]);

/** Whether memory gets back what was read, as where ENTER looks whether it may store. */
function isProbe({ op, args: [, value] }: SsaNode): boolean {
  return op === "storeUpdate" && value.op === "loadForUpdate";
}

/** Whether ENTER copies frame pointers: stores between loads, each of which may leave. The form doesn't tell. */
function isNested({ operands: [, nesting] }: Instruction): boolean {
  return nesting.kind !== "immediate" || (nesting.value & 31n) !== 0n;
}

/** The same with a base in place of a known address: whether that is aligned is not a matter of the form. */
function withoutKnownAddress(instruction: Instruction): Instruction {
  const operands = instruction.operands.map((operand) =>
    operand.kind === "memory" && operand.index < 0 && (operand.base < 0 || operand.base === RIP_BASE)
      ? { ...operand, base: Register.Rax }
      : operand,
  );
  return { ...instruction, operands };
}

function examine(original: Instruction, emitter: Emitter): boolean {
  const instruction = withoutKnownAddress(original);
  const { nodes, terminator } = emitter.emitBlock([{ address: 0x1000n, instruction }]);
  if (terminator.kind === "trap") return false;
  let hasStored = false;
  for (const node of nodes) {
    if (isLeftToReference(node)) return false;
    if (node.op === "write" && node.detail.kind === "state" && SYSTEM_STATE.has(node.detail.state)) return false;
    // What follows a store must not leave: the store can't be taken back.
    if (hasStored && (node.exit >= 0 || STORES.has(node.op))) return false;
    if (STORES.has(node.op) && !isProbe(node)) hasStored = true;
  }
  return true;
}
