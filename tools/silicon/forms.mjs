/**
 * From the instruction table to instruction forms and to concrete encodings of them.
 *
 * A form is a row at one operation width with one kind of operand: what stands in the middle of "2,000 cases for each
 * form". What else an encoding leaves open (registers, addressing, immediates, prefixes that change nothing) varies
 * between the encodings of a form, its *shapes*, at random.
 */
import { encode } from "./encode.mjs";
import { excludedForm, exclusionOf, isVectorRow } from "./exclusions.mjs";
import { LANDING_BASE, LANDING_BYTES, WINDOW_BASE, WINDOW_BYTES } from "./layout.mjs";

/**
 * @typedef {object} Form
 * @property {string} name such as "ADD Ev,Gv /16 lock"
 * @property {object} row of the instruction table
 * @property {8 | 16 | 32 | 64} width of the operation, in bits
 * @property {"register" | "memory" | "lock" | "plain" | "rep" | "repne"} kind
 * @property {number} [firstImmediate] of IMMEDIATES_A_FORM that its encodings have, where all 256 are wanted
 *
 * @typedef {object} Shape one encoding of a form at one address
 * @property {Form} form
 * @property {number[]} bytes
 * @property {number} address
 * @property {object | null} memory the ModRM memory operand: choice of encode.mjs, plus `accessBytes` (0: not accessed)
 * @property {number} reg ModRM.reg general register, or -1
 * @property {number} rm ModRM.rm general register, or -1
 * @property {number} vectorReg ModRM.reg XMM register, or -1
 * @property {number} vectorRm ModRM.rm XMM register, or -1
 * @property {boolean} highReg ModRM.reg is AH, CH, DH or BH
 * @property {boolean} highRm the same of ModRM.rm
 * @property {number} opcodeRegister or -1
 * @property {"none" | "fs" | "gs"} segment
 * @property {boolean} address32 prefix 67h
 * @property {number | null} fixedAddress absolute part of an address that no register moves (RIP-relative, absolute)
 * @property {number} immediate its first byte, for counts and levels; -1 without
 */

const STRING_KEYS = ["movs", "cmps", "stos", "lods", "scas"];
const SEGMENT_PREFIX = { fs: 0x64, gs: 0x65 };
const IGNORED_PREFIXES = [0x2e, 0x36, 0x3e, 0x26];
const IMMEDIATE = /^(sI|I|J|O)([a-z])$/;
/** Every immediate means something else: forms of their own for so many at a time. */
const ALL_IMMEDIATES = /^PCMP[EI]STR/;
const IMMEDIATES_A_FORM = 52;
const FX_IMAGE_BYTES = 512;

/** All forms of the table that are compared with silicon, in table order. */
export function enumerateForms(rows) {
  const forms = [];
  for (const row of rows) {
    if (exclusionOf(row) !== null) continue;
    for (const width of widthsOf(row)) {
      for (const kind of kindsOf(row)) {
        if (excludedForm(row, width, kind) !== null) continue;
        const suffix = kind === "plain" ? "" : ` ${kind}`;
        const form = { name: `${row.name} /${width}${suffix}`, row, width, kind, taken: takenExtensions(rows, row) };
        forms.push(...byImmediates(form));
      }
    }
  }
  return forms;
}

function byImmediates(form) {
  if (!ALL_IMMEDIATES.test(form.row.mnemonic)) return [form];
  const forms = [];
  for (let first = 0; first < 256; first += IMMEDIATES_A_FORM)
    forms.push({ ...form, name: `${form.name} from ${first}`, firstImmediate: first });
  return forms;
}

/** Rows that are not compared, with the reason. */
export function excludedRows(rows) {
  return rows.map((row) => ({ row, reason: exclusionOf(row) })).filter(({ reason }) => reason !== null);
}

function widthsOf(row) {
  if (row.size === "byte") return [8];
  if (row.size === "64") return [64];
  if (row.size === "none") return row.rexW === 1 ? [64] : [32];
  const all = row.size === "default" ? [16, 32, 64] : row.size === "stack" ? [16, 64] : [32, 64];
  if (row.rexW === 1) return [64];
  return all.filter((width) => width !== 64 || row.rexW !== 0);
}

