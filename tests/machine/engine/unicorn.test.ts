/**
 * A third opinion on sequences: random programs on the reference engine, in translated code and in Unicorn
 * (tools/unicorn/), which is QEMU's translator as a library. HALLOWS_SEED=n repeats a draw, HALLOWS_PROGRAMS=n draws
 * more; `npm run fuzz:unicorn` is the campaign. Skipped, and counted, where gcc or libunicorn is missing.
 */
import { describe, expect, it } from "vitest";
import { loadLibrary } from "../../../tools/lockstep/contenders.mjs";
import {
  buildDriver,
  createCounts,
  createDescriber,
  createEngineSide,
  judgePrograms,
} from "../../../tools/unicorn/judge.mjs";
import { createUnicornGenerator, DIFFERENCES } from "../../../tools/unicorn/program.mjs";
import { createMutant } from "../../mutant.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const PROGRAMS = Number(process.env["HALLOWS_PROGRAMS"] ?? 400);

const driver: { path?: string; reason?: string } = buildDriver();
if (driver.reason !== undefined) console.log(`Unicorn is not asked: ${driver.reason}`);
const library = await loadLibrary();
const generator = createUnicornGenerator(library.isa);

function judge(machine: unknown, count: number, counts = createCounts()): string | null {
  return judgePrograms({
    path: driver.path,
    sides: [createEngineSide(machine, "reference"), createEngineSide(machine, "wasm")],
    create: (index: number) => generator.create(SEED, index),
    first: 0,
    count,
    counts,
    describe: createDescriber(library.isa),
  });
}

describe.skipIf(driver.path === undefined)("random programs in Unicorn", () => {
  it(`leave what both engines leave, from seed ${SEED}`, { timeout: 600_000 }, () => {
    const counts = createCounts();
    expect(judge(library.machine, PROGRAMS, counts)).toBeNull();
    console.log(
      `Unicorn, seed ${SEED}: ${JSON.stringify(counts)}; ${DIFFERENCES.length} known differences are left out`,
    );
    expect(counts.programs).toBeGreaterThan(PROGRAMS * 0.9);
    expect(counts.ended).toBeGreaterThan(counts.programs * 0.8);
    expect(counts.repeats).toBeGreaterThan(counts.programs * 0.05);
    expect(counts.translated).toBeGreaterThan(counts.instructions * 0.3);
    expect(counts.gaveUp).toBeLessThan(2 + counts.programs / 200);
  });

  // Both engines share the meaning of an instruction, so that lock-step can't see these.
  it.each([
    ["the carry out of bit 3 is that of bit 2", "carry-out-of-bit-2"],
    ["a borrow comes in where it goes out", "borrow-comes-in"],
    ["a right shift carries out the bit above", "bit-above-goes-out"],
  ])("notices a meaning that both engines have wrong: %s", { timeout: 60_000 }, async (_name, mark) => {
    const mutant = createMutant(mark);
    try {
      expect(judge(await mutant.load("machine/index.js"), 100)).not.toBeNull();
    } finally {
      mutant.remove();
    }
  });
});
