/**
 * Whole systems on both engines: the same hashes, clocks and instruction counts, also when the run is cut, saved and
 * restored.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createHostFiles } from "../../../dist/host/files.js";
import { loadSystemFile } from "../../../dist/host/system-file.js";
import { createSession, planForProgram, type Session } from "../../../dist/system/index.js";
import type { SystemPlan } from "../../../dist/kernel/index.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";

const SYSTEMS: readonly (readonly [string, number])[] = [
  ["images/tour/system.toml", 500_000],
  ["images/programs/ping.toml", 60_000],
  ["images/programs/threads.toml", 100_000],
  ["images/programs/restart.toml", 200_000],
  ["images/programs/periodic.toml", 6_000_000],
  ["images/hostile/system.toml", 60_000],
];
const PROGRAMS = ["bigint", "hashmap", "json", "quicksort", "sha256", "text", "calls", "assertion"];

function planOf(path: string): SystemPlan {
  return loadSystemFile(createHostFiles(), path).plan;
}

function resultOf(session: Session): string {
  return JSON.stringify([session.hashes(), session.retired(), session.now(), session.account()]);
}

describe("systems on both engines", () => {
  for (const [path, until] of SYSTEMS)
    it(`${path} has the same hashes, cut and saved as it may be`, () => {
      const whole = createSession(planOf(path), { engine: "reference" });
      whole.run({ until, maxInstructions: Infinity });
      const cut = createSession(planOf(path), { engine: "wasm", hotRuns: 2 });
      cut.run({ until: Math.floor(until / 3), maxInstructions: Infinity });
      const saved = cut.save();
      cut.run({ until: Math.floor(until / 2), maxInstructions: 5000 });
      cut.restore(saved);
      for (let at = until / 3; at < until; at += 7777) cut.run({ until: Math.floor(at), maxInstructions: Infinity });
      cut.run({ until, maxInstructions: Infinity });
      expect(resultOf(cut)).toBe(resultOf(whole));
      const { counts } = cut.hal.machine.engine as WasmEngine;
      if (path.includes("tour")) expect(counts.systemCalls).toBeGreaterThan(0);
    });
});

describe("--engine both", () => {
  it("runs the tour to the reference engine's hash, also when it is restored", () => {
    const [whole, both] = (["reference", "both"] as const).map((engine) =>
      createSession(planOf("images/tour/system.toml"), { engine, hotRuns: 2 }),
    );
    whole.run({ until: 100_000, maxInstructions: Infinity });
    both.run({ until: 50_000, maxInstructions: Infinity });
    const saved = both.save();
    both.run({ until: 70_000, maxInstructions: Infinity });
    both.restore(saved);
    both.run({ until: 100_000, maxInstructions: Infinity });
    expect(resultOf(both)).toBe(resultOf(whole));
  });

  it("runs a system whose partitions restart", () => {
    const [whole, both] = (["reference", "both"] as const).map((engine) =>
      createSession(planOf("images/programs/restart.toml"), { engine, hotRuns: 2 }),
    );
    for (const session of [whole, both]) session.run({ until: 200_000, maxInstructions: Infinity });
    expect(resultOf(both)).toBe(resultOf(whole));
  });
});

describe("programs on both engines", () => {
  for (const name of PROGRAMS)
    it(`${name} prints and counts the same`, () => {
      const bytes = readFileSync(`images/programs/${name}.elf`);
      const results = (["reference", "wasm"] as const).map((engine) => {
        let printed = "";
        const plan = planForProgram(bytes, name, {});
        const session = createSession(plan, {
          engine,
          hotRuns: name.length % 2 === 0 ? 2 : 20,
          onConsole: (_, text) => (printed += String(text)),
        });
        session.run({ until: 2_000_000, maxInstructions: Infinity });
        if (engine === "wasm" && name === "hashmap") {
          const { counts } = session.hal.machine.engine as WasmEngine;
          expect(counts.translated).toBeGreaterThan(session.retired()[0] / 2);
        }
        return printed + resultOf(session);
      });
      expect(results[1]).toBe(results[0]);
    });
});
