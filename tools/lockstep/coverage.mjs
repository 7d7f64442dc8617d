/**
 * What really ran: counted from what programs leave in memory and from exits, never from what was generated. Counters
 * are part of the program (see `marker` in assembler.mjs), so that counting costs no engine anything.
 */
import { COUNTERS, physicalOf } from "./layout.mjs";

const LONG_LOOP = 64;

/** Every feature that a run of a few thousand programs must have shown. Values: least number of programs. */
export const REQUIRED = {
  straight: 100,
  "long block": 50,
  "branch taken": 50,
  "branch not taken": 50,
  "backward branch": 50,
  "irreducible flow": 30,
  "second entry into a cycle": 30,
  loop: 100,
  "long loop": 50,
  "nested loop": 30,
  "loop instruction": 30,
  call: 50,
  "call from a call": 10,
  returned: 50,
  recursion: 20,
  "deep recursion": 3,
  "mismatched return": 10,
  "return without call": 10,
  "call without return": 10,
  "indirect jump, way 0": 20,
  "indirect jump, way 3": 20,
  "indirect call": 20,
  "repeated string": 50,
  "repetition interrupted by an event": 10,
  "piece ends within a repetition": 10,
  "piece ends within a block": 100,
  "code across pages": 30,
  "data across pages": 100,
  "access at the edge of an address half": 10,
  "access to the upper half": 30,
  "access to own code": 10,
  "code written before it runs": 20,
  "code written in a loop": 20,
  "code of another page written in a loop": 20,
  "next instruction written": 10,
  "opcode written": 10,
  "copied code": 10,
  "code written across pages": 10,
  "code page written across its end": 3,
  "code page written beside code": 10,
  "code written from outside": 10,
  "memory written from outside": 10,
  "fault 0": 20,
  "fault 6": 20,
  "fault 12": 3,
  "fault 13": 20,
  "fault 14": 50,
  "fault within a block": 50,
  "fault in a long loop": 10,
  breakpoint: 20,
  "single step": 5,
  "flags used late": 50,
  "flags used late by pushf": 10,
  "flags used late by lahf": 10,
  "flags used late by a reader": 20,
  popf: 10,
  "enter and leave": 10,
  "push and pop": 10,
  "system call": 20,
  timer: 200,
  "event in a long loop": 20,
  "event at every instruction": 20,
  "event at every prefix": 10,
  "two cores": 100,
  "shared access": 100,
  "locked shared access": 20,
  "locked access": 50,
  "access across shared pages": 10,
  "spin lock": 10,
  "waited for the other core": 10,
  "ping-pong": 5,
  "polling skipped": 5,
  "store buffer": 20,
  message: 5,
  idle: 10,
  "kernel work": 10,
  "tables switched": 10,
  "accessed and dirty bits cleared": 10,
  "write right of a page changed": 10,
  "saved and restored onto the other engine": 20,
};

/**
 * What translated code must have met besides, by what the engine on the right counted. Values: least number of
 * programs.
 */
export const REQUIRED_TRANSLATED = {
  translated: 1000,
  "translated: an edge of irreducible flow cut": 30,
  "translated: left for an event": 300,
  "translated: left within a block": 300,
  "translated: from region to region through the engine": 300,
  "translated: a near region replaced by a far one": 100,
  "translated: regions merged": 3,
  "translated: code dropped that was written": 60,
  "translated: repetition": 30,
  "translated: repetition cut": 20,
  "translated: system call": 80,
  "translated: TLB filled": 300,
};

/** What must also have been seen in programs of which translated code did a good part: feature → least programs. */
export const REQUIRED_MOSTLY_TRANSLATED = {
  straight: 30,
  "branch taken": 30,
  "branch not taken": 30,
  "long loop": 50,
  "nested loop": 30,
  "irreducible flow": 20,
  "second entry into a cycle": 20,
  call: 30,
  recursion: 10,
  "indirect jump, way 3": 10,
  "indirect call": 10,
  "repetition interrupted by an event": 20,
  "data across pages": 100,
  "code across pages": 20,
  "code written in a loop": 10,
  "code of another page written in a loop": 10,
  "fault in a long loop": 10,
  "fault within a block": 30,
  "event in a long loop": 30,
  "event at every prefix": 10,
  "two cores": 50,
  "shared access": 50,
};
/** The part of a program's instructions. */
const MOSTLY = 1 / 4;
const mostly = (feature) => `mostly translated: ${feature}`;

/** Counter of the engine → the feature that it shows when it moved while a program ran. */
const TRANSLATED = {
  translated: "translated",
  cutEdges: "translated: an edge of irreducible flow cut",
  leftForTime: "translated: left for an event",
  leftInBlock: "translated: left within a block",
  leftForBlock: "translated: from region to region through the engine",
  replaced: "translated: a near region replaced by a far one",
  merges: "translated: regions merged",
  dropped: "translated: code dropped that was written",
  repetitions: "translated: repetition",
  repetitionsCut: "translated: repetition cut",
  systemCalls: "translated: system call",
  fills: "translated: TLB filled",
};

const TRANSLATED_TOO = {
  ...REQUIRED_TRANSLATED,
  ...Object.fromEntries(Object.entries(REQUIRED_MOSTLY_TRANSLATED).map(([feature, least]) => [mostly(feature), least])),
};

