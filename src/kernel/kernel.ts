/**
 * The kernel, put together: boot, and the supervisor that the HAL calls whenever a core leaves guest code.
 *
 * `handle` is the whole kernel in one page: note who left and why, deal with the reason, dispatch. While it runs, it
 * reads and writes the objects of its own core only.
 */
import { NEVER, type ChannelId, type Cycles, type PartitionId, type PhysicalAddress } from "../units.js";
import { Bug } from "../errors.js";
import { ExitReason, EventKind, WakeCause, type TraceStream } from "../trace/index.js";
import type { ContextId, CoreExit, Dispatch, Hal, KernelStep, Supervisor } from "../hal/index.js";
import { CLASS_POLICIES, POLICIES, type PolicyTable } from "../scheduler/index.js";
import { finishWork } from "./channels/announce.js";
import { bootSystem } from "./boot.js";
import { handleSystemCall } from "./calls/index.js";
import { charge, currentPartition, kernelBug, now, runningThread } from "./core.js";
import { ownCosts, returnCycles, type SwitchBounds } from "./costs/bounds.js";
import { PATHS } from "./costs/cost.js";
import { switchBounds } from "./costs/switch-bounds.js";
import type { DevicePort } from "../devices/index.js";
import { dispatch } from "./dispatch.js";
import { announceInput, comesFromDevice, receiveMessage } from "./channels/doorbell.js";
import type { PartitionDump } from "./faults/dump.js";
import { raiseFault, raiseTrap } from "./faults/fault.js";
import {
  bindState,
  createObjects,
  type Core,
  type Environment,
  type KernelObjects,
  type Partition,
  type Thread,
} from "./objects.js";
import { startPartition } from "./partition.js";
import { heldBlocks } from "./pools/pool.js";
import { payForMessage, settleBudget, startReservations } from "./reservation.js";
import type { SystemPlan } from "./plan.js";
import { chargeThread } from "./threads/ready-set.js";
import type { KernelState } from "./state.js";
import { dumpPartition } from "./faults/take-dump.js";
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
  /**
   * The device at the other end of a channel has an input for `at`, or for the partition's next window. At least the
   * HAL's least latency ahead of every core, between two runs of the machine.
   */
  announceInput(channel: ChannelId, at: Cycles): void;
  /** A copy of the state, between two runs of the machine. */
  save(): KernelState;
  /** Goes on from a state saved by a kernel that was booted from the same plan. */
  restore(saved: KernelState): void;
  /** Where the memory lies of the blocks of pools that a partition holds, owns, or has a copy of. */
  heldBlocks(partition: PartitionId): readonly { readonly at: PhysicalAddress; readonly sizeBytes: number }[];
  view(): KernelView;
  dump(partition: PartitionId): PartitionDump;
}

