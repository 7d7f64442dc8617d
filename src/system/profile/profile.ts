/**
 * Where a system's time goes: every cycle and instruction, by guest function and by the path of calls to it.
 *
 * Functions come from the engine, which tells of each instruction that retires; everything else comes from the event
 * stream. The cycles of a thread run from one retired instruction to the next, so the iterations of a repetition are
 * its own, and what an interrupted or faulting one has spent belongs to the function that it is in.
 *
 * Kernel time stands where the ledger books it: a system call or fault below the function that made it, a timer or
 * message below the partition whose time it was, a window switch with its padding below the core. Reloading stands
 * below the partition. Idle time is counted, but not in the tree.
 *
 * Invariant: the functions of a partition have as many cycles as the ledger books to its threads, all functions have as
 * many instructions as the cores retired, and tree and idle time together are all that has elapsed.
 */
import { SYSTEM_CALL_ROWS } from "../../abi/index.js";
import { KERNEL_STEP_NAMES } from "../../hal/index.js";
import type { SystemPlan } from "../../kernel/index.js";
import type { CoreState, Instruction } from "../../machine/index.js";
import { ENTRY_NAMES, EventKind, ExitReason, WakeCause, type TraceEvent } from "../../trace/index.js";
import type { CoreId, Cycles, VirtualAddress } from "../../units.js";
import { CallStack, createCallTree, type CallNode } from "./call-tree.js";
import { createGuestFunctions } from "./guest-functions.js";
import { summariseProfile, type Profile } from "./profile-summary.js";
import { createSession, type Session, type SessionOptions } from "../session.js";

export interface ProfiledSystem {
  /** To be run, and not restored: a profile counts what was run. */
  readonly session: Session;
  /** What it has cost until now. */
  profile(): Profile;
}

/** What a core is doing, since when, and where its time goes. */
interface CoreTrack {
  doing: "kernel" | "thread" | "reload" | "idle";
  since: Cycles;
  stack: CallStack | null;
  /** Where charges of the kernel go. */
  payer: CallNode;
  /** The system call has not said its name yet: its charges so far wait here, as step and cycles. */
  unnamed: [step: number, cycles: Cycles][] | null;
  /** Reloading goes here. */
  partition: CallNode | null;
  idleCycles: Cycles;
}

const SWITCH = "kernel: window switch";

