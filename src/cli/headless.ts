/**
 * Running a session without a terminal UI: in slices, so that signals get through, with the consoles' lines in the
 * order of virtual time.
 *
 * Invariant: what is handed to `onLine` and the end that is returned do not depend on how long the slices are.
 */
import { breathe, sleep } from "../host/clock.js";
import type { Live } from "../host/live.js";
import { createLineSplitter } from "../host/safe-text.js";
import { createSlicer, type Slicer } from "../host/slices.js";
import type { Session } from "../system/running.js";
import { EventKind, type TraceEvent } from "../trace/index.js";
import type { Cycles, PartitionId } from "../units.js";

export type HeadlessEnd =
  /** The time asked for is over. */
  | "time is up"
  /** As many instructions as were allowed have been executed. */
  | "instructions are up"
  /** Nothing can happen any more. */
  | "quiet"
  /** The last cycle that there is has been reached. */
  | "end of time"
  /** So has that of a record. */
  | "end of record"
  /** `shouldStop` said so. */
  | "interrupted";

export interface RunBounds {
  readonly untilCycles: Cycles;
  /** Of all cores together; looked at every `COUNT_CYCLES` cycles, so that a run always ends at the same one. */
  readonly mostInstructions?: number;
}

export interface HeadlessOptions extends RunBounds {
  readonly shouldStop: () => boolean;
  /** Whether the run waits, since the output so far has not been taken yet. */
  readonly isBlocked?: () => boolean;
  /** After each slice. */
  readonly onSlice?: () => void;
  /** For a session that faces the outside: drives it against the host's clock. */
  readonly live?: Live | null;
  /** What runs it otherwise, in place of an ordinary slicer. */
  readonly slicer?: Slicer | null;
}

/** Host time between two looks at signals. */
const SLICE_MILLISECONDS = 30;
const BLOCKED_MILLISECONDS = 5;
/** An idle system that follows the host's clock looks at signals as often. */
const NAP_MILLISECONDS = 50;
/** Virtual time between two looks at the instructions. */
const COUNT_CYCLES = 1_000_000;

export async function runHeadless(session: Session, options: HeadlessOptions): Promise<HeadlessEnd> {
  const { untilCycles, mostInstructions = Infinity, live } = options;
  const runSlice = live?.step ?? (options.slicer ?? createSlicer(session, SLICE_MILLISECONDS)).run;
  let countAt = mostInstructions === Infinity ? untilCycles : Math.min(COUNT_CYCLES, untilCycles);
  for (;;) {
    if (options.shouldStop()) return "interrupted";
    if (session.now() >= untilCycles) return "time is up";
    if (session.now() >= countAt) {
      if (countRetired(session) >= mostInstructions) return "instructions are up";
      countAt = Math.min(countAt + COUNT_CYCLES, untilCycles);
    }
    if (options.isBlocked?.() === true) {
      await sleep(BLOCKED_MILLISECONDS);
      continue;
    }
    const end = runSlice(countAt);
    options.onSlice?.();
    if (end === "nap") await live?.nap(NAP_MILLISECONDS);
    else if (end === "more") await breathe();
    else return end;
  }
}

function countRetired(session: Session): number {
  return session.retired().reduce((total, count) => total + count, 0);
}

export interface ConsoleOrder {
  /** Hands over all output before `cycle`, which every core has reached. */
  flush(cycle: Cycles): void;
  /** Hands over everything, lines without an end too. */
  end(): void;
}

/**
 * Lines of all consoles, by (cycle, core): cores are simulated one after the other, so output comes out of order. Lines
 * are safe for a terminal.
 */
export function orderConsoles(session: Session, onLine: (partition: PartitionId, line: string) => void): ConsoleOrder {
  let waiting: TraceEvent[] = [];
  const splitters = session.plan.partitions.map(({ id }) => createLineSplitter((line) => onLine(id, line)));
  session.trace.subscribe((event) => waiting.push(event), [EventKind.Console]);
  function flush(cycle: Cycles): void {
    const due = waiting.filter((event) => event.cycle < cycle);
    if (due.length === 0) return;
    waiting = waiting.filter((event) => event.cycle >= cycle);
    // Sorting is stable: output of one system call keeps its order.
    due.sort((a, b) => a.cycle - b.cycle || a.core - b.core);
    for (const { partition, text } of due) splitters[partition].push(bytesOf(text));
  }
  return {
    flush,
    end() {
      flush(Infinity);
      for (const splitter of splitters) splitter.end();
    },
  };
}

/** A console event's text has one character a byte. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
