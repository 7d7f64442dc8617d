/**
 * Makes a random program from a seed and an index: the same pair always makes the same program. A program is bytes and
 * first registers for each core, what the supervisor does, and how the run is cut.
 */
import { createRandom } from "../silicon/random.mjs";
import { assembled, createAssembler } from "./assembler.mjs";
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
} from "./flow.mjs";
import { sortRows } from "./instructions.mjs";
import { CODE, DATA, DATA_BYTES, DATA_MIDDLE, READ_ONLY, STACK_TOP } from "./layout.mjs";
import {
  endMeetings,
  fault,
  lateFlags,
  meeting,
  repeatString,
  share,
  spinLock,
  stackWork,
  systemCall,
  writeCode,
} from "./special.mjs";

/**
 * @typedef {object} GeneratorOptions
 * @property {readonly [number, number]} hot least and most turns of a hot loop: enough that an engine translates it
 * @property {number} hotIn one program in so many is hot
 *
 * @typedef {object} CorePlan
 * @property {Uint8Array} bytes of the code pages
 * @property {bigint} rip
 * @property {bigint[]} registers rax … r15, rip, rflags, fs base, gs base
 * @property {{ address: number, value: number }[]} constants words of the read-only page
 * @property {object[]} placed @see assembler.mjs
 * @property {object[]} markers
 * @property {number[]} resumePoints
 * @property {{ from: number, to: number, slot: number, turns: number }[]} loops
 * @property {{ from: number, to: number }[]} unbounded loops that wait for the other core
 * @property {Map<number, number>} repeats address of a repeated string instruction → its count
 * @property {number} end address of the SYSCALL that ends the program
 *
 * @typedef {object} Program
 * @property {number} seed
 * @property {number} index
 * @property {string} kind
 * @property {CorePlan[]} cores
 * @property {number} maxCycles
 * @property {object} events what the supervisor does: see supervisor.mjs
 * @property {object} pieces how the run is cut: see compare.mjs
 */

export const DEFAULT_OPTIONS = { hot: [80, 1200], hotIn: 5 };
const HOT_BUDGET = 6000;
const COLD_BUDGET = 350;
const PREFIX_TURNS = 200;
/** One program in so many holds instructions on XMM registers. */
const VECTORS_IN = 3;

const SINGLE = [
  straight,
  straight,
  longBlock,
  branch,
  loop,
  nestedLoop,
  countedLoop,
  graph,
  call,
  call,
  indirectJump,
  indirectCall,
  repeatString,
  writeCode,
  fault,
  lateFlags,
  lateFlags,
  stackWork,
  systemCall,
];
/** Translated code does something of its own for these, which shows in a loop only. */
const WRAPPED = [repeatString, systemCall, indirectJump, indirectCall];
const SHARED = [share, share, spinLock, meeting, meeting];

/** Draws programs for one build of the library. */
export function createGenerator(library, options = {}) {
  const sorted = sortRows(library.isa);
  const settings = { ...DEFAULT_OPTIONS, ...options };
  return {
    rows: [...sorted.running, ...sorted.vectors].map((row) => row.name),
    create: (seed, index) => createProgram(sorted, settings, seed, index),
  };
}

function createProgram(sorted, settings, seed, index) {
  const random = createRandom(seed, index);
  const { below, chance, pick } = random;
  const coreCount = chance(4) ? 2 : 1;
  const vectors = index % VECTORS_IN === 1;
  const everyPrefix = coreCount === 1 && chance(35);
  const isHot = !everyPrefix && chance(settings.hotIn);
  const meetings = Array.from({ length: 4 }, () => (chance(2) ? 3 + below(isHot ? 30 : 8) : 0));
  const cores = Array.from({ length: coreCount }, (_, core) =>
    everyPrefix
      ? createPrefixCore(sorted, settings, random)
      : createCore({ vectors, sorted, settings, random, core, coreCount, isHot, meetings }),
  );
  const budget = isHot ? HOT_BUDGET : COLD_BUDGET;
  return {
    seed,
    index,
    kind: everyPrefix ? "every prefix" : `${isHot ? "hot" : "cold"} ${coreCount === 1 ? "single" : "double"}`,
    cores,
    everyPrefix,
    maxCycles: (everyPrefix ? 60_000 : budget * 2) + 6000,
    // Instructions that cost nothing are left out with two cores: see profile.mjs.
    profile: chance(3) ? "flat" : coreCount === 1 && chance(8) ? "uneven" : "stepped",
    storeBuffer: coreCount === 2 && chance(4),
    events: {
      seed: random.bits(),
      timer: everyPrefix
        ? "prefixes"
        : pick(["none", "rare", "rare", "frequent", chance(4) && !isHot ? "every instruction" : "rare"]),
      faultBudget: everyPrefix ? Infinity : chance(12) ? 0 : 40,
      endsAtFault: !everyPrefix && chance(20),
      /** Whether the supervisor does more to the core than to let it go on. */
      works: chance(2),
    },
    pieces: {
      seed: random.bits(),
      size: pick(["whole", "small", "large", "large", "mixed"]),
      byInstructions: coreCount === 1 && chance(3),
      swapAt: chance(24) ? 1 + below(4) : -1,
    },
  };
}

function firstRegisters(random, rip) {
  const words = new Uint32Array(40);
  for (let i = 0; i < 16; i++) random.fill64(words, 2 * i);
  const registers = Array.from({ length: 16 }, (_, i) => BigInt(words[2 * i]) | (BigInt(words[2 * i + 1]) << 32n));
  registers[4] = BigInt(STACK_TOP);
  registers[14] = BigInt(DATA_MIDDLE);
  return [...registers, BigInt(rip), 0x202n | BigInt(random.bits() & 0x8d5), BigInt(DATA), BigInt(DATA + 0x2000)];
}

