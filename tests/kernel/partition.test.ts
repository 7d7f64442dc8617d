import { describe, expect, it } from "vitest";
import type { RegionPlan } from "../../dist/kernel/plan.js";
import {
  call,
  CALL,
  EVENT,
  ledgerErrors,
  loop,
  NO_DEADLINE,
  pageFault,
  rig,
  run,
  STATUS,
  type Rig,
  type SystemSketch,
} from "./fixture.js";

const BLOCK = 0x20_0000;

function region(kind: RegionPlan["kind"], offset: number, changes: Partial<RegionPlan> = {}): RegionPlan {
  return {
    name: kind,
    kind,
    at: BigInt(0x40_0000 + offset),
    frames: BLOCK + offset,
    sizeBytes: 4096,
    rights: { write: true, execute: false },
    shared: false,
    contents: new Uint8Array(),
    ...changes,
  };
}

const REGIONS: readonly RegionPlan[] = [
  region("program", 0x1_0000, { rights: { write: false, execute: true }, contents: Uint8Array.of(0x90, 0xc3) }),
  region("program", 0x2_0000, { contents: Uint8Array.of(1, 2, 3) }),
  region("heap", 0x3_0000, { sizeBytes: 16 * 4096 }),
  region("boot-info", 0x8_0000, {
    rights: { write: false, execute: false },
    contents: new Uint8Array(4096).fill(9, 0x200),
  }),
  region("channel", 0x9_0000, { shared: true }),
  region("channel", 0xa_0000, { rights: { write: false, execute: false }, contents: Uint8Array.of(5) }),
];

function faulty(limit: number, changes: Partial<SystemSketch> = {}): SystemSketch {
  return {
    partitions: {
      vandal: {
        threads: [{ program: [run(100), pageFault(0xdead_beefn, 6)] }, { program: [run(1_000_000)] }],
        restart: { action: "restart", limit },
        regions: REGIONS,
      },
      bystander: { core: 1, threads: [{ program: [run(333), call(CALL.yield), loop()] }] },
    },
    ...changes,
  };
}

describe("faults", () => {
  it("are told in words, with address, place and function", () => {
    const system = rig(faulty(0));
    system.runUntil(10_000);
    expect(system.of(EVENT.fault)).toMatchObject([
      {
        partition: 0,
        thread: 0,
        a: 14,
        b: 6,
        c: 0xdead_beef,
        text: "#PF write to 0xdeadbeef not present, at rip 0x400001 in function main+0x1",
      },
    ]);
  });

  it("stop the partition when its restart policy says so", () => {
    const system = rig({ partitions: { me: { threads: [{ program: [pageFault()] }, { program: [run(100)] }] } } });
    expect(system.runUntil(10_000)).toBe("quiet");
    expect(system.kernel.view().partitions[0]).toMatchObject({
      state: "stopped",
      faults: 1,
      restarts: 0,
      mode: "idle",
    });
    expect(system.kernel.view().threads.map(({ state }) => state)).toEqual(["dormant", "dormant"]);
  });

  it("leave a dump that stands on its own", () => {
    const dumps: unknown[] = [];
    const system = rig(faulty(0), { onDump: (dump) => dumps.push(structuredClone(dump)) });
    system.runUntil(10_000);
    expect(dumps).toMatchObject([
      { name: "vandal", program: "vandal.elf", fault: { vector: 14, address: 0xdead_beefn }, generation: 1 },
    ]);
    expect(system.kernel.dump(1)).toMatchObject({ name: "bystander", fault: null });
  });

  it("do not move another core by a cycle", () => {
    const bystander = (system: Rig): unknown[] => (
      system.runUntil(200_000),
      system.events.filter(({ core }) => core === 1)
    );
    const calm = faulty(0);
    const quiet = {
      ...calm,
      partitions: {
        ...calm.partitions,
        vandal: { ...calm.partitions.vandal, threads: [{ program: [run(1)] }, { program: [run(1)] }] },
      },
    };
    expect(bystander(rig(faulty(Infinity)))).toEqual(bystander(rig(quiet)));
  });
});

