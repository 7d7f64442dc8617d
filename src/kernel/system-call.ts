/**
 * System calls: one row a call, in the order of their numbers in abi.ts, which has their contract.
 *
 * A handler gets its arguments in the order of its row and returns an outcome: what the caller is told, or that it
 * waits, or that it is gone. Scheduling follows from the outcome (dispatch.ts); no handler switches threads. A bad number or
 * argument is a status, never an error of ours.
 */
import type { Cycles, ThreadId } from "../units.js";
import { ExitScope, ModeOperation, NO_DEADLINE, PartitionMode, ReportKind, Status, SystemCallNumber } from "../abi.js";
import type { RegisterValue } from "../hal/index.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { SMALL_CALL, WAIT } from "./cost.js";
import { notify, quarantine, takeDoorbells } from "./doorbell.js";
import { dumpPartition } from "./dump.js";
import { raiseApplicationError } from "./fault.js";
import type { Parts, ThreadPlace } from "./parts.js";
import { beginRestart, StartCondition, stopPartition } from "./partition.js";
import { giveWay } from "./ready-set.js";
import { NEVER } from "./state.js";
import { BlockReason, endThread, waitForChannels, waitForRelease } from "./thread.js";

export type Outcome =
  /** The caller is told this at once, and goes on when the scheduler lets it. */
  | { readonly kind: "answer"; readonly status: Status; readonly value: number }
  /** The caller waits; who wakes it has the answer. `preferred`: the thread that it handed the core to, or -1. */
  | { readonly kind: "wait"; readonly preferred: ThreadId }
  /** The caller has ended. */
  | { readonly kind: "gone" };

type Caller = Pick<ThreadPlace, "core" | "partition" | "thread">;

type Handler = (
  parts: Parts,
  caller: Caller,
  first: RegisterValue,
  second: RegisterValue,
  third: RegisterValue,
) => Outcome;

const GONE: Outcome = { kind: "gone" };

function answer(status: Status, value = 0): Outcome {
  return { kind: "answer", status, value };
}

/** For traces: what fits a number exactly. */
function low53(value: RegisterValue): number {
  return typeof value === "number" ? value : Number(BigInt.asUintN(53, value));
}

/** An absolute deadline; what lies beyond exact numbers never comes. */
function toCycles(deadline: RegisterValue): Cycles {
  return deadline >= NEVER ? NEVER : Number(deadline);
}

/** A channel end of the caller, or -1. */
function toEnd(parts: Parts, { partition }: Caller, end: RegisterValue): number {
  return end < parts.plan.partitions[partition].channelEnds.length ? Number(end) : -1;
}

/** A mask of the caller's channel ends, or -1. */
function toMask(parts: Parts, { partition }: Caller, mask: RegisterValue): number {
  return mask < 2 ** parts.plan.partitions[partition].channelEnds.length ? Number(mask) : -1;
}

/** The second half of wait and handoff; mask and deadline are valid. */
function waitOn(
  parts: Parts,
  { core, partition, thread }: Caller,
  call: SystemCallNumber,
  mask: number,
  until: Cycles,
  preferred: ThreadId,
): Outcome {
  parts.hal.charge(core, WAIT);
  const taken = takeDoorbells(parts, partition, mask);
  if (taken !== 0) return answer(Status.NoError, taken);
  if (until <= parts.hal.now(core)) return answer(Status.TimedOut);
  const reason = call === SystemCallNumber.Handoff ? BlockReason.Handoff : BlockReason.Channels;
  waitForChannels(parts, core, thread, call, mask, until, reason);
  return { kind: "wait", preferred };
}

function exit(parts: Parts, { core, partition, thread }: Caller, code: RegisterValue, scope: RegisterValue): Outcome {
  const exitCode = Number(BigInt.asIntN(32, BigInt(code)));
  if (scope === ExitScope.Partition) {
    parts.trace.record(EventKind.ThreadExit, core, partition, thread, exitCode);
    stopPartition(parts, core, partition, exitCode);
    return GONE;
  }
  if (scope !== ExitScope.Thread) return answer(Status.InvalidParam);
  parts.trace.record(EventKind.ThreadExit, core, partition, thread, exitCode);
  endThread(parts, core, thread);
  // The end of the last thread is the end of its partition.
  if (parts.plan.partitions[partition].threads.every(({ id }) => parts.state.threads[id].life === "dormant"))
    stopPartition(parts, core, partition, exitCode);
  return GONE;
}

function yieldCore(parts: Parts, { core, partition, thread }: Caller): Outcome {
  parts.hal.charge(core, SMALL_CALL);
  giveWay(parts, core, partition, thread);
  parts.state.cores[core].mustPick = true;
  return answer(Status.NoError);
}

function wait(parts: Parts, caller: Caller, mask: RegisterValue, deadline: RegisterValue): Outcome {
  const ends = toMask(parts, caller, mask);
  const until = toCycles(deadline);
  // Nothing could ever end a wait for no channel without a deadline.
  if (ends < 0 || (ends === 0 && deadline === NO_DEADLINE)) return answer(Status.InvalidParam);
  return waitOn(parts, caller, SystemCallNumber.Wait, ends, until, -1);
}

