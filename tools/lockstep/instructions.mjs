/**
 * Random single instructions for any row of the table, with operands that mostly stay where programs may go: r14 points
 * to the middle of the data, r12 and r13 count loops, and rsp is left alone. One in a while breaks each of these rules.
 */
import { encodeFields } from "../../dist/machine/isa/assemble.js";
import { isVectorRow } from "../silicon/exclusions.mjs";
import { leaData, movImmediate64, movzxByte } from "./assembler.mjs";
import {
  AFTER_SHARED,
  ALIAS,
  BEFORE_SHARED,
  CODE,
  CODE_BYTES,
  COUNTERS,
  DATA,
  DATA_BYTES,
  DATA_MIDDLE,
  FIRST_HIGH_PAGE,
  LAST_LOW_PAGE,
  READ_ONLY,
  SHARED,
  SHARED_READ_ONLY,
  SUPERVISOR_ONLY,
  UNMAPPED,
} from "./layout.mjs";

const RSP = 4;
const R14 = 14;
const R15 = 15;
const RIP = 16;
/** Segments FS and GS, as the table's instructions number them. */
const FS = 4;
const GS = 5;
/** Registers that random instructions may write. */
const FREE = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 15];
/** Placed by constructs only: control flow, traps, and what needs preparation to make sense. */
const PLANTED = new Set(
  "jcc call ret jmp loop loope loopne jrcxz syscall int3 int int1 enter leave popf ud".split(" "),
);
const STRINGS = new Set(["movs", "cmps", "stos", "lods", "scas"]);
const STACK = new Set(["push", "pop", "pushf"]);
const IMMEDIATE = /^(sI|I|J|O)([a-z])$/;
const READS_FLAGS = (row) => row.flagsRead !== "" && row.flagsRead !== "d";
const WRITES_FLAGS = (row) => /[oszapc]/.test(row.flagsWritten + row.flagsUndefined);

/** What compilers seldom or never emit: random code holds less of it, so that most of it stays with a translator. */
const RARE = new Set(
  "ldmxcsr fxsave fxrstor maskmovdqu rdfsbase rdgsbase wrfsbase wrgsbase cpuid rdpid lar lsl verr verw movseg cmpxchg8b cmpxchg16b pushf pdep pext std".split(
    " ",
  ),
);
const isRare = (row) => RARE.has(row.semanticKey) || ["system", "time", "fence"].includes(row.boundary);

/** Sorts the rows of a library's table by what generated programs do with them. */
export function sortRows(isa) {
  const mayBePlaced = (row) => !PLANTED.has(row.semanticKey);
  const usable = isa.rows.filter((row) => mayBePlaced(row) && !isVectorRow(row));
  const vectors = isa.rows.filter(
    (row) => mayBePlaced(row) && isVectorRow(row) && row.ring3 === "runs" && row.semantics !== null,
  );
  const running = usable.filter((row) => row.ring3 === "runs" && row.semantics !== null);
  const plain = running.filter((row) => !STRINGS.has(row.semanticKey));
  const withoutStack = plain.filter((row) => !STACK.has(row.semanticKey));
  return {
    decode: isa.decode,
    /** Everything that random straight-line code uses, and what it must show. */
    running,
    /** On XMM registers, MXCSR, and CRC32. */
    vectors,
    commonVectors: vectors.filter((row) => !RARE.has(row.semanticKey)),
    withoutStack,
    common: withoutStack.filter((row) => !isRare(row)),
    /** None of them ends a cost block as long as nothing locks. */
    unbroken: plain.filter(
      (row) => ["none", "lock"].includes(row.boundary) && row.semanticKey !== "xchg" && !STACK.has(row.semanticKey),
    ),
    refused: usable.filter((row) => row.ring3 !== "runs"),
    strings: running.filter((row) => STRINGS.has(row.semanticKey)),
    /** For flags that are consumed late. */
    flagWriters: plain.filter((row) => WRITES_FLAGS(row) && !STACK.has(row.semanticKey)),
    flagKeepers: plain.filter(
      (row) => !WRITES_FLAGS(row) && !READS_FLAGS(row) && !STACK.has(row.semanticKey) && row.boundary === "none",
    ),
    flagReaders: plain.filter((row) => READS_FLAGS(row) && !STACK.has(row.semanticKey)),
    lockable: plain.filter((row) => row.lockable && row.mod !== "register"),
  };
}

