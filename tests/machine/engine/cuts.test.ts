/**
 * What RAM holds when a run ends, and what the kernel reads there: on either engine, with stores that wait for their
 * turn.
 */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bareMachine, type Bare } from "../bare.js";
import { LINE, NOTES, passer, streamer } from "./passers.js";

const PAUSES = [3, 40, 9];
const PROGRAMS = [...PAUSES.map((pause, core) => passer(core, PAUSES.length, pause)), streamer()];

function sharedOf({ machine, sharedFrame }: Bare): string {
  return createHash("sha256").update(machine.readRam(sharedFrame, 4096)).digest("hex");
}

/** Where the first core stands; null when all have ended. */
function firstPlace({ machine }: Bare): { readonly at: number; readonly core: number } | null {
  let first = null;
  for (const { activity, now, id } of machine.state.cores)
    if (activity === "running" && (first === null || now < first.at)) first = { at: now, core: id };
  return first;
}

/** The shared page with all that comes before a place in the order, which grows from call to call. */
function judge(): (place: { readonly at: number; readonly core: number }) => string {
  const bare = bareMachine({ programs: PROGRAMS, skipPolling: false, runAheadCycles: 1 });
  return ({ at, core }) => {
    bare.run(at);
    if (core === 0) return sharedOf(bare);
    // The cores with smaller numbers are one cycle further.
    const { machine } = bare;
    const saved = machine.save();
    for (const { id } of saved.cores) if (id >= core) machine.state.cores[id].activity = "off";
    bare.run(at + 1);
    const shared = sharedOf(bare);
    machine.restore(saved);
    return shared;
  };
}

function cutsOf(seed: number): () => number {
  let random = seed;
  return () => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return 1 + ((random >>> 8) % 700);
  };
}

const ENGINES = ["reference", "wasm"] as const;

describe("a run that ends", () => {
  it.each(ENGINES)("at a cycle shows what was stored before it (%s)", (engine) => {
    const before = judge();
    const bare = bareMachine({ programs: PROGRAMS, engine, hotRuns: 2 });
    const next = cutsOf(7);
    for (let at = next(); bare.run(at) === "until"; at += next())
      expect(sharedOf(bare), `at ${at}`).toBe(before({ at, core: 0 }));
    expect(sharedOf(bare)).toBe(before({ at: 10_000_000, core: 0 }));
  });

  for (const skipPolling of [true, false])
    it.each(ENGINES)(
      `by a stop shows what was stored before the first core (%s, skipPolling ${skipPolling})`,
      (engine) => {
        const before = judge();
        const next = cutsOf(3);
        let waiting = 0;
        const bare = bareMachine({
          programs: PROGRAMS,
          engine,
          skipPolling,
          hotRuns: 2,
          onEvent(core, _, { machine }) {
            const { state } = machine;
            state.cores[core].timerAt = state.cores[core].now + next();
            machine.stop();
          },
        });
        for (const core of bare.machine.state.cores) core.timerAt = next();
        while (bare.run() === "stopped") {
          const place = firstPlace(bare);
          if (place === null) continue;
          const shared = sharedOf(bare);
          // A poller that has come up to the cycle may have a smaller number than the core that was first there.
          const isBefore = [place.core, ...(skipPolling ? [4, 3, 2, 1, 0] : [])].some(
            (core) => before({ at: place.at, core }) === shared,
          );
          expect(isBefore, `at ${place.at} on core ${place.core}`).toBe(true);
          const { memory, ramBytes } = bare.machine.state;
          waiting += new Uint32Array(memory.buffer, 0x1000000 + ramBytes, 1)[0];
        }
        expect(sharedOf(bare)).toBe(before({ at: 10_000_000, core: 0 }));
        if (engine === "wasm") expect(waiting).toBeGreaterThan(0);
      },
    );

  it("has shown the kernel, at each of its entries, what the core itself had stored", () => {
    const seen = ENGINES.map((engine) => {
      const entries: string[][] = PROGRAMS.map(() => []);
      const note = (core: number, { machine, sharedFrame }: Bare): void => {
        const { now } = machine.state.cores[core];
        // Of its own notes, what nobody else writes.
        const own = core === PAUSES.length ? NOTES + 6 * LINE : NOTES + core * LINE + (core === 0 ? 4 : 0);
        entries[core].push(`${now} ${Buffer.from(machine.readRam(sharedFrame + own, 16)).toString("hex")}`);
      };
      const next = PROGRAMS.map((_, core) => cutsOf(core));
      const bare = bareMachine({
        programs: PROGRAMS,
        engine,
        hotRuns: 2,
        onEvent(core, _, its) {
          note(core, its);
          its.machine.state.cores[core].timerAt = its.machine.state.cores[core].now + next[core]();
        },
      });
      for (const core of bare.machine.state.cores) core.timerAt = next[core.id]();
      bare.run();
      return entries;
    });
    expect(seen[1]).toEqual(seen[0]);
    expect(Math.min(...seen[0].map(({ length }) => length))).toBeGreaterThan(10);
  });
});
