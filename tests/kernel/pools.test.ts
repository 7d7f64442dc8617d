/**
 * The calls to pools: what each member is told and has mapped, in every mode, whatever it tries; and that a kernel
 * without one of the checks behaves otherwise.
 */
import { describe, expect, it } from "vitest";
import type * as Kernel from "../../dist/kernel/index.js";
import { createMutant } from "../mutant.js";
import { call, CALL, EVENT, ledgerErrors, pageFault, rig, run, STATUS, type ModelAction, type Rig } from "./fixture.js";

const { ok, noAction, notAvailable: no, invalidParam: wrong, invalidMode } = STATUS;
const { pool_give: GIVE, pool_take: TAKE, pool_seal: SEAL, pool_release: RELEASE } = CALL;

/** The pools of every system here, by their number in each member. */
const POOLS = { move: 0, copy: 1, seal: 2, share: 3 };
const { move, copy, seal, share } = POOLS;

type Scripts = Readonly<Record<"owner" | "b" | "c", readonly ModelAction[]>>;
const SLEEPS: readonly ModelAction[] = [call(CALL.wait, 0, { fromNow: 1_000_000 })];

/** Three members on cores of their own, which run these programs. */
function members(
  scripts: Partial<Scripts>,
  { library, prepare }: { readonly library?: typeof Kernel; readonly prepare?: (system: Rig) => void } = {},
): Rig {
  const names = ["owner", "b", "c"] as const;
  const system = rig(
    {
      partitions: Object.fromEntries(
        names.map((name, core) => [name, { core, threads: [{ program: scripts[name] ?? SLEEPS }] }]),
      ),
      pools: (["move", "copy", "seal", "share"] as const).map((mode) => ({
        mode,
        members: names,
        blocks: 4,
        pages: 2,
      })),
    },
    library === undefined ? {} : { library },
  );
  prepare?.(system);
  system.runUntil(500_000);
  return system;
}

/** What a member was told by its calls to pools, in order. */
function told(system: Rig, name: string): (readonly [status: number, value: number])[] {
  return system
    .of(EVENT.return, name)
    .filter(({ a }) => a >= GIVE && a <= RELEASE)
    .map(({ b, c }) => [b, c] as const);
}

/** The blocks of a pool that a partition has mapped, "w" where it may write. */
function mapped({ hal, plan, partition }: Rig, name: string, pool: number): string[] {
  const start = 0x7200_0000_0000n + BigInt(pool) * 0x8000_0000n;
  const { blockBytes, sizeBytes } = plan.pools[pool];
  return hal.state.memory.spaces[partition(name)].mappings
    .filter(({ at }) => at >= start && at < start + BigInt(sizeBytes))
    .map(({ at, rights }) => `${Number(at - start) / blockBytes}${rights.write ? "w" : ""}`)
    .toSorted();
}

const give = (pool: number, block: number, member: number): ModelAction => call(GIVE, pool, block, member);
const take = (pool: number, block: number, generation: number): ModelAction => call(TAKE, pool, block, generation);
const sealBlock = (pool: number, block: number): ModelAction => call(SEAL, pool, block);
const release = (pool: number, block: number): ModelAction => call(RELEASE, pool, block);
const end: readonly ModelAction[] = [call(CALL.wait, 0, { fromNow: 1_000_000 })];

describe("a pool of mode move", () => {
  it("has each block mapped in one member, and in none on its way", () => {
    const system = members({
      owner: [give(move, 0, 1), give(move, 1, 2), ...end],
      b: [run(5_000), take(move, 0, 2), ...end],
    });
    expect(told(system, "owner")).toEqual([
      [ok, 2],
      [ok, 2],
    ]);
    expect(told(system, "b")).toEqual([[ok, 2]]);
    expect(["owner", "b", "c"].map((name) => mapped(system, name, move))).toEqual([["2w", "3w"], ["0w"], []]);
    expect(ledgerErrors(system)).toEqual([]);
  });

  it("gives nothing to whom it was not given, nor by an old reference, nor twice", () => {
    const system = members({
      owner: [give(move, 0, 1), give(move, 0, 2), take(move, 0, 2), ...end],
      b: [run(5_000), take(move, 0, 1), take(move, 0, 0), take(move, 0, 2), take(move, 0, 2), give(move, 1, 2), ...end],
      c: [run(2_000), take(move, 0, 2), give(move, 0, 1), ...end],
    });
    expect(told(system, "owner").map(([status]) => status)).toEqual([ok, no, no]);
    expect(told(system, "b").map(([status]) => status)).toEqual([no, no, ok, noAction, no]);
    expect(told(system, "c").map(([status]) => status)).toEqual([no, no]);
  });

  it("goes back to its owner where its holder lets go, falls or stops; the dead are given nothing", () => {
    const system = members({
      owner: [give(move, 0, 1), give(move, 1, 2), give(move, 2, 2), run(200_000), take(move, 0, 0), take(move, 1, 2), take(move, 1, 0), take(move, 2, 0), give(move, 1, 2), ...end],
      b: [run(5_000), take(move, 0, 2), release(move, 0), release(move, 0), ...end],
      c: [run(5_000), take(move, 1, 2), pageFault()],
    }); // prettier-ignore
    expect(told(system, "b").map(([status]) => status)).toEqual([ok, ok, noAction]);
    expect(told(system, "owner").slice(3).map(([status]) => status)).toEqual([ok, no, ok, ok, no]); // prettier-ignore
    expect(mapped(system, "owner", move)).toEqual(["0w", "1w", "2w", "3w"]);
    expect(mapped(system, "c", move)).toEqual([]);
  });
});

