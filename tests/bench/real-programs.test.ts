/**
 * Programs of real size (bench/programs/real) as a test: each is built where a compiler is there, and a round of it has
 * the checksum that is written down, natively at every level and on the translating engine. The reference engine does
 * the first so many cycles of it, and leaves the same state there. Skipped, and counted, without gcc.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  buildRealProgram,
  findCompiler,
  LEVELS,
  realPrograms,
  setParameters,
  withParameters,
} from "../../bench/build.mjs";
import { createSession, planForProgram } from "../../dist/system/index.js";

const { reason } = findCompiler();
const runsHere = process.platform === "linux" && process.arch === "x64";

/** About half a second of the reference engine; the shorter programs end before. */
const COMPARED_CYCLES = 2_000_000;

/** One round on an engine, and the state at COMPARED_CYCLES. */
function startRound(path: string, engine: "reference" | "wasm") {
  let text = "";
  const plan = planForProgram(setParameters(readFileSync(path), { rounds: 1, batches: 0, telling: 2 ** 40 }), path, {});
  const session = createSession(plan, {
    engine,
    onConsole: (_, bytes) => (text += Buffer.from(bytes).toString("latin1")),
  });
  session.run({ until: COMPARED_CYCLES });
  const state = { text, hash: session.hashes().system, cycle: session.now(), retired: session.retired() };
  const finish = (): string => {
    session.run({ until: 2 ** 40 });
    return text;
  };
  return { state, finish };
}

describe.skipIf(reason !== null)("a program of real size", () => {
  it.each(realPrograms())(
    "has its checksum natively and in translated code, which leaves what the reference engine leaves: $name",
    { timeout: 120_000 },
    ({ name, checksum }) => {
      for (const level of runsHere ? LEVELS : []) {
        const { linux } = buildRealProgram(name, level);
        const { stdout } = spawnSync(withParameters(linux, { rounds: 1, batches: 0 }, "test"), { encoding: "latin1" });
        expect(stdout, `natively at -${level}`).toBe(`${checksum}\n`);
      }
      const { hallows } = buildRealProgram(name, LEVELS[0]);
      const wasm = startRound(hallows, "wasm");
      expect(wasm.state).toEqual(startRound(hallows, "reference").state);
      const text = wasm.finish();
      expect(text, "steps are told on the way").toMatch(/^(?:\+\n){4,}/);
      expect(text.replaceAll("+\n", "")).toBe(`${checksum}\n`);
    },
  );
});
