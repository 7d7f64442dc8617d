/**
 * A small assembler for generated programs: bytes, labels, and a record of every instruction that it placed, so that
 * the supervisor can go on behind one that faults, and coverage can say what really ran.
 */
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

  /** Counts in memory that control came here; `features` are shown by it, and by the instructions since the last one. */
  function marker(features = [], claims = true) {
    if (markers.length >= COUNTER_SLOTS) return -1;
    const slot = markers.length;
    markers.push({ features });
    if (claims) for (let i = open; i < placed.length; i++) placed[i].slot = slot;
    const at = word32(COUNTERS + 8 * slot);
    emit([0x4c, 0x8b, 0x04 | ((R15 & 7) << 3), 0x25, ...at]); // mov r15, [counter]
    emit([0x4d, 0x8d, 0x7f, 0x01]); // lea r15, [r15+1]
    emit([0x4c, 0x89, 0x04 | ((R15 & 7) << 3), 0x25, ...at]); // mov [counter], r15
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

// ---- glue: fixed instructions by register number ---------------------------------------------------------------------

const rexW = (reg, rm) => 0x48 | ((reg >> 3) << 2) | (rm >> 3);
const rex = (reg, rm) => 0x40 | ((reg >> 3) << 2) | (rm >> 3);

export const movImmediate = (register, value) => [rex(0, register), 0xb8 | (register & 7), ...word32(value)];
export const movImmediate64 = (register, value) => [rexW(0, register), 0xb8 | (register & 7), ...word64(value)];
export const movRegister = (to, from) => [rexW(from, to), 0x89, 0xc0 | ((from & 7) << 3) | (to & 7)];
export const movzxByte = (to, from) => [rex(to, from), 0x0f, 0xb6, 0xc0 | ((to & 7) << 3) | (from & 7)];
export const decrement = (register) => [rexW(0, register), 0xff, 0xc8 | (register & 7)];
export const push = (register) => [rex(0, register), 0x50 | (register & 7)];
export const pop = (register) => [rex(0, register), 0x58 | (register & 7)];
export const testItself = (register) => [rexW(register, register), 0x85, 0xc0 | ((register & 7) << 3) | (register & 7)];
/** lea to, [r14 + displacement] */
export const leaData = (to, displacement) => [rexW(to, 14), 0x8d, 0x86 | ((to & 7) << 3), ...word32(displacement)];
/** cmp register, immediate (32 bits) */
export const compare32 = (register, value) => [rex(0, register), 0x81, 0xf8 | (register & 7), ...word32(value)];
/** mov dword [address], immediate */
export const storeImmediate = (address, value) => [0xc7, 0x04, 0x25, ...word32(address), ...word32(value)];
/** mov register32, [address] */
export const loadAbsolute = (register, address) => [
  rex(register, 0),
  0x8b,
  0x04 | ((register & 7) << 3),
  0x25,
  ...word32(address),
];
/** mov [address], register32 */
export const storeAbsolute = (address, register) => [
  rex(register, 0),
  0x89,
  0x04 | ((register & 7) << 3),
  0x25,
  ...word32(address),
];
