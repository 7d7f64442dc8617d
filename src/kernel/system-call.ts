/**
 * System calls: one handler a word of SYSTEM_CALLS in abi/calls.ts, which has their contract.
 *
 * A handler gets its arguments in the order of its row and returns an outcome: what the caller is told, or that it
 * waits, or that it is gone. Scheduling follows from the outcome (dispatch.ts); no handler switches threads. A bad number or
 * argument is a status, never an error of ours.
 */
import type { Cycles, ThreadId } from "../units.js";
import {
  ExitScope,
  ModeOperation,
  NO_DEADLINE,
  PartitionMode,
  ReportKind,
  Status,
  SYSTEM_CALLS,
  SYSTEM_CALL_ROWS,
  type SystemCallNumber,
  type SystemCallWord,
} from "../abi.js";
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

const enum Outcome {
  /** `answer` has what the caller is told, and it goes on when the scheduler lets it. */
  Answered,
  /** The caller waits; who wakes it has the answer. */
  Waits,
  /** The caller has ended. */
  Gone,
}

type Caller = Pick<ThreadPlace, "core" | "partition" | "thread">;

type Handler = (
  parts: Parts,
  caller: Caller,
  first: RegisterValue,
  second: RegisterValue,
  third: RegisterValue,
) => Outcome;

function answer(parts: Parts, { thread }: Caller, status: Status, value = 0): Outcome {
  const state = parts.state.threads[thread];
  state.status = status;
  state.value = value;
  return Outcome.Answered;
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
  caller: Caller,
  call: SystemCallNumber,
  mask: number,
  until: Cycles,
  preferred: ThreadId,
): Outcome {
  const { core, partition, thread } = caller;
  parts.hal.charge(core, WAIT);
  const taken = takeDoorbells(parts, partition, mask);
  if (taken !== 0) return answer(parts, caller, Status.NoError, taken);
  if (until <= parts.hal.now(core)) return answer(parts, caller, Status.TimedOut);
  const reason = call === SYSTEM_CALLS.handoff.number ? BlockReason.Handoff : BlockReason.Channels;
  waitForChannels(parts, core, thread, call, mask, until, reason);
  parts.state.cores[core].preferred = preferred;
  return Outcome.Waits;
}

function exit(parts: Parts, caller: Caller, code: RegisterValue, scope: RegisterValue): Outcome {
  const { core, partition, thread } = caller;
  const exitCode = Number(BigInt.asIntN(32, BigInt(code)));
  if (scope === ExitScope.Partition) {
    parts.trace.record(EventKind.ThreadExit, core, partition, thread, exitCode);
    stopPartition(parts, core, partition, exitCode);
    return Outcome.Gone;
  }
  if (scope !== ExitScope.Thread) return answer(parts, caller, Status.InvalidParam);
  parts.trace.record(EventKind.ThreadExit, core, partition, thread, exitCode);
  endThread(parts, core, thread);
  // The end of the last thread is the end of its partition.
  if (parts.plan.partitions[partition].threads.every(({ id }) => parts.state.threads[id].life === "dormant"))
    stopPartition(parts, core, partition, exitCode);
  return Outcome.Gone;
}

function yieldCore(parts: Parts, caller: Caller): Outcome {
  const { core, partition, thread } = caller;
  parts.hal.charge(core, SMALL_CALL);
  giveWay(parts, core, partition, thread);
  parts.state.cores[core].mustPick = true;
  return answer(parts, caller, Status.NoError);
}

function wait(parts: Parts, caller: Caller, mask: RegisterValue, deadline: RegisterValue): Outcome {
  const ends = toMask(parts, caller, mask);
  const until = toCycles(deadline);
  // Nothing could ever end a wait for no channel without a deadline.
  if (ends < 0 || (ends === 0 && deadline === NO_DEADLINE)) return answer(parts, caller, Status.InvalidParam);
  return waitOn(parts, caller, SYSTEM_CALLS.wait.number, ends, until, -1);
}

function notifyEnd(parts: Parts, caller: Caller, end: RegisterValue): Outcome {
  const index = toEnd(parts, caller, end);
  if (index < 0) return answer(parts, caller, Status.InvalidParam);
  return answer(
    parts,
    caller,
    notify(parts, caller.core, caller.partition, caller.thread, index, WakeCause.Doorbell).status,
  );
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
  if (index < 0 || ends < 0 || (ends === 0 && deadline === NO_DEADLINE))
    return answer(parts, caller, Status.InvalidParam);
  const { status, woken } = notify(parts, caller.core, caller.partition, caller.thread, index, WakeCause.Handoff);
  if (status !== Status.NoError) return answer(parts, caller, status);
  const sameTime = woken >= 0 && parts.threads[woken].partition === caller.partition;
  return waitOn(parts, caller, SYSTEM_CALLS.handoff.number, ends, until, sameTime ? woken : -1);
}