function kindsOf(row) {
  if (STRING_KEYS.includes(row.semanticKey)) {
    return ["cmps", "scas"].includes(row.semanticKey) ? ["plain", "rep", "repne"] : ["plain", "rep"];
  }
  if (!row.operands.some((operand) => /^(E|M|R|RM|W|U)/.test(operand))) return ["plain"];
  const kinds = [];
  if (row.mod !== "memory") kinds.push("register");
  if (row.mod !== "register") {
    kinds.push("memory");
    if (row.lockable) kinds.push("lock");
  }
  return kinds;
}

/** Values of ModRM.reg that belong to other rows, for a row whose own ModRM.reg is free. */
function takenExtensions(rows, row) {
  if (row.extension !== null) return [];
  return rows
    .filter(
      (other) => other !== row && other.map === row.map && other.opcode === row.opcode && other.extension !== null,
    )
    .map((other) => other.extension);
}

/**
 * A random encoding of `form`. It stands at `placeFor(length)`: an address (a number) for an instruction of so many
 * bytes. `number` decides on the immediate where a form wants all of them.
 */
export function createShape(form, random, placeFor, number = 0) {
  const shape = chooseShape(form, random, number);
  const { row } = form;
  const length = encode(row, shape.choice, 0).length;
  shape.address = placeFor(length);
  if (shape.relativeBytes > 0) chooseTarget(shape, random, length);
  shape.bytes = encode(row, shape.choice, shape.address);
  return shape;
}

function chooseShape(form, random, number) {
  const { row, width, kind } = form;
  const { chance, below, pick, bits } = random;
  const isVex = row.map.startsWith("vex");
  const isVector = isVectorRow(row);
  const hasModrm =
    isVex ||
    row.extension !== null ||
    row.mod !== null ||
    row.operands.some((operand) => /^(E|M|R|G|S|V|W)/.test(operand));
  const needsW = width === 64 && (row.size === "default" || row.size === "dword" || row.rexW === 1);
  // Without REX only registers 0 to 7, and AH to BH, can be named.
  const isPlain = !isVex && !needsW && chance(2);
  const register = () => below(isPlain ? 8 : 16);
  const isMemory = kind === "memory" || kind === "lock";
  const segment = chance(6) && usesMemory(row, isMemory) ? pick(["fs", "gs"]) : "none";
  const address32 = usesAddressSize(row, isMemory) && chance(8);
  const accessBytes = isMemory ? accessBytesOf(row, width) : 0;

  const choice = {
    legacyPrefixes: [],
    rexW:
      needsW ||
      (!isPlain && row.size === "64" && chance(8)) ||
      (row.size === "stack" && width === 64 && !isPlain && chance(8)) ||
      (isVector && row.size === "none" && row.rexW === null && !isPlain && chance(8)),
    forceRex: !isPlain && !isVex,
    reg: row.extension ?? register(),
    rm: row.rm ?? register(),
    memory: null,
    vvvv: row.operands.some((operand) => operand.startsWith("B")) ? register() : 0,
    opcodeRegister: row.operands.some((operand) => operand.startsWith("Z")) ? register() : -1,
    hasModrm,
    immediate: [],
  };
  while (form.taken.includes(choice.reg & 7) && row.extension === null) choice.reg = register();
  if (row.mnemonic === "XCHG" && choice.opcodeRegister === 0) choice.opcodeRegister = 1 + below(7);
  if (row.rexB === 0 || row.mnemonic === "NOP" || row.mnemonic === "PAUSE") choice.forceRex = false;

  const shape = {
    form,
    choice,
    bytes: [],
    address: 0,
    memory: null,
    segment,
    address32,
    fixedAddress: null,
    relativeBytes: 0,
    reg: -1,
    rm: -1,
    vectorReg: -1,
    vectorRm: -1,
    highReg: false,
    highRm: false,
    opcodeRegister: choice.opcodeRegister,
    immediate: -1,
  };
  const hasVector = (letters) => row.operands.some((operand) => letters.test(operand));
  if (hasVector(/^V/)) shape.vectorReg = choice.reg;
  else if (isVex ? row.operands[0].startsWith("G") : row.extension === null && hasModrm) shape.reg = choice.reg;
  if (hasModrm && !isMemory) {
    if (hasVector(/^[WU]/)) shape.vectorRm = choice.rm;
    else shape.rm = choice.rm;
  }
  if (isMemory) {
    choice.memory = chooseAddressing(shape, random, isPlain, accessBytes);
    shape.memory = { ...choice.memory, accessBytes };
  }
  const isHigh = (number, letter) =>
    isPlain &&
    number >= 4 &&
    number < 8 &&
    row.operands.some((operand) => operand === `${letter}b`) &&
    !rexNeeded(choice);
  shape.highReg = isHigh(choice.reg, "G");
  shape.highRm = shape.rm >= 0 && isHigh(choice.rm, "E");
  chooseImmediates(shape, random, number);
  choice.legacyPrefixes = choosePrefixes(shape, random, isVex, needsW, bits);
  return shape;
}

