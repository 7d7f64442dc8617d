import { describe, expect, it } from "vitest";
import { EVENT, loop, rig, run } from "./fixture.js";

describe("threads that take turns", () => {
  /** The share of the core that two busy threads of a backend partition have between them. */
  function shareAt(frequencyHz: number): number {
    const busy = { program: [run(1_000_000), loop()] };
    const system = rig({ partitions: { me: { class: "backend", threads: [busy, busy] } }, frequencyHz });
    const cycles = 200_000;
    system.runUntil(cycles);
    const turns = system.of(EVENT.dispatch).filter(({ thread }) => thread >= 0);
    expect(new Set(turns.map(({ thread }) => thread))).toEqual(new Set([0, 1]));
    const { threadCycles } = system.ledger.snapshot([cycles]).cores[0];
    return threadCycles / cycles;
  }

  it.each([1e3, 1e5, 1e6, 1e7, 1e8, 3e9])("have most of their core at %d Hz", (frequencyHz) => {
    expect(shareAt(frequencyHz)).toBeGreaterThan(0.85);
  });
});
