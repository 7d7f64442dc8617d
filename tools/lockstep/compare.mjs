/**
 * Runs one program on two machines, piece by piece, and compares everything that a piece leaves behind: registers,
 * flags, all of RAM (page tables with their A and D bits included), hash lanes, saved contexts, clocks, instructions
 * retired, the place in the cost block, inboxes, store buffers, and every exit with its cycle.
 *
 * TLBs are not compared: what they hold is not observable as long as tables change with the flush that x86 asks for.
 */
import { createRandom } from "../silicon/random.mjs";
import { CODE, CODE_BYTES, RAM_BYTES, mapAll, physicalOf, tablesOf } from "./layout.mjs";
import { DATA_RANGES, fillData, shapeFloats } from "./generator.mjs";
import { createLineProfile, createUnevenProfile } from "./profile.mjs";
import { createSupervisor } from "./supervisor.mjs";

const REGISTERS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip rflags fsbase gsbase".split(" ");
const TLB_FROM = 0x1000;
const TLB_TO = 0xa000;

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {{ machine: object, isa: object }} build the two front doors of a build
 * @property {(program: object) => object} options of createMachine beyond cores, RAM, profile and store buffer
 *
 * @typedef {object} Difference
 * @property {object} program
 * @property {number} piece
 * @property {string} limits
 * @property {string[]} lines what differs
 * @property {readonly [string[][], string[][]]} logs exits of both sides by core
 */

/** Machines are kept and cleaned between programs. */
function createMachines({ build, options }) {
  const pool = new Map();
  const profiles = {
    flat: build.machine.flatProfile,
    uneven: createUnevenProfile(build.machine.flatProfile, 0),
    stepped: createUnevenProfile(build.machine.flatProfile, 1),
    // No program of the generator asks for it: tests/machine/memory-model.test.ts does.
    lines: createLineProfile(build.machine.flatProfile),
  };

  function make(program, own) {
    const machine = build.machine.createMachine({
      cores: program.cores.length,
      ramBytes: RAM_BYTES,
      profile: profiles[program.profile],
      tsoSeed: program.storeBuffer ? 7 : null,
      ...own,
    });
    const roots = mapAll(build.machine, machine, program.cores.length);
    const { memory } = machine.state;
    return {
      machine,
      build,
      roots,
      tables: roots.map((_, core) => machine.readRam(tablesOf(core).at, tablesOf(core).sizeBytes)),
      tsoSeeds: machine.state.cores.map((core) => core.tsoRandom),
      ram: Buffer.from(memory.buffer, build.machine.RAM_BASE, RAM_BYTES),
      all: Buffer.from(memory.buffer),
    };
  }

  return (program) => {
    const own = options(program);
    const key = JSON.stringify([program.cores.length, program.profile, program.storeBuffer, own]);
    let side = pool.get(key);
    if (side === undefined) pool.set(key, (side = make(program, own)));
    return side;
  };
}

/** What RAM holds before a program runs. */
function imageOf(program, side) {
  const image = new Uint8Array(RAM_BYTES);
  const view = new DataView(image.buffer);
  program.cores.forEach((plan, core) => {
    image.set(side.tables[core], tablesOf(core).at);
    const random = createRandom(plan.constantsSeed, core);
    for (let page = 0; page < CODE_BYTES; page += 4096)
      image.set(plan.bytes.subarray(page, page + 4096), physicalOf(core, CODE + page));
    for (const [at, sizeBytes] of DATA_RANGES)
      for (let done = 0; done < sizeBytes; done += 4096) fillData(random, view, physicalOf(core, at + done), 4096);
    for (const { address, value } of plan.constants) view.setBigUint64(physicalOf(core, address), BigInt(value), true);
  });
  return image;
}

/**
 * What programs find in MXCSR: as after reset, with PE, other flags, another rounding, DAZ and FTZ, unmasked
 * exceptions.
 */
const MXCSRS = [0x1f80, 0x1fa0, 0x1fa0, 0x1fa0, 0x1fb2, 0x7fa0, 0x9fe0, 0x1e20];

