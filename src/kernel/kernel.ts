/**
 * The kernel, put together: boot, and the supervisor that the HAL calls whenever a core leaves guest code.
 *
 * `handle` is the whole kernel in one page: note who left and why, deal with the reason, dispatch. While it runs, it
 * reads and writes the objects of its own core only.
 */
import type { CoreId, PartitionId } from "../units.js";
import { ExitReason, EventKind, WakeCause, type TraceStream } from "../trace/index.js";
import type { ContextId, CoreExit, Dispatch, Hal, KernelStep, Supervisor } from "../hal/index.js";
import { CLASS_POLICIES, type PolicyTable } from "../scheduler/index.js";
import { bootSystem } from "./boot.js";
import {
  FAULT_ENTRY,
  INTERRUPT_ENTRY,
  returnCycles,
  SMALL_CALL,
  switchBounds,
  SYSTEM_CALL_ENTRY,
  type SwitchBounds,
} from "./cost.js";
import type { DevicePort } from "./devices.js";
import { dispatch } from "./dispatch.js";
import { receiveMessage } from "./doorbell.js";
import { dumpPartition, type PartitionDump } from "./dump.js";
import { raiseFault } from "./fault.js";
import { derive, kernelBug, type Parts } from "./parts.js";
import { finishRestart, startPartition } from "./partition.js";
import type { SystemPlan } from "./plan.js";
import { chargeThread } from "./ready-set.js";
import { NEVER, type KernelState } from "./state.js";
import { handleSystemCall } from "./system-call.js";
import { viewKernel, type KernelView } from "./view.js";
import { checkWindowLengths, startWindows } from "./window.js";

export interface KernelOptions {
  readonly plan: SystemPlan;
  readonly hal: Hal;
  readonly trace: TraceStream;
  readonly devices: DevicePort;
  /** Policies in place of those that ship, by class. */
  readonly policies?: Partial<PolicyTable>;
  /** Called with a dump at each fault, and when a program asks for one. Taking it costs the system nothing. */
  readonly onDump?: (dump: PartitionDump) => void;
}

export interface Kernel {
  readonly supervisor: Supervisor;
  /** The one root of all that can change. Owned by the kernel; replaced by `restore`. */
  readonly state: KernelState;
  /** Cycles of a window switch, the same for every system on this timing profile. */
  readonly bounds: SwitchBounds;
  /** Builds address spaces, memory and contexts in the machine. Once, before the first run. Throws ConfigError. */
  boot(): void;
  /** A copy of the state, between two runs of the machine. */
  save(): KernelState;
  /** Goes on from a state saved by a kernel that was booted from the same plan. */
  restore(saved: KernelState): void;
  view(): KernelView;
  dump(partition: PartitionId): PartitionDump;
}

export function createKernel(options: KernelOptions): Kernel {
  const { plan, hal, trace, devices } = options;
  const table: PolicyTable = { ...CLASS_POLICIES, ...options.policies };
  const parts: Parts = {
    plan,
    hal,
    trace,
    devices,
    policies: plan.partitions.map((partition) => table[partition.class]),
    onDump: options.onDump ?? (() => {}),
    bounds: switchBounds((step: KernelStep) => hal.costOf(step)),
    returnCycles: returnCycles((step: KernelStep) => hal.costOf(step)),
    ...derive(plan),
    entry: { kind: "run", context: -1 },
    state: { version: 1, cores: [], partitions: [], threads: [] },
  };
  return {
    supervisor: { handle: (core, exit, context) => handle(parts, core, exit, context) },
    get state() {
      return parts.state;
    },
    bounds: parts.bounds,
    boot() {
      checkWindowLengths(parts);
      parts.state = bootSystem(plan, hal, parts.policies);
      trace.record(EventKind.Boot, 0, -1, -1, plan.cores.length, plan.partitions.length, plan.channels.length);
    },
    save: () => structuredClone(parts.state),
    restore(saved) {
      parts.state = structuredClone(saved);
    },
    view: () => viewKernel(parts),
    dump: (partition) => dumpPartition(parts, partition),
  };
}

function reasonOf(kind: Exclude<CoreExit["kind"], "start" | "syscall">): ExitReason {
  switch (kind) {
    case "fault":
      return ExitReason.Fault;
    case "timer":
      return ExitReason.Timer;
    case "message":
      return ExitReason.Message;
    case "breakpoint":
      return ExitReason.Breakpoint;
    case "work-done":
      return ExitReason.WorkDone;
  }
}

function handle(parts: Parts, core: CoreId, exit: CoreExit, context: ContextId): Dispatch {
  if (exit.kind === "syscall") {
    leave(parts, core, ExitReason.SystemCall, context);
    parts.hal.charge(core, SYSTEM_CALL_ENTRY);
    handleSystemCall(parts, parts.threads[parts.state.cores[core].running]);
  } else if (exit.kind === "start") start(parts, core);
  else {
    leave(parts, core, reasonOf(exit.kind), context);
    deal(parts, core, exit);
  }
  return dispatch(parts, core);
}

/** The core has come into the kernel: settles what it did until now. */
function leave(parts: Parts, core: CoreId, reason: ExitReason, context: ContextId): void {
  const state = parts.state.cores[core];
  const { partition, running: thread, doing: did } = state;
  state.doing = "kernel";
  parts.trace.record(EventKind.Leave, core, partition, thread, reason);
  if (did === "run") {
    const threadState = parts.state.threads[thread];
    if (threadState === undefined || threadState.context !== context)
      throw kernelBug(parts, core, `context ${context} left, and thread ${thread} was entered`);
    threadState.entersBy = reason === ExitReason.SystemCall ? "system call" : "interrupt";
    chargeThread(parts, core, partition, thread, parts.hal.now(core) - state.enteredAt);
  } else if (did === "work")
    parts.state.partitions[partition].workLeft = reason === ExitReason.WorkDone ? 0 : parts.hal.remainingWork(core);
}

/** Deals with what is not a system call; what the core does next is left to `dispatch`. */
function deal(parts: Parts, core: CoreId, exit: Exclude<CoreExit, { kind: "start" | "syscall" }>): void {
  const { hal } = parts;
  const state = parts.state.cores[core];
  const { partition, running: thread } = state;
  switch (exit.kind) {
    case "fault":
      hal.charge(core, FAULT_ENTRY);
      return raiseFault(parts, core, partition, thread, exit);
    case "breakpoint":
      hal.charge(core, FAULT_ENTRY);
      return parts.trace.record(EventKind.Breakpoint, core, partition, thread, exit.vector);
    case "timer":
      state.armedAt = NEVER;
      return hal.charge(core, INTERRUPT_ENTRY);
    case "message":
      hal.charge(core, INTERRUPT_ENTRY);
      return receiveMessage(parts, core, exit.message);
    case "work-done":
      hal.charge(core, SMALL_CALL);
      return finishRestart(parts, core, partition);
  }
}

/** A core's first cycle. */
function start(parts: Parts, core: CoreId): void {
  const corePlan = parts.plan.cores[core];
  if (corePlan.kind === "windows") return startWindows(parts, core);
  if (corePlan.kind === "off") return;
  parts.state.cores[core].partition = corePlan.partition;
  startPartition(parts, core, corePlan.partition, parts.hal.now(core), WakeCause.Start);
}
