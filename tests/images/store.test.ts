/**
 * Stores on the machine: a program that uses every function of the SDK, and the journal, whose power is cut (a sample
 * of `npm run campaign:store`), with mistakes in the device and in the journal that this must notice. What needs gcc
 * is skipped, and counted, without it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createMemoryMedium, type StoreMedium } from "../../dist/devices/index.js";
import { createSession, loadSystem, type Session, type SessionOptions } from "../../dist/system/index.js";
import { cutPowers } from "../../tools/power-cuts/campaign.mjs";
import { loadLibrary } from "../../tools/power-cuts/library.mjs";
import { createMutant } from "../mutant.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const JOURNAL = join(ROOT, "images/store/journal.elf");
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "hallows-stores-"));
afterAll(() => rmSync(folder, { recursive: true }));
if (hasGcc) {
  execFileSync(join(ROOT, "images/build.sh"), [folder, join(ROOT, "tests/images/stores/disk.c")], { stdio: "pipe" });
} else console.log("skipped: programs of stores (gcc is not here)");

interface Run {
  readonly session: Session;
  readonly said: () => string;
}

function boot(program: string, medium: StoreMedium, options: SessionOptions = {}): Run {
  const text = `[machine]
frequency = "100 MHz"
[partition.journal]
class = "backend"
program = "${program}"
core = 0
restart = "restart"
[device.disk]
kind = "store"
size = "32 KiB"
[[channel]]
name = "disk"
kind = "call"
from = "journal"
to = "disk"
slots = 8
slot_size = "2064 B"
reply_size = "2064 B"
`;
  let said = "";
  const plan = loadSystem(text, "store.toml", { readFile: (path) => readFileSync(path) });
  const session = createSession(plan, {
    ...options,
    outlets: { mediumOf: () => medium },
    onConsole: (_, bytes) => {
      said += new TextDecoder().decode(bytes);
    },
  });
  return { session, said: () => said };
}

/** Remembers what it was asked to write and flush. */
function listening(log: string[]): StoreMedium {
  return {
    ...createMemoryMedium(),
    write: (number, at, bytes) => (log.push(`write ${number} of ${bytes.length} at ${at}`), 0),
    flush: (number) => (log.push(`flush ${number}`), 0),
  };
}

const END_CYCLES = 100_000_000;
const WAYS: readonly (readonly [string, SessionOptions])[] = [
  ["as it is", {}],
  ["by the reference engine", { engine: "reference" }],
];

describe.skipIf(!hasGcc)("a program with a store", () => {
  it.each(WAYS)("can do all that the SDK offers, also in a second life: %s", (_, options) => {
    const { session, said } = boot(join(folder, "disk.elf"), createMemoryMedium(), options);
    expect(session.run({ until: END_CYCLES })).toBe("quiet");
    expect(said()).toBe("done\n");
    expect(session.kernel.view().partitions[0].restarts).toBe(1);
  });
});

describe("the journal", () => {
  it("promises what fits, the same on both engines, whatever the slices of the run", () => {
    const hashes = [
      boot(JOURNAL, createMemoryMedium()),
      boot(JOURNAL, createMemoryMedium(), { engine: "reference" }),
      boot(JOURNAL, createMemoryMedium()),
    ].map(({ session, said }, index) => {
      for (let at = 0; at < END_CYCLES; at += index === 2 ? 777_777 : END_CYCLES) session.run({ until: at });
      session.run({ until: END_CYCLES });
      expect(said()).toContain("32 records were promised, and the log is full");
      return session.hashes().system;
    });
    expect(new Set(hashes).size).toBe(1);
  });

  it("asks its medium for the same things again after it was put back, under the same numbers", () => {
    const log: string[] = [];
    const { session } = boot(JOURNAL, listening(log));
    session.run({ until: 300_000 });
    const saved = session.save();
    const before = log.length;
    session.run({ until: END_CYCLES });
    const after = log.slice(before);
    const { system } = session.hashes();
    session.restore(saved);
    session.run({ until: END_CYCLES });
    expect(before).toBeGreaterThan(4);
    expect(log.slice(before + after.length)).toEqual(after);
    expect(session.hashes().system).toBe(system);
    expect(session.disk("disk").operations).toBe(32 + 8 + 1);
    expect(() => session.disk("disc")).toThrow('there is no store "disc"');
  });

  it("says so when its disk takes nothing", () => {
    const { session, said } = boot(JOURNAL, { ...createMemoryMedium(), write: () => 114 });
    session.run({ until: END_CYCLES });
    expect(said()).toContain("the disk can't write: status 114");
    expect(session.kernel.view().partitions[0].exitCode).toBe(1);
  });
});

const library = await loadLibrary((file: string) => import(new URL(`../../dist/${file}`, import.meta.url).href));

describe("after losses of power", () => {
  const readProgram = (): Uint8Array => readFileSync(JOURNAL);

  it("no state is found that the order of writes forbids, and no promised record is lost", () => {
    const { failure, cuts, states, lives } = cutPowers({ library, readProgram, seed: 3, cuts: 600 });
    expect(failure).toBeNull();
    expect(cuts).toBe(600);
    expect(states).toBeGreaterThan(200);
    expect(lives).toBe(2);
  });

  it.skipIf(!hasGcc).each([
    ["ANSWERS_EARLY", /records were promised, \d+ are left/, 100],
    ["FORGETS_CHECKSUM", /is not what was written|were found/, 100],
    ["FORGETS_CHAIN", /is not what was written/, 6000],
  ])("a journal with the mistake %s is noticed", (mistake, failure, cuts) => {
    const program = join(folder, `${mistake}.elf`);
    const source = join(folder, `${mistake}.c`);
    execFileSync("cp", [join(ROOT, "images/store/journal.c"), source]);
    execFileSync("sed", ["-i", `1i #define ${mistake}`, source]);
    execFileSync(join(ROOT, "images/build.sh"), [folder, source], { stdio: "pipe" });
    const result = cutPowers({ library, readProgram: () => readFileSync(program), seed: 1, cuts });
    expect(result.failure).toMatch(failure);
  });

  it("a device whose flush is no barrier is noticed", async () => {
    const mutant = createMutant("flush-is-no-barrier");
    try {
      const broken = await loadLibrary((file: string) => mutant.load(file));
      expect(cutPowers({ library: broken, readProgram, seed: 1, cuts: 500 }).failure).toMatch(/forbids|are left/);
    } finally {
      mutant.remove();
    }
  });
});