/** MXCSR, and XMM registers, made of the program's other registers: a third each as floats of both formats. */
function prepareVectors(view, at, registers, build) {
  const { MXCSR_OFFSET, VECTORS_OFFSET } = build.machine;
  view.setUint32(at + MXCSR_OFFSET, MXCSRS[Number(registers[7] & 7n)], true);
  for (let half = 0; half < 32; half++) {
    const value = registers[half % 16] ^ (registers[(half * 5 + 3) % 16] << BigInt(half));
    view.setBigUint64(at + VECTORS_OFFSET + 8 * half, BigInt.asUintN(64, value), true);
    if (half < 10) shapeFloats(view, at + VECTORS_OFFSET + 8 * half, 64);
    else if (half < 20) shapeFloats(view, at + VECTORS_OFFSET + 8 * half, 32);
  }
}

function prepare(side, program, image) {
  const { machine, build } = side;
  const { createCoreState, CORE_STRIDE, CONTEXTS_BASE, CONTEXT_STRIDE, HASH_BASE, HASH_STRIDE, REGISTER_FILE_BYTES } =
    build.machine;
  const { bytes, view, cores } = machine.state;
  for (const core of cores) {
    Object.assign(core, createCoreState(core.id), { tsoRandom: side.tsoSeeds[core.id] });
    const at = core.id * CORE_STRIDE;
    bytes.fill(0, at, at + REGISTER_FILE_BYTES);
    bytes.fill(0, at + TLB_FROM, at + TLB_TO);
    bytes.fill(0, HASH_BASE + core.id * HASH_STRIDE, HASH_BASE + (core.id + 1) * HASH_STRIDE);
    program.cores[core.id].registers.forEach((value, i) =>
      view.setBigUint64(CONTEXTS_BASE + core.id * CONTEXT_STRIDE + 8 * i, value, true),
    );
    prepareVectors(view, CONTEXTS_BASE + core.id * CONTEXT_STRIDE, program.cores[core.id].registers, build);
  }
  machine.writeRam(0, image);
}

