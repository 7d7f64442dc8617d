/**
 * What kernel paths are made of: lists of primitive steps with counts. No path has a constant of its own in cycles;
 * the timing profile prices the primitives, and the bounds at the end of this file are sums over the same lists.
 *
 * The counts of instructions and lines are our estimate of a small C kernel doing the same (an object line is 64 bytes
 * of a thread, partition or core object). Who pays: a call or fault is on its caller, a message on the partition whose
 * time it is when it arrives, a timer likewise, and a window switch on the core: its length is the same constant for
 * every window of every system.
 */
import type { Cycles } from "../units.js";
import { MAX_THREADS } from "../abi.js";
import { KernelStep, type Path } from "../hal/index.js";

let pathCount = 0;

function definePath(...steps: Path["steps"]): Path {
  return { number: pathCount++, steps };
}

/** Entry by SYSCALL: core object, thread object, look-up of the row. */
export const SYSTEM_CALL_ENTRY = definePath(
  [KernelStep.SystemCallEntry, 1],
  [KernelStep.Instruction, 10],
  [KernelStep.ObjectLine, 2],
);
export const FAULT_ENTRY = definePath(
  [KernelStep.FaultEntry, 1],
  [KernelStep.Instruction, 20],
  [KernelStep.ObjectLine, 2],
);
export const INTERRUPT_ENTRY = definePath(
  [KernelStep.InterruptEntry, 1],
  [KernelStep.Instruction, 8],
  [KernelStep.ObjectLine, 1],
);
export const SYSTEM_CALL_RETURN = definePath([KernelStep.Instruction, 4], [KernelStep.SystemCallReturn, 1]);
export const INTERRUPT_RETURN = definePath([KernelStep.Instruction, 4], [KernelStep.InterruptReturn, 1]);
export const SPACE_SWITCH = definePath([KernelStep.Instruction, 2], [KernelStep.AddressSpaceSwitch, 1]);
export const ARM_TIMER = definePath([KernelStep.Instruction, 2], [KernelStep.ArmTimer, 1]);
/** The body of a call that touches the caller alone: yield, mode, report. */
export const SMALL_CALL = definePath([KernelStep.Instruction, 6]);
/** The body of a wait: the partition's doorbells, the thread's deadline. */
export const WAIT = definePath([KernelStep.Instruction, 10], [KernelStep.ObjectLine, 1]);
/** A doorbell on this core, or a message that brings one: the target partition's bits. */
export const RING_HERE = definePath([KernelStep.Instruction, 8], [KernelStep.ObjectLine, 1]);
export const RING_ELSEWHERE = definePath(
  [KernelStep.Instruction, 8],
  [KernelStep.ObjectLine, 1],
  [KernelStep.SendInterrupt, 1],
);
/** A doorbell that merges with one still on its way, or goes to a device. */
export const RING_ONLY = definePath([KernelStep.Instruction, 8], [KernelStep.ObjectLine, 1]);
/** One thread becomes ready, or its deadline or release is dealt with. */
export const WAKE = definePath([KernelStep.Instruction, 8], [KernelStep.ObjectLine, 1]);
/** The policy is asked. */
export const PICK = definePath([KernelStep.Instruction, 8], [KernelStep.ObjectLine, 1]);
export const START_THREAD = definePath([KernelStep.Instruction, 10], [KernelStep.ObjectLine, 2]);
export const STOP_THREAD = definePath([KernelStep.Instruction, 4], [KernelStep.ObjectLine, 1]);
export const WINDOW_CLOSE = definePath([KernelStep.Instruction, 6], [KernelStep.ObjectLine, 1]);
export const WINDOW_OPEN = definePath([KernelStep.Instruction, 10], [KernelStep.ObjectLine, 2]);

type CostOf = (step: KernelStep) => Cycles;

export function pathCycles(costOf: CostOf, path: Path): Cycles {
  let cycles = 0;
  for (const [step, count] of path.steps) cycles += count * costOf(step);
  return cycles;
}

/** What it takes at most from arming the timer to the thread, by the way that the thread goes back. */
export interface ReturnCycles {
  readonly fromSystemCall: Cycles;
  readonly fromInterrupt: Cycles;
}

export function returnCycles(costOf: CostOf): ReturnCycles {
  const armed = pathCycles(costOf, ARM_TIMER);
  return {
    fromSystemCall: armed + pathCycles(costOf, SYSTEM_CALL_RETURN),
    fromInterrupt: armed + pathCycles(costOf, INTERRUPT_RETURN),
  };
}

export interface SwitchBounds {
  /** No window opens before this many cycles after its start: everything that the window before had begun is over. */
  readonly quietCycles: Cycles;
  /** The thread of a window is entered exactly this many cycles after the window's start. */
  readonly switchCycles: Cycles;
  /** Longest path of one message that interrupts a thread, threads that become due meanwhile left aside. */
  readonly messageCycles: Cycles;
}

/**
 * Bounds of a window switch, from the longest kernel path. They hold for every system, because they count with the
 * limits of the ABI rather than with the threads that a neighbour happens to have.
 *
 * Longest from a window's start until its switch begins: a call or message handled just before the start (its entry,
 * body and the way to the next entry of a thread), then the timer's or a message's own entry. Each thread of a
 * partition is started, stopped or woken at most once on such a path.
 */
export function switchBounds(costOf: CostOf): SwitchBounds {
  const cycles = (path: Path): Cycles => pathCycles(costOf, path);
  const threads = MAX_THREADS * Math.max(cycles(WAKE), cycles(START_THREAD), cycles(STOP_THREAD));
  const entry = Math.max(cycles(SYSTEM_CALL_ENTRY), cycles(FAULT_ENTRY), cycles(INTERRUPT_ENTRY));
  const ring = Math.max(cycles(RING_HERE) + cycles(WAKE), cycles(RING_ELSEWHERE), cycles(RING_ONLY));
  const body = Math.max(cycles(SMALL_CALL) + cycles(RING_ELSEWHERE), ring + cycles(WAIT));
  const back =
    cycles(PICK) +
    cycles(SPACE_SWITCH) +
    cycles(ARM_TIMER) +
    Math.max(cycles(SYSTEM_CALL_RETURN), cycles(INTERRUPT_RETURN));
  const quietCycles = entry + body + threads + back + cycles(INTERRUPT_ENTRY) + ring + cycles(WINDOW_CLOSE);
  return {
    quietCycles,
    switchCycles: quietCycles + cycles(WINDOW_OPEN) + threads + back,
    messageCycles: cycles(INTERRUPT_ENTRY) + ring + back,
  };
}

/**
 * Before the end of a window its doorbells from other cores are held back for this long, so that none of them is left
 * for the next window to suffer from: each end has at most one outstanding per `doorbellSpacing`, and one quarantine.
 * `remoteEnds`: the partition's channel ends whose peer is on another core.
 */
export function lastDoorbellCycles(bounds: SwitchBounds, remoteEnds: number): Cycles {
  return bounds.quietCycles + 3 * remoteEnds * bounds.messageCycles;
}

/** A window is longer than this: the switch into it, and the doorbells that can wait for it. */
export function leastWindowCycles(bounds: SwitchBounds, remoteEnds: number): Cycles {
  return bounds.switchCycles + (remoteEnds > 0 ? lastDoorbellCycles(bounds, remoteEnds) : 0);
}
