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
  SYSTEM_CALL_ROWS,
  type SystemCallWord,
} from "../abi.js";
import type { RegisterValue } from "../hal/index.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { charge, now, recordPartition, recordThread } from "./core.js";
import { SMALL_CALL, WAIT } from "./cost.js";
import { notify, quarantine, takeDoorbells } from "./doorbell.js";
import { raiseApplicationError } from "./fault.js";
import type { ChannelEnd, Thread } from "./objects.js";
import { beginRestart, StartCondition, stopPartition } from "./partition.js";
import { giveWay } from "./ready-set.js";
import { NEVER } from "./state.js";
import { dumpPartition } from "./take-dump.js";
import { BlockReason, endThread, waitForChannels, waitForRelease } from "./thread.js";

const enum Outcome {
  /** `answer` has what the caller is told, and it goes on when the scheduler lets it. */
  Answered,
  /** The caller waits; who wakes it has the answer. */
  Waits,
  /** The caller has ended. */
  Gone,
}

type Handler = (caller: Thread, first: RegisterValue, second: RegisterValue, third: RegisterValue) => Outcome;

function answer({ state }: Thread, status: Status, value = 0): Outcome {
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

/** A channel end of the caller's partition; undefined when it has none of that number. */
function findEnd({ partition }: Thread, index: RegisterValue): ChannelEnd | undefined {
  return index < partition.ends.length ? partition.ends[Number(index)] : undefined;
}

/** A mask of the caller's channel ends, or -1. */
function toMask({ partition }: Thread, mask: RegisterValue): number {
  return mask < 2 ** partition.ends.length ? Number(mask) : -1;
}

/** The second half of wait and handoff; mask and deadline are valid. `preferred` is whom the caller hands the core. */
function waitOn(caller: Thread, mask: number, until: Cycles, reason: BlockReason, preferred: ThreadId): Outcome {
  const { core, partition } = caller;
  charge(core, WAIT);
  const taken = takeDoorbells(partition, mask);
  if (taken !== 0) return answer(caller, Status.NoError, taken);
  if (until <= now(core)) return answer(caller, Status.TimedOut);
  waitForChannels(caller, mask, until, reason);
  core.state.preferred = preferred;
  return Outcome.Waits;
}

function exit(caller: Thread, code: RegisterValue, scope: RegisterValue): Outcome {
  const { partition } = caller;
  const exitCode = Number(BigInt.asIntN(32, BigInt(code)));
  if (scope !== ExitScope.Partition && scope !== ExitScope.Thread) return answer(caller, Status.InvalidParam);
  recordThread(caller, EventKind.ThreadExit, exitCode);
  if (scope === ExitScope.Thread) endThread(caller);
  // The end of the last thread is the end of its partition.
  if (scope === ExitScope.Partition || partition.threads.every(({ state }) => state.life === "dormant"))
    stopPartition(partition, exitCode);
  return Outcome.Gone;
}

function yieldCore(caller: Thread): Outcome {
  charge(caller.core, SMALL_CALL);
  giveWay(caller);
  caller.core.state.mustPick = true;
  return answer(caller, Status.NoError);
}

function wait(caller: Thread, mask: RegisterValue, deadline: RegisterValue): Outcome {
  const ends = toMask(caller, mask);
  const until = toCycles(deadline);
  // Nothing could ever end a wait for no channel without a deadline.
  if (ends < 0 || (ends === 0 && deadline === NO_DEADLINE)) return answer(caller, Status.InvalidParam);
  return waitOn(caller, ends, until, BlockReason.Channels, -1);
}

function notifyEnd(caller: Thread, index: RegisterValue): Outcome {
  const end = findEnd(caller, index);
  if (end === undefined) return answer(caller, Status.InvalidParam);
  return answer(caller, notify(caller, end, WakeCause.Doorbell).status);
}

function handoff(caller: Thread, index: RegisterValue, mask: RegisterValue, deadline: RegisterValue): Outcome {
  const end = findEnd(caller, index);
  const ends = toMask(caller, mask);
  const until = toCycles(deadline);
  if (end === undefined || ends < 0 || (ends === 0 && deadline === NO_DEADLINE))
    return answer(caller, Status.InvalidParam);
  const { status, woken } = notify(caller, end, WakeCause.Handoff);
  if (status !== Status.NoError) return answer(caller, status);
  const sharesTime = woken !== undefined && woken.partition === caller.partition;
  return waitOn(caller, ends, until, BlockReason.Handoff, sharesTime ? woken.id : -1);
}

function periodicWait(caller: Thread): Outcome {
  if (caller.plan.periodCycles === null) return answer(caller, Status.InvalidMode);
  charge(caller.core, WAIT);
  return waitForRelease(caller) ? Outcome.Waits : answer(caller, Status.NoError, caller.state.releases);
}

function mode(caller: Thread, operation: RegisterValue, wanted: RegisterValue): Outcome {
  charge(caller.core, SMALL_CALL);
  if (operation === ModeOperation.Set) return setMode(caller, wanted);
  const status = operation === ModeOperation.Get ? Status.NoError : Status.InvalidParam;
  return answer(caller, status, caller.partition.state.mode);
}

function setMode(caller: Thread, wanted: RegisterValue): Outcome {
  const { partition } = caller;
  const { state } = partition;
  switch (wanted) {
    case PartitionMode.Normal:
      if (state.mode === PartitionMode.Normal) return answer(caller, Status.NoAction, state.mode);
      state.mode = PartitionMode.Normal;
      recordPartition(partition, EventKind.Mode, state.mode);
      return answer(caller, Status.NoError, state.mode);
    case PartitionMode.Idle:
      stopPartition(partition, -1);
      return Outcome.Gone;
    case PartitionMode.WarmStart:
      // After ARINC 653: a cold start can't be continued as a warm one.
      if (state.mode === PartitionMode.ColdStart) return answer(caller, Status.InvalidMode, state.mode);
      beginRestart(partition, PartitionMode.WarmStart, StartCondition.ByItself);
      return Outcome.Gone;
    case PartitionMode.ColdStart:
      beginRestart(partition, PartitionMode.ColdStart, StartCondition.ByItself);
      return Outcome.Gone;
    default:
      return answer(caller, Status.InvalidParam, state.mode);
  }
}

function report(caller: Thread, kind: RegisterValue, code: RegisterValue, value: RegisterValue): Outcome {
  const { core, partition } = caller;
  charge(core, SMALL_CALL);
  if (kind === ReportKind.RingViolation) return reportRing(caller, code, value);
  if (kind !== ReportKind.Note && kind !== ReportKind.ApplicationError && kind !== ReportKind.Dump)
    return answer(caller, Status.InvalidParam);
  recordThread(caller, EventKind.Report, low53(code), low53(value));
  if (kind === ReportKind.ApplicationError) {
    raiseApplicationError(caller, BigInt(code), BigInt(value));
    return Outcome.Gone;
  }
  if (kind === ReportKind.Dump) core.environment.onDump(dumpPartition(partition));
  return answer(caller, Status.NoError);
}

function reportRing(caller: Thread, index: RegisterValue, check: RegisterValue): Outcome {
  const end = findEnd(caller, index);
  if (end === undefined) return answer(caller, Status.InvalidParam);
  quarantine(caller, end, low53(check));
  return answer(caller, Status.NoError);
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
export function handleSystemCall(caller: Thread): void {
  const { core, state } = caller;
  const number = core.hal.systemCallNumber(core.id);
  const first = core.hal.systemCallArgument(core.id, 0);
  const second = core.hal.systemCallArgument(core.id, 1);
  recordThread(caller, EventKind.SystemCall, low53(number), low53(first), low53(second));
  const outcome =
    typeof number === "number" && number < HANDLERS_BY_NUMBER.length
      ? HANDLERS_BY_NUMBER[number](caller, first, second, core.hal.systemCallArgument(core.id, 2))
      : answer(caller, Status.InvalidParam);
  if (outcome !== Outcome.Gone) state.call = low53(number);
}