function rexNeeded(choice) {
  return choice.rexW || choice.forceRex;
}

function choosePrefixes(shape, random, isVex, needsW) {
  const { form, segment, address32 } = shape;
  const { row, width, kind } = form;
  const { chance, pick, below } = random;
  const prefixes = [];
  if (segment !== "none") prefixes.push(SEGMENT_PREFIX[segment]);
  else if (chance(16)) prefixes.push(pick(IGNORED_PREFIXES));
  if (address32) prefixes.push(0x67);
  if (!isVex) {
    if (row.prefix === 0x66 || (width === 16 && (row.size === "default" || row.size === "stack"))) prefixes.push(0x66);
    else if (row.prefix !== 0 && row.size === "default" && needsW && chance(16)) prefixes.push(0x66);
    else if (row.prefix === null && row.size === "byte" && chance(16)) prefixes.push(0x66);
    if (row.prefix === 0xf3 || row.prefix === 0xf2) {
      prefixes.push(row.prefix);
      // Without effect beside either of them.
      if (isVectorRow(row) && row.size !== "default" && chance(16)) prefixes.push(0x66);
    }
    if (kind === "rep") prefixes.push(0xf3);
    if (kind === "repne") prefixes.push(0xf2);
    if (kind === "lock") prefixes.push(0xf0);
  }
  for (let i = prefixes.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [prefixes[i], prefixes[j]] = [prefixes[j], prefixes[i]];
  }
  return prefixes;
}

/** Whether a segment override can matter. */
function usesMemory(row, isMemory) {
  return (
    isMemory ||
    row.mnemonic === "XLAT" ||
    row.operands.some((operand) => operand.startsWith("O")) ||
    ["movs", "cmps", "lods", "maskmovdqu"].includes(row.semanticKey)
  );
}

function usesAddressSize(row, isMemory) {
  return usesMemory(row, isMemory) || STRING_KEYS.includes(row.semanticKey) || /^(LOOP|JRCXZ)/.test(row.mnemonic);
}

/** Bytes that the ModRM memory operand reads or writes; 0 where only its address counts. */
function accessBytesOf(row, width) {
  if (row.mnemonic === "LEA" || row.semanticKey === "nop") return 0;
  if (row.semanticKey === "fxsave" || row.semanticKey === "fxrstor") return FX_IMAGE_BYTES;
  const operand = row.operands.find((each) => /^(E|M|RM|W)/.test(each));
  const letter = operand.replace(/^(RM|E|M|W)/, "");
  const fixed = { b: 1, w: 2, d: 4, q: 8, dq: 16, ss: 4, sd: 8, ps: 16, pd: 16 }[letter];
  if (fixed !== undefined) return fixed;
  return letter === "z" ? Math.min(width, 32) / 8 : width / 8;
}