describe("restarts", () => {
  it("happen as often as the limit allows, and the fault after the last one stops the partition", () => {
    const system = rig(faulty(3));
    system.runUntil(1_000_000);
    expect(system.of(EVENT.restart).map(({ a, b }) => [a, b])).toEqual([
      [2, 1],
      [3, 2],
      [4, 3],
    ]);
    expect(system.of(EVENT.fault)).toHaveLength(4);
    expect(system.of(EVENT.stop)).toMatchObject([{ partition: 0, a: -1 }]);
    expect(system.kernel.view().partitions[0]).toMatchObject({
      generation: 4,
      restarts: 3,
      faults: 4,
      state: "stopped",
    });
    expect(ledgerErrors(system)).toEqual([]);
  });

  it("bring private memory back, tell the boot-information page, and leave shared pages alone", () => {
    const system = rig(faulty(1));
    const { hal } = system;
    for (const { frames } of REGIONS) hal.writePhysical(frames + 1, Uint8Array.of(0x77, 0x77));
    system.runUntil(120);
    expect(hal.readPhysical(BLOCK + 0x2_0000, 3)).toEqual(Uint8Array.of(1, 0x77, 0x77));
    system.runUntil(100_000);
    expect(hal.readPhysical(BLOCK + 0x2_0000, 4)).toEqual(Uint8Array.of(1, 2, 3, 0));
    expect(hal.readPhysical(BLOCK + 0x3_0000, 4)).toEqual(Uint8Array.of(0, 0, 0, 0));
    expect(hal.readPhysical(BLOCK + 0x9_0000, 3)).toEqual(Uint8Array.of(0, 0x77, 0x77));
    expect(hal.readPhysical(BLOCK + 0xa_0000, 3)).toEqual(Uint8Array.of(5, 0, 0));
    const page = new DataView(Uint8Array.from(hal.readPhysical(BLOCK + 0x8_0000, 4096)).buffer);
    expect(page.getUint32(0x10, true)).toBe(2);
    expect(page.getUint32(0x60, true)).toBe(3);
    expect(page.getUint8(0x300)).toBe(9);
  });

  it("take the memory lines that they write, as work that others see only as silence", () => {
    const system = rig(faulty(1));
    system.runUntil(100_000);
    const work = system.of(EVENT.work);
    // A data page, 16 heap pages and the private ring page, in lines of 64 bytes; one line of boot information.
    expect(work.map(({ a }) => a)).toEqual([18 * 64 + 1]);
    const done = system.events.find(({ kind, a, cycle }) => kind === EVENT.leave && a === 5 && cycle > work[0].cycle)!;
    expect(done.cycle - work[0].cycle).toBe(18 * 64 + 1);
  });

  it("are done in the partition's own windows, piece by piece", () => {
    const big = REGIONS.map((row) => (row.kind === "heap" ? { ...row, sizeBytes: 64 * 4096 } : row));
    const sketch = faulty(1);
    const system = rig({
      partitions: {
        vandal: { ...sketch.partitions.vandal, regions: big },
        other: { threads: [{ program: [run(1_000_000)] }] },
      },
      windows: {
        0: {
          frame: 10_000,
          windows: [
            ["vandal", 0, 3_000],
            ["other", 3_000, 7_000],
          ],
        },
      },
    });
    system.runUntil(100_000);
    const pieces = system.of(EVENT.work).map(({ a }) => a);
    expect(pieces[0]).toBe(66 * 64 + 1);
    expect(pieces.length).toBeGreaterThanOrEqual(2);
    for (let i = 1; i < pieces.length; i++) expect(pieces[i]).toBeLessThan(pieces[i - 1]);
    for (const { cycle } of system.of(EVENT.work)) expect(cycle % 10_000).toBeLessThan(3_000);
    expect(system.of(EVENT.restart)).toHaveLength(1);
    const worked = system.ledger.snapshot([system.hal.now(0)]).partitions[0].workCycles;
    expect(worked).toBe(66 * 64 + 1);
    expect(ledgerErrors(system)).toEqual([]);
  });

  it("drop doorbells that rang before, and go on through those that ring meanwhile", () => {
    const sketch = faulty(1);
    const system = rig({
      partitions: {
        vandal: {
          ...sketch.partitions.vandal,
          threads: [{ program: [run(4_000), call(CALL.wait, 1, 0), pageFault()] }],
        },
        caller: {
          core: 1,
          threads: [{ program: [run(2_000), call(CALL.notify, 0), run(1_400), call(CALL.notify, 0), run(100_000)] }],
        },
      },
      channels: [{ from: "caller", to: "vandal" }],
    });
    system.runUntil(4_400);
    expect(system.kernel.view().partitions[0].state).toBe("restarting");
    system.runUntil(100_000);
    expect(system.of(EVENT.doorbell, "vandal")).toHaveLength(2);
    // Reloading, interrupted once, and telling its peers that it has stopped.
    expect(system.of(EVENT.work).length).toBe(3);
    expect(system.answers(CALL.wait)).toEqual([
      [STATUS.ok, 1],
      [STATUS.timedOut, 0],
    ]);
  });

  it("reset the rings of devices and lift their quarantine, and lose no output that was published", () => {
    const calls: string[] = [];
    const sketch = faulty(1);
    const system = rig(
      {
        partitions: {
          vandal: {
            ...sketch.partitions.vandal,
            threads: [{ program: [call(CALL.report, 2, 0), call(CALL.notify, 0), pageFault()] }],
          },
        },
        channels: [{ from: "vandal", to: "" }],
      },
      { devices: { doorbell: () => (calls.push("doorbell"), "ok"), reset: () => void calls.push("reset") } },
    );
    system.runUntil(100_000);
    expect(calls).toEqual(["reset"]);
    expect(system.answers(CALL.notify).map(([status]) => status)).toEqual([STATUS.notAvailable, STATUS.notAvailable]);
    const calm = rig(
      { partitions: { me: { threads: [{ program: [run(10), pageFault()] }] } }, channels: [{ from: "me", to: "" }] },
      { devices: { doorbell: () => (calls.push("last words"), "ok") } },
    );
    calm.runUntil(1_000);
    expect(calls.at(-1)).toBe("last words");
  });

  it("end waits of the partition's other threads", () => {
    const sketch = faulty(2);
    const system = rig({
      partitions: {
        vandal: {
          ...sketch.partitions.vandal,
          threads: [{ program: [call(CALL.wait, 0, NO_DEADLINE - 1n)] }, { program: [run(50), pageFault()] }],
        },
      },
    });
    system.runUntil(100_000);
    expect(system.of(EVENT.restart)).toHaveLength(2);
    expect(system.answers(CALL.wait)).toEqual([]);
  });
});
