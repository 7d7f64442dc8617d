/**
 * Reservations: a core that several partitions share by budgets, the earliest deadline first.
 *
 * A partition with budget left (refills.ts) that has something to do competes by its deadline; one whose budget is used
 * up waits for its next refill, whatever it has to do; partitions on slack have what is left, in the order of the plan.
 * A partition is charged for all time between getting the core and losing it, the kernel's paths in it included: who
 * makes the kernel work pays, and what a path takes beyond the budget is taken from the next refill.
 *
 * The timer is armed for what may change whose turn it is, and nothing else: the end of the budget, or the moment at
 * which another partition would have an earlier deadline. A thread of a partition that would have to wait anyway is
 * released without an interrupt, when its partition gets the core.
 */
import { NEVER, type Cycles, type PartitionId } from "../units.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { charge, currentPartition, now, recordPartition, runningThread } from "./core.js";
import { PATHS } from "./costs/cost.js";
import type { Core, Partition } from "./objects.js";
import { startPartition } from "./partition.js";
import { beginPeriod, budgetAt, useBudget } from "./refills.js";
import { nextDue, wakeDueThreads } from "./threads/thread.js";

/** The core's first cycle: all its partitions start. */
export function startReservations(core: Core): void {
  for (const partition of core.sharers) startPartition(partition, now(core), WakeCause.Start);
  core.state.boundary = now(core);
}

function hasWork({ state, threads }: Partition): boolean {
  const { life, workLeft } = state;
  if (life === "restarting" || (life === "stopped" && workLeft > 0)) return true;
  return (
    life === "running" && threads.some((thread) => thread.state.life === "ready" || thread.state.life === "running")
  );
}

/** The cycle at which a thread of the partition becomes ready by itself; NEVER when it has one or is not running. */
function wakesAt(partition: Partition): Cycles {
  return partition.state.life === "running" ? nextDue(partition) : NEVER;
}

/** A partition pays for the time since the core's account was settled last. */
function settleWith(core: Core, partition: Partition | undefined): void {
  const { state } = core;
  const at = now(core);
  const used = at - state.servedFrom;
  if (used <= 0) return;
  state.servedFrom = at;
  if (partition === undefined || partition.reservation === null) return;
  const { refills } = partition.state;
  const wasOut = budgetAt(refills) > at;
  // mutant budget-is-never-used:
  useBudget(refills, used, partition.reservation);
  if (!wasOut && budgetAt(refills) > at) recordPartition(partition, EventKind.BudgetOut, budgetAt(refills));
}

/** The partition that has the core pays up to the present. */
export function settleBudget(core: Core): void {
  settleWith(core, currentPartition(core));
}

/**
 * A message has come since `settleBudget`: the partition that it is for pays, whoever has the core, and for the
 * kernel's way back, too.
 */
export function payForMessage(core: Core, partition: PartitionId): void {
  const { state, environment } = core;
  const from = state.servedFrom;
  // mutant floods-are-free: settleWith(core, currentPartition(core));
  settleWith(core, core.partitions[partition]);
  // mutant ways-back-are-free: const back = Math.min(0, from + environment.bounds.sharedMessageCycles);
  const back = from + environment.bounds.sharedMessageCycles - now(core);
  const payer = core.partitions[partition];
  if (back <= 0 || payer === undefined) return;
  if (payer.reservation !== null) useBudget(payer.state.refills, back, payer.reservation);
  state.servedFrom += back;
}

/** Brings the threads and the budget of a partition up to the present. */
function update(partition: Partition): void {
  const { core, reservation, state } = partition;
  const at = now(core);
  if (reservation !== null && budgetAt(state.refills) > at) {
    state.isActive = hasWork(partition);
    return;
  }
  const due = wakesAt(partition);
  if (due <= at) wakeDueThreads(partition, at);
  const isActive = hasWork(partition);
  if (isActive && !state.isActive && reservation !== null)
    beginPeriod(state.refills, Math.min(at, Math.max(due, budgetAt(state.refills))));
  state.isActive = isActive;
}

/** Deadline of a partition that has budget; NEVER for one on slack. */
function deadlineOf({ reservation, state }: Partition): Cycles {
  return reservation === null ? NEVER : budgetAt(state.refills) + reservation.periodCycles;
}

function isEligible({ core, reservation, state }: Partition): boolean {
  return state.isActive && (reservation === null || budgetAt(state.refills) <= now(core));
}

/**
 * Gives the core to the partition whose turn it is. Sets `boundary`: when that must be looked at again, but for events.
 */
export function chooseReservation(core: Core): void {
  settleBudget(core);
  charge(core, PATHS.reserve);
  let chosen: Partition | undefined;
  for (const partition of core.sharers) {
    update(partition);
    if (!isEligible(partition)) continue;
    // mutant latest-deadline-first: if (chosen === undefined || deadlineOf(partition) > deadlineOf(chosen))
    if (chosen === undefined || deadlineOf(partition) < deadlineOf(chosen)) chosen = partition;
  }
  if (chosen !== currentPartition(core)) serve(core, chosen);
  core.state.boundary = lookAgainAt(core, chosen);
}

function serve(core: Core, chosen: Partition | undefined): void {
  const { state } = core;
  const running = runningThread(core);
  if (running !== undefined) running.state.life = "ready";
  // Who gets the core pays for the choice.
  settleWith(core, chosen);
  state.running = -1;
  state.partition = chosen?.id ?? -1;
  state.preferred = -1;
  state.sliceEnd = NEVER;
  state.mustPick = true;
  if (chosen !== undefined)
    recordPartition(chosen, EventKind.Serve, chosen.state.refills[0]?.cycles ?? -1, deadlineOf(chosen));
}

function lookAgainAt(core: Core, chosen: Partition | undefined): Cycles {
  const deadline = chosen === undefined ? NEVER : deadlineOf(chosen);
  let next = NEVER;
  if (chosen !== undefined && chosen.reservation !== null)
    next = core.state.servedFrom + chosen.state.refills[0].cycles;
  for (const other of core.sharers) {
    if (other === chosen) continue;
    const { reservation, state } = other;
    const from = state.isActive ? now(core) : wakesAt(other);
    if (reservation === null) {
      // Slack begins where nothing else is to be done.
      if (chosen === undefined) next = Math.min(next, from);
      continue;
    }
    const at = Math.max(from, budgetAt(state.refills));
    const isFirst = state.isActive && budgetAt(state.refills) <= now(core);
    if (!isFirst && at + reservation.periodCycles < deadline) next = Math.min(next, at);
  }
  return next;
}