function periodicWait(parts: Parts, caller: Caller): Outcome {
  const { core, thread } = caller;
  if (parts.threads[thread].plan.periodCycles === null) return answer(parts, caller, Status.InvalidMode);
  parts.hal.charge(core, WAIT);
  if (waitForRelease(parts, core, thread, SYSTEM_CALLS.periodic_wait.number)) return Outcome.Waits;
  return answer(parts, caller, Status.NoError, parts.state.threads[thread].releases);
}

function mode(parts: Parts, caller: Caller, operation: RegisterValue, wanted: RegisterValue): Outcome {
  parts.hal.charge(caller.core, SMALL_CALL);
  if (operation === ModeOperation.Set) return setMode(parts, caller, wanted);
  const status = operation === ModeOperation.Get ? Status.NoError : Status.InvalidParam;
  return answer(parts, caller, status, parts.state.partitions[caller.partition].mode);
}

function setMode(parts: Parts, caller: Caller, wanted: RegisterValue): Outcome {
  const { core, partition } = caller;
  const state = parts.state.partitions[partition];
  switch (wanted) {
    case PartitionMode.Normal:
      if (state.mode === PartitionMode.Normal) return answer(parts, caller, Status.NoAction, state.mode);
      state.mode = PartitionMode.Normal;
      parts.trace.record(EventKind.Mode, core, partition, -1, state.mode);
      return answer(parts, caller, Status.NoError, state.mode);
    case PartitionMode.Idle:
      stopPartition(parts, core, partition, -1);
      return Outcome.Gone;
    case PartitionMode.WarmStart:
      // After ARINC 653: a cold start can't be continued as a warm one.
      if (state.mode === PartitionMode.ColdStart) return answer(parts, caller, Status.InvalidMode, state.mode);
      beginRestart(parts, core, partition, PartitionMode.WarmStart, StartCondition.ByItself);
      return Outcome.Gone;
    case PartitionMode.ColdStart:
      beginRestart(parts, core, partition, PartitionMode.ColdStart, StartCondition.ByItself);
      return Outcome.Gone;
    default:
      return answer(parts, caller, Status.InvalidParam, state.mode);
  }
}

function report(parts: Parts, caller: Caller, kind: RegisterValue, code: RegisterValue, value: RegisterValue): Outcome {
  const { core, partition, thread } = caller;
  parts.hal.charge(core, SMALL_CALL);
  if (kind === ReportKind.RingViolation) return reportRing(parts, caller, code, value);
  if (kind !== ReportKind.Note && kind !== ReportKind.ApplicationError && kind !== ReportKind.Dump)
    return answer(parts, caller, Status.InvalidParam);
  parts.trace.record(EventKind.Report, core, partition, thread, low53(code), low53(value));
  if (kind === ReportKind.ApplicationError) {
    raiseApplicationError(parts, core, partition, thread, BigInt(code), BigInt(value));
    return Outcome.Gone;
  }
  if (kind === ReportKind.Dump) parts.onDump(dumpPartition(parts, partition));
  return answer(parts, caller, Status.NoError);
}

function reportRing(parts: Parts, caller: Caller, channelEnd: RegisterValue, check: RegisterValue): Outcome {
  const { core, partition, thread } = caller;
  const end = toEnd(parts, caller, channelEnd);
  if (end < 0) return answer(parts, caller, Status.InvalidParam);
  quarantine(parts, core, partition, thread, end, low53(check));
  return answer(parts, caller, Status.NoError);
}

const HANDLERS: Readonly<Record<SystemCallWord, Handler>> = {
  exit,
  yield: yieldCore,
  wait,
  notify: notifyEnd,
  handoff,
  periodic_wait: periodicWait,
  mode,
  report,
};

/** Indexed by number. */
const HANDLERS_BY_NUMBER: readonly Handler[] = SYSTEM_CALL_ROWS.map(({ word }) => HANDLERS[word]);

/** Handles the call that the running thread has made; its entry is charged already. */
export function handleSystemCall(parts: Parts, caller: Caller): void {
  const { hal } = parts;
  const { core, partition, thread } = caller;
  const number = hal.systemCallNumber(core);
  const first = hal.systemCallArgument(core, 0);
  const second = hal.systemCallArgument(core, 1);
  parts.trace.record(EventKind.SystemCall, core, partition, thread, low53(number), low53(first), low53(second));
  const outcome =
    typeof number === "number" && number < HANDLERS_BY_NUMBER.length
      ? HANDLERS_BY_NUMBER[number](parts, caller, first, second, hal.systemCallArgument(core, 2))
      : answer(parts, caller, Status.InvalidParam);
  if (outcome === Outcome.Answered) parts.state.threads[thread].call = low53(number);
}
