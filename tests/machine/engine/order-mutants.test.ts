/**
 * Mistakes in the order of synchronising accesses of translated code, each seeded into a copy of the build: cores that
 * pass a token (passers.ts), compared with the reference engine, must find it. Marks in the sources make them.
 *
 * A mutant must not run for ever: what a core waits for has to come.
 */
import { describe, expect, it } from "vitest";
import * as library from "../../../dist/machine/index.js";
import { hashText } from "../../../dist/trace/index.js";
import { createMutant } from "../../mutant.js";
import { sampleOf } from "../../sample.js";
import { bareMachine, type Bare, type BareOptions } from "../bare.js";
import { COUNTER, LINE, passer, streamer, talker, vectorTalker } from "./passers.js";

/** What goes wrong, and the mark of it. */
const MUTANTS: readonly (readonly [mistake: string, mark: string])[] = [
  ["a polling loop is not ended by a store that waits", "waiting-store-is-no-store"],
  ["the reference engine knows nothing of stores that wait", "waiting-store-has-no-turn"],
  ["the reference engine finds stores made that come after another core's turn", "own-turn-catches-all-up"],
  ["a core that waits in its slice stands where the slice began", "waiting-core-stands-at-its-start"],
  ["where a core goes to the kernel while another waits in its slice is forgotten", "forward-exit-is-lost"],
  ["a poller is charged a pass too many", "poller-pays-a-pass-more"],
  ["stores of the last cycles are lost at the end", "last-stores-are-lost"],
  ["a conflict in a cache line is not noticed", "line-conflict-is-not-noticed"],
  ["accesses happen a cycle early", "accesses-are-early"],
  ["accesses happen a cycle late", "accesses-are-late"],
  ["what is as early as the other core's place is first", "equal-turn-is-first"],
  ["what was read does not reach the hash", "reads-do-not-reach-the-hash"],
  ["a read-modify-write is kept for its turn", "update-waits-for-its-turn"],
  ["stores of a cycle are made whatever their core", "all-cores-stores-are-made"],
  ["a core's stores are made past another's turn", "stores-pass-another-turn"],
  ["half of a store of two bytes is made", "half-a-word-is-made"],
  ["half of a store of sixteen bytes is made", "upper-half-is-not-made"],
  ["half of a store of sixteen bytes waits", "upper-half-does-not-wait"],
  ["half of a store of sixteen bytes is made in its turn", "upper-half-misses-its-turn"],
  ["half of a read of sixteen bytes reaches the hash", "upper-half-misses-the-hash"],
  ["half of a read of sixteen bytes on two lines reaches the hash", "second-line-misses-the-hash"],
  ["at equal cycles each core is first", "equal-cycles-make-each-first"],
  ["a store to a word that is polled may wait", "polled-store-may-wait"],
  ["a pass of a polling loop takes a cycle more", "pass-takes-a-cycle-more"],
  ["what is done inline happens a cycle early", "inline-is-early"],
  ["a load that comes too early is done inline", "early-load-is-done-inline"],
  ["a load inline doesn't look at the stores that wait for its line", "inline-load-passes-waiting-stores"],
  ["stores before a system call wait inline", "store-before-a-call-waits"],
  ["a core goes to the kernel though its stores wait", "call-leaves-waiting-stores"],
];

interface Way extends BareOptions {
  /** Which core only stores. */
  readonly streaming: number;
}

/** Programs of cores that pass a token, and of one among them that streams. */
function passing(pauses: readonly number[], streaming: number): Uint8Array[] {
  const programs = pauses.map((pause, core) => passer(core, pauses.length, pause));
  programs.splice(streaming, 0, streamer());
  return programs;
}

/** Programs of cores that talk, and of a last one that streams. */
function talking(pauses: readonly number[], calls?: "at once" | "later"): Uint8Array[] {
  return [...pauses.map((pause, core) => talker(core, pauses.length, pause, calls)), streamer()];
}

const WAYS: readonly Way[] = [
  { programs: passing([1, 1], 2), streaming: 2, hotRuns: 2 },
  { programs: passing([3, 40, 9], 0), streaming: 0, hotRuns: 2, skipPolling: false },
  { programs: passing([3, 5], 2), streaming: 2, hotRuns: 2, runAheadCycles: 9 },
  { programs: passing([1, 7, 2], 3), streaming: 3, hotRuns: 20 },
  { programs: [...passing([300, 700], 1), streamer(3, COUNTER + 2 * LINE)], streaming: 1, hotRuns: 2 },
  { programs: talking([0, 3, 11]), streaming: 3, hotRuns: 2 },
  { programs: talking([0, 3, 11], "later"), streaming: 3, hotRuns: 2, calls: 1999 },
  { programs: talking([0, 3, 11], "at once"), streaming: 3, hotRuns: 2, calls: 1999 },
  { programs: [vectorTalker(0, 2, 0), vectorTalker(1, 2, 5), streamer()], streaming: 2, hotRuns: 2 },
];
const CUT = 97;

/** All that can be seen of a run, at its end, where it was cut and at the entries of the kernel. */
function observe({ streaming, ...options }: Way, most: number, from: typeof library): unknown {
  const { programs } = options;
  const wordAt = (bare: Bare, at: number): string =>
    Buffer.from(bare.machine.readRam(bare.sharedFrame + at, 4)).toString("hex");
  const entries: string[] = programs.map(() => "");
  // A core's own word, which nobody else writes, at its calls; and the streamer's at its end.
  const onCall = (core: number, it: Bare): void => {
    entries[core] += wordAt(it, core * LINE);
  };
  const bare = bareMachine({ ...options, onCall }, from);
  const { state } = bare.machine;
  const words = new Uint32Array(state.memory.buffer);
  const shared = (): string => Buffer.from(bare.machine.readRam(bare.sharedFrame, 1280)).toString("base64");
  Object.defineProperty(bare.exits, streaming, {
    set() {
      entries[streaming] += wordAt(bare, COUNTER + LINE);
    },
  });
  const clocks = (): string => state.cores.map(({ now, retired }) => `${now} ${retired}`).join();
  const cuts: string[] = [];
  let at = CUT;
  for (; at < most && bare.run(at) === "until"; at += CUT) if (cuts.length < 200) cuts.push(`${clocks()} ${shared()}`);
  const registers = programs.map((_, core) => Array.from({ length: 18 }, (__, i) => `${bare.register(core, i)}`));
  const hashes = programs.map((_, core) => hashText(words, 0x300000 + core * 512));
  const exits = bare.exits.map((exit) => exit?.kind);
  return { at, exits, cuts, registers, clocks: clocks(), hashes, entries, shared: shared() };
}

const expected = WAYS.map((way) => observe({ ...way, engine: "reference", skipPolling: false }, Infinity, library));

/** Whether a build differs from the reference engine in any way. */
function isWrong(build: typeof library): boolean {
  return WAYS.some((way, i) => {
    try {
      const most = (expected[i] as { at: number }).at + 2 * CUT;
      return JSON.stringify(observe({ ...way, engine: "wasm" }, most, build)) !== JSON.stringify(expected[i]);
    } catch {
      return true;
    }
  });
}

describe("a mistake in the order is found", () => {
  it("and nothing is found where there is none", { timeout: 120_000 }, () => {
    expect(isWrong(library)).toBe(false);
  });

  it.each(sampleOf(MUTANTS, 3))("%s", { timeout: 120_000 }, async (_mistake, mark) => {
    const mutant = createMutant(mark);
    try {
      expect(isWrong(await mutant.load<typeof library>("machine/index.js"))).toBe(true);
    } finally {
      mutant.remove();
    }
  });
});
