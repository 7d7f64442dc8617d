/** Pools in descriptions, plans and images: what is refused, what is printed, and what no forged plan can have. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../dist/errors.js";
import { loadSystem, packImage, printPlan, unpackImage } from "../../dist/system/index.js";
import type { PoolPlan, SystemPlan } from "../../dist/kernel/plan.js";

const DESCRIPTION = { file: "pools.toml", text: "" };
const ELF = new URL("../../images/programs/hello.elf", import.meta.url);

const POOL = { owner: '"camera"', members: '["filter", "logger"]', mode: '"seal"', size: '"1 MiB"', block: '"16 KiB"' };

function text(pool: Partial<Record<keyof typeof POOL, string>> = {}): string {
  const partitions = ["camera", "filter", "logger"].map(
    (name, core) => `[partition.${name}]\nclass = "backend"\nprogram = "hello.elf"\ncore = ${core}\n`,
  );
  const rows = Object.entries({ ...POOL, ...pool }).map(([key, value]) => `${key} = ${value}`);
  return `${partitions.join("")}[pool.frames]\n${rows.join("\n")}\n`;
}

function load(pool: Parameters<typeof text>[0] = {}): SystemPlan {
  return loadSystem(text(pool), "pools.toml", { readFile: () => readFileSync(ELF) });
}

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "admitted";
}

describe("a description with a pool", () => {
  it.each([
    ["a size that is no multiple of its block", { size: '"20 KiB"' }, "is no multiple of its block"],
    ["a block that is no power of two", { block: '"12 KiB"' }, "block can't be"],
    ["more blocks than there may be", { size: '"128 MiB"', block: '"4 KiB"' }, "has 32768 blocks"],
    ["a member twice", { members: '["filter", "camera"]' }, 'has "camera" twice'],
    ["a member that is not there", { members: '["fliter"]' }, 'there is no partition "fliter"'],
    ["a mode that is none", { mode: '"lend"' }, "pool mode"],
    ["more memory than the machine has", { size: '"60 MiB"' }, "pools 60 MiB"],
  ])("is refused with %s", (_, pool, problem) => {
    expect(refusal(() => load(pool))).toContain(problem);
  });

  it("is printed with its address, its frames and who has which rights", () => {
    const printed = printPlan(load({ mode: '"copy"' }));
    expect(printed).toContain("pool frames (0)\n  mode       copy\n  blocks     64 of 16 KiB, 1 MiB in all\n");
    expect(printed).toContain("  address    0x720000000000 in each member\n");
    expect(printed).toMatch(
      /owner {6}camera: rw-, frames 0x\w+\n {2}member {5}filter: rw- of copies that it holds, frames/,
    );
    expect(printed).toMatch(/ {5}3 MiB {2}pool frames\n/);
  });

  it("has longer window switches than one without, and the longer the larger its blocks", () => {
    const switches = [{ block: '"4 KiB"' }, { block: '"64 KiB"' }, { block: '"64 KiB"', mode: '"copy"' }].map((pool) =>
      Number(/window switch {2}.*\((\d+) cycles\)/.exec(printPlan(load(pool)))?.[1]),
    );
    expect(switches).toEqual(switches.toSorted((a, b) => a - b));
    expect(new Set(switches).size).toBe(3);
  });
});

describe("an image with a pool", () => {
  it("has the plan of its description", () => {
    const plan = load();
    expect(unpackImage(packImage({ plan, description: DESCRIPTION }), "pools.image").plan).toEqual(plan);
  });

  it.each<[string, (pool: PoolPlan, plan: SystemPlan) => Partial<PoolPlan>]>([
    ["frames of a partition's memory", (_, plan) => ({ frames: plan.partitions[1].memory.at })],
    ["frames that are not aligned", ({ frames }) => ({ frames: frames + 4096 })],
    ["a member that is not there", () => ({ members: [0, 9] })],
    ["another number", () => ({ id: 1 })],
    ["a block of no size", () => ({ blockBytes: 4096 * 3 })],
    ["more memory than its members have tables for", () => ({ sizeBytes: 8 * 1024 * 1024 })],
  ])("is refused where the plan is forged: %s", (_, change) => {
    const plan = load();
    const forged = { ...plan, pools: plan.pools.map((pool) => ({ ...pool, ...change(pool, plan) })) };
    expect(refusal(() => unpackImage(packImage({ plan: forged, description: DESCRIPTION }), "pools.image"))).not.toBe(
      "admitted",
    );
  });
});
