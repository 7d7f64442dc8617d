import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ConfigError } from "../../dist/errors.js";
import { createSession, loadSystem, type Session, type SessionOptions } from "../../dist/system/index.js";

const TOUR = fileURLToPath(new URL("../../images/tour/", import.meta.url));
const plan = loadSystem(readFileSync(`${TOUR}system.toml`, "utf8"), "system.toml", {
  readFile: (path) => readFileSync(TOUR + path),
});
/** Long enough for a life of the vandal. */
const CYCLES = 0.8 * plan.machine.frequencyHz;

interface Outcome {
  readonly hashes: unknown;
  readonly account: unknown;
  readonly retired: readonly number[];
  readonly view: unknown;
}

function outcomeOf(session: Session): Outcome {
  return {
    hashes: session.hashes(),
    account: session.account(),
    retired: session.retired(),
    view: session.kernel.view(),
  };
}

function tour(options: SessionOptions = {}, until = CYCLES): Session {
  const session = createSession(plan, options);
  session.run({ until });
  return session;
}

describe("a system that ends by itself", () => {
  it("ends alike however its run was cut into pieces", () => {
    const folder = fileURLToPath(new URL("../../images/programs/", import.meta.url));
    const ping = loadSystem(readFileSync(`${folder}ping.toml`, "utf8"), "ping.toml", {
      readFile: (path) => readFileSync(folder + path),
    });
    const whole = createSession(ping);
    expect(whole.run({ until: Infinity })).toBe("quiet");
    for (const piece of [777, 5000, 123_456]) {
      const cut = createSession(ping);
      for (let until = piece; cut.run({ until }) !== "quiet"; until += piece) expect(cut.now()).toBe(until);
      expect(outcomeOf(cut).hashes).toEqual(outcomeOf(whole).hashes);
    }
  });
});

describe("the tour", () => {
  const expected = outcomeOf(tour());

  it("contains a fault and restarts its vandal", () => {
    const { partitions } = tour().kernel.view();
    const vandal = partitions.find(({ name }) => name === "vandal");
    expect(vandal?.faults).toBeGreaterThan(0);
    expect(vandal?.generation).toBe((vandal?.restarts ?? 0) + 1);
    expect(partitions.filter(({ name }) => name !== "vandal").every(({ faults }) => faults === 0)).toBe(true);
  });

  it.each([
    ["run-ahead 1", { runAheadCycles: 1 }],
    ["run-ahead 64", { runAheadCycles: 64 }],
    ["no skipping", { skipPolling: false }],
    ["run-ahead 7 and no skipping", { runAheadCycles: 7, skipPolling: false }],
  ] as const)("has the same hash, account and end at %s", (_name, options) => {
    expect(outcomeOf(tour(options))).toEqual(expected);
  });

  it("has another hash with another seed", () => {
    const reloaded = loadSystem(readFileSync(`${TOUR}system.toml`, "utf8"), "system.toml", {
      readFile: (path) => readFileSync(TOUR + path),
      seed: plan.machine.seed + 1,
    });
    const seeded = createSession(reloaded);
    seeded.run({ until: CYCLES });
    expect(seeded.hashes().system).not.toBe((expected.hashes as { system: string }).system);
  });

  it("accounts for every cycle of every core", () => {
    const { cores } = tour().account();
    for (const core of cores) {
      const owned = core.threadCycles + core.kernelCycles + core.padCycles + core.workCycles + core.idleCycles;
      expect(core.unaccountedCycles).toBe(0);
      expect(owned).toBe(core.elapsedCycles);
    }
  });

  it("goes on from a state saved at random cycles as if nothing had happened", () => {
    let random = 12345;
    for (let i = 0; i < 8; i++) {
      random = (Math.imul(random, 1103515245) + 12345) >>> 0;
      const at = 1 + (random % (CYCLES - 2));
      const first = tour({}, at);
      const saved = structuredClone(first.save());
      const second = createSession(plan);
      second.restore(saved);
      second.run({ until: CYCLES });
      expect(outcomeOf(second), `saved at cycle ${at}`).toEqual(expected);
    }
  });

  it("goes on from a state saved between two instructions of one slice", () => {
    const first = createSession(plan);
    first.run({ until: Infinity, maxInstructions: 4321 });
    const second = createSession(plan);
    second.restore(structuredClone(first.save()));
    second.run({ until: CYCLES });
    expect(outcomeOf(second)).toEqual(expected);
  });

  it("runs in pieces as it does in one", () => {
    const session = createSession(plan);
    for (let until = 33_333; until < CYCLES; until += 33_333) session.run({ until });
    session.run({ until: CYCLES });
    expect(outcomeOf(session)).toEqual(expected);
  });
});

describe("something from outside", () => {
  const { id: channel } = plan.channels.find(({ name }) => name === "generator.console")!;
  const at = 300_500;

  /** A tour in which a device takes something in, told of it at `told`. */
  function disturbed(told: number, options: SessionOptions = {}): Session {
    const session = tour(options, told);
    session.inject(channel, at, new Uint8Array([1]));
    return session;
  }

  function end(session: Session): Outcome {
    session.run({ until: 400_000 });
    return outcomeOf(session);
  }

  const expected = end(disturbed(100_000));

  it("interrupts the core of its peer, which the account has", () => {
    expect(expected.account).not.toEqual(outcomeOf(tour({}, 400_000)).account);
  });

  it("takes effect at its cycle, whenever the session was told", () => {
    expect(end(disturbed(290_000))).toEqual(expected);
  });

  it("does so on the other engine", () => {
    expect(end(disturbed(100_000, { engine: "reference" }))).toEqual(expected);
  });

  it("is part of a snapshot while it waits", () => {
    const session = disturbed(200_000);
    const snapshot = session.save();
    expect(end(session)).toEqual(expected);
    session.restore(snapshot);
    expect(end(session)).toEqual(expected);
    const other = createSession(plan);
    other.restore(snapshot);
    expect(end(other)).toEqual(expected);
  });
});

describe("a machine that the host has no room for", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is refused as the user's matter, not as a fault of ours", () => {
    vi.spyOn(WebAssembly, "Memory").mockImplementation(function () {
      throw new RangeError("WebAssembly.Memory(): could not allocate memory");
    });
    expect(() => createSession(plan)).toThrow(ConfigError);
    expect(() => createSession(plan)).toThrow("the host has no room for 32 MiB of RAM");
  });
});
