/**
 * Pools, on the machine: compiled programs pass blocks to each other in every mode, honest, falling and hostile, on
 * both engines, whatever a slice is, and over saved states. Skipped, and counted, without gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import * as library from "../../dist/system/index.js";
import type { Session, SessionOptions } from "../../dist/system/index.js";
import { createMutant } from "../mutant.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const END_CYCLES = 2_000_000;

const folder = mkdtempSync(join(tmpdir(), "hallows-pools-"));
afterAll(() => rmSync(folder, { recursive: true }));
if (hasGcc)
  execFileSync(join(ROOT, "images/build.sh"), [folder, join(ROOT, "tests/images/pools/pool.c")], { stdio: "pipe" });
else console.log("skipped: pools (gcc is not here)");

interface Outcome {
  readonly said: Readonly<Record<string, string>>;
  readonly exitCodes: readonly number[];
  readonly hash: string;
}

interface Sketch {
  readonly mode: string;
  /** The owner first; each on a core of its own. */
  readonly members: readonly string[];
  readonly block?: string;
  readonly size?: string;
  /** A policy for each, in place of restarting. */
  readonly restart?: string;
  readonly options?: SessionOptions;
  readonly system?: typeof library;
}

function start({
  mode,
  members,
  block = "8 KiB",
  restart = "restart",
  size = "64 KiB",
  options = {},
  system = library,
}: Sketch): {
  readonly session: Session;
  readonly outcome: () => Outcome;
} {
  const [owner, ...others] = members;
  const partitions = members.map(
    (name, core) =>
      `[partition.${name}]\nclass = "backend"\nprogram = "pool.elf"\ncore = ${core}\nrestart = "${restart}"\n`,
  );
  const channel = (name: string, from: readonly string[], to: string): string =>
    `[[channel]]\nname = "${name}"\nfrom = ${JSON.stringify(from)}\nto = "${to}"\nslots = 4\nslot_size = "16 B"\n`;
  const text =
    `[machine]\nfrequency = "1 MHz"\n${partitions.join("")}` +
    `[pool.frames]\nowner = "${owner}"\nmembers = ${JSON.stringify(others)}\nmode = "${mode}"\nsize = "${size}"\nblock = "${block}"\n` +
    others.map((name, index) => channel(["refs", "more"][index], [owner], name)).join("") +
    (others.length === 0 ? "" : channel("back", others, owner));
  const said = members.map(() => "");
  const plan = system.loadSystem(text, "pools.toml", { readFile: (path) => readFileSync(join(folder, path)) });
  const session = system.createSession(plan, {
    ...options,
    onConsole: (partition, bytes) => {
      said[partition] += new TextDecoder().decode(bytes);
    },
  });
  const outcome = (): Outcome => ({
    said: Object.fromEntries(members.map((name, id) => [name, said[id]])),
    exitCodes: session.kernel.view().partitions.map(({ exitCode }) => exitCode),
    hash: session.hashes().system,
  });
  return { session, outcome };
}

function run(sketch: Sketch): Outcome {
  const { session, outcome } = start(sketch);
  session.run({ until: END_CYCLES });
  return outcome();
}

const TWO = ["owner", "reader", "second"];
const SAID: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  share: { owner: "returned 12\n", reader: "took 6\n", second: "took 6\n" },
  move: { owner: "returned 6\n", reader: "took 3\n", second: "took 3\n" },
  copy: { owner: "returned 12\n", reader: "took 6\n", second: "took 6\n" },
  seal: { owner: "returned 12\n", reader: "took 6\n", second: "took 6\n" },
};