/** Makes two contenders comparable: `run(program)` gives null or the first difference. */
export function createJudge(left, right) {
  const machines = [createMachines(left), createMachines(right)];
  const names = [left.name, right.name];

  function compareCores(a, b, lines) {
    const { CORE_STRIDE, REGISTER_FILE_BYTES, CONTEXTS_BASE, CONTEXT_STRIDE, HASH_BASE, HASH_STRIDE } = a.build.machine;
    const { VECTOR_FILE_OFFSET, VECTOR_FILE_END } = a.build.machine;
    const vectorFileBytes = VECTOR_FILE_END - VECTOR_FILE_OFFSET;
    a.machine.state.cores.forEach((one, id) => {
      const other = b.machine.state.cores[id];
      // The place is none when no instruction of the block has run.
      const place = ({ blockIndex, blockStart }) =>
        blockIndex === 0 ? "none" : `${blockStart.toString(16)}+${blockIndex}`;
      if (place(one) !== place(other)) lines.push(`core ${id} block: ${place(one)} | ${place(other)}`);
      for (const key of [
        "activity",
        "now",
        "timerAt",
        "workEnd",
        "context",
        "tableRoot",
        "space",
        "hashSlot",
        "retired",
        "repeatStarted",
        "tsoRandom",
      ])
        if (one[key] !== other[key]) lines.push(`core ${id} ${key}: ${one[key]} | ${other[key]}`);
      for (const key of ["inbox", "storeBuffer"]) {
        if (one[key].length === 0 && other[key].length === 0) continue;
        const [mine, theirs] = [one[key], other[key]].map((list) =>
          JSON.stringify(list, (_, value) => (typeof value === "bigint" ? String(value) : value)),
        );
        if (mine !== theirs) lines.push(`core ${id} ${key}: ${mine} | ${theirs}`);
      }
      const from = id * CORE_STRIDE;
      if (!sameBytes(a, b, from, REGISTER_FILE_BYTES))
        REGISTERS.forEach((name, i) => {
          const [mine, theirs] = [a, b].map((side) =>
            side.machine.state.view.getBigUint64(from + 8 * i, true).toString(16),
          );
          if (mine !== theirs) lines.push(`core ${id} ${name}: ${mine} | ${theirs}`);
        });
      if (!sameBytes(a, b, from + VECTOR_FILE_OFFSET, vectorFileBytes))
        for (let at = VECTOR_FILE_OFFSET; at < VECTOR_FILE_END; at += 8) {
          const [mine, theirs] = [a, b].map((side) =>
            side.machine.state.view.getBigUint64(from + at, true).toString(16),
          );
          const name = at === VECTOR_FILE_OFFSET ? "mxcsr" : `xmm${(at >> 4) - 16} ${at % 16 === 0 ? "low" : "high"}`;
          if (mine !== theirs) lines.push(`core ${id} ${name}: ${mine} | ${theirs}`);
        }
      if (!sameBytes(a, b, HASH_BASE + id * HASH_STRIDE, HASH_STRIDE)) lines.push(`core ${id}: hash lanes differ`);
      const context = CONTEXTS_BASE + id * CONTEXT_STRIDE;
      if (
        !sameBytes(a, b, context, REGISTER_FILE_BYTES) ||
        !sameBytes(a, b, context + VECTOR_FILE_OFFSET, vectorFileBytes)
      )
        lines.push(`core ${id}: saved context differs`);
    });
  }

  function compareMemory(a, b, lines) {
    if (a.ram.compare(b.ram) === 0) return;
    let shown = 0;
    for (let at = 0; at < RAM_BYTES && shown < 16; at++)
      if (a.ram[at] !== b.ram[at]) {
        lines.push(`RAM ${at.toString(16)}: ${a.ram[at].toString(16)} | ${b.ram[at].toString(16)}`);
        shown++;
      }
  }

  function compareLogs(a, b, lines) {
    a.logs.forEach((log, core) => {
      const other = b.logs[core];
      const from = a.compared[core];
      for (let i = from; i < Math.max(log.length, other.length); i++)
        if (log[i] !== other[i]) {
          lines.push(`core ${core} exit ${i}: ${log[i] ?? "none"}\n${" ".repeat(12)}| ${other[i] ?? "none"}`);
          break;
        }
      a.compared[core] = log.length;
    });
  }

  function compare(a, b, ends) {
    for (const { machine } of [a, b])
      for (const core of machine.state.cores) if (core.activity === "running") machine.engine.store(core.id);
    const lines = [];
    if (ends[0] !== ends[1]) lines.push(`the piece ended with ${ends[0]} | ${ends[1]}`);
    compareLogs(a, b, lines);
    compareCores(a, b, lines);
    compareMemory(a, b, lines);
    return lines;
  }

  /**
   * Null, or the first difference.
   *
   * @param {ReturnType<typeof import("./coverage.mjs").createCoverage> | null} coverage is told what happens
   * @returns {Difference | null}
   */
  function run(program, coverage = null) {
    const sides = machines.map((choose) => ({ ...choose(program), compared: program.cores.map(() => 0), logs: [] }));
    const [a, b] = sides;
    const image = imageOf(program, a);
    if (program.everyPrefix) program.prefix = measurePrefixes(a, program, image);
    coverage?.begin(program, a);
    sides.forEach((side, i) => {
      prepare(side, program, image);
      const { supervise, logs } = createSupervisor(side, program, i === 0 ? coverage : null);
      side.logs = logs;
      side.supervise = supervise;
      side.skippedBefore = side.machine.skippedCycles();
      side.countsBefore = { ...side.machine.engine.counts };
    });
    const cut = createCutter(program);
    let swapped = false;
    for (let piece = 0; ; piece++) {
      const limits = cut(piece, Math.min(...a.machine.state.cores.map((core) => core.now)));
      const ends = sides.map(({ machine, supervise }) => runGuarded(machine, supervise, limits));
      const lines = ends.some((end) => end.includes("\n")) ? ends : compare(a, b, ends);
      if (lines.length > 0)
        return { program, piece, limits: JSON.stringify(limits), lines, logs: [a.logs, b.logs], names, sides };
      coverage?.piece();
      const isOver = ends[0] === "quiet" || (ends[0] === "until" && limits.until >= program.maxCycles);
      if (isOver) break;
      if (piece === program.pieces.swapAt) {
        swap(a, b);
        swapped = true;
      }
    }
    const { cores } = a.machine.state;
    coverage?.end({
      retired: cores.reduce((sum, core) => sum + core.retired, 0),
      exits: a.logs.reduce((sum, log) => sum + log.length, 0),
      finished: cores.every((core) => core.activity === "off"),
      skippedCycles: Math.max(...sides.map((side) => side.machine.skippedCycles() - side.skippedBefore)),
      swapped,
      engine: countsSince(b),
    });
    return null;
  }

  return { run, names };
}

