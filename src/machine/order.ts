/**
 * Many cores, one exact order: which core runs next, how far, and what it may see.
 *
 * Cores interact by synchronising accesses and by messages, and by nothing else. A synchronising access happens only
 * while its core is first by (cycle, core number); a message arrives no sooner than the profile's least latency, which bounds how
 * far a core may run ahead. The core that is first can always proceed, so the loop always picks it, and how far it
 * runs before the next pick (`runAheadCycles`) changes no result.
 *
 * A core whose load comes too early waits, in the middle of its slice where its engine can (`bringForward`): the others run
 * slices within it, and then it goes on.
 *
 * Idle cores, and cores in a polling loop that was found to change nothing (`polls`), stand in the order at their
 * next event. Before a store to a word that a poller reads, the poller is charged the whole passes that come before it and runs
 * the rest: only then does the store happen.
 */
import type { CoreId, Cycles, PhysicalAddress } from "../units.js";
import type { AheadStores } from "./ahead.js";
import type { Engine, Polling, Slice, SliceEnd } from "./engine/engine.js";
import type { CoreState, MachineState } from "./state.js";
import type { Exit } from "./trap.js";

/** Why the supervisor is called. */
export type MachineExit = Exit | { readonly kind: "work-done" } | { readonly kind: "start" };

/** Decides what a core does next: sets `activity` and what belongs to it. Called with the core's registers in memory. */
export type MachineSupervisor = (core: CoreState, exit: MachineExit) => void;

export interface RunLimits {
  readonly until: Cycles;
  readonly maxInstructions: number;
}

export type MachineRunEnd = "until" | "quiet" | "instructions" | "stopped";

export interface OrderOptions {
  readonly state: MachineState;
  readonly engine: Engine;
  readonly ahead: AheadStores;
  /** At most the least cross-core latency. */
  readonly runAheadCycles: Cycles;
}

export interface Order {
  run(supervisor: MachineSupervisor, limits: RunLimits): MachineRunEnd;
  /** Ends `run` after the current exit. What RAM holds then is said in docs/architecture.md, "Exact order". */
  stop(): void;
  /** For engines: see StoreObserver. */
  observeStore(core: CoreId, physical: PhysicalAddress, sizeBytes: number, at: Cycles): boolean;
  /** For engines: see BringForward. */
  bringForward(core: CoreId, at: Cycles): boolean;
  /** Whether a core that stands in a polling loop reads any of these bytes there. */
  isPolled(physical: PhysicalAddress, sizeBytes: number): boolean;
  /** Forgets polling loops: a poller simply stands where it last was. Before saving, and after memory changed from outside. */
  settleAll(): void;
  /** Cycles and instructions that were charged without being run. */
  readonly skipped: { cycles: number };
}

interface Picked {
  first: CoreState | null;
  firstAt: Cycles;
  secondAt: Cycles;
  second: CoreId;
}

/** Before every core. */
const NO_CORE = -1;
/** Slices for which a woken poller is taken as a sign that more will be. */
const WAKES_REMEMBERED = 64;

/** The next cycle at which something happens to a core by itself. */
export function nextEventOf(core: CoreState): Cycles {
  const message = core.inbox.length > 0 ? core.inbox[0].at : Infinity;
  const work = core.activity === "work" ? core.workEnd : Infinity;
  return Math.min(message, core.timerAt, work);
}

function createSlice(isNested: boolean): Slice {
  return {
    until: 0,
    syncTime: Infinity,
    syncCore: 0,
    coreTime: Infinity,
    coreCore: 0,
    instructions: Infinity,
    isSoft: false,
    isWatched: false,
    isNested,
  };
}

function reads({ words }: Polling, physical: PhysicalAddress, sizeBytes: number): boolean {
  return words.some((word) => physical < word.physical + word.sizeBytes && word.physical < physical + sizeBytes);
}

