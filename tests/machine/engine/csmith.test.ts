/**
 * Random C by csmith on both engines and on the host (tools/csmith/). HALLOWS_SEED=n begins with another program,
 * HALLOWS_PROGRAMS=n runs more; `npm run fuzz:csmith` is the campaign. Skipped, and counted, where csmith or gcc is
 * missing.
 */
import { afterAll, describe, expect, it } from "vitest";
import { createBuilder, whatIsMissing } from "../../../tools/csmith/build.mjs";
import { createCounts, createJudge } from "../../../tools/csmith/judge.mjs";
import * as system from "../../../dist/system/running.js";
import { createMutant } from "../../mutant.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const PROGRAMS = Number(process.env["HALLOWS_PROGRAMS"] ?? 2);

const missing = whatIsMissing();
if (missing !== null) console.log(`Random C is not run: ${missing}`);

describe.skipIf(missing !== null)("random C", () => {
  const builder = missing === null ? createBuilder() : null;
  afterAll(() => builder?.close());

  it(`prints on both engines what it prints natively, and leaves the same state, from seed ${SEED}`, () => {
    const counts = createCounts();
    const judge = createJudge(system, builder!, ["O0", "O2"]);
    for (let seed = SEED; counts.builds < 2 * PROGRAMS; seed++) expect(judge(seed, counts), `seed ${seed}`).toBeNull();
    console.log(`csmith, seed ${SEED}: ${JSON.stringify(counts)}`);
    expect(counts.translated).toBeGreaterThan(counts.instructions * 0.3);
  });

  it("shows a translator that adds up cycles wrongly", async () => {
    const mutant = createMutant("block-costs-one-less");
    try {
      const judge = createJudge(await mutant.load("system/running.js"), builder!, ["O1"]);
      const differences = [];
      for (let seed = 1; seed <= 4 && differences.length === 0; seed++) {
        const difference = judge(seed, createCounts());
        if (difference !== null) differences.push(difference);
      }
      expect(differences.join("")).toMatch(/"cycle"/);
    } finally {
      mutant.remove();
    }
  });
});
