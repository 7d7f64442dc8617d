/**
 * Many cores, one exact order: which core runs next, how far, and what it may see.
 *
 * Cores interact by synchronising accesses and by messages, and by nothing else. A synchronising access happens only at
 * its core's turn (turn.ts), while the core comes first; a message arrives no sooner than the profile's least latency,
 * which bounds how far a core may run ahead. The core that is first can always proceed, so the loop always picks it,
 * and how far it runs before the next pick (`runAheadCycles`) changes no result.
 *
 * A core that leaves to the kernel does so where it is in its slice, ahead of others perhaps: kernels of different
 * cores share nothing but messages. Where they share more (pools), exits wait for their turn as accesses do.
 *
 * A core whose load comes too early waits, in the middle of its slice where its engine can (`bringForward`): the others
 * run slices within it, and then it goes on.
 *
 * Idle cores, and cores in a polling loop (pollers.ts), stand in the order at their next event. Before a store to a
 * word that a poller reads, the poller is charged the whole passes that come before it and runs the rest: only then
 * does the store happen.
 */
import type { CoreId, Cycles, PhysicalAddress } from "../units.js";
import { Bug } from "../errors.js";
import type { AheadStores } from "./ahead.js";
import type { Engine, Polling, SliceEnd } from "./engine/engine.js";
import { nextEventOf, takeEvent } from "./events.js";
import { createPollers, forgetLoops, isPolled, readsAny, settle, standInLoop, type Pollers } from "./pollers.js";
import { CORE_STRIDE, RIP_OFFSET, type CoreState, type MachineState } from "./state.js";
import type { MachineExit } from "./trap.js";
import { comesBefore, createSlice, setTurn, type Slice, type Turn } from "./turn.js";

/**
 * Decides what a core does next: sets `activity` and what belongs to it. Called with the core's registers in memory.
 */
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
  /** See MachineOptions. */
  readonly ordersExits: boolean;
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
  /** Forgets polling loops. Before saving, and after memory changed from outside. */
  forgetLoops(): void;
  /** Cycles of polling that were charged without being run, in all. */
  skippedCycles(): Cycles;
}

/** What the order knows while cores run. One object, changed in place: numbers in it cost nothing to replace. */
interface OrderState extends OrderOptions {
  readonly pollers: Pollers;
  /** The slice of the core that runs, and that of one that comes forward while the first waits in its middle. */
  readonly slice: Slice;
  readonly nestedSlice: Slice;
  /** The core that came forward, and how its slice ended, where the kernel or the pollers are to hear of it. */
  forwardCore: CoreState | null;
  forwardEnd: SliceEnd | null;
  /** The end of the run, and how many instructions are left until then. */
  until: Cycles;
  instructions: number;
  /** What `pick` found: the first core in the order, the cycle of its turn, and the turn of the one after it. */
  first: CoreState | null;
  firstAt: Cycles;
  readonly second: Turn;
  /** Slices for which it is remembered that a store has woken a poller, and the longest pass of those. */
  wakes: number;
  longestPassCycles: Cycles;
  isStopping: boolean;
  /** Successive slices in which the first core did nothing. */
  stillSlices: number;
}

/** Before every core. */
const NO_CORE = -1;
/** Slices for which a woken poller is taken as a sign that more will be. */
const WAKES_REMEMBERED = 64;
/** The first core can always proceed. One that does nothing for so many slices never will. */
const MOST_STILL_SLICES = 10_000;

/** The cycle of a core's turn; Infinity when it has none. */
function cycleOf(core: CoreState, { loops }: Pollers): Cycles {
  if (core.activity === "off") return Infinity;
  if (core.activity === "running" && loops[core.id] === null) return core.now;
  if (core.activity === "reset") return core.now;
  return Math.max(core.now, nextEventOf(core));
}

/**
 * Finds the first core in the order, and the turn of the one after it. `waiting`: has its turn at `at`, whatever its
 * clock.
 */
function pick(order: OrderState, waiting: CoreId, at: Cycles): void {
  const { cores } = order.state;
  let first: CoreState | null = null;
  let firstAt = Infinity;
  let secondAt = Infinity;
  let second = 0;
  for (let id = 0; id < cores.length; id++) {
    const core = cores[id];
    // mutant waiting-core-stands-at-its-start: const cycle = cycleOf(core, order.pollers);
    const cycle = id === waiting ? at : cycleOf(core, order.pollers);
    if (first === null || cycle < firstAt) {
      if (first !== null) {
        secondAt = firstAt;
        second = first.id;
      }
      first = core;
      firstAt = cycle;
    } else if (cycle < secondAt) {
      secondAt = cycle;
      second = core.id;
    }
  }
  order.first = first;
  order.firstAt = firstAt;
  setTurn(order.second, secondAt, second);
}

function limitAccesses(slice: Slice, { at, core }: Turn): void {
  setTurn(slice.nextCore, at, core);
  setTurn(slice.nextAccess, at, core);
}