export function createOrder({ state, engine, ahead, runAheadCycles }: OrderOptions): Order {
  const { cores } = state;
  const polls: (Polling | null)[] = cores.map(() => null);
  const skipped = { cycles: 0 };
  let pollers = 0;
  /** Slices for which it is remembered that a store has woken a poller, and the longest pass of those. */
  let wakes = 0;
  let longestPass = 0;
  const slice = createSlice(false);
  /** Of the core that comes forward while another waits in its slice; how it ended, where that is the kernel's matter or `stand`'s. */
  const nested = createSlice(true);
  const ended: { core: CoreState | null; end: SliceEnd | null } = { core: null, end: null };
  /** The end of the run, and how many instructions are left until then. As `picked`: numbers in it cost nothing to replace. */
  const rest = { until: 0, instructions: 0 };
  /** What `pick` found. One object, since numbers in it cost nothing to replace. */
  const picked: Picked = { first: null, firstAt: Infinity, secondAt: Infinity, second: 0 };
  let stopping = false;

  /** Where a core stands in the order. */
  function placeOf(core: CoreState): Cycles {
    if (core.activity === "off") return Infinity;
    if (core.activity === "running" && polls[core.id] === null) return core.now;
    if (core.activity === "reset") return core.now;
    return Math.max(core.now, nextEventOf(core));
  }

  /** Charges a poller the whole passes that end before `at`, and lets it run again. */
  function settle(core: CoreState, at: Cycles): void {
    const polling = polls[core.id];
    if (polling === null) return;
    polls[core.id] = null;
    pollers--;
    // A pass that would end exactly at `at` is run: instructions of no cost at its end may not come before the event.
    const passes = Math.max(0, Math.ceil((at - core.now) / polling.passCycles) - 1);
    core.now += passes * polling.passCycles;
    core.retired += passes * polling.passInstructions;
    skipped.cycles += passes * polling.passCycles;
  }

  /** A polling loop was found, unless a store that waits will end it: then the core just goes on. */
  function stand(core: CoreState, polling: Polling): void {
    for (const { physical, sizeBytes } of polling.words) if (ahead.touches(physical, sizeBytes)) return;
    polls[core.id] = polling;
    pollers++;
  }

  function observeStore(by: CoreId, physical: PhysicalAddress, sizeBytes: number, at: Cycles): boolean {
    let isClear = true;
    for (const core of cores) {
      const polling = polls[core.id];
      if (polling === null || core.id === by) continue;
      if (!reads(polling, physical, sizeBytes)) continue;
      settle(core, at);
      if (core.now < at || (core.now === at && core.id < by)) isClear = false;
      // The poller stands in the order again: the running core may see and go as far as that allows.
      if (core.now + runAheadCycles < slice.until) {
        slice.until = core.now + runAheadCycles;
        slice.isSoft = slice.instructions === Infinity;
      }
      wakes = WAKES_REMEMBERED;
      longestPass = Math.min(runAheadCycles >>> 1, Math.max(longestPass, polling.passCycles));
      if (core.now < slice.syncTime || (core.now === slice.syncTime && core.id < slice.syncCore)) {
        slice.syncTime = core.now;
        slice.syncCore = core.id;
      }
      if (core.now < slice.coreTime || (core.now === slice.coreTime && core.id < slice.coreCore)) {
        slice.coreTime = core.now;
        slice.coreCore = core.id;
      }
    }
    return isClear;
  }

  function isPolled(physical: PhysicalAddress, sizeBytes: number): boolean {
    return polls.some((polling) => polling !== null && reads(polling, physical, sizeBytes));
  }

  /** Finds the first core in the order, and the place of the one after it. `waiting`: stands at `at`, whatever its clock. */
  function pick(waiting: CoreId, at: Cycles): void {
    let first: CoreState | null = null;
    let firstAt = Infinity;
    let secondAt = Infinity;
    let second = 0;
    for (let id = 0; id < cores.length; id++) {
      const core = cores[id];
      const place = id === waiting ? at : placeOf(core);
      if (first === null || place < firstAt) {
        if (first !== null) {
          secondAt = firstAt;
          second = first.id;
        }
        first = core;
        firstAt = place;
      } else if (place < secondAt) {
        secondAt = place;
        second = core.id;
      }
    }
    picked.first = first;
    picked.firstAt = firstAt;
    picked.secondAt = secondAt;
    picked.second = second;
  }

  /** The exit for the event that is due, taken off the core. Messages come before the timer in the same cycle. */
  function takeEvent(core: CoreState): MachineExit {
    const message = core.inbox.length > 0 ? core.inbox[0].at : Infinity;
    const workEnd = core.activity === "work" ? core.workEnd : Infinity;
    if (workEnd <= message && workEnd <= core.timerAt) return { kind: "work-done" };
    if (message <= core.timerAt) {
      const taken = core.inbox.shift();
      if (taken !== undefined) return { kind: "message", message: taken };
    }
    core.timerAt = Infinity;
    return { kind: "timer" };
  }

  function leave(core: CoreState, exit: MachineExit, supervisor: MachineSupervisor): void {
    if (core.activity === "running") {
      core.blockStart = 0n;
      core.blockIndex = 0;
      core.repeatStarted = false;
      engine.store(core.id);
    }
    supervisor(core, exit);
  }

  /** What follows from the end of a slice. */
  function finish(core: CoreState, of: Slice, end: SliceEnd, supervisor: MachineSupervisor): void {
    if (end.kind === "exit") {
      // The kernel sees RAM with all that comes before everybody, whether or not anybody has read it.
      ahead.catchUpWith(core, of);
      leave(core, end.exit, supervisor);
    } else if (end.kind === "poll") stand(core, end.polling);
  }

  /** The first core may run up to its next event, and so far beyond the second. */
  function limitSlice(of: Slice, hard: Cycles): void {
    const { secondAt, second } = picked;
    of.until = Math.min(hard, secondAt + runAheadCycles);
    of.coreTime = of.syncTime = secondAt;
    of.coreCore = of.syncCore = second;
    of.isSoft = of.until < hard;
  }

  /** Only while nobody polls. */
  function bringForward(waiting: CoreId, at: Cycles): boolean {
    for (;;) {
      pick(waiting, at);
      const core = picked.first;
      if (core === null) return false;
      if (core.id === waiting) {
        slice.coreTime = slice.syncTime = picked.secondAt;
        slice.coreCore = slice.syncCore = picked.second;
        return true;
      }
      const hard = Math.min(nextEventOf(core), rest.until);
      if (core.activity !== "running" || hard <= core.now) return false;
      limitSlice(nested, hard);
      const { now } = core;
      const end = engine.run(core.id, nested);
      if (end.kind === "exit" || end.kind === "poll") {
        ended.core = core;
        ended.end = end;
        return false;
      }
      if (core.now === now) return false;
    }
  }

  /** Runs the first core for one slice or delivers its event. */
  function advance(core: CoreState, supervisor: MachineSupervisor): void {
    if (core.activity === "reset") {
      ahead.catchUp(core.now, core.id);
      leave(core, { kind: "start" }, supervisor);
      return;
    }
    const { until, instructions } = rest;
    const event = nextEventOf(core);
    if (polls[core.id] !== null) settle(core, Math.min(event, until));
    if (core.activity !== "running") core.now = Math.max(core.now, event);
    if (event <= core.now) {
      ahead.catchUp(core.now, core.id);
      leave(core, takeEvent(core), supervisor);
      return;
    }
    // Nothing of its own waits any more.
    if (ahead.countOf(core.id) > 0) ahead.catchUp(core.now, core.id);
    const hard = Math.min(event, until);
    limitSlice(slice, hard);
    slice.instructions = instructions;
    slice.isWatched = pollers > 0;
    if (pollers > 0 && wakes > 0 && instructions === Infinity) {
      // A poller will be woken, probably: then this core may not have gone further than that allows.
      wakes--;
      slice.until = Math.min(slice.until, core.now + runAheadCycles - longestPass);
    }
    // Where instructions are counted, which core runs them must not depend on the engine.
    slice.isSoft = slice.until < hard && instructions === Infinity;
    const before = core.retired;
    const end = engine.run(core.id, slice);
    if (ended.core !== null && ended.end !== null) {
      // It came first.
      finish(ended.core, nested, ended.end, supervisor);
      ended.core = ended.end = null;
    }
    finish(core, slice, end, supervisor);
    rest.instructions -= core.retired - before;
  }

  /** RAM has all that comes before the first core, or the end of the run. */
  function catchUpAtEnd(): void {
    const { first, firstAt } = picked;
    if (first === null || firstAt === Infinity) ahead.catchUp(Infinity, 0);
    else if (firstAt < rest.until) ahead.catchUp(firstAt, first.id);
    else ahead.catchUp(rest.until, NO_CORE);
  }

  function run(supervisor: MachineSupervisor, limits: RunLimits): MachineRunEnd {
    stopping = false;
    rest.instructions = limits.maxInstructions;
    let { until } = limits;
    let isStopped = false;
    for (;;) {
      rest.until = until;
      pick(NO_CORE, 0);
      const { first, firstAt } = picked;
      if (stopping && !isStopped) {
        // All stand there, or behind it: pollers come up to it.
        isStopped = true;
        catchUpAtEnd();
        until = Math.min(until, firstAt);
      }
      if (first === null || firstAt >= until) {
        const poller = until === Infinity ? undefined : cores.find((core) => polls[core.id] !== null);
        if (poller === undefined) break;
        // Pollers come up to the end by whole passes, and run the rest.
        settle(poller, until);
        continue;
      }
      if (rest.instructions <= 0) break;
      advance(first, supervisor);
    }
    catchUpAtEnd();
    if (isStopped) return "stopped";
    // Clocks of idle cores stay where they are: what a run leaves behind must not depend on how it was cut into pieces.
    if (cores.every((core) => placeOf(core) === Infinity)) return "quiet";
    return picked.firstAt >= until ? "until" : "instructions";
  }

  return {
    run,
    stop: () => {
      stopping = true;
    },
    observeStore,
    bringForward,
    isPolled,
    settleAll() {
      polls.fill(null);
      pollers = 0;
    },
    skipped,
  };
}
