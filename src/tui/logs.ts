/**
 * The consoles' lines and the notable events, in the order of virtual time, as far back as a person scrolls.
 *
 * Invariant: every text here is safe for a terminal, whatever guests wrote.
 */
import { formatTime } from "../host/format.js";
import { createLineSplitter, safeText } from "../host/safe-text.js";
import type { SystemPlan } from "../kernel/index.js";
import { EventKind, type TraceEvent } from "../trace/index.js";
import type { Cycles, PartitionId } from "../units.js";

export interface LogLine {
  readonly cycle: Cycles;
  /** -1 for the system. */
  readonly partition: PartitionId;
  readonly text: string;
  readonly tone: "plain" | "good" | "warn" | "bad";
}

const LINES_KEPT = 2000;

/** Cores are simulated one after the other, so lines come slightly out of order. */
export function insertInOrder(lines: LogLine[], line: LogLine): void {
  let at = lines.length;
  while (at > 0 && lines[at - 1].cycle > line.cycle) at--;
  lines.splice(at, 0, line);
  if (lines.length > LINES_KEPT) lines.splice(0, lines.length - LINES_KEPT);
}

export interface Logs {
  readonly consoles: readonly LogLine[];
  readonly events: readonly LogLine[];
  /** To be subscribed to the stream. */
  observe(event: TraceEvent): void;
  /** A line that was typed for a partition. */
  echo(partition: PartitionId, cycle: Cycles, text: string): void;
}

export function createLogs(plan: SystemPlan): Logs {
  const consoles: LogLine[] = [];
  const events: LogLine[] = [];
  let cycle = 0;
  const splitters = plan.partitions.map(({ id }) =>
    createLineSplitter((text) => insertInOrder(consoles, { cycle, partition: id, text, tone: "plain" }), 512),
  );
  return {
    consoles,
    events,
    echo(partition, at, text) {
      insertInOrder(consoles, { cycle: at, partition, text: `> ${text}`, tone: "plain" });
    },
    observe(event) {
      if (event.kind === EventKind.Console) {
        cycle = event.cycle;
        splitters[event.partition].push(Uint8Array.from(event.text, (character) => character.charCodeAt(0)));
        return;
      }
      const line = describeNotable(plan, event);
      if (line !== null) insertInOrder(events, line);
    },
  };
}

/** A notable event for the log, or null for the rest. */
export function describeNotable(plan: SystemPlan, event: TraceEvent): LogLine | null {
  const { kind, cycle, partition, a, b, text } = event;
  const timeOf = (at: Cycles): string => formatTime(at, plan.machine.frequencyHz);
  const line = (tone: LogLine["tone"], what: string): LogLine => ({
    cycle,
    partition,
    text: safeText(what).replaceAll("\n", " "),
    tone,
  });
  switch (kind) {
    case EventKind.Fault:
      return line("bad", shortFault(text));
    case EventKind.Restart:
      return line("good", `restart ${b}, generation ${a}`);
    case EventKind.PartitionStop:
      return line(a === -1 ? "bad" : "plain", a === -1 ? "stopped for good" : `ended with ${a}`);
    case EventKind.DeadlineMissed:
      return line("warn", `deadline missed: released at ${timeOf(a)}, due at ${timeOf(b)}`);
    case EventKind.Violation:
      return line("bad", `ring violation on ${plan.channels[a]?.name ?? a}: quarantined`);
    case EventKind.PolicyReplaced:
      return line("warn", `policy replaced: ${text}`);
    case EventKind.Report:
      return line("plain", `report ${a}, value ${b}`);
    default:
      return null;
  }
}

/** "#PF read of 0x… not present, at rip 0x… in function main+0x4" in few words, without the instruction's address. */
export function shortFault(text: string): string {
  return text
    .replace(/ (read|write|fetch) (of|to|from) /, " $1 ")
    .replace(/, at rip 0x[0-9a-f]+( in function ([^ ]+))?/, (_, _in, name?: string) =>
      name === undefined ? "" : ` in ${name}`,
    );
}