/** The first core may run up to `hard`, its next event, and so far beyond the second. */
function limitSlice(order: OrderState, slice: Slice, hard: Cycles): void {
  slice.until = Math.min(hard, order.second.at + order.runAheadCycles);
  limitAccesses(slice, order.second);
  slice.isSoft = slice.until < hard;
}

/** A polling loop was found, unless a store that waits will end it: then the core just goes on. */
function stand({ ahead, pollers }: OrderState, core: CoreState, loop: Polling): void {
  for (const { physical, sizeBytes } of loop.words) if (ahead.touches(physical, sizeBytes)) return;
  standInLoop(pollers, core.id, loop);
}

/** A poller stands in the order again: the running core may see and go as far as that allows. */
function makeRoomFor(order: OrderState, core: CoreState): void {
  const { slice, runAheadCycles } = order;
  if (core.now + runAheadCycles < slice.until) {
    slice.until = core.now + runAheadCycles;
    slice.isSoft = slice.instructions === Infinity;
  }
  if (comesBefore(core.now, core.id, slice.nextAccess)) setTurn(slice.nextAccess, core.now, core.id);
  if (comesBefore(core.now, core.id, slice.nextCore)) setTurn(slice.nextCore, core.now, core.id);
}

function observeStore(
  order: OrderState,
  by: CoreId,
  physical: PhysicalAddress,
  sizeBytes: number,
  at: Cycles,
): boolean {
  const { pollers, runAheadCycles } = order;
  let isClear = true;
  for (const core of order.state.cores) {
    const loop = pollers.loops[core.id];
    if (loop === null || core.id === by || !readsAny(loop, physical, sizeBytes)) continue;
    settle(pollers, core, at);
    if (core.now < at || (core.now === at && core.id < by)) isClear = false;
    makeRoomFor(order, core);
    order.wakes = WAKES_REMEMBERED;
    order.longestPassCycles = Math.min(runAheadCycles >>> 1, Math.max(order.longestPassCycles, loop.passCycles));
  }
  return isClear;
}

function leave({ engine }: OrderState, core: CoreState, exit: MachineExit, supervisor: MachineSupervisor): void {
  if (core.activity === "running") {
    core.blockStart = 0n;
    core.blockIndex = 0;
    core.repeatStarted = false;
    engine.store(core.id);
  }
  supervisor(core, exit);
}

/** What follows from the end of a slice. */
function finish(order: OrderState, core: CoreState, slice: Slice, end: SliceEnd, supervisor: MachineSupervisor): void {
  if (end.kind === "exit" && order.ordersExits) core.heldExit = end.exit;
  else if (end.kind === "exit") {
    // The kernel sees RAM with all that comes before everybody, whether or not anybody has read it.
    order.ahead.catchUpWith(core, slice.nextCore);
    leave(order, core, end.exit, supervisor);
  } else if (end.kind === "poll") stand(order, core, end.polling);
}

/** Lets others run until the waiting core, at `at`, is first. Only while nobody polls. */
function bringForward(order: OrderState, waiting: CoreId, at: Cycles): boolean {
  const { engine, slice, nestedSlice } = order;
  for (;;) {
    pick(order, waiting, at);
    const core = order.first;
    if (core === null) return false;
    if (core.id === waiting) {
      limitAccesses(slice, order.second);
      return true;
    }
    const hard = Math.min(nextEventOf(core), order.until);
    if (core.activity !== "running" || core.heldExit !== null || hard <= core.now) return false;
    limitSlice(order, nestedSlice, hard);
    const { now } = core;
    const end = engine.run(core.id, nestedSlice);
    if (end.kind === "exit" || end.kind === "poll") {
      order.forwardCore = core;
      order.forwardEnd = end;
      return false;
    }
    if (core.now === now) return false;
  }
}

/** A fault of an engine, or of this loop: it would go on for ever. */
function stuck({ state, engine }: OrderState, core: CoreState): Bug {
  engine.store(core.id);
  const rip = state.view.getBigUint64(core.id * CORE_STRIDE + RIP_OFFSET, true);
  const partition = core.hashSlot < 0 ? "no partition" : `partition ${core.hashSlot}`;
  return new Bug(
    `core ${core.id} does not move: it is first at cycle ${core.now} and did nothing in ${MOST_STILL_SLICES} slices; ` +
      `it is at 0x${rip.toString(16)} in ${partition}`,
  );
}