export function createCoverage() {
  /** Feature → programs that showed it, and how often in all. */
  const features = new Map();
  const rows = new Set();
  const totals = { programs: 0, short: 0, unfinished: 0, retired: 0, pieces: 0, exits: 0 };
  /** What the engine on the right counted, in sum. */
  const engine = new Map();
  let current = new Map();
  let faulted = [];
  let eventAddresses = new Set();
  let program = null;
  let side = null;

  const note = (feature, count = 1) => current.set(feature, (current.get(feature) ?? 0) + count);

  /**
   * How often a marker was passed. A stray store of the program may have hit the counter: then it says more than has
   * run.
   */
  function counter(core, slot) {
    const { view, cores } = side.machine.state;
    const count = Number(view.getBigUint64(side.build.machine.RAM_BASE + physicalOf(core, COUNTERS) + 8 * slot, true));
    return count <= cores[core].retired ? count : 0;
  }

  /** The loop around an address that has run for long already. */
  function isInLongLoop(core, rip) {
    return program.cores[core].loops.some(
      ({ from, to, slot }) => slot >= 0 && rip >= from && rip < to && counter(core, slot) >= LONG_LOOP,
    );
  }

  function begin(nextProgram, nextSide) {
    program = nextProgram;
    side = nextSide;
    current = new Map();
    faulted = program.cores.map(() => new Set());
    eventAddresses = new Set();
  }

  function fault(core, exit) {
    note(`fault ${exit.vector}`);
    const rip = Number(exit.rip);
    faulted[core.id].add(rip);
    if (isInLongLoop(core.id, rip)) note("fault in a long loop");
    const place = program.cores[core.id].placed.find(({ address }) => address === rip);
    if (place !== undefined && place.slot !== 0) note("fault within a block");
  }

  function event(core, exit, rip, rcx) {
    note(exit.kind);
    const address = Number(rip);
    eventAddresses.add(address);
    const count = program.cores[core.id].repeats.get(address);
    if (count !== undefined && rcx > 0n && rcx < BigInt(count)) note("repetition interrupted by an event");
    if (isInLongLoop(core.id, address)) note("event in a long loop");
    if (program.events.timer === "every instruction") note("event at every instruction");
  }

  function piece() {
    totals.pieces++;
    for (const core of side.machine.state.cores) {
      if (core.repeatStarted) note("piece ends within a repetition");
      if (core.blockIndex > 0) note("piece ends within a block");
    }
  }

  function takeCore(plan, core) {
    const reached = plan.markers.map((_, slot) => counter(core, slot));
    plan.markers.forEach(({ features: shown }, slot) => {
      if (reached[slot] > 0) for (const feature of shown) note(feature, reached[slot]);
    });
    for (const { address, length, row, features: shown, slot } of plan.placed) {
      if (slot < 0 || !(reached[slot] > 0) || faulted[core].has(address)) continue;
      if (row !== "") rows.add(row);
      for (const feature of shown) note(feature);
      if ((address % 4096) + length > 4096) note("code across pages");
    }
  }

  /** `facts`: how the run went. */
  function end(facts) {
    program.cores.forEach(takeCore);
    if (program.cores.length > 1) note("two cores");
    if (program.storeBuffer) note("store buffer");
    if (facts.skippedCycles > 0) note("polling skipped");
    if (facts.swapped) note("saved and restored onto the other engine");
    const possible = program.prefix?.addresses;
    if (possible !== undefined && possible.size >= 16 && [...possible].every((address) => eventAddresses.has(address)))
      note("event at every prefix");
    totals.programs++;
    totals.retired += facts.retired;
    totals.exits += facts.exits;
    for (const [name, count] of Object.entries(facts.engine)) engine.set(name, (engine.get(name) ?? 0) + count);
    for (const [name, feature] of Object.entries(TRANSLATED)) if (facts.engine[name] > 0) note(feature);
    if (facts.engine.translated >= facts.retired * MOSTLY)
      for (const feature of Object.keys(REQUIRED_MOSTLY_TRANSLATED)) if (current.has(feature)) note(mostly(feature));
    if (facts.retired < 50) totals.short++;
    if (!facts.finished) totals.unfinished++;
    for (const [feature, count] of current) {
      const known = features.get(feature) ?? { programs: 0, times: 0 };
      features.set(feature, { programs: known.programs + 1, times: known.times + count });
    }
  }

  /** What was counted, as plain data, to be added to another's by `add`. */
  const summarise = () => ({
    features: [...features].map(([feature, { programs, times }]) => [feature, programs, times]),
    rows: [...rows],
    totals: { ...totals },
    engine: [...engine],
  });

  function add(summary) {
    for (const [feature, programs, times] of summary.features) {
      const known = features.get(feature) ?? { programs: 0, times: 0 };
      features.set(feature, { programs: known.programs + programs, times: known.times + times });
    }
    for (const row of summary.rows) rows.add(row);
    for (const [name, count] of Object.entries(summary.totals)) totals[name] += count;
    for (const [name, count] of summary.engine) engine.set(name, (engine.get(name) ?? 0) + count);
  }

  return { features, rows, totals, engine, begin, end, note, fault, event, piece, summarise, add };
}

/**
 * Features that are missing or too rare, as text; empty when all is well. `share`: part of REQUIRED that is asked for.
 */
export function findGaps(coverage, share = 1) {
  const required = coverage.engine.size > 0 ? { ...REQUIRED, ...TRANSLATED_TOO } : REQUIRED;
  return Object.entries(required)
    .map(([feature, least]) => ({
      feature,
      least: Math.max(1, Math.floor(least * share)),
      found: coverage.features.get(feature)?.programs ?? 0,
    }))
    .filter(({ least, found }) => found < least)
    .map(({ feature, least, found }) => `${feature}: in ${found} programs, at least ${least} wanted`);
}

export function formatCoverage(coverage) {
  const names = [...new Set([...Object.keys(REQUIRED), ...coverage.features.keys()])];
  const lines = names.map((name) => {
    const { programs, times } = coverage.features.get(name) ?? { programs: 0, times: 0 };
    return `  ${name.padEnd(44)} ${String(programs).padStart(8)} programs ${String(times).padStart(11)} times`;
  });
  return lines.join("\n");
}