function chooseAddressing(shape, random, isPlain, accessBytes) {
  const { chance, below, bits } = random;
  const { form } = shape;
  const isStack = form.row.size === "stack" || form.row.mnemonic === "CALL";
  const register = () => below(isPlain ? 8 : 16);
  const signedByte = () => (bits() << 24) >> 24;
  const memory = { base: -1, index: -1, scaleLog2: below(4), displacement: 0, displacementBytes: 0 };
  const mode = below(8);
  if (mode === 0) {
    // Relative to RIP, or absolute: no register moves it.
    memory.base = 16;
    memory.displacement = chooseFixedAddress(shape, random, accessBytes);
  } else if (mode === 1) {
    memory.displacement = chooseFixedAddress(shape, random, accessBytes);
  } else if (mode === 2) {
    // Index without a base.
    do memory.index = register();
    while (memory.index === 4);
    memory.displacement = chance(2) ? signedByte() : bits() | 0;
    // Any scale but 1 would leave the address a few bytes off.
    if (isLineBound(form) || (accessBytes >= 16 && isVectorRow(form.row))) memory.scaleLog2 = 0;
  } else {
    memory.base = chooseBase(shape, isStack, register);
    // In the stack's own rows RSP must stay a stack pointer: no index beside it.
    if (mode >= 5 && !(isStack && memory.base === 4)) memory.index = chooseIndex(memory, accessBytes, register);
    memory.displacementBytes = [0, 1, 4][below(3)];
    if ((memory.base & 7) === 5 && memory.displacementBytes === 0) memory.displacementBytes = 1;
    if (isStack && memory.base === 4 && memory.displacementBytes === 4) memory.displacementBytes = 1;
    if (memory.displacementBytes === 1) memory.displacement = signedByte();
    if (memory.displacementBytes === 4) memory.displacement = chance(2) ? signedByte() : bits() | 0;
  }
  keepOperandsApart(shape, memory, random, isPlain);
  return memory;
}

function chooseBase(shape, isStack, register) {
  // A segment base, or garbage above 32 bits, would take RSP out of the window, where the same row has its stack.
  const avoidsStackPointer = isStack && (shape.segment !== "none" || shape.address32);
  for (;;) {
    const base = register();
    if (!(avoidsStackPointer && base === 4)) return base;
  }
}

/** Not RSP, which can't be one; and not the base, so that the base alone can make up for it. */
function chooseIndex(memory, accessBytes, register) {
  for (;;) {
    const index = register();
    if (index !== 4 && !(accessBytes > 0 && index === memory.base)) return index;
  }
}

/** Bit offsets and branch targets have a register of their own, which must not be part of the address. */
function keepOperandsApart(shape, memory, random, isPlain) {
  const { choice, form } = shape;
  const isBitString = form.row.mnemonic.startsWith("BT") && form.row.operands[1] === "Gv";
  if (!isBitString) return;
  while (choice.reg === memory.base || choice.reg === memory.index) choice.reg = random.below(isPlain ? 8 : 16);
  shape.reg = choice.reg;
}

/** A place in the window; anywhere when FS or GS can make up for it. */
function chooseFixedAddress(shape, random, accessBytes) {
  const { below, chance, bits } = random;
  if (accessBytes === 0 || (shape.segment !== "none" && !shape.address32)) {
    shape.fixedAddress = LANDING_BASE + ((bits() << 4) >> 4);
    return shape.fixedAddress;
  }
  const room = WINDOW_BYTES - Math.max(accessBytes, 16);
  const inside = chance(4) ? 4096 - below(16) : below(room);
  const beyond = mustKnowOperand(shape.form.row) ? 12288 : 8192;
  const offset = chance(12) ? inside - 4096 - below(4096) : chance(12) ? inside + beyond : inside;
  const aligned = accessBytes >= 16 && !chance(8) ? offset & ~15 : offset;
  // The image of FXSAVE outside the window: within a page (vector-cases.mjs).
  if (accessBytes > 16 && (offset < 0 || offset > room)) return setFixedAddress(shape, offset & -accessBytes);
  const contained = isLineBound(shape.form) ? aligned - (aligned & (accessBytes - 1)) : aligned;
  return setFixedAddress(shape, contained);
}

function setFixedAddress(shape, offset) {
  shape.fixedAddress = WINDOW_BASE + offset;
  return shape.fixedAddress;
}