describe.skipIf(!hasGcc)("a pool", { timeout: 60_000 }, () => {
  it.each(Object.keys(SAID))("of mode %s brings whole blocks to each member, and back", (mode) => {
    const { said, exitCodes } = run({ mode, members: TWO });
    expect(said).toEqual(SAID[mode]);
    expect(exitCodes).toEqual([0, 0, 0]);
  });

  it.each(["move", "seal"])("of mode %s is the same run on both engines, and in slices of any length", (mode) => {
    const ways: readonly SessionOptions[] = [
      { engine: "reference", runAheadCycles: 1 },
      { runAheadCycles: 137 },
      { hotRuns: 1 },
    ];
    const [first, ...others] = ways.map((options) => run({ mode, members: TWO, options }).hash);
    expect(others).toEqual(others.map(() => first));
  });

  it("is the same run when it is cut into pieces, saved and resumed", () => {
    const whole = run({ mode: "seal", members: TWO });
    const { session, outcome } = start({ mode: "seal", members: TWO });
    for (let until = 9_973; until < END_CYCLES; until += 499_993) {
      session.run({ until });
      session.restore(structuredClone(session.save()));
    }
    session.run({ until: END_CYCLES });
    expect(outcome()).toEqual(whole);
  });

  it.each(["move", "seal"])("of mode %s with blocks of more than 32 pages is passed on, too", (mode) => {
    const { said } = run({ mode, members: ["patient", "hostile"], block: "256 KiB", size: "1 MiB", restart: "stop" });
    expect(said.patient).toBe("back 0, to the dead 2\n");
  });

  it("takes from a member whose life has ended what it held, which is then the owner's", () => {
    const { said } = run({ mode: "move", members: ["reclaimer", "falling"] });
    // The first was in hand, the others given: all are back, and the old references are of no use.
    expect(said.reclaimer).toBe("away 0, whole, old reference 2\n");
  });

  it("lets an owner unseal what a reader had in hand when it fell", () => {
    const { said, exitCodes } = run({ mode: "seal", members: ["owner", "falling"] });
    expect(said.owner).toBe("returned 6\n");
    expect(exitCodes[0]).toBe(0);
  });

  it.each([
    // 2 NOT_AVAILABLE, 3 INVALID_PARAM, 1 NO_ACTION, 5 INVALID_MODE
    ["move", "3 3 2 2 2 2 3 3 2 5 1 0 1 0 1 3 \n", "back 0, to the dead 2\n"],
    ["seal", "3 3 2 2 2 5 5 5 5 2 1 0 1 0 1 3 \n", "back 0, to the dead 2\n"],
  ])("of mode %s answers a hostile member with statuses, and its blocks are not lost", (mode, statuses, back) => {
    const { said, exitCodes } = run({ mode, members: ["patient", "hostile"], restart: "stop" });
    expect(said.hostile).toBe(statuses);
    expect(said.patient).toBe(back);
    expect(exitCodes[0]).toBe(0);
  });

  it("can't be written where it is sealed, by its owner either", () => {
    const { said, exitCodes } = run({ mode: "seal", members: ["breaker", "reader"], restart: "stop" });
    expect(said.breaker).toBe("reads\n");
    expect(exitCodes[0]).toBe(-1);
  });

  const SPINNING: Sketch = { mode: "seal", members: ["spinner", "slow"], restart: "stop" };
  const spin = (system: typeof library, runAheadCycles: number): string =>
    run({ ...SPINNING, options: { runAheadCycles }, system }).said.spinner;

  it("is unsealed at the exact cycle at which its last reader lets go", () => {
    const tries = spin(library, 1000);
    expect(tries).toMatch(/^(?:[1-9][0-9]* ){6}\n$/);
    expect(spin(library, 1)).toBe(tries);
  });

  it.each([
    [
      "exits-come-at-once",
      "how often an owner tries to unseal depends on the slices of its core",
      (system: typeof library) => spin(system, 1) !== spin(system, 1000),
    ],
    [
      "remapped-pages-stay-in-the-tlb",
      "an owner writes what it has sealed",
      (system: typeof library) =>
        run({ mode: "seal", members: ["breaker", "reader"], restart: "stop", system }).exitCodes[0] === 1,
    ],
  ] as const)("would be noticed with the mistake %s: %s", { timeout: 60_000 }, async (mark, _, isBroken) => {
    expect(isBroken(library)).toBe(false);
    const mutant = createMutant(mark);
    try {
      expect(isBroken(await mutant.load<typeof library>("system/index.js"))).toBe(true);
    } finally {
      mutant.remove();
    }
  });
});
