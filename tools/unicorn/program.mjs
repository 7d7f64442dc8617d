/**
 * Random programs for Unicorn: the constructs of the lock-step judge (tools/lockstep/), within what Unicorn can be
 * asked. One core, no paging, no faults, nothing privileged, and no program reads a flag or result that the
 * architecture leaves undefined: wherever an instruction would read such a flag, a CMP is placed before it.
 *
 *   0x400000  code, 4 pages      0x504000  tables, 1 page
 *   0x500000  data, 4 pages      0x700000  stack, 2 pages
 */
import { assembled, createAssembler, word32 } from "../lockstep/assembler.mjs";
import {
  body,
  branch,
  call,
  countedLoop,
  graph,
  indirectCall,
  indirectJump,
  longBlock,
  loop,
  nestedLoop,
  placeFunctions,
  settle,
  straight,
} from "../lockstep/flow.mjs";
import { placeInstruction, sortRows } from "../lockstep/instructions.mjs";
import { CODE, DATA, DATA_BYTES, DATA_MIDDLE, READ_ONLY, STACK_TOP } from "../lockstep/layout.mjs";
import { lateFlags, repeatString } from "../lockstep/special.mjs";
import { fillData } from "../lockstep/generator.mjs";
import { flagMask } from "../silicon/layout.mjs";
import { createRandom } from "../silicon/random.mjs";

const TABLES_BYTES = 0x1000;
const STACK_BYTES = 0x2000;
/** Base of the stack area. */
const STACK = STACK_TOP - 0x1c00;
const ALL_FLAGS = flagMask("oszapc");
const TASTE = { sharedIn: 0, strayIn: 0, codeIn: 0, neverHigh: true };
const BUDGET = 1500;
const NOP = 0x90;
/** May leave flags as they were, depending on a count. */
const CONDITIONAL_WRITERS = new Set(["rol", "ror", "rcl", "rcr", "shl", "shr", "sar", "shld", "shrd"]);
const ENDS_FLOW = new Set(["jmp", "call", "ret", "syscall"]);

/** What Unicorn isn't asked, with the reason: semantic key or name of a row. */
export const LEFT_OUT = {
  cpuid: "depends on the model",
  rdtsc: "depends on time",
  rdtscp: "depends on time",
  rdpid: "depends on the model",
  rdfsbase: "needs CR4.FSGSBASE, which Unicorn doesn't set",
  rdgsbase: "needs CR4.FSGSBASE, which Unicorn doesn't set",
  wrfsbase: "needs CR4.FSGSBASE, which Unicorn doesn't set",
  wrgsbase: "needs CR4.FSGSBASE, which Unicorn doesn't set",
  lar: "needs descriptor tables",
  lsl: "needs descriptor tables",
  verr: "needs descriptor tables",
  verw: "needs descriptor tables",
  movseg: "needs descriptor tables",
  div: "only with prepared operands, so that it doesn't fault",
  idiv: "only with prepared operands, so that it doesn't fault",
  bsf: "the result for 0 is undefined",
  bsr: "the result for 0 is undefined",
};

/**
 * What Unicorn 2.0.1, which is made from QEMU 5.0, does otherwise than silicon (our vectors have these forms):
 * instructions for which `holds` is true are not asked, or only their `flags` are not.
 */
export const DIFFERENCES = [
  { holds: isRow(/\[F[67] \/1\]/), reason: "F6 /1 and F7 /1, which are TEST, are #UD" },
  { holds: isRow(/^(NOP Ev|NOP Ev \[0F 18\])$/), reason: "0F 0D and 0F 18 with a register operand are #UD" },
  { holds: isRow(/^(POPCNT|MOVBE)/), reason: "#UD, whatever the model" },
  { holds: isRow(/^(PDEP|PEXT)/), reason: "another result" },
  { holds: isRow(/^(BZHI|BEXTR)/), reason: "another result where start or length is at or beyond the width" },
  { holds: isRow(/^BLSI/), flags: "c", reason: "CF is the wrong way round" },
  {
    holds: ({ row }, code) => /^(LAHF|SAHF)/.test(row.name) && (code[0] & 0xf0) === 0x40,
    reason: "with a REX prefix SPL takes the place of AH",
  },
  {
    holds: ({ row, operands }) =>
      /^(SH[LR]D Ev,Gv,Ib|RORX)/.test(row.name) && operands.some(({ kind, base }) => kind === "memory" && base === 16),
    reason: "an address relative to RIP is one byte off: the immediate is not counted",
  },
  {
    holds: ({ row, width, operands }) =>
      row.name === "CMPXCHG Ev,Gv" && width === 32 && operands[0].kind === "register",
    reason: "a 32-bit destination that stays as it is keeps its upper half",
  },
  { holds: isRow(/^CMPXCHG(8|16)B/), flags: "ospac", reason: "flags other than ZF are not those from before" },
  { holds: ({ row, lock }) => row.mnemonic === "NEG" && lock, flags: "oszapc", reason: "flags of LOCK NEG" },
];

