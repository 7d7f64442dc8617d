/**
 * Pools under members that call at random, fall and start again: whatever they do, no frame is writable in one place
 * and mapped in another, every cycle has an owner, and no block is lost.
 */
import { expect, it } from "vitest";
import { call, CALL, ledgerErrors, pageFault, random, rig, run, type ModelAction, type Rig } from "./fixture.js";

const NAMES = ["owner", "b", "c"];
const MODES = ["move", "copy", "seal"] as const;
const BLOCKS = 3;

/** Calls with numbers that are right most of the time, and a fall now and then. */
function randomProgram(next: () => number, mayFall: boolean): ModelAction[] {
  const pick = (count: number): number => Math.floor(next() * count);
  return Array.from({ length: 80 }, (): ModelAction => {
    const [pool, block] = [pick(MODES.length), pick(20) === 0 ? 99 : pick(BLOCKS)];
    switch (pick(mayFall ? 24 : 23)) {
      case 23:
        return pageFault();
      case 22:
      case 21:
      case 20:
        return run(1 + pick(3000));
      default:
        switch (pick(4)) {
          case 0:
            return call(CALL.pool_give, pool, block, pick(4));
          case 1:
            return call(CALL.pool_take, pool, block, pick(12));
          case 2:
            return call(CALL.pool_seal, pool, block);
          default:
            return call(CALL.pool_release, pool, block);
        }
    }
  });
}

/** Frames that are writable in one address space and mapped in another. */
function brokenFrames({ hal }: Rig): number[] {
  const mappings = hal.state.memory.spaces.flatMap((space) => space.mappings);
  return mappings
    .filter((one) => one.rights.write && mappings.some((other) => other !== one && other.frames === one.frames))
    .map(({ frames }) => frames);
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])("keeps each block in one hand, whatever its members call: seed %i", (seed) => {
  const next = random(seed);
  const idle = call(CALL.wait, 0, { fromNow: 1_000_000_000 });
  // In the end the owner takes back what is given to it, and seals nothing any more.
  const takeBack = Array.from({ length: BLOCKS }, (_, block) => [
    call(CALL.pool_take, 0, block, 0),
    call(CALL.pool_release, 2, block),
  ]).flat();
  const letGo = Array.from({ length: BLOCKS }, (_, block) =>
    [0, 1, 2].map((pool) => call(CALL.pool_release, pool, block)),
  ).flat();
  const programs = NAMES.map((_, index) => [
    ...randomProgram(next, index > 0),
    ...(index === 0 ? [run(5_000_000), ...takeBack] : [run(2_000_000), ...letGo, run(1_000_000), ...letGo]),
    idle,
  ]);
  const system = rig({
    partitions: Object.fromEntries(
      NAMES.map((name, core) => [
        name,
        { core, restart: { action: "restart" as const, limit: 20 }, threads: [{ program: programs[core] }] },
      ]),
    ),
    pools: MODES.map((mode) => ({ mode, members: NAMES, blocks: BLOCKS, pages: 1 })),
  });
  for (let until = 500; until < 300_000; until += 500) {
    system.runUntil(until);
    expect(brokenFrames(system), `at cycle ${until}`).toEqual([]);
  }
  system.runUntil(30_000_000);
  expect(brokenFrames(system)).toEqual([]);
  expect(ledgerErrors(system)).toEqual([]);
  // The owner has all of its blocks, to write; the others have none.
  const counts = NAMES.map((name) => {
    const { mappings } = system.hal.state.memory.spaces[system.partition(name)];
    return mappings.filter(({ rights }) => rights.write).length;
  });
  expect(counts).toEqual([MODES.length * BLOCKS, 0, 0]);
});
