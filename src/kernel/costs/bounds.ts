/**
 * Bounds of kernel paths: sums over the lists of cost.ts, which windows are planned with.
 */
import type { Path } from "../../hal/index.js";
import type { Cycles } from "../../units.js";
import { PATHS, pathCycles, type CostOf } from "./cost.js";

/** What it takes at most from arming the timer to the thread, by the way that the thread goes back. */
export interface ReturnCycles {
  readonly fromSystemCall: Cycles;
  readonly fromInterrupt: Cycles;
}

export function returnCycles(costOf: CostOf): ReturnCycles {
  const armed = pathCycles(costOf, PATHS.armTimer);
  return {
    fromSystemCall: armed + pathCycles(costOf, PATHS.systemCallReturn),
    fromInterrupt: armed + pathCycles(costOf, PATHS.interruptReturn),
  };
}

/** What the kernel takes for what happens all the time, when nothing else is due. */
export interface OwnCosts {
  /** A slice ends, and another thread of the partition goes on. */
  readonly threadSwitchCycles: Cycles;
  /** A thread is released or woken by the timer, and goes on. */
  readonly releaseCycles: Cycles;
  /** A call that touches its caller alone. */
  readonly systemCallCycles: Cycles;
  /** An activation ends, and another thread, perhaps of another partition, goes on. */
  readonly completionCycles: Cycles;
  /** On a core that reservations share: another partition gets the core, and gives it back. */
  readonly shareCycles: Cycles;
}

export function ownCosts(costOf: CostOf): OwnCosts {
  const sum = (...paths: readonly Path[]): Cycles => paths.reduce((total, path) => total + pathCycles(costOf, path), 0);
  const { interruptEntry, interruptReturn, pick, armTimer, wake, smallCall, systemCallEntry, systemCallReturn } = PATHS;
  return {
    threadSwitchCycles: sum(interruptEntry, pick, armTimer, interruptReturn),
    releaseCycles: sum(interruptEntry, wake, pick, armTimer, interruptReturn),
    completionCycles: sum(systemCallEntry, PATHS.wait, pick, PATHS.spaceSwitch, armTimer, interruptReturn),
    shareCycles: sum(interruptEntry, PATHS.reserve, pick, PATHS.spaceSwitch, armTimer, interruptReturn),
    systemCallCycles: sum(systemCallEntry, smallCall, systemCallReturn),
  };
}

export interface SwitchBounds {
  /** No window opens before this many cycles after its start: everything that the window before had begun is over. */
  readonly quietCycles: Cycles;
  /** The thread of a window is entered exactly this many cycles after the window's start. */
  readonly switchCycles: Cycles;
  /** Longest path of one message that interrupts a thread, threads that become due meanwhile left aside. */
  readonly messageCycles: Cycles;
  /** The same on a core that reservations share. */
  readonly sharedMessageCycles: Cycles;
}

/**
 * Before the end of a window its doorbells from other cores are held back for this long, so that none of them is left
 * for the next window to suffer from: each link has at most one outstanding per `doorbellSpacing`, and one quarantine.
 * `remoteLinks`: the partition's links whose peer is on another core.
 */
export function lastDoorbellCycles(bounds: SwitchBounds, remoteLinks: number): Cycles {
  return bounds.quietCycles + 3 * remoteLinks * bounds.messageCycles;
}

/** A window is longer than this: the switch into it, and the doorbells that can wait for it. */
export function leastWindowCycles(bounds: SwitchBounds, remoteLinks: number): Cycles {
  return bounds.switchCycles + (remoteLinks > 0 ? lastDoorbellCycles(bounds, remoteLinks) : 0);
}
