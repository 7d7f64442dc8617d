/**
 * What translating costs the main thread, on the bare machine (no kernel), over generated functions
 * (translation-code.mjs). Started by system.mjs with one JSON argument; prints one line of JSON.
 *
 *   { engine, path, table, groups: [{ first, count, instructions }], hotRuns, mostSeconds }
 *     -> { groups: [{ microseconds, decoding, making, compiling, … }], isComplete, counts }   µs an instruction
 *
 * The machine has no clock of the host, so translation is measured from outside and by difference. A group of callers
 * and their functions is called in passes, each timed as a whole, until no region or module has been made for a few
 * passes. Then
 *
 *   cold rate     of the faster pass after all is decoded and before anything is hot: the reference engine alone
 *   steady rate   median of the last passes: translated code
 *   translation = time of all passes between, less what their instructions cost at these two rates
 *                 (the engine counts which ran where), plus what the first passes cost beyond the cold rate: decoding
 *
 * divided by the number of instructions of the group's code: each counts once, however often the engine translates
 * or compiles it. So the figure has everything in it that the thread waits for: decoding, SSA, emitting,
 * WebAssembly.Module and Instance (also timed apart, by wrapping these two), V8's compilation on the first call of a
 * function, later merges, and garbage collection. What V8 compiles in other threads is not in it.
 */
import { readFileSync } from "node:fs";
import { mainThreadTime } from "./clock.mjs";
import { load, median } from "./paths.mjs";
import { CODE_ADDRESS } from "./translation-code.mjs";
import { breathe } from "./steady.mjs";

const { createMachine, createTables, mapPages } = await load("machine/index.js");
(await load("host/branch-hints.js")).useBranchHints();
const job = JSON.parse(process.argv[2]);

const PAGE_BYTES = 4096;
const RAM_BYTES = 32 * 1024 * 1024;
const TABLES_BASE = 0x10000;
const TABLES_END = 0x100000;
const DATA_ADDRESS = 0x8000000;
const DATA_FRAME = 0x100000;
const DATA_BYTES = 0x20000;
const CODE_FRAME = 0x200000;
/** Top of the stack, in the data's second half. */
const STACK_TOP = DATA_ADDRESS + DATA_BYTES - 64;
/** Both ways of every branch have been decoded after two passes. */
const DECODING_PASSES = 2;
const COLD_PASSES = 2;
/** Blocks that run in every other pass are hot after twice as many passes as others. */
const QUIET_PASSES = 2 * job.hotRuns + 1;
const MOST_PASSES = 120;
/** Places of registers in a register file. */
const [RSP, RSI, R12, R13, R14, RIP, RFLAGS] = [4, 6, 12, 13, 14, 16, 17];

/** Milliseconds spent in WebAssembly's constructors, and bytes given to the first. */
const inside = { compiling: 0, instantiating: 0, bytes: 0 };
/**
 * @param {"Module" | "Instance"} name
 * @param {"compiling" | "instantiating"} part
 */
function watch(name, part) {
  /** @type {any} */ (WebAssembly)[name] = new Proxy(/** @type {any} */ (WebAssembly[name]), {
    construct(target, words) {
      const from = mainThreadTime();
      const made = Reflect.construct(target, words);
      inside[part] += mainThreadTime() - from;
      if (part === "compiling") inside.bytes += words[0].length;
      return made;
    },
  });
}
watch("Module", "compiling");
watch("Instance", "instantiating");

const image = readFileSync(job.path);
const machine = createMachine({ cores: 1, ramBytes: RAM_BYTES, engine: job.engine, hotRuns: job.hotRuns });
const { state } = machine;
const [core] = state.cores;
const arena = { next: TABLES_BASE, end: TABLES_END };
const root = createTables(state, arena);
const codeBytes = Math.ceil(image.length / PAGE_BYTES) * PAGE_BYTES;
mapPages(state, root, arena, BigInt(CODE_ADDRESS), CODE_FRAME, codeBytes, { write: false, execute: true });
mapPages(state, root, arena, BigInt(DATA_ADDRESS), DATA_FRAME, DATA_BYTES, { write: true, execute: false });
machine.writeRam(CODE_FRAME, image);

/** @param {number} index @param {number} value */
function setRegister(index, value) {
  state.view.setBigUint64(8 * index, BigInt(value), true);
}