export function createKernel(options: KernelOptions): Kernel {
  const { plan, hal, trace, devices } = options;
  const table: PolicyTable = { ...CLASS_POLICIES, ...options.policies };
  const costOf = (step: KernelStep): number => hal.costOf(step);
  const environment: Environment = {
    plan,
    hal,
    trace,
    devices,
    onDump: options.onDump ?? (() => {}),
    bounds: switchBounds(costOf, plan.pools),
    returnCycles: returnCycles(costOf),
    time: { frequencyHz: plan.machine.frequencyHz, switchCycles: ownCosts(costOf).threadSwitchCycles },
  };
  let booted: { readonly objects: KernelObjects; state: KernelState } | null = null;

  /** The cores of `booted`, at hand for every exit of one. */
  const cores: Core[] = [];

  function system(): NonNullable<typeof booted> {
    if (booted === null) throw new Bug("the kernel has not booted");
    return booted;
  }

  return {
    supervisor: { handle: (core, exit, context) => handle(cores[core], exit, context) },
    get state() {
      return system().state;
    },
    bounds: environment.bounds,
    boot() {
      checkWindowLengths(environment);
      const policies = plan.partitions.map(({ class: name, policy }) =>
        policy === null ? table[name] : POLICIES[policy],
      );
      const state = bootSystem(plan, hal, policies, environment.time);
      booted = { state, objects: createObjects(environment, policies, state) };
      cores.push(...booted.objects.cores);
      trace.record(EventKind.Boot, 0, -1, -1, plan.cores.length, plan.partitions.length, plan.channels.length);
    },
    announceInput(channel, at) {
      for (const { links } of system().objects.partitions)
        for (const link of links)
          if (link.end.channel === channel && link.peer.owner === "device") return announceInput(link, at);
      throw new Bug(`channel ${channel} has no device`);
    },
    save: () => structuredClone(system().state),
    restore(saved) {
      const target = system();
      target.state = structuredClone(saved);
      bindState(target.objects, target.state);
    },
    heldBlocks: (partition) => heldBlocks(system().objects.partitions[partition]),
    view: () => viewKernel(plan, system().objects),
    dump: (partition) => dumpPartition(system().objects.partitions[partition]),
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

function handle(core: Core, exit: CoreExit, context: ContextId): Dispatch {
  if (exit.kind === "syscall") {
    settle(core, ExitReason.SystemCall, context);
    charge(core, PATHS.systemCallEntry);
    handleSystemCall(caller(core));
  } else if (exit.kind === "start") start(core);
  else {
    const isFromDevice = exit.kind === "message" && comesFromDevice(exit.message);
    settle(core, reasonOf(exit.kind), context, isFromDevice ? 1 : -1);
    handleExit(core, exit);
  }
  return dispatch(core);
}

/** The thread that has left guest code by what it did itself. */
function caller(core: Core): Thread {
  const thread = runningThread(core);
  if (thread === undefined) throw kernelBug(core, "a thread left, and none was entered");
  return thread;
}

/** The partition that the core has been working for. */
function served(core: Core): Partition {
  const partition = currentPartition(core);
  if (partition === undefined) throw kernelBug(core, "work was done, and no partition has the core");
  return partition;
}

/** The core has come into the kernel: settles what it did until now. */
function settle(core: Core, reason: ExitReason, context: ContextId, fromDevice = -1): void {
  const { state } = core;
  const did = state.doing;
  state.doing = "kernel";
  core.trace.record(EventKind.Leave, core.id, state.partition, state.running, reason, fromDevice, -1);
  if (did === "run") {
    const thread = caller(core);
    if (thread.state.context !== context)
      throw kernelBug(core, `context ${context} left, and thread ${thread.id} was entered`);
    thread.state.entersBy = reason === ExitReason.SystemCall ? "system call" : "interrupt";
    chargeThread(thread, now(core) - state.enteredAt);
  } else if (did === "work")
    served(core).state.workLeft = reason === ExitReason.WorkDone ? 0 : core.hal.remainingWork(core.id);
}

/** Handles what is not a system call; what the core does next is left to `dispatch`. */
function handleExit(core: Core, exit: Exclude<CoreExit, { kind: "start" | "syscall" }>): void {
  const { state } = core;
  switch (exit.kind) {
    case "fault":
      charge(core, PATHS.faultEntry);
      return raiseFault(caller(core), exit);
    case "breakpoint":
      charge(core, PATHS.faultEntry);
      return raiseTrap(caller(core), exit.vector);
    case "timer":
      state.armedAt = NEVER;
      return charge(core, PATHS.interruptEntry);
    case "message":
      if (core.sharers.length > 0) settleBudget(core);
      charge(core, PATHS.interruptEntry);
      receiveMessage(core, exit.message);
      if (core.sharers.length > 0) payForMessage(core, exit.message.argument);
      return;
    case "work-done":
      charge(core, PATHS.workDone);
      return finishWork(served(core));
  }
}

/** A core's first cycle. */
function start(core: Core): void {
  if (core.plan.kind === "windows") return startWindows(core);
  if (core.plan.kind === "reservations") return startReservations(core);
  if (core.plan.kind === "off") return;
  core.state.partition = core.plan.partition;
  startPartition(served(core), now(core), WakeCause.Start);
}
