/**
 * Mistakes in the order of synchronising accesses of translated code, each seeded into a copy of the build: cores that pass a
 * token (passers.ts), compared with the reference engine, must find it. docs/engine.md lists them.
 *
 * A mutant must not run for ever: what a core waits for has to come.
 */
import { describe, expect, it } from "vitest";
import * as library from "../../../dist/machine/index.js";
import { hashText } from "../../../dist/trace/index.js";
import { createMutant } from "../../mutant.js";
import { createTextMutant } from "../../text-mutant.js";
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
];

/** File under machine/; what goes wrong; text of the built file and what stands there instead. */
const TEXT_MUTANTS: readonly (readonly [file: string, name: string, find: string, replacement: string])[] = [
  [
    "engine/wasm/routines/gate",
    "a conflict in a cache line is not noticed",
    "load32(line, aheadBase + AHEAD_LINES)",
    "line.sub(line)",
  ],
  [
    "engine/wasm/routines/gate-locals",
    "accesses happen a cycle early",
    "sub(left.extendS())",
    "sub(left.extendS()).sub(1)",
  ],
  [
    "engine/wasm/routines/gate-locals",
    "accesses happen a cycle late",
    "sub(left.extendS())",
    "sub(left.extendS()).add(1)",
  ],
  [
    "engine/wasm/routines/gate",
    "what is as early as the other core's place is first",
    "tee(left, cyclesLeft).leS(",
    "tee(left, cyclesLeft).ltS(",
  ],
  ["engine/wasm/routines/gate-read", "what was read does not reach the hash", "    writeMix(site);\n", "\n"],
  [
    "engine/wasm/run/shared-page-access",
    "a read-modify-write is kept for its turn",
    "(flags & (UPDATE_ACCESS | TURN_ACCESS)) === 0",
    "(flags & TURN_ACCESS) === 0",
  ],
  ["engine/wasm/routines/catch-up", "stores of a cycle are made whatever their core", "first.leS(core).extendU()", "1"],
  [
    "engine/wasm/routines/catch-up",
    "a core's stores are made past another's turn",
    "stores).ltS(limit)",
    "stores).ltS(end)",
  ],
  [
    "engine/wasm/routines/catch-up",
    "half of a store of two bytes is made",
    "write.store16(physical, RAM_BASE, load16(firstStore, value))",
    "write.store8(physical, RAM_BASE, load8(firstStore, value))",
  ],
  ["engine/wasm/routines/catch-up", "half of a store of sixteen bytes is made", "copy(8);", ""],
  [
    "engine/wasm/routines/gate-store",
    "half of a store of sixteen bytes waits",
    "write.store64(entry, store + AHEAD_VALUE + 8, storedUpper);",
    "{}",
  ],
  [
    "engine/wasm/routines/gate-store",
    "half of a store of sixteen bytes is made in its turn",
    "write.store64(host, RAM_BASE + 8, storedUpper);",
    "",
  ],
  [
    "engine/wasm/routines/gate-read",
    "half of a read of sixteen bytes reaches the hash",
    "writeRead(site, i32(8), () => { });",
    "",
  ],
  [
    "engine/wasm/run/shared-page-access",
    "half of a read of sixteen bytes on two lines reaches the hash",
    "if (sizeBytes > 8)",
    "if (false)",
  ],
  [
    "engine/wasm/run/synchroniser",
    "at equal cycles each core is first",
    "end - slice.nextCore.at - (core.id < slice.nextCore.core ? 1 : 0)",
    "end - slice.nextCore.at - 1",
  ],
  [
    "engine/wasm/run/shared-page-access",
    "a store to a word that is polled may wait",
    "slice.isWatched && options.isPolled(physical, sizeBytes)",
    "false",
  ],
  [
    "engine/wasm/run/polling-search",
    "a pass of a polling loop takes a cycle more",
    "passCycles: core.now - now,",
    "passCycles: core.now - now + 1,",
  ],
  [
    "engine/wasm/emit/shared-access",
    "what is done inline happens a cycle early",
    "add(flags >>> REFUND_SHIFT)",
    "add((flags >>> REFUND_SHIFT) + 1)",
  ],
  [
    "engine/wasm/emit/shared-access",
    "a load that comes too early is done inline",
    "writeGatedLoad(site, () => builder.br(outside));",
    "writeGatedLoad(site, () => {});",
  ],
  [
    "engine/wasm/emit/shared-access",
    "a load inline doesn't look at the stores that wait for its line",
    "catchUp: () => builder.br(outside),",
    "catchUp: () => {},",
  ],
  [
    "engine/wasm/emit/effect-code",
    "stores before a system call wait inline",
    '|| ssa.terminator.kind === "systemCall")',
    ")",
  ],
  [
    "engine/wasm/emit/block-emitter",
    "a core goes to the kernel though its stores wait",
    "this.emitTurnCheck(timeExit);",
    "",
  ],
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

  it.each(MUTANTS)("%s", { timeout: 120_000 }, async (_mistake, mark) => {
    const mutant = createMutant(mark);
    try {
      expect(isWrong(await mutant.load<typeof library>("machine/index.js"))).toBe(true);
    } finally {
      mutant.remove();
    }
  });

  it.each(TEXT_MUTANTS)("%s: %s", { timeout: 120_000 }, async (file, _name, find, replacement) => {
    const mutant = createTextMutant(`machine/${file}.js`, find, replacement);
    try {
      expect(isWrong(await mutant.load<typeof library>("machine/index.js"))).toBe(true);
    } finally {
      mutant.remove();
    }
  });
});
