import { describe, expect, it } from "vitest";
import { call, CALL, clocks, ledgerErrors, loop, NO_DEADLINE, pageFault, rig, run } from "../kernel/fixture.js";

describe("the ledger", () => {
  it("gives every cycle to the thread that ran, at any moment", () => {
    const system = rig({
      partitions: { me: { threads: [{ program: [run(1_000), call(CALL.wait, 0, { fromNow: 500 }), loop()] }] } },
    });
    for (let at = 1; at < 20_000; at += 137) {
      system.runUntil(at);
      expect(ledgerErrors(system)).toEqual([]);
    }
    const { threads, partitions, cores } = system.ledger.snapshot(clocks(system));
    expect(threads[0].cycles).toBe(cores[0].threadCycles);
    expect(partitions[0].threadCycles + partitions[0].kernelCycles + partitions[0].idleCycles).toBe(
      cores[0].elapsedCycles - startCost(system),
    );
    expect(threads[0].systemCalls).toBe(partitions[0].systemCalls);
  });

  /** The kernel's first path on a core, which no partition pays for. */
  function startCost({ events }: ReturnType<typeof rig>): number {
    return events.find(({ kind }) => kind === 1)!.cycle;
  }

  it("counts what each partition did", () => {
    const system = rig({
      partitions: {
        a: { threads: [{ program: [run(2_000), call(CALL.notify, 0), loop()] }] },
        b: { core: 1, threads: [{ program: [call(CALL.wait, 1, NO_DEADLINE), run(20), loop()] }] },
        c: { core: 2, threads: [{ program: [run(1_000), pageFault()] }], restart: { action: "restart", limit: 2 } },
      },
      channels: [{ from: "a", to: "b" }],
    });
    system.runUntil(50_000);
    expect(ledgerErrors(system)).toEqual([]);
    const { partitions } = system.ledger.snapshot(clocks(system));
    expect(partitions[0].notifications).toBeGreaterThan(20);
    expect(partitions[1].doorbells).toBeGreaterThan(20);
    expect(partitions[1].doorbellsAwaited).toBe(partitions[1].doorbells);
    expect(partitions[2]).toMatchObject({ faults: 3, restarts: 2, dispatches: 3 });
  });
});
