/** The past of a session: any place of it, exactly, by whatever way. `npm run campaign:history` walks further. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as library from "../../dist/system/index.js";
import { createHistory, createSession, loadSystem, type SessionOptions } from "../../dist/system/index.js";
import type { SystemPlan } from "../../dist/kernel/plan.js";
import { EventKind } from "../../dist/trace/index.js";
import { fingerprint, walk } from "../../tools/history/campaign.mjs";
import { createMutant } from "../mutant.js";

const IMAGES = fileURLToPath(new URL("../../images/", import.meta.url));

function load(folder: string): SystemPlan {
  const text = readFileSync(join(IMAGES, folder, "system.toml"), "utf8");
  return loadSystem(text, "system.toml", { readFile: (path) => readFileSync(join(IMAGES, folder, path)) });
}

const tour = load("tour");
const { frequencyHz } = tour.machine;
const seed = Number(process.env["HALLOWS_SEED"] ?? Date.now() % 1_000_000);

function tourWalk(points: number, options: SessionOptions = {}, from = library): string | null {
  return walk({ library: from, plan: tour, seed, points, untilCycles: 0.12 * frequencyHz, options });
}

describe("a step back", () => {
  it.each(["wasm", "reference"] as const)("lands where a forward run passes through (%s)", (engine) => {
    expect(tourWalk(engine === "wasm" ? 10 : 2, { engine }), `seed ${seed}`).toBeNull();
  });

  it("does so with delayed stores", () => {
    expect(tourWalk(2, { tsoSeed: 5 }), `seed ${seed}`).toBeNull();
  });

  it.each(["written-pages-are-not-saved", "pages-in-tlbs-are-not-written"])("notices that %s", async (name) => {
    const mutant = createMutant(name);
    try {
      const broken = await mutant.load<typeof library>("system/index.js");
      expect(tourWalk(6, {}, broken)).not.toBeNull();
    } finally {
      mutant.remove();
    }
  });
});

describe("a history", () => {
  it("leads forward again to where it was, with the hash of a run that never went back", () => {
    const until = 0.15 * frequencyHz;
    const history = createHistory(createSession(tour), { everyCycles: 200_000 });
    history.run({ until });
    history.goTo(1_234_567);
    history.goTo(0);
    history.run({ until });
    const straight = createSession(tour);
    straight.run({ until });
    expect(history.session.hashes()).toEqual(straight.hashes());
  });

  it("keeps within its memory, near the present more than far away", () => {
    const mostBytes = 3 * 2 ** 20;
    const history = createHistory(createSession(tour), { everyCycles: 100_000, mostBytes });
    history.run({ until: 3_000_000 });
    const { bytes, count } = history.keptMoments();
    expect(bytes).toBeLessThanOrEqual(mostBytes);
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThan(31);
    history.goTo(2_999_999);
    history.goTo(17);
    const straight = createSession(tour);
    straight.run({ until: 17 });
    expect(fingerprint(history.session)).toBe(fingerprint(straight));
  });

  it("says of what happens whether it has happened before", () => {
    const session = createSession(tour);
    const history = createHistory(session);
    const first: number[] = [];
    const again: number[] = [];
    session.trace.subscribe(({ cycle }) => (history.isRepeating() ? again : first).push(cycle), [EventKind.Console]);
    history.run({ until: 1_000_000 });
    history.goTo(0);
    history.run({ until: 2_000_000 });
    expect(again).toEqual(first.slice(0, again.length));
    const once: number[] = [];
    const straight = createSession(tour);
    straight.trace.subscribe(({ cycle }) => once.push(cycle), [EventKind.Console]);
    straight.run({ until: 1_000_000 });
    straight.run({ until: 2_000_000 });
    expect(first).toEqual(once);
    expect(again.length).toBeGreaterThan(0);
  });

  it("gives inputs from outside again, and forgets them where another one takes their place in the past", () => {
    const display = load("display");
    const keys = display.channels.findIndex(({ name }) => name === "keys");
    const key = (code: number): Uint8Array => new Uint8Array(Uint32Array.of(1, code, 0, 0, 0, 0).buffer);
    const [handedAt, end] = [2_500_000, 6_000_000];
    const history = createHistory(createSession(display), { everyCycles: 1_000_000 });
    const framed = (code: number | null): string => {
      const session = createSession(display);
      session.run({ until: handedAt });
      if (code !== null) session.inject(keys, handedAt + 5000, key(code));
      session.run({ until: end });
      return fingerprint(session);
    };
    history.run({ until: handedAt });
    history.inject(keys, handedAt + 5000, key(104));
    history.run({ until: end });
    expect(fingerprint(history.session)).toBe(framed(104));
    history.goTo(1_000_001);
    history.goTo(end);
    expect(fingerprint(history.session)).toBe(framed(104));
    history.goTo(handedAt - 500_000);
    history.branch();
    history.goTo(handedAt);
    history.inject(keys, handedAt + 5000, key(105));
    history.goTo(end);
    expect(fingerprint(history.session)).toBe(framed(105));
    expect(framed(105)).not.toBe(framed(104));
  });
});
