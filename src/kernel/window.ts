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
import type { CoreId, Cycles, PartitionId } from "../units.js";
import { ConfigError } from "../errors.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { lastDoorbellCycles, leastWindowCycles, SPACE_SWITCH, WINDOW_CLOSE, WINDOW_OPEN } from "./cost.js";
import { kernelBug, type Parts, type Slot } from "./parts.js";
import { startPartition } from "./partition.js";

/** Least cycles between two doorbells of one end: a storm takes at most half of its target's time. */
export function doorbellSpacing(parts: Parts, partition: PartitionId): Cycles {
  return 2 * parts.remoteEnds[partition] * parts.bounds.messageCycles;
}

/** Refuses windows that are too short (leastWindowCycles): for plans that no description was checked for. */
export function checkWindowLengths(parts: Parts): void {
  const { plan, bounds } = parts;
  plan.cores.forEach((core, index) => {
    if (core.kind !== "windows") return;
    for (const { partition, lengthCycles } of core.windows) {
      const least = leastWindowCycles(bounds, parts.remoteEnds[partition]);
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
export function startWindows(parts: Parts, core: CoreId): void {
  const state = parts.state.cores[core];
  state.frameStart = 0;
  state.slot = -1;
  state.boundary = 0;
}

function advance(parts: Parts, core: CoreId): Slot {
  const state = parts.state.cores[core];
  const slots = parts.slots[core];
  const corePlan = parts.plan.cores[core];
  state.slot++;
  if (state.slot === slots.length) {
    state.slot = 0;
    state.frameStart += corePlan.kind === "windows" ? corePlan.frameCycles : 0;
  }
  const slot = slots[state.slot];
  state.boundary = state.frameStart + slot.end;
  return slot;
}

function closeWindow(parts: Parts, core: CoreId): void {
  const state = parts.state.cores[core];
  if (state.partition < 0) return;
  parts.hal.charge(core, WINDOW_CLOSE);
  parts.trace.record(EventKind.WindowClose, core, state.partition, -1, parts.slots[core][state.slot].window);
  if (state.running >= 0) {
    parts.state.threads[state.running].life = "ready";
    state.running = -1;
  }
  state.partition = -1;
  state.preferred = -1;
  state.sliceEnd = Number.MAX_SAFE_INTEGER;
}

/**
 * The boundary has passed: closes the window and opens the next. Returns the cycle at which its thread must be
 * entered, or -1 in a gap.
 */
export function switchWindow(parts: Parts, core: CoreId): Cycles {
  const { hal, bounds } = parts;
  const state = parts.state.cores[core];
  closeWindow(parts, core);
  let slot = advance(parts, core);
  while (slot.partition < 0 && hal.now(core) >= state.boundary) slot = advance(parts, core);
  if (slot.partition < 0) return -1;
  const opensAt = state.frameStart + slot.start;
  if (hal.now(core) > opensAt + bounds.quietCycles)
    throw kernelBug(parts, core, `a window at ${opensAt} opens late: the bound of kernel paths is wrong`);
  hal.padUntil(core, opensAt + bounds.quietCycles);
  hal.charge(core, WINDOW_OPEN);
  parts.trace.record(EventKind.WindowOpen, core, slot.partition, -1, slot.window, state.boundary);
  state.partition = slot.partition;
  state.mustPick = true;
  hal.charge(core, SPACE_SWITCH);
  state.space = parts.state.partitions[slot.partition].space;
  if (parts.state.partitions[slot.partition].life === "waiting to start")
    startPartition(parts, core, slot.partition, opensAt, WakeCause.Start);
  return opensAt + bounds.switchCycles;
}

/**
 * When a doorbell that reaches a partition's core at `at` may interrupt it: at once on a dedicated core or in its open
 * window, otherwise (or when that window is about to end) when its next window opens. A function of the plan alone, so
 * that a sender on any core can ask.
 */
export function admissionCycle(parts: Parts, partition: PartitionId, at: Cycles): Cycles {
  const corePlan = parts.plan.cores[parts.plan.partitions[partition].core];
  if (corePlan.kind !== "windows") return at;
  const windows = corePlan.windows.filter((window) => window.partition === partition);
  if (windows.length === 0) return at;
  const lastCycles = lastDoorbellCycles(parts.bounds, parts.remoteEnds[partition]);
  for (let frame = Math.floor(at / corePlan.frameCycles) * corePlan.frameCycles; ; frame += corePlan.frameCycles)
    for (const { startCycles, lengthCycles } of windows)
      if (at < frame + startCycles + lengthCycles - lastCycles)
        return Math.max(at, frame + startCycles + parts.bounds.switchCycles);
}
