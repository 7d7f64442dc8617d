/**
 * Short straight-line sequences of random instructions as one shape: what single instructions can't show, such as flags
 * that outlive their instruction, partial registers, and a fault in the middle.
 *
 * Memory operands are absolute or relative to RIP, so that no instruction moves another's address; RSP is touched by
 * the stack's own instructions only. Nothing may read a flag that an earlier instruction left undefined, and flags
 * that are undefined at the end are not compared.
 */
import { createShape } from "./forms.mjs";
import { COMPARED_FLAGS, flagMask } from "./layout.mjs";

const RSP = 4;
const MAX_INSTRUCTIONS = 8;
/** By semantic key: control flow, strings, what needs prepared operands, and results that are partly undefined. */
const LEFT_OUT = new Set([
  "call",
  "jmp",
  "jcc",
  "ret",
  "loop",
  "loope",
  "loopne",
  "jrcxz",
  "movs",
  "cmps",
  "stos",
  "lods",
  "scas",
  "xlat",
  "enter",
  "leave",
  "popf",
  "bsf",
  "bsr",
  "shld",
  "shrd",
  "wrfsbase",
  "wrgsbase",
  "cmpxchg16b",
  "ldmxcsr",
  "fxsave",
  "fxrstor",
  "maskmovdqu",
  "rcpps",
  "rcpss",
  "rsqrtps",
  "rsqrtss",
]);
/** May leave flags as they were, depending on a count. */
const CONDITIONAL_WRITERS = new Set(["rol", "ror", "rcl", "rcr", "shl", "shr", "sar"]);

/** The forms that sequences are made of. */
export function sequenceForms(forms) {
  return forms.filter((form) => !LEFT_OUT.has(form.row.semanticKey) && form.row.semanticKey !== "nop");
}

/** A sequence that stands at `address`. `forms` are those of `sequenceForms`. */
export function createSequence(forms, random, address) {
  const count = 2 + random.below(MAX_INSTRUCTIONS - 1);
  const bytes = [];
  const names = [];
  const flags = { undefinedNow: 0, undefinedEver: 0 };
  const patches = [];
  while (names.length < count) {
    const shape = createShape(random.pick(forms), random, () => address + bytes.length);
    if (!fits(shape, flags)) continue;
    follow(shape, flags);
    bytes.push(...shape.bytes);
    names.push(shape.form.name);
    if (shape.memory !== null && shape.memory.accessBytes > 0)
      patches.push({ address: shape.fixedAddress, sizeBytes: shape.memory.accessBytes });
  }
  return {
    hasVectors: true,
    form: {
      name: names.join("; "),
      kind: "sequence",
      width: 64,
      row: { semanticKey: "sequence", operands: [], flagsUndefined: "" },
    },
    bytes,
    address,
    patches,
    memory: null,
    segment: "none",
    address32: false,
    fixedAddress: null,
    relativeBytes: 0,
    reg: -1,
    rm: -1,
    vectorReg: -1,
    vectorRm: -1,
    highReg: false,
    highRm: false,
    opcodeRegister: -1,
    immediate: -1,
    instructionCount: count,
    comparedFlags: COMPARED_FLAGS & ~flags.undefinedNow,
    comparedFlagsAtFault: COMPARED_FLAGS & ~flags.undefinedEver,
  };
}

function fits(shape, flags) {
  const { row, width, kind } = shape.form;
  if (shape.segment !== "none") return false;
  if ((flagMask(row.flagsRead) & flags.undefinedNow) !== 0) return false;
  if (shape.memory !== null && shape.memory.accessBytes > 0 && shape.fixedAddress === null) return false;
  // The bit offset would move the address.
  if (row.mnemonic.startsWith("BT") && shape.memory !== null && row.operands[1] === "Gv") return false;
  // Register 4 is AH in a byte operation without REX.
  if ((shape.reg === RSP && !shape.highReg) || (shape.rm === RSP && !shape.highRm)) return false;
  if (shape.opcodeRegister === RSP || shape.choice.vvvv === RSP) return false;
  return !(row.semanticKey === "pop" && kind === "memory" && width === 16);
}

/** Which flags are undefined once `shape` has run. */
function follow(shape, flags) {
  const { row } = shape.form;
  const left = flagMask(row.flagsUndefined);
  const conditional = CONDITIONAL_WRITERS.has(row.semanticKey) && row.operands[1] !== "1";
  if (!conditional) flags.undefinedNow &= ~flagMask(row.flagsWritten);
  flags.undefinedNow |= left;
  flags.undefinedEver |= left;
}