/**
 * @typedef {object} Taste what instructions of one program lean to
 * @property {number} sharedIn one memory operand in so many goes to shared pages; 0 for none
 * @property {number} strayIn one in so many goes where it faults
 * @property {number} codeIn one in so many reads or writes the program's own code
 * @property {boolean} [vectors] half of the instructions are on XMM registers
 * @property {boolean} [neverLocks] no LOCK prefix
 * @property {boolean} [neverHigh] nothing at the edges of the address halves
 */

/** An address for an access of `sizeBytes`, and what it shows. */
export function pickAddress(random, sizeBytes, taste) {
  const { below, chance } = random;
  if (taste.sharedIn > 0 && chance(taste.sharedIn)) {
    if (chance(8)) return { address: SHARED_READ_ONLY + below(64) * 8, feature: "shared access" };
    if (chance(8))
      return { address: BEFORE_SHARED + 4096 - below(sizeBytes) - 1, feature: "access across shared pages" };
    if (chance(8)) return { address: AFTER_SHARED - below(sizeBytes) - 1, feature: "access across shared pages" };
    return { address: SHARED + below(32) * 8 + (chance(6) ? below(8) : 0), feature: "shared access" };
  }
  if (taste.strayIn > 0 && chance(taste.strayIn)) {
    const stray = [
      READ_ONLY + 0x800 + below(1024),
      UNMAPPED + below(4096),
      SUPERVISOR_ONLY + below(4096),
      UNMAPPED - below(sizeBytes) - 1,
      READ_ONLY - below(sizeBytes) - 1,
      DATA - below(sizeBytes) - 1,
    ];
    return { address: random.pick(stray), feature: "stray access" };
  }
  if (taste.codeIn > 0 && chance(taste.codeIn)) {
    const base = chance(2) ? CODE : ALIAS;
    return { address: base + below(CODE_BYTES + 8), feature: "access to own code" };
  }
  if (chance(12)) {
    const page = DATA + 0x1000 * (1 + below(3));
    return { address: page - below(sizeBytes) - (chance(4) ? 1 : 0), feature: "data across pages" };
  }
  const offset = chance(3) ? below(256) * 16 + DATA_BYTES / 2 - 2048 : below(DATA_BYTES - 64);
  return { address: DATA + offset, feature: "" };
}

function accessBytes(row, width) {
  const operand = row.operands.find((each) => /^(E|M|RM|O|W)/.test(each)) ?? "";
  const letter = operand.replace(/^(RM|E|M|O|W)/, "");
  const sizes = { b: 1, w: 2, d: 4, q: 8, dq: 16, ss: 4, sd: 8, ps: 16, pd: 16 };
  return sizes[letter] ?? width / 8;
}