/** A mistake of the engine is a difference like any other: then the end is its text, over several lines. */
function runGuarded(machine, supervise, limits) {
  try {
    return machine.run(supervise, limits);
  } catch (error) {
    return `${error.stack}\n`;
  }
}

/** What the engine on the right says it did for this program, if it says anything. */
function countsSince({ machine, countsBefore }) {
  const counts = Object.entries(machine.engine.counts ?? {}).filter(([, count]) => typeof count === "number");
  return Object.fromEntries(counts.map(([name, count]) => [name, count - (countsBefore[name] ?? 0)]));
}

function sameBytes(a, b, at, length) {
  return a.all.compare(b.all, at, at + length, at, at + length) === 0;
}

/** Each goes on from what the other saved. */
function swap(a, b) {
  const [mine, theirs] = [a.machine.save(), b.machine.save()];
  a.machine.restore(theirs);
  b.machine.restore(mine);
}

/** How the run is cut: limits of the next piece. */
function createCutter(program) {
  const { pieces, maxCycles } = program;
  const random = createRandom(pieces.seed, 1);
  const sizes = {
    whole: () => maxCycles,
    small: () => 1 + random.below(40),
    large: () => 100 + random.below(3000),
    mixed: () => Math.floor(2 ** (random.below(1200) / 100)),
  };
  let until = 0;
  return (piece, now) => {
    // Later pieces are longer, so that long programs don't fall into thousands.
    const size = Math.ceil(sizes[pieces.size]() * (1 + piece / 40));
    if (pieces.byInstructions && random.chance(2)) return { until: maxCycles, maxInstructions: size };
    until = Math.min(maxCycles, Math.max(until, now) + size);
    return { until, maxInstructions: Infinity };
  };
}

/**
 * Steps through the loop of a program for events at every prefix: which boundaries events can fall on (those at which
 * time has passed), and when to arm the timer so that event after event falls one cycle later into the loop.
 */
function measurePrefixes(side, program, image) {
  const WARM_TURNS = 24;
  const { from, to } = program.cores[0].prefixLoop;
  prepare(side, program, image);
  const { supervise } = createSupervisor(side, { ...program, events: { ...program.events, timer: "none" } }, null);
  const { machine, build } = side;
  const [core] = machine.state.cores;
  const heads = [];
  const addresses = new Set();
  let before = -1;
  while (heads.length < 3 && core.retired < 2000 && core.activity !== "off") {
    machine.run(supervise, { until: program.maxCycles, maxInstructions: 1 });
    if (core.activity !== "running") continue;
    machine.engine.store(0);
    const rip = Number(machine.state.view.getBigUint64(build.machine.RIP_OFFSET, true));
    if (rip === from) heads.push(core.now);
    if (heads.length === 2 && rip >= from && rip < to && core.now > before) addresses.add(rip);
    before = core.now;
  }
  if (heads.length < 3) return undefined;
  const turn = heads[2] - heads[1];
  return { addresses, first: heads[0] + WARM_TURNS * turn, period: 2 * turn + 1, events: turn + 2 };
}
