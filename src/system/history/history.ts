/**
 * The past of a session: it runs forward as ever, and back to any cycle.
 *
 * While the session runs, moments of it are kept at regular cycles (kept.ts). Going to a cycle puts back the last
 * moment before it and runs from there: since a run is a pure function of its inputs, that is exactly the state that
 * was there. What came in from outside is remembered with the cycle at which it was handed over, and handed over again.
 *
 * A place is a cycle: all that comes before it has happened on every core, and nothing else. An instruction starts at a
 * cycle of its core, so places lie between any two instructions of a core.
 *
 * Invariant: the session stands at `now()`; `furthest()` is the latest place it has come to with these inputs.
 */
import { Bug } from "../../errors.js";
import type { RunOptions } from "../../hal/index.js";
import { END_OF_TIME, type ChannelId, type Cycles } from "../../units.js";
import type { Session, SessionEnd } from "../session.js";
import { countOf, createCounter, type StepMark } from "./counts.js";
import { createKeptMoments, type Kept } from "./kept.js";

export interface HistoryOptions {
  /** Between two moments that are kept; a tenth of a second by default. */
  readonly everyCycles?: Cycles;
  /** What moments may take of the host's memory, about. */
  readonly mostBytes?: number;
}

export interface History {
  readonly session: Session;
  /** Where the session stands. */
  now(): Cycles;
  furthest(): Cycles;
  /** Runs on as Session.run does. */
  run(options: RunOptions): SessionEnd;
  /** Session.inject. In the past it begins another future: what came after is forgotten. */
  inject(channel: ChannelId, at: Cycles, bytes: Uint8Array): void;
  /** Goes to a cycle, at most END_OF_TIME, by running back or forward. */
  goTo(cycle: Cycles): void;
  /** To the first place behind the next one that `mark` counts. False, and at `limit`, when there is none before it. */
  next(mark: StepMark, limit?: Cycles): boolean;
  /** To the last place before the last one that `mark` counts. False, and at the start, when there is none. */
  previous(mark: StepMark): boolean;
  /** What happens now has happened before: who prints or writes has had it. */
  isRepeating(): boolean;
  /** Forgets what comes after now: the user has changed something. */
  branch(): void;
  /** Keeps a moment here, so that coming back is quick. */
  keepHere(): void;
  /** The place of the last moment that is kept at or before a cycle; null before the start. */
  keptBefore(cycle: Cycles): Cycles | null;
  keptMoments(): { readonly count: number; readonly bytes: number };
}

interface Input {
  /** Where the session stood when it was handed over. */
  readonly handedAt: Cycles;
  readonly channel: ChannelId;
  readonly at: Cycles;
  readonly bytes: Uint8Array;
}

export const DEFAULT_HISTORY_BYTES = 256 * 1024 * 1024;
const MOMENTS_A_SECOND = 10;
/** The search for what comes next looks so far at first, and then farther and farther. */
const FIRST_LOOK_CYCLES = 1;
const LOOK_GROWTH = 4;