/** Whether what memory holds must be known to the case: only what it patches is, not the read-only page. */
export function mustKnowOperand(row) {
  return /^(RSQRT|RCP)[PS]S$/.test(row.mnemonic) || ["ldmxcsr", "fxrstor"].includes(row.semanticKey);
}

/** LOCK, and XCHG with memory, which locks by itself: kept within a cache line. */
export function isLineBound(form) {
  return form.kind === "lock" || (form.row.mnemonic === "XCHG" && form.kind === "memory");
}

export function containInLine(address, sizeBytes) {
  return (address & 63) + sizeBytes > 64 ? address & ~(sizeBytes - 1) : address;
}

function chooseImmediates(shape, random, number) {
  const { form, choice } = shape;
  const { row, width } = form;
  const words = new Uint32Array(2);
  for (const operand of row.operands) {
    const match = IMMEDIATE.exec(operand);
    if (match === null) continue;
    const [, place, letter] = match;
    if (place === "O") {
      const address = chooseFixedAddress(shape, random, width / 8);
      const sizeBytes = shape.address32 ? 4 : 8;
      for (let i = 0; i < sizeBytes; i++)
        choice.immediate.push(i < 4 ? (address >> (8 * i)) & 0xff : address < 0 ? 0xff : 0);
      continue;
    }
    const sizeBytes = { b: 1, w: 2, z: width === 16 ? 2 : 4, v: width / 8 }[letter];
    if (place === "J") {
      shape.relativeBytes = row.size === "64" && letter === "z" ? 4 : sizeBytes;
      for (let i = 0; i < shape.relativeBytes; i++) choice.immediate.push(0);
      continue;
    }
    random.fill64(words, 0);
    if (isVectorRow(row)) words[0] = chooseVectorImmediate(form, random, number);
    const isCount = /^(RO|RC|SH|SA|BT)/.test(row.mnemonic);
    if (isCount && random.chance(2)) words[0] = random.below(72);
    if (row.mnemonic === "ENTER" && letter === "b" && random.chance(2)) words[0] = random.below(8);
    if (row.mnemonic === "ENTER" && letter === "w" && !random.chance(8)) words[0] = random.below(1024);
    if (/^SH[LR]D/.test(row.mnemonic) && width === 16) words[0] = random.pick([0, 32, 64, 0xe0]) + random.below(17);
    for (let i = 0; i < sizeBytes; i++) choice.immediate.push((words[i >> 2] >>> (8 * (i & 3))) & 0xff);
    if (shape.immediate < 0 || letter === "b") shape.immediate = choice.immediate.at(-sizeBytes);
  }
}

/** Mostly what has a meaning of its own. */
function chooseVectorImmediate({ row, firstImmediate }, random, number) {
  if (firstImmediate !== undefined) return (firstImmediate + (number % IMMEDIATES_A_FORM)) & 0xff;
  if (random.chance(8)) return random.below(256);
  if (row.mnemonic.startsWith("CMP")) return random.below(8);
  if (/^(ROUND|BLENDP|PINSR|PEXTR|EXTRACT)/.test(row.mnemonic)) return random.below(16);
  if (/^PALIGNR|^PS[RL]LDQ/.test(row.mnemonic)) return random.below(36);
  return /^PS[RL][LA][WDQ]/.test(row.mnemonic) ? random.below(72) : random.below(256);
}

/** Where a relative branch goes: among the INT3 around it, right behind it, or far away. */
function chooseTarget(shape, random, length) {
  const { choice, relativeBytes, address } = shape;
  const next = address + length;
  let displacement = 0;
  do {
    if (relativeBytes === 1) displacement = (random.bits() << 24) >> 24;
    else if (random.chance(3)) displacement = random.below(256) - 128;
    else displacement = LANDING_BASE + random.below(LANDING_BYTES) + (random.chance(8) ? 8192 : 0) - next;
    // Not into itself (an endless loop, or other instructions) nor into the middle of the trailer.
  } while (displacement !== 0 && displacement >= -length && displacement < 8);
  for (let i = 0; i < relativeBytes; i++) choice.immediate[i] = (displacement >> (8 * i)) & 0xff;
}