/** The memory operand of an instruction; places what prepares it before. Null choice: register form. */
function chooseMemory(assembler, random, row, width, taste, isLegacy) {
  const { below, chance } = random;
  const size = accessBytes(row, width);
  if (taste.strayIn > 0 && chance(taste.strayIn * 2)) {
    // Whatever a register holds.
    return {
      base: isLegacy ? below(4) : random.pick(FREE),
      index: -1,
      scaleLog2: 0,
      displacement: below(256) - 128,
      displacementBytes: 1,
      feature: "",
    };
  }
  if (!isLegacy && taste.neverHigh !== true && chance(40)) {
    const page = chance(2) ? LAST_LOW_PAGE : FIRST_HIGH_PAGE;
    const edge = chance(6) ? 4096 - below(size + 1) : below(4080);
    assembler.emit(movImmediate64(R15, page + BigInt(edge)));
    const feature = edge + size > 4096 ? "access at the edge of an address half" : "access to the upper half";
    return { base: R15, index: -1, scaleLog2: 0, displacement: 0, displacementBytes: 1, feature };
  }
  // Most vectors have to lie at a multiple of their size.
  const isVector = isVectorRow(row) && size === 16;
  const isAligned = (isVector && !chance(10)) || (row.semanticKey === "cmpxchg16b" && !chance(6));
  if (!isLegacy && chance(12) && row.semanticKey !== "cmpxchg16b" && !isVector) {
    const displacement = below(0x60);
    return { base: RSP, index: -1, scaleLog2: 0, displacement, displacementBytes: 1, feature: "" };
  }
  const target = pickAddress(random, size, taste);
  let { address } = target;
  if (isAligned) address -= address % 16;
  const { feature } = target;
  // The counters belong to the markers.
  if (address >= COUNTERS && address < COUNTERS + 4096) address = DATA;
  let way = isLegacy ? 3 + below(2) : below(9);
  if (isVector && isAligned && (way === 6 || way === 7)) way = 0;
  if (way === 3) return { base: RIP, index: -1, scaleLog2: 0, displacement: address, displacementBytes: 4, feature };
  if (way === 4) return { base: -1, index: -1, scaleLog2: 0, displacement: address, displacementBytes: 4, feature };
  if (way === 5) {
    const base = chance(2) ? DATA : DATA + 0x2000;
    const segment = base === DATA ? FS : GS;
    return {
      base: -1,
      index: -1,
      scaleLog2: 0,
      displacement: (address - base) | 0,
      displacementBytes: 4,
      segment,
      feature,
    };
  }
  if (way === 6 || way === 7) {
    const index = random.pick(FREE);
    assembler.emit(movzxByte(index, index === R15 ? 0 : index));
    const scaleLog2 = below(4);
    const shift = address + size >= DATA_MIDDLE ? -(128 << scaleLog2) : 0;
    return {
      base: R14,
      index,
      scaleLog2,
      displacement: address - DATA_MIDDLE + shift,
      displacementBytes: 4,
      feature: "",
    };
  }
  const displacement = address - DATA_MIDDLE;
  const isShort = displacement >= -128 && displacement < 128;
  return { base: R14, index: -1, scaleLog2: 0, displacement, displacementBytes: isShort ? 1 : 4, feature };
}

function widthOf(row, random) {
  if (row.size === "byte") return 8;
  if (row.size === "64") return 64;
  if (row.size === "none") return 32;
  if (row.rexW === 1) return 64;
  if (row.size === "stack") return random.chance(12) ? 16 : 64;
  if (row.size === "dword") return row.rexW === 0 || random.chance(2) ? 32 : 64;
  if (random.chance(5)) return 16;
  return row.rexW === 0 || random.chance(2) ? 32 : 64;
}

function immediateBytes(row, width, random, isAddress32) {
  const bytes = [];
  for (const operand of row.operands) {
    const parts = IMMEDIATE.exec(operand);
    if (parts === null) continue;
    let count = { b: 1, w: 2, z: width === 16 ? 2 : 4, v: width / 8 }[parts[2]] ?? 4;
    if (parts[1] === "sI") count = 1;
    if (parts[1] === "O") {
      const address = DATA + random.below(DATA_BYTES - 64);
      for (let i = 0; i < (isAddress32 ? 4 : 8); i++) bytes.push(i < 4 ? (address >> (8 * i)) & 255 : 0);
      continue;
    }
    const corner = random.chance(3) ? random.pick([0, 1, 0x7f, 0x80, 0xff]) : -1;
    for (let i = 0; i < count; i++)
      bytes.push(corner >= 0 ? (i === 0 || corner === 0xff ? corner : 0) : random.below(256));
  }
  return bytes;
}

/** The bytes of an instruction at an address; from RIP, the displacement of `fields` is where the operand is. */
function encodeAt(address, row, fields) {
  const { memory } = fields;
  if (memory?.base !== RIP) return encodeFields(row, fields).bytes;
  const { length } = encodeFields(row, fields).bytes;
  const displacement = memory.displacement - (address + length);
  return encodeFields(row, { ...fields, memory: { ...memory, displacement } }).bytes;
}

