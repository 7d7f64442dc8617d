/**
 * Driving a session by a record: each input enters at its cycle, and the hashes are compared on the way.
 *
 * Invariant: no core passes the cycle of the next check, or comes so near to an input that waits in the record that it
 * could no longer be handed over. When exactly an input is handed over makes no difference (Session.inject).
 */
import { ConfigError } from "../../errors.js";
import { outsideChannels } from "../../kernel/index.js";
import type { Session } from "../../system/index.js";
import type { Cycles } from "../../units.js";
import { hostMilliseconds } from "../clock.js";
import { createSlicer, type SliceEnd, type Slicer } from "../slices.js";
import type { Record } from "./record.js";

export interface Difference {
  /** Names of the partitions whose hashes differ. */
  readonly partitions: readonly string[];
  /** Until here all was as recorded; null where that is not known. */
  readonly after: Cycles;
  /** Here it was not. */
  readonly by: Cycles;
}

export interface ReplayReport {
  /** "unfinished": the replay was ended before the record was. "unknown": the record has no end. */
  readonly verdict: "same" | "different" | "unfinished" | "unknown";
  readonly inputs: number;
  readonly checks: number;
  readonly difference: Difference | null;
}

export interface Replay extends Slicer {
  /** Hands over what is due. How far cores may run before it must be called again, at most `until`. */
  prepare(until: Cycles): Cycles;
  report(): ReplayReport;
}

/** Inputs that are handed over at a time: what waits in the session is looked through one by one. */
const MOST_AHEAD = 256;
/** Far more than a core goes beyond the cycle at which it is to stop: an instruction, or a path of the kernel. */
const MARGIN_CYCLES = 100_000;

/** `file` is the record's, for errors. */
export function createReplay(record: Record, session: Session, file: string, milliseconds: number): Replay {
  const slicer = createSlicer(session, milliseconds, hostMilliseconds);
  const takesInput = new Set(outsideChannels(session.plan).map(({ id }) => id));
  const { partitions } = session.plan;
  const events = record.events();
  const endAt = record.end?.cycle ?? record.lastCycle;
  let next = events.next();
  let ahead = 0;
  let inputs = 0;
  let checks = 0;
  let sameUntil: Cycles = 0;
  let difference: Difference | null = null;
  let isOver = false;

  function compare(recorded: readonly string[], hashes: readonly string[], isSame = true): void {
    const names = partitions.filter(({ id }) => recorded[id] !== hashes[id]).map(({ name }) => name);
    if (names.length === 0 && isSame) sameUntil = session.now();
    else difference ??= { partitions: names, after: sameUntil, by: session.now() };
  }

  /** Whether every core has come to a cycle. */
  function isAt(cycle: Cycles): boolean {
    return session.now() >= cycle && session.nextAt() >= cycle;
  }

  /** Takes the next event of the record, or says at which cycle it can be taken. */
  function take(): Cycles | null {
    if (next.done === true) return endAt;
    const event = next.value;
    if (event.kind === "check") {
      const { cycle, hashes } = event.check;
      if (!isAt(cycle)) return cycle;
      checks++;
      compare(
        hashes,
        partitions.map(({ id }) => session.hal.hashOf(id)),
      );
    } else {
      const { at, channel, bytes } = event.input;
      const latest = at - session.hal.leastLatencyCycles - MARGIN_CYCLES;
      if (ahead >= MOST_AHEAD && !isAt(latest)) return latest;
      if (at < session.soonestInput() || !takesInput.has(channel))
        throw new ConfigError(
          { file, line: 0, column: 0 },
          `is damaged: an input for channel ${channel} at cycle ${at} can't be`,
          "Take another copy of it.",
        );
      ahead = isAt(latest) ? 0 : ahead + 1;
      session.inject(channel, at, bytes);
      inputs++;
    }
    next = events.next();
    return null;
  }

  function prepare(until: Cycles): Cycles {
    for (;;) {
      const stop = take();
      if (stop === null) continue;
      const goal = Math.min(stop, until);
      if (session.nextAt() < goal) return goal;
      // Nothing happens until then.
      session.idleTo(goal);
      if (goal < stop) return goal;
      if (next.done === true) {
        finish();
        return goal;
      }
    }
  }

  function finish(): void {
    if (isOver) return;
    isOver = true;
    if (record.end === null) return;
    const { partitions: hashes, system } = session.hashes();
    compare(record.end.hashes.partitions, hashes, record.end.hashes.system === system);
  }

  return {
    prepare,
    run(until): SliceEnd {
      const goal = prepare(until);
      if (isOver) return "end of record";
      if (session.nextAt() >= goal) return "more";
      const end = slicer.run(goal);
      return end === "quiet" ? "more" : end;
    },
    report() {
      const verdict =
        difference !== null ? "different" : !isOver ? "unfinished" : record.end === null ? "unknown" : "same";
      return { verdict, inputs, checks, difference };
    },
  };
}