/** Of a session that stands at its start, or anywhere: there its past begins. */
export function createHistory(session: Session, options: HistoryOptions = {}): History {
  const everyCycles = options.everyCycles ?? Math.ceil(session.plan.machine.frequencyHz / MOMENTS_A_SECOND);
  if (!(everyCycles >= 1)) throw new Bug(`a moment every ${everyCycles} cycles`);
  const moments = createKeptMoments(options.mostBytes ?? DEFAULT_HISTORY_BYTES);
  const counter = createCounter(session);
  const inputs: Input[] = [];
  /** How many of `inputs` have been handed over before the present place. */
  let handed = 0;
  let furthest = session.now();
  let nextKeptAt = session.now() + everyCycles;
  let isRepeating = false;
  /** All that comes before `now()` has happened and nothing else: not so after a run that instructions ended. */
  let isPlace = true;
  const start = take();
  moments.add(start);

  function take(): Kept {
    return { at: session.now(), moment: session.takeMoment(), counts: counter.read(), handed };
  }

  function restore(kept: Kept): void {
    session.restoreMoment(kept.moment);
    counter.restore(kept.counts);
    handed = kept.handed;
    isPlace = true;
  }

  function handOver(): void {
    while (handed < inputs.length && inputs[handed].handedAt <= session.now()) {
      const { channel, at, bytes } = inputs[handed++];
      session.inject(channel, at, bytes);
    }
  }

  function idleTo(cycle: Cycles): void {
    session.idleTo(cycle);
    furthest = Math.max(furthest, cycle);
  }

  /** One run of the session, up to where something has to be done. */
  function runPart(until: Cycles, maxInstructions: number): SessionEnd {
    handOver();
    if (nextKeptAt <= session.now()) nextKeptAt = session.now() + everyCycles;
    isRepeating = session.now() < furthest;
    const inputAt = inputs[handed]?.handedAt ?? Infinity;
    const stop = Math.min(until, nextKeptAt, inputAt, isRepeating ? furthest : Infinity);
    const end = session.run({ until: stop, maxInstructions });
    isPlace = end === "until" || end === "quiet";
    furthest = Math.max(furthest, session.now());
    isRepeating = session.now() < furthest;
    if (end === "until" && stop === nextKeptAt) moments.add(take());
    if (end !== "quiet" || handed === inputs.length) return end;
    idleTo(Math.min(until, inputAt));
    return "until";
  }

  function run({ until, maxInstructions = Infinity }: RunOptions): SessionEnd {
    let left = maxInstructions;
    for (;;) {
      const retired = countRetired();
      const end = runPart(until, left);
      left -= countRetired() - retired;
      if (end !== "until" || session.now() >= until) return end;
      if (left <= 0) return "instructions";
    }
  }

  function countRetired(): number {
    return session.retired().reduce((sum, count) => sum + count, 0);
  }

  /** Runs to a cycle, and idles where nothing is left that could happen. */
  function runTo(cycle: Cycles): void {
    while (session.now() < cycle) {
      const end = run({ until: cycle });
      if (end === "quiet") idleTo(cycle);
      else if (end !== "until" && end !== "end of time") throw new Bug(`a run to cycle ${cycle} ended with ${end}`);
    }
  }

  function goTo(cycle: Cycles): void {
    if (!(cycle >= start.at && cycle <= END_OF_TIME)) throw new Bug(`there is no cycle ${cycle} in this history`);
    const now = session.now();
    const kept = moments.latest(cycle) ?? start;
    if (cycle < now || kept.at > now) restore(kept);
    runTo(cycle);
  }

  /**
   * `from` lies before what is looked for and `to` behind it, with less and less between them. Moments on the way are
   * kept, since who steps back does it again.
   */
  function narrow(from: Kept, to: Cycles, isBehind: () => boolean): { readonly from: Kept; readonly to: Cycles } {
    while (to - from.at > 1) {
      const middle = from.at + Math.floor((to - from.at) / 2);
      restore(from);
      runTo(middle);
      if (isBehind()) to = middle;
      else {
        from = take();
        moments.add(from);
      }
    }
    return { from, to };
  }

  function next(mark: StepMark, limit = END_OF_TIME): boolean {
    const count = countOf(counter.read(), mark);
    const isBehind = (): boolean => countOf(counter.read(), mark) > count;
    for (let look = FIRST_LOOK_CYCLES; session.now() < limit; look = Math.min(everyCycles, look * LOOK_GROWTH)) {
      const from = take();
      const cycle = Math.min(limit, from.at + look);
      const end = run({ until: cycle });
      if (isBehind()) {
        // Nothing lies between two cycles.
        if (cycle - from.at === 1) return true;
        const found = narrow(from, cycle, isBehind);
        restore(found.from);
        runTo(found.to);
        return true;
      }
      if (end === "end of time" || (end === "quiet" && handed === inputs.length)) return false;
    }
    return false;
  }

  function previous(mark: StepMark): boolean {
    const now = session.now();
    const count = countOf(counter.read(), mark);
    const from = moments.latest(now - 1, ({ counts }) => countOf(counts, mark) < count);
    if (from === null) {
      restore(start);
      return false;
    }
    const found = narrow(from, now, () => countOf(counter.read(), mark) >= count);
    restore(found.from);
    return true;
  }

  function branch(): void {
    const now = session.now();
    inputs.splice(handed);
    moments.cutAfter(now - 1);
    if (isPlace) moments.add(take());
    furthest = now;
    nextKeptAt = now + everyCycles;
    isRepeating = false;
  }

  return {
    session,
    now: session.now,
    furthest: () => furthest,
    run,
    inject(channel, at, bytes) {
      handOver();
      if (session.now() < furthest) branch();
      inputs.push({ handedAt: session.now(), channel, at, bytes: new Uint8Array(bytes) });
      handOver();
    },
    goTo,
    next,
    previous,
    isRepeating: () => isRepeating,
    branch,
    keepHere() {
      if (isPlace) moments.add(take());
    },
    keptBefore: (cycle) => moments.latest(cycle)?.at ?? null,
    keptMoments: () => ({ count: moments.count(), bytes: moments.bytes() }),
  };
}
