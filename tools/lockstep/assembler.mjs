/**
 * A small assembler for generated programs: bytes, labels, and a record of every instruction that it placed, so that
 * the supervisor can go on behind one that faults, and coverage can say what really ran.
 */
import { assemble, encodeFields } from "../../dist/machine/isa/assemble.js";
import { findRow } from "../../dist/machine/isa/index.js";
import { CODE, CODE_BYTES, COUNTERS, COUNTER_SLOTS } from "./layout.mjs";

/**
 * @typedef {object} Placed an instruction of the program
 * @property {number} address
 * @property {number} length
 * @property {string} row name in the instruction table, "" for glue
 * @property {readonly string[]} features what running it shows
 * @property {number} slot marker that is reached only by passing it, -1 for none
 *
 * @typedef {object} Marker a counter that the program itself keeps in memory
 * @property {readonly string[]} features
 */

const R15 = 15;
/** Room that is left for the end of the program. */
const RESERVE_BYTES = 0x1200;

const remembered = new Map();

/** The bytes of instructions in text. Not for texts that are made anew each time: all are remembered. */
export function assembled(text) {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const bytes = [...assemble(text)];
  remembered.set(text, bytes);
  return bytes;
}

const word32 = (value) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];

export { word32 };

export function word64(value) {
  const low = Number(BigInt.asUintN(32, value));
  const high = Number(BigInt.asUintN(64, value) >> 32n);
  return [...word32(low), ...word32(high)];
}

/** `origin`: address of the first instruction. */
export function createAssembler(origin) {
  const bytes = new Uint8Array(CODE_BYTES);
  const placed = [];
  const markers = [];
  /** Addresses at which the supervisor may go on after a fault, in order. */
  const resumePoints = [];
  let here = origin;
  let open = 0;

  function emit(code, features = [], row = "") {
    placed.push({ address: here, length: code.length, row, features, slot: -1 });
    bytes.set(code, here - CODE);
    here += code.length;
  }

  const label = () => ({ address: -1, uses: [] });

  function bind(target) {
    target.address = here;
    for (const { at, next, size } of target.uses) patch(at, here - next, size);
    target.uses.length = 0;
  }

  function patch(at, value, size) {
    if (size === 1 && (value < -128 || value > 127)) throw new Error("a short branch is too long");
    for (let i = 0; i < size; i++) bytes[at - CODE + i] = value >> (8 * i);
  }

  /** An instruction that ends with a displacement of `size` bytes to the label, relative to its own end. */
  function emitRelative(head, target, size = 4, features = []) {
    const next = here + head.length + size;
    const displacement = target.address < 0 ? 0 : target.address - next;
    if (target.address < 0) target.uses.push({ at: next - size, next, size });
    else if (size === 1 && displacement < -128) throw new Error("a short branch is too long");
    emit([...head, ...word32(displacement).slice(0, size)], features);
  }

  /**
   * Counts in memory that control came here; `features` are shown by it, and by the instructions since the last one.
   */
  function marker(features = [], claims = true) {
    if (markers.length >= COUNTER_SLOTS) return -1;
    const slot = markers.length;
    markers.push({ features });
    if (claims) for (let i = open; i < placed.length; i++) placed[i].slot = slot;
    const memory = absolute(COUNTERS + 8 * slot);
    emit(loadRegister({ isWide: true, reg: R15, memory }));
    emit(assembled("lea r15, [r15+0x1]"));
    emit(storeRegister({ isWide: true, reg: R15, memory }));
    open = placed.length;
    return slot;
  }

  return {
    bytes,
    placed,
    markers,
    resumePoints,
    emit,
    label,
    bind,
    emitRelative,
    marker,
    /** What was placed before can't be claimed by a later marker: control may come here otherwise. */
    cut: () => {
      open = placed.length;
    },
    here: () => here,
    isFull: () => here > CODE + CODE_BYTES - RESERVE_BYTES || markers.length > COUNTER_SLOTS - 40,
    resumePoint: () => resumePoints.push(here),
    moveTo: (address) => {
      here = address;
    },
  };
}

// ---- glue: fixed instructions by register number --------------------------------------------------------------------

const R14 = 14;
const NONE = -1;

/** The encoding of a row with a REX prefix, needed or not. */
const encoder = (name) => {
  const row = findRow(name);
  return (fields) => encodeFields(row, { hasRex: true, ...fields }).bytes;
};
const moveImmediate = encoder("MOV Zv,Iv");
const storeRegister = encoder("MOV Ev,Gv");
const loadRegister = encoder("MOV Gv,Ev");
const storeConstant = encoder("MOV Ev,Iz");
const extendByte = encoder("MOVZX Gv,Eb");
const decrementOf = encoder("DEC Ev");
const pushOf = encoder("PUSH Zv");
const popOf = encoder("POP Zv");
const test = encoder("TEST Ev,Gv");
const lea = encoder("LEA Gv,M");
const compare = encoder("CMP Ev,Iz");
const absolute = (address) => ({ base: NONE, index: NONE, scaleLog2: 0, displacement: address });

export const movImmediate = (register, value) => moveImmediate({ opcodeRegister: register, immediate: word32(value) });
export const movImmediate64 = (register, value) =>
  moveImmediate({ isWide: true, opcodeRegister: register, immediate: word64(value) });
export const movRegister = (to, from) => storeRegister({ isWide: true, rm: to, reg: from });
export const movzxByte = (to, from) => extendByte({ reg: to, rm: from });
export const decrement = (register) => decrementOf({ isWide: true, rm: register });
export const push = (register) => pushOf({ opcodeRegister: register });
export const pop = (register) => popOf({ opcodeRegister: register });
export const testItself = (register) => test({ isWide: true, reg: register, rm: register });
/** lea to, [r14 + displacement] */
export const leaData = (to, displacement) =>
  lea({ isWide: true, reg: to, memory: { base: R14, index: NONE, scaleLog2: 0, displacement, displacementBytes: 4 } });
/** cmp register, immediate (32 bits) */
export const compare32 = (register, value) => compare({ rm: register, immediate: word32(value) });
/** mov dword [address], immediate */
export const storeImmediate = (address, value) =>
  storeConstant({ hasRex: false, memory: absolute(address), immediate: word32(value) });
/** mov register32, [address] */
export const loadAbsolute = (register, address) => loadRegister({ reg: register, memory: absolute(address) });
/** mov [address], register32 */
export const storeAbsolute = (address, register) => storeRegister({ reg: register, memory: absolute(address) });
