import { describe, expect, it } from "vitest";
import { bindState, createObjects, type Environment, type KernelObjects } from "../../dist/kernel/objects.js";
import type { KernelState } from "../../dist/kernel/state.js";
import { call, CALL, EVENT, loop, rig, run, type SystemSketch } from "./fixture.js";

const program = [run(50), call(CALL.yield), loop()];
const sketch: SystemSketch = {
  partitions: {
    a: { threads: [{ program }, { program }] },
    b: { core: 1, threads: [{ program }] },
    c: { core: 1, threads: [{ program }] },
  },
  channels: [
    { from: "a", to: "b" },
    { from: "b", to: "" },
  ],
  windows: {
    1: {
      frame: 40_000,
      windows: [
        ["b", 0, 10_000],
        ["c", 15_000, 20_000],
      ],
    },
  },
};

function build(): { objects: KernelObjects; state: KernelState } {
  const { plan, hal, kernel } = rig(sketch);
  const { state, bounds } = kernel;
  const environment = { plan, hal, bounds } as unknown as Environment;
  return { state, objects: createObjects(environment, [], state) };
}

/** Every state that an object points to. */
function boundStates({ cores, partitions, threads }: KernelObjects): object[] {
  const links = partitions.flatMap((partition) => partition.links);
  return [...cores, ...partitions, ...threads, ...links].map(({ state }) => state);
}

function statesBelow({ cores, partitions, threads }: KernelState): object[] {
  return [...cores, ...partitions, ...threads, ...partitions.flatMap(({ links }) => links)];
}

describe("kernel objects", () => {
  it("point at the one saved root, and after a restore at the new one alone", () => {
    const { objects, state } = build();
    expect(new Set(boundStates(objects))).toEqual(new Set(statesBelow(state)));
    const restored = structuredClone(state);
    bindState(objects, restored);
    const bound = boundStates(objects);
    const expected = statesBelow(restored);
    expect(bound).toHaveLength(expected.length);
    expected.forEach((one, index) => expect(bound[index], `state ${index}`).toBe(one));
    for (const thread of objects.threads) expect(thread.job.state).toBe(thread.state);
  });

  it("are held by their own core and by no other", () => {
    const { cores, partitions, threads } = build().objects;
    for (const core of cores) {
      partitions.forEach((one, id) => expect(core.partitions[id]).toBe(one.core === core ? one : undefined));
      threads.forEach((one, id) => expect(core.threads[id]).toBe(one.core === core ? one : undefined));
    }
    for (const thread of threads) {
      expect(thread.partition.threads[thread.index]).toBe(thread);
      expect(thread.core).toBe(thread.partition.core);
    }
  });

  it("know the other end of their channels, and which ends lead to another core or a device", () => {
    const [a, b, c] = build().objects.partitions;
    expect(a.ends[0].links[0].peer).toBe(b.ends[0].links[0]);
    expect(b.ends[0].links[0].peer).toBe(a.ends[0].links[0]);
    expect(b.ends[1].links[0].peer).toEqual({ owner: "device" });
    expect([a, b, c].map(({ remoteLinkCount }) => remoteLinkCount)).toEqual([1, 1, 0]);
  });

  it("divide a major frame into windows and the gaps between them", () => {
    const { cores } = build().objects;
    expect(cores[0].slots).toEqual([]);
    expect(cores[1].slots.map(({ partition, window, start, end }) => [partition?.id, window, start, end])).toEqual([
      [1, 0, 0, 10_000],
      [undefined, -1, 10_000, 15_000],
      [2, 1, 15_000, 35_000],
      [undefined, -1, 35_000, 40_000],
    ]);
  });
});

describe("a kernel", () => {
  it("goes on from a state that it restores in the middle of another run, as often as it likes", () => {
    const system = rig(sketch);
    system.runUntil(10_000);
    const saved = { kernel: system.kernel.save(), hal: system.hal.save() };
    const runs = [30_000, 90_000, 30_000].map((until) => {
      system.kernel.restore(saved.kernel);
      system.hal.restore(saved.hal);
      system.events.length = 0;
      system.runUntil(until);
      return system.of(EVENT.dispatch).filter(({ cycle }) => cycle < 30_000);
    });
    expect(runs[0].length).toBeGreaterThan(10);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });
});