/** Places one random instruction of the row. False when the row has no encoding that can be read back as itself. */
export function placeInstruction(assembler, random, sorted, row, taste, features = []) {
  const { below, chance, pick } = random;
  for (let attempt = 0; attempt < 8; attempt++) {
    const isVex = row.map.startsWith("vex");
    const width = widthOf(row, random);
    const mayBeMemory = row.mod !== "register" && row.operands.some((operand) => /^(E|M|RM|W)/.test(operand));
    const isMemory = row.mod === "memory" || (mayBeMemory && chance(2));
    const isLegacy = !isVex && row.operands.some((operand) => /^[EG]b$/.test(operand)) && width !== 64 && chance(4);
    const byteRegister = () => (isLegacy ? pick([0, 1, 2, 3, 4, 5, 6, 7]) : pick(FREE));
    const wideRegister = () => (isLegacy ? pick([0, 1, 2, 3, 5, 6, 7]) : chance(150) ? below(16) : pick(FREE));
    const isByte = (notation) => row.operands.some((operand) => operand === notation);
    let reg = row.extension ?? (isByte("Gb") ? byteRegister() : wideRegister());
    if (row.operands.some((operand) => operand.startsWith("S"))) reg = below(6);
    let rm = row.rm ?? (isByte("Eb") ? byteRegister() : wideRegister());
    if (row.operands.some((operand) => operand.startsWith("V"))) reg = below(16);
    if (row.operands.some((operand) => /^[WU][a-z]/.test(operand))) rm = below(16);
    const isAddress32 = (isMemory || row.operands.some((operand) => operand.startsWith("O"))) && chance(14);
    const isString = STRINGS.has(row.semanticKey);
    if (isString) {
      assembler.emit(leaData(6, below(0x1000)));
      assembler.emit(leaData(7, below(0x1000)));
    }
    if (row.semanticKey === "maskmovdqu") assembler.emit(leaData(7, below(0x1000) - 0x800));
    if (row.semanticKey === "xlat") assembler.emit(leaData(3, below(0x1000) - 0x800));
    const memory = isMemory ? chooseMemory(assembler, random, row, width, taste, isLegacy) : null;
    // A bit offset in a register moves the address by up to 2^60 bytes.
    if (memory !== null && row.mnemonic.startsWith("BT") && row.operands[1] === "Gv" && !chance(8)) {
      if (reg >= 12) reg = 11;
      if (reg === RSP) reg = 5;
      assembler.emit(movzxByte(reg, reg));
    }
    const isLocked = memory !== null && row.lockable && taste.neverLocks !== true && chance(4);
    const hasOpcodeRegister = row.operands.some((operand) => /^Z[a-z]$/.test(operand));
    const isWide = width === 64 && (row.size === "default" || row.size === "dword" || row.rexW === 1);
    const fields = {
      segment: memory?.segment,
      isAddress32,
      isHalf: width === 16 && (row.size === "default" || row.size === "stack") && row.prefix !== 0x66 && !isVex,
      lock: isLocked,
      isWide: isWide || (row.size === "none" && !isVex && chance(30)),
      hasRex: !isLegacy && !isVex,
      reg,
      rm,
      memory,
      vvvv: row.operands.some((operand) => operand.startsWith("B")) ? pick(FREE) : 0,
      opcodeRegister: hasOpcodeRegister ? (row.rexB === 0 ? below(4) : pick(FREE)) : undefined,
      immediate: immediateBytes(row, width, random, isAddress32),
    };
    const bytes = encodeAt(assembler.here(), row, fields);
    const { kind, instruction } = sorted.decode(Uint8Array.from(bytes), 0, bytes.length);
    if (kind !== "instruction" || instruction.row !== row || instruction.lengthBytes !== bytes.length) continue;
    const shown = [...features];
    if (memory !== null && memory.feature !== "") shown.push(memory.feature);
    if (isLocked)
      shown.push(taste.sharedIn > 0 && memory.feature === "shared access" ? "locked shared access" : "locked access");
    assembler.emit(bytes, shown, row.name);
    return true;
  }
  return false;
}
