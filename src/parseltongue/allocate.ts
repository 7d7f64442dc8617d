/**
 * Linear scan: each virtual register is live over one interval of the function's instructions, and gets a register or a
 * word of the frame for all of it. What lives across a call gets a register that callees keep.
 * Specification: Poletto and Sarkar, "Linear Scan Register Allocation" (1999).
 */
import { reads, sets, successors, type IrFunction, type Register } from "./ir.js";

/** A register's name, or a word of the frame. */
export type Place = string | { readonly spill: number };

/** Kept by callees. */
export const KEPT = ["rbx", "rbp", "r12", "r13", "r14", "r15"] as const;
/** RAX and RDX are the selector's own, for what is in the frame, division and results. */
const FREE = ["rcx", "rsi", "rdi", "r8", "r9", "r10", "r11"] as const;

export interface Allocation {
  readonly places: readonly Place[];
  readonly spillCount: number;
  readonly keptUsed: readonly string[];
}

interface Interval {
  readonly register: Register;
  start: number;
  end: number;
}

export function allocate(made: IrFunction): Allocation {
  const { intervals, calls } = liveIntervals(made);
  const places: Place[] = Array.from({ length: made.registerCount }, () => "rax");
  const active: { readonly interval: Interval; readonly name: string }[] = [];
  let spillCount = 0;
  const used = new Set<string>();
  for (const interval of intervals.toSorted((a, b) => a.start - b.start)) {
    for (let at = active.length - 1; at >= 0; at--) if (active[at].interval.end <= interval.start) active.splice(at, 1);
    const crosses = calls.some((call) => call > interval.start && call < interval.end);
    const taken = new Set(active.map(({ name }) => name));
    const candidates: readonly string[] = crosses ? KEPT : [...FREE, ...KEPT];
    let name = candidates.find((each) => !taken.has(each));
    if (name === undefined) {
      // The one that lives longest goes to the frame.
      const longest = active
        .filter((each) => candidates.includes(each.name))
        .reduce((far, each) => (each.interval.end > far.interval.end ? each : far));
      if (longest.interval.end > interval.end) {
        name = longest.name;
        places[longest.interval.register] = { spill: spillCount++ };
        active.splice(active.indexOf(longest), 1);
      }
    }
    if (name === undefined) places[interval.register] = { spill: spillCount++ };
    else {
      places[interval.register] = name;
      active.push({ interval, name });
      used.add(name);
    }
  }
  return { places, spillCount, keptUsed: KEPT.filter((name) => used.has(name)) };
}

/**
 * Instruction number n reads at 2n and writes at 2n + 1. Parameters are set at -1; a call disturbs registers at 2n + 1,
 * though not the one that it sets.
 */
function liveIntervals(made: IrFunction): {
  readonly intervals: readonly Interval[];
  readonly calls: readonly number[];
} {
  const { blocks, parameters, registerCount } = made;
  const liveIn = liveAtStart(made);
  const found: (Interval | undefined)[] = Array.from({ length: registerCount });
  const calls: number[] = [];
  const touch = (register: Register, at: number): void => {
    const interval = (found[register] ??= { register, start: at, end: at });
    interval.start = Math.min(interval.start, at);
    interval.end = Math.max(interval.end, at);
  };
  for (const parameter of parameters) touch(parameter, -1);
  let number = 0;
  for (const [index, { instructions, end }] of blocks.entries()) {
    for (const register of liveIn[index]) touch(register, 2 * number);
    for (const node of [...instructions, end]) {
      for (const register of reads(node)) touch(register, 2 * number);
      const result = sets(node);
      // A result lives at least until the next instruction: nothing else may be there when it is written.
      if (result !== null) {
        touch(result, 2 * number + 1);
        touch(result, 2 * number + 2);
      }
      if (node.op === "call" || node.op === "kernel") calls.push(2 * number + 1);
      number++;
    }
    for (const next of successors(end)) for (const register of liveIn[next]) touch(register, 2 * number);
  }
  return { intervals: found.filter((each) => each !== undefined), calls };
}

/** By block, the registers whose values are read later: the least solution of the usual equations. */
function liveAtStart({ blocks }: IrFunction): readonly ReadonlySet<Register>[] {
  const live = blocks.map(() => new Set<Register>());
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let index = blocks.length - 1; index >= 0; index--) {
      const { instructions, end } = blocks[index];
      const now = new Set(successors(end).flatMap((next) => [...live[next]]));
      for (const node of [end, ...instructions.toReversed()]) {
        const result = sets(node);
        if (result !== null) now.delete(result);
        for (const register of reads(node)) now.add(register);
      }
      if (now.size === live[index].size) continue;
      live[index] = now;
      isChanged = true;
    }
  }
  return live;
}
