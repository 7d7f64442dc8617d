/**
 * The budget of a reservation as a list of refills: a sporadic server, after Sprunt, Sha and Lehoczky (1989), with
 * deadlines as Ghazalie and Baker (1995) have them, and a list that cannot grow.
 *
 * The first refill is what may be used now, from its cycle `at` on. The server's deadline is a period behind that, and
 * what is used comes back then. So a partition that always has something to do gets its budget in every period, and one
 * that comes back after a pause begins a period of its own. In no interval does it demand more than a periodic thread
 * with this budget would, which is what earliest deadline first needs to keep every promise.
 *
 * Pure functions over plain data.
 */
import type { Cycles, PartitionId } from "../units.js";
import type { CorePlan, ReservationPlan } from "./plan.js";
import type { Refill } from "./state.js";

/** More than these, and later ones merge with the last, which costs their owner time and nobody else. */
export const MAX_REFILLS = 8;

/** Of a partition at boot; none where it has no reservation. */
export function firstRefills(core: CorePlan, partition: PartitionId): Refill[] {
  if (core.kind !== "reservations") return [];
  const reservation = core.reservations.find((row) => row.partition === partition);
  return reservation === undefined ? [] : [{ at: 0, cycles: reservation.budgetCycles }];
}

/** From when on there is budget. */
export function budgetAt(refills: readonly Refill[]): Cycles {
  return refills[0].at;
}

/** The partition had nothing to do and has something at `now`: its period begins then, if there is budget. */
export function beginPeriod(refills: Refill[], now: Cycles): void {
  if (refills[0].at > now) return;
  // mutant refill-keeps-its-place:
  refills[0].at = now;
  while (refills.length > 1 && refills[1].at <= now) {
    refills[0].cycles += refills[1].cycles;
    refills.splice(1, 1);
  }
}

/** Takes cycles that were used; each comes back a period after the refill that it was of began to be usable. */
export function useBudget(refills: Refill[], used: Cycles, { periodCycles }: ReservationPlan): void {
  for (let left = used; left > 0;) {
    const [first] = refills;
    const taken = Math.min(left, first.cycles);
    // mutant refill-is-not-used-up:
    first.cycles -= taken;
    left -= taken;
    // mutant refill-comes-back-early: giveBack(refills, first.at + Math.floor(periodCycles / 2), taken);
    giveBack(refills, first.at + periodCycles, taken);
    if (first.cycles === 0) refills.shift();
  }
}

function giveBack(refills: Refill[], at: Cycles, cycles: Cycles): void {
  const last = refills[refills.length - 1];
  if (last.at === at && refills.length > 1) last.cycles += cycles;
  else if (refills.length < MAX_REFILLS + 1) refills.push({ at, cycles });
  else {
    last.cycles += cycles;
    last.at = Math.max(last.at, at);
  }
}