describe("a pool of mode copy", () => {
  it("gives each member one copy of a block at a time, and the owner keeps its own", () => {
    const system = members({
      owner: [give(copy, 0, 1), give(copy, 0, 2), give(copy, 0, 1), run(20_000), give(copy, 0, 1), sealBlock(copy, 0), ...end],
      b: [run(5_000), take(copy, 0, 1), take(copy, 0, 2), release(copy, 0), release(copy, 0), run(30_000), take(copy, 0, 3), ...end],
      c: [run(5_000), give(copy, 0, 1), ...end],
    }); // prettier-ignore
    expect(told(system, "owner").map(([status]) => status)).toEqual([ok, ok, no, ok, invalidMode]);
    expect(told(system, "b").map(([status]) => status)).toEqual([no, ok, ok, noAction, ok]);
    expect(told(system, "c").map(([status]) => status)).toEqual([no]);
    expect(["owner", "b", "c"].map((name) => mapped(system, name, copy))).toEqual([["0w", "1w", "2w", "3w"], ["0w"], []]); // prettier-ignore
  });

  it("copies what is in the block at that moment", () => {
    const prepare = ({ hal, plan }: Rig): void =>
      hal.writePhysical(plan.pools[copy].frames + 3 * 8192 + 5000, Uint8Array.of(7));
    const { hal, plan } = members({ owner: [give(copy, 3, 2), ...end] }, { prepare });
    const { frames, sizeBytes } = plan.pools[copy];
    expect(hal.readPhysical(frames + 2 * sizeBytes + 3 * 8192 + 4999, 3)).toEqual(Uint8Array.of(0, 7, 0));
  });
});

describe("a pool of mode seal", () => {
  it("makes a block read-only for all, until its last reader lets go", () => {
    const system = members({
      owner: [sealBlock(seal, 0), sealBlock(seal, 0), sealBlock(seal, 1), run(20_000), release(seal, 0), run(20_000), release(seal, 0), release(seal, 0), ...end],
      b: [run(5_000), take(seal, 0, 2), take(seal, 0, 2), run(30_000), release(seal, 0), release(seal, 0), ...end],
      c: [run(6_000), take(seal, 0, 2), run(2_000), release(seal, 0), take(seal, 1, 2), sealBlock(seal, 2), give(seal, 1, 1), run(80_000), take(seal, 0, 2), ...end],
    }); // prettier-ignore
    expect(told(system, "owner").map(([status]) => status)).toEqual([ok, noAction, ok, no, ok, noAction]);
    expect(told(system, "b").map(([status]) => status)).toEqual([ok, noAction, ok, noAction]);
    expect(told(system, "c").map(([status]) => status)).toEqual([ok, ok, ok, no, invalidMode, no]);
    expect(["owner", "b", "c"].map((name) => mapped(system, name, seal))).toEqual([["0w", "1", "2w", "3w"], [], ["1"]]);
    expect(ledgerErrors(system)).toEqual([]);
  });
});

describe("a pool of mode share", () => {
  it("is written by its owner and read by others, and takes no calls", () => {
    const system = members({
      owner: [give(share, 0, 1), sealBlock(share, 0), ...end],
      b: [take(share, 0, 1), release(share, 0), ...end],
    });
    expect([...told(system, "owner"), ...told(system, "b")].map(([status]) => status)).toEqual(
      Array(4).fill(invalidMode),
    );
    expect([mapped(system, "owner", share), mapped(system, "b", share)]).toEqual([["0w", "1w", "2w", "3w"], ["0", "1", "2", "3"]]); // prettier-ignore
  });
});

describe("whatever numbers a member gives", () => {
  it("has a status for it", () => {
    const odd = [-1, 4, 99, 2 ** 32, 0xffff_ffff_ffff_ffffn];
    const program = odd.flatMap((value) => [
      call(GIVE, value, 0, 1),
      call(GIVE, move, value, 1),
      call(GIVE, move, 0, value),
      call(TAKE, seal, value, 1),
      call(SEAL, value, 0),
      call(RELEASE, seal, value),
    ]);
    const system = members({ owner: [...program, give(move, 0, 0), ...end] });
    expect(told(system, "owner").map(([status]) => status)).toEqual(Array(odd.length * 6 + 1).fill(wrong));
  });
});

