/**
 * What steps are counted in: how many instructions, calls and events a core has had. Plain numbers that only grow with
 * time, kept with each moment.
 */
import { EventField, EventKind, EventRing, ExitReason } from "../../trace/index.js";
import type { CoreId } from "../../units.js";
import type { Session } from "../session.js";

/** "instruction": one that retires. "call": a system call. "event": each time that a core comes to the kernel. */
export type StepUnit = "instruction" | "call" | "event";

/** What to look for: the next or last of these on a core, or on any. */
export interface StepMark {
  readonly unit: StepUnit;
  readonly core: CoreId | "any";
}

/** Indexed by CoreId. */
export type Counts = Readonly<Record<StepUnit, readonly number[]>>;

export interface Counter {
  read(): Counts;
  /** After the session has been put back. */
  restore(counts: Counts): void;
}

export function countOf(counts: Counts, { unit, core }: StepMark): number {
  return core === "any" ? counts[unit].reduce((sum, count) => sum + count, 0) : counts[unit][core];
}

export function createCounter({ trace, plan, retired }: Session): Counter {
  const call = Array.from({ length: plan.machine.cores }, () => 0);
  const event = [...call];
  trace.readBatches((core, numbers, from, to) => {
    for (let at = from; at < to; at += EventRing.Fields) {
      if (numbers[at + EventField.Kind] !== EventKind.Leave) continue;
      event[core]++;
      if (numbers[at + EventField.A] === ExitReason.SystemCall) call[core]++;
    }
  });
  return {
    read() {
      trace.flush();
      return { instruction: [...retired()], call: [...call], event: [...event] };
    },
    restore(counts) {
      trace.flush();
      for (let core = 0; core < call.length; core++) {
        call[core] = counts.call[core];
        event[core] = counts.event[core];
      }
    },
  };
}
