/**
 * Windows: the cyclic plan of a core, after ARINC 653.
 *
 * Invariants. Boundaries are computed from the start of the major frame, so nothing drifts. Nothing that happened in
 * another window can shift a window: the switch first waits out the longest kernel path that may have begun before the
 * boundary (`quietCycles`), then works for the opened partition alone, and its thread is entered exactly
 * `switchCycles` after the window's start. In a window only the threads of its partition are looked at, the address
 * space is always loaded afresh, and doorbells from other cores for a closed window are held back until it opens.
 *
 *     boundary          + quietCycles                    + switchCycles
 *        |  rest of the old   |  open, due threads, pick      |  thread
 *        |  path, pad         |  CR3, pad                     |
 */
import { NEVER, type Cycles } from "../units.js";
import { ConfigError } from "../errors.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { charge, currentPartition, kernelBug, now, recordPartition, runningThread } from "./core.js";
import { lastDoorbellCycles, leastWindowCycles } from "./costs/bounds.js";
import { PATHS } from "./costs/cost.js";
import type { Core, Environment, Partition, Slot } from "./objects.js";
import { startPartition } from "./partition.js";
import { countRemoteLinks } from "./channels/ends.js";

/**
 * Least cycles between two doorbells of one link: a storm takes at most half of its target's time, or, where others
 * share the core with it by reservations and are interrupted, too, a twentieth of the core's.
 */
export function doorbellSpacing({ core, remoteLinkCount }: Partition): Cycles {
  return (core.sharers.length > 0 ? 20 : 2) * remoteLinkCount * core.environment.bounds.messageCycles;
}

/** Refuses windows that are too short (leastWindowCycles): for plans that no description was checked for. */
export function checkWindowLengths({ plan, bounds }: Environment): void {
  plan.cores.forEach((core, index) => {
    if (core.kind !== "windows") return;
    for (const { partition, lengthCycles } of core.windows) {
      const least = leastWindowCycles(bounds, countRemoteLinks(plan, partition));
      if (lengthCycles > least) continue;
      throw new ConfigError(
        { file: plan.name, line: 0, column: 0 },
        `a window of partition "${plan.partitions[partition].name}" on core ${index} has ${lengthCycles} cycles, ` +
          `and switching to it and dealing with its doorbells can take ${least}`,
        "Give the window more time, or the machine a higher frequency.",
      );
    }
  });
}

/** Before the first slot: the next switch opens slot 0 at cycle 0. */
export function startWindows({ state }: Core): void {
  state.frameStart = 0;
  state.slot = -1;
  state.boundary = 0;
}

function advance({ plan, slots, state }: Core): Slot {
  state.slot++;
  if (state.slot === slots.length) {
    state.slot = 0;
    // mutant frames-drift: state.frameStart += plan.kind === "windows" ? plan.frameCycles + 1 : 0;
    state.frameStart += plan.kind === "windows" ? plan.frameCycles : 0;
  }
  const slot = slots[state.slot];
  state.boundary = state.frameStart + slot.end;
  return slot;
}

function closeWindow(core: Core): void {
  const { state, slots } = core;
  const partition = currentPartition(core);
  if (partition === undefined) return;
  charge(core, PATHS.windowClose);
  recordPartition(partition, EventKind.WindowClose, slots[state.slot].window);
  const running = runningThread(core);
  if (running !== undefined) running.state.life = "ready";
  state.running = -1;
  state.partition = -1;
  state.preferred = -1;
  state.sliceEnd = NEVER;
}

/**
 * The boundary has passed: closes the window and opens the next. Returns the cycle at which its thread must be
 * entered, or -1 in a gap.
 */
export function switchWindow(core: Core): Cycles {
  const { hal, state } = core;
  const { quietCycles, switchCycles } = core.environment.bounds;
  closeWindow(core);
  let slot = advance(core);
  while (slot.partition === null && now(core) >= state.boundary) slot = advance(core);
  const { partition, window } = slot;
  if (partition === null) return -1;
  const opensAt = state.frameStart + slot.start;
  if (now(core) > opensAt + quietCycles)
    throw kernelBug(core, `a window at ${opensAt} opens late: the bound of kernel paths is wrong`);
  hal.padUntil(core.id, opensAt + quietCycles);
  charge(core, PATHS.windowOpen);
  recordPartition(partition, EventKind.WindowOpen, window, state.boundary);
  state.partition = partition.id;
  state.mustPick = true;
  charge(core, PATHS.spaceSwitch);
  state.space = partition.state.space;
  if (partition.state.life === "waiting to start") startPartition(partition, opensAt, WakeCause.Start);
  return opensAt + switchCycles;
}

/**
 * When a doorbell that reaches a partition's core at `at` may interrupt it: at once on a dedicated core or in its open
 * window, otherwise (or when that window is about to end) when its next window opens. A function of the plan alone, so
 * that a sender on any core can ask.
 */
export function admissionCycle({ id, core, remoteLinkCount }: Partition, at: Cycles): Cycles {
  const { plan, environment } = core;
  if (plan.kind !== "windows") return at;
  const windows = plan.windows.filter(({ partition }) => partition === id);
  if (windows.length === 0) return at;
  const { bounds } = environment;
  const lastCycles = lastDoorbellCycles(bounds, remoteLinkCount);
  for (let frame = Math.floor(at / plan.frameCycles) * plan.frameCycles; ; frame += plan.frameCycles)
    for (const { startCycles, lengthCycles } of windows)
      if (at < frame + startCycles + lengthCycles - lastCycles)
        return Math.max(at, frame + startCycles + bounds.switchCycles);
}