describe("the time that a call to a pool takes", () => {
  const POOL = { members: ["owner", "b"], blocks: 2 } as const;
  /** Cycles of each call, from its entry to the next instruction; and the kernel's bounds. */
  function cost(mode: "move" | "copy" | "seal", pages: number): { cycles: number[]; quiet: number } {
    const calls: Readonly<Record<typeof mode, readonly ModelAction[]>> = {
      move: [give(0, 0, 1), give(0, 1, 1), take(0, 0, 0)],
      copy: [give(0, 0, 1)],
      seal: [sealBlock(0, 0), release(0, 0)],
    };
    const system = rig({
      partitions: {
        owner: { threads: [{ program: [...calls[mode], ...end] }] },
        b: { core: 1, threads: [{ program: SLEEPS }] },
      },
      pools: [{ ...POOL, mode, pages }],
    });
    system.runUntil(2_000_000);
    const at = (kind: number): number[] => system.of(kind, "owner").filter(({ a }) => kind !== EVENT.call || a >= GIVE).map(({ cycle }) => cycle); // prettier-ignore
    const entered = at(EVENT.call);
    const cycles = system.of(EVENT.return, "owner").filter(({ a }) => a >= GIVE).map(({ cycle }, index) => cycle - entered[index]); // prettier-ignore
    return { cycles, quiet: system.kernel.bounds.quietCycles };
  }

  it.each([
    // On flat: 23 for the body, 25 for up to eight entries of a page table, 22 for a page that leaves the TLB.
    ["move", 1, [23 + 25 + 22, 23 + 25 + 22, 23]],
    ["move", 32, [23 + 100 + 704, 23 + 100 + 704, 23]],
    ["move", 64, [23 + 200 + 12, 23 + 200 + 12, 23]],
    ["copy", 2, [23 + 2 * 72]],
    ["seal", 8, [23 + 25 + 176, 23 + 25]],
  ] as const)("is that of its pages: %s, %i", (mode, pages, expected) => {
    expect(cost(mode, pages).cycles).toEqual(expected);
  });

  it("is within the bound that windows are planned with, which grows with the block", () => {
    const [small, large] = [cost("copy", 1), cost("copy", 512)];
    expect(large.quiet - small.quiet).toBeGreaterThan(500 * 72);
    expect(Math.max(...large.cycles)).toBeLessThan(large.quiet);
  });
});

/** Everything that the tests above look at, in one text. */
function behaviour(library?: typeof Kernel): string {
  try {
    const system = members(
      {
        owner: [give(move, 0, 1), give(move, 0, 2), give(move, 1, 2), give(move, 99, 1), give(copy, 0, 1), give(copy, 0, 1), sealBlock(seal, 0), sealBlock(seal, 1), run(15_000), release(seal, 0), run(100_000), take(move, 1, 2), take(move, 1, 0), give(move, 1, 2), release(seal, 0), ...end],
        b: [run(3_000), take(move, 0, 9), take(move, 0, 2), give(move, 2, 2), take(copy, 0, 2), take(seal, 0, 2), sealBlock(seal, 2), run(50_000), release(seal, 0), ...end],
        c: [run(2_000), take(move, 0, 2), run(4_000), take(move, 1, 2), take(seal, 0, 2), pageFault()],
      },
      library === undefined ? {} : { library },
    ); // prettier-ignore
    const names = ["owner", "b", "c"];
    const returns = system.of(EVENT.return).map(({ cycle, b, c }) => [cycle, b, c]);
    return JSON.stringify([returns, names.map((name) => [0, 1, 2, 3].map((pool) => mapped(system, name, pool))), system.kernel.bounds]); // prettier-ignore
  } catch (error) {
    return String(error);
  }
}

describe("a kernel without one of its checks of pools", () => {
  const intact = behaviour();

  it("has something to differ from", () => {
    expect(intact).not.toContain("Error");
  });

  it.each([
    "given-block-stays-mapped",
    "old-references-stay-good",
    "others-give-what-is-mine",
    "others-take-what-is-given-to-me",
    "generations-do-not-matter",
    "copies-are-overwritten",
    "anybody-seals",
    "read-blocks-are-unsealed",
    "sealed-blocks-stay-writable",
    "block-numbers-are-believed",
    "blocks-are-given-to-the-dead",
    "the-dead-keep-their-blocks",
    "shrinking-rights-cost-no-invalidation",
    "bounds-forget-pools",
  ])("is noticed: %s", async (mark) => {
    const mutant = createMutant(mark);
    try {
      expect(behaviour(await mutant.load<typeof Kernel>("kernel/index.js"))).not.toBe(intact);
    } finally {
      mutant.remove();
    }
  });
});