let pass = 0;
const counts = () => structuredClone(machine.engine.counts);

/**
 * One pass over some callers; what it took, and what was made in it.
 * @param {{ first: number, count: number }} group
 */
function runPass({ first, count }) {
  const before = counts();
  const retiredBefore = core.retired;
  const start = () => {
    setRegister(RSI, DATA_ADDRESS);
    setRegister(RSP, STACK_TOP);
    setRegister(R12, job.table + 8 * first);
    setRegister(R13, count);
    setRegister(R14, pass);
    setRegister(RIP, CODE_ADDRESS);
    setRegister(RFLAGS, 0x202);
    core.activity = "running";
    machine.engine.load(0);
  };
  if (pass > 0) start();
  const from = mainThreadTime();
  machine.run(
    (/** @type {any} */ _, /** @type {any} */ exit) => {
      if (exit.kind === "start") {
        machine.switchTables(core, root);
        core.hashSlot = 0;
        machine.loadContext(core, 0);
        start();
      } else if (exit.kind === "syscall") core.activity = "off";
      else throw new Error(`the guest left with ${JSON.stringify(exit, (_key, value) => String(value))}`);
    },
    { until: Infinity, maxInstructions: Infinity },
  );
  const milliseconds = mainThreadTime() - from;
  pass++;
  const after = counts();
  return {
    milliseconds,
    retired: core.retired - retiredBefore,
    translated: after.translated - before.translated,
    isQuiet: after.regions === before.regions && after.modules === before.modules,
  };
}

/** @typedef {ReturnType<typeof runPass>} Pass */
/** Milliseconds an instruction. @param {Pass} pass */
const rate = ({ milliseconds, retired }) => milliseconds / retired;

const begin = mainThreadTime();
const isOver = () => mainThreadTime() - begin > job.mostSeconds * 1000;

/** @param {{ first: number, count: number, instructions: number }} group */
async function measureGroup(group) {
  const regionsBefore = counts().regions;
  const modulesBefore = counts().modules;
  const insideBefore = { ...inside };
  /** @type {Pass[]} */
  const passes = [];
  let quiet = 0;
  const first = DECODING_PASSES + COLD_PASSES;
  while (passes.length < MOST_PASSES && quiet < QUIET_PASSES) {
    const result = runPass(group);
    passes.push(result);
    quiet = passes.length > first && result.isQuiet && result.translated > 0 ? quiet + 1 : 0;
    if (isOver()) return null;
    await breathe();
  }
  const coldRate = Math.min(...passes.slice(DECODING_PASSES, first).map(rate));
  const steadyRate = median(passes.slice(1 - QUIET_PASSES).map(rate));
  /** What passes took beyond the work that their instructions are. @param {readonly Pass[]} some */
  const beyond = (some) =>
    some.reduce(
      (sum, { milliseconds, retired, translated }) =>
        sum + milliseconds - (retired - translated) * coldRate - translated * steadyRate,
      0,
    );
  const each = (/** @type {number} */ milliseconds) => (milliseconds * 1000) / group.instructions;
  // A pass in which only old code ran adds nothing but noise; what follows one that made something has first calls in
  // it.
  const later = passes.slice(first).filter((one, i, all) => !one.isQuiet || (i > 0 && !all[i - 1].isQuiet));
  const decoding = each(beyond(passes.slice(0, DECODING_PASSES)));
  const making = each(beyond(later));
  return {
    microseconds: decoding + making,
    decoding,
    making,
    compiling: each(inside.compiling - insideBefore.compiling),
    instantiating: each(inside.instantiating - insideBefore.instantiating),
    bytes: (inside.bytes - insideBefore.bytes) / group.instructions,
    coldMips: 1 / coldRate / 1000,
    steadyMips: 1 / steadyRate / 1000,
    steadyTranslated: (passes.at(-1)?.translated ?? 0) / (passes.at(-1)?.retired ?? 1),
    passes: passes.length,
    regions: counts().regions - regionsBefore,
    modules: counts().modules - modulesBefore,
    instructions: group.instructions,
    isSettled: quiet >= QUIET_PASSES,
  };
}

const groups = [];
for (const group of job.groups) {
  const measured = await measureGroup(group);
  if (measured === null) break;
  groups.push(measured);
}
console.log(JSON.stringify({ groups, isComplete: groups.length === job.groups.length, counts: counts() }));