function createContext({ sorted, settings, random, vectors = false, core = 0, coreCount = 1, isHot, meetings = [] }) {
  const { below, chance } = random;
  // The middle of the program often lies on a page's end.
  const origin = CODE + 0x1000 + (chance(2) ? 0x1000 - below(900) - 40 : below(64));
  return {
    assembler: createAssembler(origin),
    random,
    sorted,
    taste: {
      sharedIn: coreCount > 1 ? (chance(3) ? 3 : 8) : chance(3) ? 20 : 0,
      strayIn: chance(3) ? 0 : chance(4) ? 12 : 60,
      codeIn: chance(4) ? 150 : 0,
      vectors,
    },
    isStackFree: true,
    isHot,
    hot: settings.hot,
    budget: isHot ? HOT_BUDGET : COLD_BUDGET,
    counters: [12, 13],
    functions: [],
    loops: [],
    unbounded: [],
    repeats: new Map(),
    returnsToR11: new Set(),
    constants: { next: 0, words: [] },
    rounds: { count: 0, met: 0 },
    meetings,
    core,
    origin,
  };
}

function finish(context, random) {
  const { assembler, constants } = context;
  assembler.resumePoint();
  settle(context);
  // At least fifty instructions run in every program that comes to its end.
  const calm = { ...context, taste: { sharedIn: 0, strayIn: 0, codeIn: 0 }, isHot: false, isStackFree: false };
  loop({ ...calm, budget: 1e6, hot: [8, 8] }, (inner) => body(inner, 8), 8);
  endMeetings(context);
  assembler.emit(assembled("syscall"));
  const end = assembler.here();
  placeFunctions(context);
  return {
    bytes: assembler.bytes,
    rip: BigInt(context.origin),
    registers: firstRegisters(random, context.origin),
    constants: constants.words.map(({ at, label }) => ({ address: at, value: label.address })),
    constantsSeed: random.bits(),
    placed: assembler.placed,
    markers: assembler.markers,
    resumePoints: assembler.resumePoints,
    loops: context.loops,
    unbounded: context.unbounded,
    repeats: context.repeats,
    returnsToR11: context.returnsToR11,
    end,
  };
}

function createCore(parts) {
  const { random, isHot, coreCount } = parts;
  const { below, chance, pick } = random;
  const context = createContext(parts);
  const { assembler } = context;
  settle(context);
  body({ ...context, taste: { sharedIn: 0, strayIn: 0, codeIn: 0 }, isStackFree: false }, 4);
  const constructs = 3 + below(isHot ? 5 : 7);
  for (let i = 0; i < constructs && !assembler.isFull(); i++) {
    assembler.resumePoint();
    if (chance(2)) settle(context);
    const make = coreCount > 1 && chance(2) ? pick(SHARED) : pick(SINGLE);
    const share = context.budget;
    // Constructs that don't loop by themselves come into a loop of their own, to get hot.
    const mayWrap = ![loop, nestedLoop, graph, countedLoop, meeting].includes(make);
    const wraps = mayWrap && (WRAPPED.includes(make) ? isHot || chance(2) : isHot && chance(2));
    if (wraps) loop(context, (inner) => make({ ...inner, isStackFree: false }), 40);
    else make(context);
    if (isHot) context.budget = Math.min(context.budget, share) * 0.8;
  }
  return finish(context, random);
}

/**
 * A loop of straight code without surprises, long enough to be translated, into which an event falls at every one of
 * its boundaries: see `prefixes` in compare.mjs.
 */
function createPrefixCore(sorted, settings, random) {
  const context = createContext({ sorted, settings, random, isHot: true });
  settle(context);
  const calm = {
    ...context,
    taste: { sharedIn: 0, strayIn: 0, codeIn: 0 },
    isStackFree: false,
    budget: 1e6,
    hot: [PREFIX_TURNS, PREFIX_TURNS],
  };
  loop(
    calm,
    (inner) => {
      const count = 12 + random.below(24);
      for (let done = 0; done < count; done += 8) {
        body(inner, 8);
        if (random.chance(12)) branch(inner);
      }
    },
    60,
  );
  const core = finish(context, random);
  return { ...core, prefixLoop: core.loops.find((each) => each.turns === PREFIX_TURNS) };
}

/** The first content of a core's data, by address: numbers that lean towards corners, and the constants. */
export function fillData(random, view, at, sizeBytes) {
  const words = new Uint32Array(2);
  for (let offset = 0; offset < sizeBytes; offset += 8) {
    random.fill64(words, 0);
    view.setUint32(at + offset, words[0], true);
    view.setUint32(at + offset + 4, words[1], true);
    // A quarter each as floats of about 1, of both formats.
    const part = ((at + offset) >> 6) & 3;
    if (part === 1) shapeFloats(view, at + offset, 64);
    if (part === 2) shapeFloats(view, at + offset, 32);
  }
}

/** Gives the float64, or both float32, of eight bytes an exponent near 0, zeros aside. */
export function shapeFloats(view, at, format) {
  for (let high = format === 64 ? 4 : 0; high < 8; high += 4) {
    const word = view.getUint32(at + high, true);
    if (word === 0) continue;
    const shaped =
      format === 64
        ? (word & 0x800f_ffff) | 0x3e00_0000 | (word & 0x1ff0_0000)
        : (word & 0x807f_ffff) | 0x3800_0000 | (word & 0x0f80_0000);
    view.setUint32(at + high, shaped, true);
  }
}

export const DATA_RANGES = [
  [DATA, DATA_BYTES],
  [READ_ONLY, 0x1000],
];