/** What the architecture leaves undefined, and so is not asked. */
const UNDEFINED = [
  { holds: ({ row, width }) => row.mnemonic === "BSWAP" && width === 16, reason: "the result is undefined" },
  { holds: ({ row, width }) => /^SH[LR]D/.test(row.name) && width === 16, reason: "undefined for counts above 16" },
];

function isRow(pattern) {
  return ({ row }) => pattern.test(row.name);
}

function isLeftOut(row) {
  return row.semanticKey in LEFT_OUT;
}

/** The assembler with an eye on undefined flags; markers are left out. */
function createCarefulAssembler(decode, origin) {
  const inner = createAssembler(origin);
  let undefinedNow = ALL_FLAGS;
  let repeats = false;
  /** By address of each instruction: flags that are undefined when control gets there. */
  const undefinedAt = new Map();

  function follow(code) {
    const { kind, instruction } = decode(Uint8Array.from(code), 0, code.length);
    if (kind !== "instruction") return;
    const { row, repeat } = instruction;
    if (repeat !== "none") repeats = true;
    if ((flagMask(row.flagsRead) & undefinedNow) !== 0) {
      undefinedAt.set(inner.here(), undefinedNow);
      inner.emit(assembled("cmp eax, 0x4030201"));
      undefinedNow = 0;
    }
    undefinedAt.set(inner.here(), undefinedNow);
    if (ENDS_FLOW.has(row.semanticKey)) undefinedNow = ALL_FLAGS;
    // A repeated comparison with a count of 0 compares nothing.
    const isSure = !CONDITIONAL_WRITERS.has(row.semanticKey) && repeat === "none";
    if (isSure) undefinedNow &= ~flagMask(row.flagsWritten);
    undefinedNow |= flagMask(row.flagsUndefined);
    for (const { holds, flags } of DIFFERENCES)
      if (flags !== undefined && holds(instruction, code)) undefinedNow |= flagMask(flags);
  }

  /** A NOP in place of what can't be asked. */
  function avoid(code) {
    const { kind, instruction } = decode(Uint8Array.from(code), 0, code.length);
    if (kind !== "instruction") return code;
    const isRefused = [...DIFFERENCES, ...UNDEFINED].some(
      ({ holds, flags }) => flags === undefined && holds(instruction, code),
    );
    return isRefused ? [NOP] : code;
  }

  return {
    ...inner,
    undefinedAt,
    hasRepeats: () => repeats,
    emit(original, features, row) {
      const code = avoid(original);
      follow(code);
      inner.emit(code, features, row);
    },
    emitRelative(head, target, size = 4, features = []) {
      follow([...head, ...Array.from({ length: size }, () => 0)]);
      inner.emitRelative(head, target, size, features);
    },
    bind(label) {
      undefinedNow = ALL_FLAGS;
      inner.bind(label);
    },
    marker: () => -1,
    mark() {
      undefinedAt.set(inner.here(), undefinedNow);
    },
  };
}

/** A division whose quotient fits. */
function division(context) {
  const { assembler, random } = context;
  const divisor = random.pick([1, 3, 6, 7]);
  const isSigned = random.chance(2);
  const size = random.below(3);
  const wide = size === 2 ? [0x48] : [];
  const narrow = size === 0 ? [0x66] : [];
  assembler.emit([...narrow, ...wide, 0x83, 0xc8 | divisor, 1]); // or divisor, 1
  if (isSigned) {
    assembler.emit([...narrow, ...wide, 0xd1, 0xf8]); // sar rax, 1
    assembler.emit([...narrow, ...wide, 0x99]); // cqo
  } else assembler.emit(assembled("xor edx, edx"));
  assembler.emit([...narrow, ...wide, 0xf7, (isSigned ? 0xf8 : 0xf0) | divisor]);
}

/** Instructions that define every flag, and after each of them all flags in memory. */
function flagsShown(context) {
  const { assembler, random, sorted } = context;
  for (let left = 1 + random.below(4); left > 0; left--) {
    if (!placeInstruction(assembler, random, sorted, random.pick(sorted.flagDefiners), TASTE)) continue;
    assembler.emit(assembled("lahf"));
    assembler.emit(assembled("seto al"));
    assembler.emit([0x66, 0x41, 0x89, 0x86, ...word32(random.below(0x1000))]); // mov [r14+displacement], ax
  }
}