function notifyEnd(parts: Parts, caller: Caller, end: RegisterValue): Outcome {
  const index = toEnd(parts, caller, end);
  if (index < 0) return answer(Status.InvalidParam);
  return answer(notify(parts, caller.core, caller.partition, caller.thread, index, WakeCause.Doorbell).status);
}

function handoff(
  parts: Parts,
  caller: Caller,
  end: RegisterValue,
  mask: RegisterValue,
  deadline: RegisterValue,
): Outcome {
  const index = toEnd(parts, caller, end);
  const ends = toMask(parts, caller, mask);
  const until = toCycles(deadline);
  if (index < 0 || ends < 0 || (ends === 0 && deadline === NO_DEADLINE)) return answer(Status.InvalidParam);
  const { status, woken } = notify(parts, caller.core, caller.partition, caller.thread, index, WakeCause.Handoff);
  if (status !== Status.NoError) return answer(status);
  const sameTime = woken >= 0 && parts.threads[woken].partition === caller.partition;
  return waitOn(parts, caller, SystemCallNumber.Handoff, ends, until, sameTime ? woken : -1);
}

function periodicWait(parts: Parts, { core, thread }: Caller): Outcome {
  if (parts.threads[thread].plan.periodCycles === null) return answer(Status.InvalidMode);
  parts.hal.charge(core, WAIT);
  if (waitForRelease(parts, core, thread, SystemCallNumber.PeriodicWait)) return { kind: "wait", preferred: -1 };
  return answer(Status.NoError, parts.state.threads[thread].releases);
}

function mode(parts: Parts, { core, partition }: Caller, operation: RegisterValue, wanted: RegisterValue): Outcome {
  const state = parts.state.partitions[partition];
  parts.hal.charge(core, SMALL_CALL);
  if (operation === ModeOperation.Get) return answer(Status.NoError, state.mode);
  if (operation !== ModeOperation.Set) return answer(Status.InvalidParam, state.mode);
  switch (wanted) {
    case PartitionMode.Normal:
      if (state.mode === PartitionMode.Normal) return answer(Status.NoAction, state.mode);
      state.mode = PartitionMode.Normal;
      parts.trace.record(EventKind.Mode, core, partition, -1, state.mode);
      return answer(Status.NoError, state.mode);
    case PartitionMode.Idle:
      stopPartition(parts, core, partition, -1);
      return GONE;
    case PartitionMode.WarmStart:
      // After ARINC 653: a cold start can't be continued as a warm one.
      if (state.mode === PartitionMode.ColdStart) return answer(Status.InvalidMode, state.mode);
      beginRestart(parts, core, partition, PartitionMode.WarmStart, StartCondition.ByItself);
      return GONE;
    case PartitionMode.ColdStart:
      beginRestart(parts, core, partition, PartitionMode.ColdStart, StartCondition.ByItself);
      return GONE;
    default:
      return answer(Status.InvalidParam, state.mode);
  }
}

function report(parts: Parts, caller: Caller, kind: RegisterValue, code: RegisterValue, value: RegisterValue): Outcome {
  const { core, partition, thread } = caller;
  parts.hal.charge(core, SMALL_CALL);
  switch (kind) {
    case ReportKind.Note:
      parts.trace.record(EventKind.Report, core, partition, thread, low53(code), low53(value));
      return answer(Status.NoError);
    case ReportKind.ApplicationError:
      parts.trace.record(EventKind.Report, core, partition, thread, low53(code), low53(value));
      raiseApplicationError(parts, core, partition, thread, BigInt(code), BigInt(value));
      return GONE;
    case ReportKind.RingViolation: {
      const end = toEnd(parts, caller, code);
      if (end < 0) return answer(Status.InvalidParam);
      quarantine(parts, core, partition, thread, end, low53(value));
      return answer(Status.NoError);
    }
    case ReportKind.Dump:
      parts.trace.record(EventKind.Report, core, partition, thread, low53(code), low53(value));
      parts.onDump(dumpPartition(parts, partition));
      return answer(Status.NoError);
    default:
      return answer(Status.InvalidParam);
  }
}

/** Indexed by number. */
const HANDLERS: readonly Handler[] = [exit, yieldCore, wait, notifyEnd, handoff, periodicWait, mode, report];

/** Handles the call that the running thread has made; its entry is charged already. */
export function handleSystemCall(parts: Parts, caller: Caller): Outcome {
  const { hal } = parts;
  const { core, partition, thread } = caller;
  const state = parts.state.threads[thread];
  const { context } = state;
  const number = hal.systemCallNumber(context);
  const first = hal.systemCallArgument(context, 0);
  const second = hal.systemCallArgument(context, 1);
  parts.trace.record(EventKind.SystemCall, core, partition, thread, low53(number), low53(first), low53(second));
  const outcome =
    typeof number === "number" && number < HANDLERS.length
      ? HANDLERS[number](parts, caller, first, second, hal.systemCallArgument(context, 2))
      : answer(Status.InvalidParam);
  if (outcome.kind === "answer") {
    state.call = low53(number);
    state.status = outcome.status;
    state.value = outcome.value;
  }
  return outcome;
}