/** Boots a plan with a profiler in it. Equal plans and options have equal profiles. */
export function profileSystem(plan: SystemPlan, options: Omit<SessionOptions, "onRetire"> = {}): ProfiledSystem {
  const tree = createCallTree(plan.name);
  const { root } = tree;
  const partitions = plan.partitions.map(({ name }) => tree.child(root, "partition", name));
  const stacks: CallStack[] = [];
  for (const partition of plan.partitions) {
    const functions = createGuestFunctions(partition);
    for (const { id, name, rip } of partition.threads) {
      const node = tree.child(partitions[partition.id], "thread", `thread ${name}`);
      stacks[id] = new CallStack(tree, functions, node, Number(rip));
    }
  }
  const tracks: CoreTrack[] = plan.cores.map((_, core) => ({
    doing: "kernel",
    since: 0,
    stack: null,
    payer: tree.child(coreNode(core), "kernel", "kernel: start"),
    unnamed: null,
    partition: null,
    idleCycles: 0,
  }));

  function coreNode(core: CoreId): CallNode {
    return tree.child(root, "core", `core ${core}`);
  }

  /** What `cycle` ends. Kernel time is explained by its charges alone. */
  function settle(track: CoreTrack, cycle: Cycles): void {
    const cycles = cycle - track.since;
    track.since = cycle;
    if (track.doing === "thread") track.stack?.spend(cycles);
    else if (track.doing === "idle") track.idleCycles += cycles;
    else if (track.doing === "reload" && track.partition !== null)
      // mutant reloading-is-left-out:
      tree.child(track.partition, "reload", "reloading").cycles += cycles;
  }

  function begin(track: CoreTrack, cycle: Cycles, doing: CoreTrack["doing"]): void {
    settle(track, cycle);
    nameCall(track, "system call");
    track.doing = doing;
  }

  function enterKernel(track: CoreTrack, parent: CallNode, name: string): void {
    track.payer = tree.child(parent, "kernel", name);
    track.payer.calls++;
  }

  function charge(track: CoreTrack, step: number, cycles: Cycles): void {
    if (track.unnamed !== null) track.unnamed.push([step, cycles]);
    else tree.child(track.payer, "kernel", KERNEL_STEP_NAMES[step]).cycles += cycles;
  }

  function nameCall(track: CoreTrack, name: string): void {
    const { unnamed, stack } = track;
    track.unnamed = null;
    if (unnamed === null || stack === null) return;
    enterKernel(track, stack.node, `kernel: ${name}`);
    // mutant call-entry-is-on-nobody:
    for (const [step, cycles] of unnamed) charge(track, step, cycles);
  }

  function leave({ core, cycle, partition, a: reason }: TraceEvent): void {
    const track = tracks[core];
    const { doing, stack } = track;
    begin(track, cycle, "kernel");
    if (reason === ExitReason.SystemCall) track.unnamed = [];
    else if (doing === "thread" && stack !== null && (reason === ExitReason.Fault || reason === ExitReason.Breakpoint))
      enterKernel(track, stack.node, `kernel: ${ENTRY_NAMES[reason]}`);
    else if (partition >= 0) enterKernel(track, partitions[partition], `kernel: ${ENTRY_NAMES[reason]}`);
    // Outside of windows there is nothing but the next one to wake for.
    else enterKernel(track, coreNode(core), SWITCH);
  }

  function observe(event: TraceEvent): void {
    const { kind, core, cycle, partition, thread, a, c } = event;
    const track = tracks[core];
    switch (kind) {
      case EventKind.Dispatch:
        begin(track, cycle, "thread");
        track.stack = stacks[thread];
        return;
      case EventKind.Work:
        begin(track, cycle, "reload");
        track.partition = partitions[partition];
        return;
      case EventKind.Idle:
        return begin(track, cycle, "idle");
      case EventKind.Leave:
        return leave(event);
      case EventKind.SystemCall:
        return nameCall(track, SYSTEM_CALL_ROWS[a]?.word ?? "unknown call");
      case EventKind.Charge:
        return charge(track, a, c);
      // mutant switch-is-on-the-last:
      case EventKind.WindowClose:
      case EventKind.WindowOpen:
        if (track.payer.name !== SWITCH || track.payer.parent !== coreNode(core))
          enterKernel(track, coreNode(core), SWITCH);
        return;
      case EventKind.Pad:
        tree.child(track.payer, "kernel", "padding").cycles += a;
        return;
      case EventKind.Wake:
        if (a === WakeCause.Start || a === WakeCause.Restart) stacks[thread].restart();
        return;
      default:
        return;
    }
  }

  function onRetire(core: CoreState, instruction: Instruction, rip: VirtualAddress, next: VirtualAddress): void {
    const track = tracks[core.id];
    const cycles = core.now - track.since;
    // mutant since-is-one-late:
    track.since = core.now;
    track.stack?.retire(Number(rip), Number(next), instruction.lengthBytes, instruction.row.semanticKey, cycles);
  }

  const session = createSession(plan, { ...options, onRetire });
  session.trace.subscribe(observe);
  return {
    session,
    profile() {
      const { cores } = session.account();
      tracks.forEach((track, core) => settle(track, cores[core].elapsedCycles));
      return summariseProfile(
        plan,
        root,
        cores.map(({ elapsedCycles }, core) => ({ elapsedCycles, idleCycles: tracks[core].idleCycles })),
      );
    },
  };
}