function sortFor(isa) {
  const sorted = sortRows(isa);
  const filtered = Object.entries(sorted).map(([key, rows]) => [
    key,
    Array.isArray(rows) ? rows.filter((row) => !isLeftOut(row)) : rows,
  ]);
  const { flagWriters, ...rest } = Object.fromEntries(filtered);
  const definesAll = ({ flagsWritten, flagsUndefined }) => flagsUndefined === "" && /^[oszapc]{6}/.test(flagsWritten);
  return { ...rest, flagWriters, flagDefiners: flagWriters.filter(definesAll) };
}

const CONSTRUCTS = [
  straight,
  longBlock,
  branch,
  branch,
  loop,
  nestedLoop,
  countedLoop,
  graph,
  call,
  indirectJump,
  indirectCall,
  lateFlags,
  flagsShown,
  flagsShown,
  division,
];

/** `create(seed, index)` always makes the same program of the pair. */
export function createUnicornGenerator(isa) {
  const sorted = sortFor(isa);
  return { create: (seed, index) => createProgram(isa, sorted, seed, index) };
}

function createProgram(isa, sorted, seed, index) {
  const random = createRandom(seed, index);
  const { below, chance, pick } = random;
  const origin = CODE + 0x1000 + (chance(2) ? 0x1000 - below(900) - 40 : below(64));
  const assembler = createCarefulAssembler(isa.decode, origin);
  const context = {
    assembler,
    random,
    sorted,
    taste: TASTE,
    isStackFree: true,
    isHot: chance(3),
    hot: [20, 200],
    budget: BUDGET,
    counters: [12, 13],
    functions: [],
    loops: [],
    unbounded: [],
    repeats: new Map(),
    returnsToR11: new Set(),
    constants: { next: 0, words: [] },
    rounds: { count: 0, met: 0 },
    meetings: [],
    core: 0,
    origin,
  };
  settle(context);
  const calm = { ...context, isHot: false, isStackFree: false };
  loop({ ...calm, budget: 1e6, hot: [8, 8] }, (inner) => body(inner, 8), 8);
  const withStrings = chance(4);
  for (let left = 2 + below(5); left > 0 && !assembler.isFull(); left--) {
    if (chance(2)) settle(context);
    const make = withStrings && chance(3) ? repeatString : pick(CONSTRUCTS);
    if (chance(3) && ![loop, nestedLoop, graph, countedLoop].includes(make)) loop(context, (inner) => make(inner), 40);
    else make(context);
  }
  assembler.mark();
  const end = assembler.here();
  assembler.emit(assembled("int3"));
  placeFunctions(context);
  return finish({ context, random, end, seed, index });
}

function finish({ context, random, end, seed, index }) {
  const { assembler, constants, origin } = context;
  const words = new Uint32Array(32);
  for (let i = 0; i < 16; i++) random.fill64(words, 2 * i);
  const registers = [...new BigUint64Array(words.buffer)];
  registers[4] = BigInt(STACK_TOP);
  registers[14] = BigInt(DATA_MIDDLE);
  const fill = (sizeBytes) => {
    const bytes = new Uint8Array(sizeBytes);
    fillData(random, new DataView(bytes.buffer), 0, sizeBytes);
    return bytes;
  };
  const tables = new Uint8Array(TABLES_BYTES);
  const view = new DataView(tables.buffer);
  for (const { at, label } of constants.words) view.setBigUint64(at - READ_ONLY, BigInt(label.address), true);
  return {
    seed,
    index,
    entry: origin,
    end,
    registers,
    flags: 0x202n | BigInt(random.bits() & 0x8d5),
    segmentBases: [BigInt(DATA), BigInt(DATA + 0x2000)],
    areas: [
      { at: CODE, bytes: assembler.bytes, rights: { write: false, execute: true } },
      { at: DATA, bytes: fill(DATA_BYTES), rights: { write: true, execute: false } },
      { at: READ_ONLY, bytes: tables, rights: { write: false, execute: false } },
      { at: STACK, bytes: fill(STACK_BYTES), rights: { write: true, execute: false } },
    ],
    placed: assembler.placed,
    undefinedAt: assembler.undefinedAt,
    /** Unicorn counts each iteration of a repetition. */
    hasRepeats: assembler.hasRepeats(),
  };
}