/** Runs the first core for one slice that ends before `event`. */
function runSlice(order: OrderState, core: CoreState, event: Cycles, supervisor: MachineSupervisor): void {
  const { ahead, engine, slice, nestedSlice, pollers, until, instructions } = order;
  // After this no store of its own waits any more.
  if (ahead.countOf(core.id) > 0) ahead.catchUp(core.now, core.id);
  // mutant event-comes-late: const hard = Math.min(event + 1, until);
  const hard = Math.min(event, until);
  limitSlice(order, slice, hard);
  slice.instructions = instructions;
  slice.isWatched = pollers.count > 0;
  if (pollers.count > 0 && order.wakes > 0 && instructions === Infinity) {
    // A poller will be woken, probably: then this core may not have gone further than that allows.
    order.wakes--;
    slice.until = Math.min(slice.until, core.now + order.runAheadCycles - order.longestPassCycles);
  }
  // Where instructions are counted, which core runs them must not depend on the engine.
  slice.isSoft = slice.until < hard && instructions === Infinity;
  const { now, retired } = core;
  const end = engine.run(core.id, slice);
  // A core that leaves to the kernel without having run anything is the kernel's matter: a first instruction may fault.
  const isStill = core.now === now && core.retired === retired && end.kind !== "exit";
  order.stillSlices = isStill ? order.stillSlices + 1 : 0;
  if (order.stillSlices >= MOST_STILL_SLICES) throw stuck(order, core);
  const { forwardCore, forwardEnd } = order;
  if (forwardCore !== null && forwardEnd !== null) {
    // The slice of the core that came forward ended before this one did.
    order.forwardCore = order.forwardEnd = null;
    // mutant forward-exit-is-lost:
    finish(order, forwardCore, nestedSlice, forwardEnd, supervisor);
  }
  finish(order, core, slice, end, supervisor);
  order.instructions -= core.retired - retired;
}

/** Runs the first core for one slice or delivers its event. */
function advance(order: OrderState, core: CoreState, supervisor: MachineSupervisor): void {
  const { ahead, pollers } = order;
  if (core.activity === "reset") {
    ahead.catchUp(core.now, core.id);
    leave(order, core, { kind: "start" }, supervisor);
    return;
  }
  if (core.heldExit !== null) {
    const exit = core.heldExit;
    core.heldExit = null;
    ahead.catchUp(core.now, core.id);
    leave(order, core, exit, supervisor);
    return;
  }
  const event = nextEventOf(core);
  if (pollers.loops[core.id] !== null) settle(pollers, core, Math.min(event, order.until));
  if (core.activity !== "running") core.now = Math.max(core.now, event);
  if (event <= core.now) {
    ahead.catchUp(core.now, core.id);
    leave(order, core, takeEvent(core), supervisor);
    return;
  }
  runSlice(order, core, event, supervisor);
}

/** RAM has all that comes before the first core, or the end of the run. */
function catchUpAtEnd({ ahead, first, firstAt, until }: OrderState): void {
  if (first === null || firstAt === Infinity) ahead.catchUp(Infinity, 0);
  else if (firstAt < until) ahead.catchUp(firstAt, first.id);
  else /* mutant last-stores-are-lost: ahead.catchUp(until - 8, NO_CORE); */ ahead.catchUp(until, NO_CORE);
}

function run(order: OrderState, supervisor: MachineSupervisor, limits: RunLimits): MachineRunEnd {
  const { pollers } = order;
  const { cores } = order.state;
  order.isStopping = false;
  order.instructions = limits.maxInstructions;
  order.until = limits.until;
  order.stillSlices = 0;
  let isStopped = false;
  for (;;) {
    pick(order, NO_CORE, 0);
    const { first, firstAt } = order;
    if (order.isStopping && !isStopped) {
      // All cores stand at the first one's turn or behind it: pollers come up to it.
      isStopped = true;
      catchUpAtEnd(order);
      order.until = Math.min(order.until, firstAt);
    }
    const { until } = order;
    if (first === null || firstAt >= until) {
      const poller = until === Infinity ? undefined : cores.find(({ id }) => pollers.loops[id] !== null);
      if (poller === undefined) break;
      // Pollers come up to the end by whole passes, and run the rest.
      settle(pollers, poller, until);
      continue;
    }
    if (order.instructions <= 0) break;
    advance(order, first, supervisor);
  }
  catchUpAtEnd(order);
  if (isStopped) return "stopped";
  // Clocks of idle cores stay where they are: what a run leaves behind must not depend on how it was cut into pieces.
  if (cores.every((core) => cycleOf(core, pollers) === Infinity)) return "quiet";
  return order.firstAt >= order.until ? "until" : "instructions";
}

export function createOrder(options: OrderOptions): Order {
  const { state, engine, ahead, runAheadCycles, ordersExits } = options;
  const order: OrderState = {
    state,
    engine,
    ahead,
    runAheadCycles,
    /* mutant exits-come-at-once: ordersExits: false */
    ordersExits,
    pollers: createPollers(state.cores.length),
    slice: createSlice(),
    nestedSlice: createSlice({ isNested: true }),
    forwardCore: null,
    forwardEnd: null,
    until: Infinity,
    instructions: Infinity,
    first: null,
    firstAt: Infinity,
    second: { at: Infinity, core: 0 },
    wakes: 0,
    longestPassCycles: 0,
    isStopping: false,
    stillSlices: 0,
  };
  return {
    run: (supervisor, limits) => run(order, supervisor, limits),
    stop() {
      order.isStopping = true;
    },
    observeStore: (core, physical, sizeBytes, at) => observeStore(order, core, physical, sizeBytes, at),
    bringForward: (core, at) => bringForward(order, core, at),
    isPolled: (physical, sizeBytes) => isPolled(order.pollers, physical, sizeBytes),
    forgetLoops: () => forgetLoops(order.pollers),
    skippedCycles: () => order.pollers.skippedCycles,
  };
}
