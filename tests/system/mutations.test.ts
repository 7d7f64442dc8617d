import { readFileSync } from "node:fs";
import { Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../dist/errors.js";
import type { SystemPlan } from "../../dist/kernel/plan.js";
import { crc32 } from "../../dist/system/image/crc32.js";
import { loadSystem, packImage, planForProgram, printPlan, unpackImage, verifyPlan } from "../../dist/system/index.js";
import { buildElf, buildRelocated, SIMPLE } from "../partitions/elf-builder.js";
import { GOOD, OPTIONS } from "./fixture.js";
import { createRandom, mutateBytes, mutateText, type Random } from "./mutate.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const CASES = Number(process.env["HALLOWS_CASES"] ?? 2000);
/**
 * Much more than any case takes here; a size taken from a file before it is checked takes longer, or no memory is left.
 */
const MAX_CASE_MS = 5000;
/** A description has at most 256 KiB. */
const MAX_CASE_BYTES = 256 * 1024 * 1024;

/** What a terminal would obey: no text of a file may reach it through a message. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

interface Outcome {
  accepted: number;
  readonly refused: Map<string, number>;
}

/**
 * Runs cases, each of which must end in a sound plan or in a ConfigError with a reason, quickly. A plan that is
 * accepted must pass the checks that images go through, and print.
 */
function campaign(name: string, salt: number, run: (random: Random) => SystemPlan): Outcome {
  const outcome: Outcome = { accepted: 0, refused: new Map() };
  for (let index = 0; index < CASES; index++) {
    const seed = SEED * 1_000_003 + salt * 100_003 + index;
    const started = performance.now();
    try {
      const plan = run(createRandom(seed));
      verifyPlan(plan, "plan");
      independentCheck(plan);
      if (CONTROL.test(printPlan(plan))) throw new Error("a printed plan has control characters");
      outcome.accepted++;
    } catch (error) {
      if (!(error instanceof ConfigError) || error.place.file === "plan") {
        throw new Error(`${name}, HALLOWS_SEED=${SEED}, case ${index}: ${String(error)}`, { cause: error });
      }
      if (error.problem === "" || CONTROL.test(error.message))
        throw new Error(`case ${index}: ${error.message}`, { cause: error });
      const kind = error.problem.replace(/"[^"]*"|0x[0-9a-f]+|[0-9]+/g, "…").slice(0, 60);
      outcome.refused.set(kind, (outcome.refused.get(kind) ?? 0) + 1);
    }
    const took = performance.now() - started;
    if (took > MAX_CASE_MS) throw new Error(`${name}, HALLOWS_SEED=${SEED}, case ${index} took ${Math.round(took)} ms`);
  }
  const refusals = [...outcome.refused.values()].reduce((total, count) => total + count, 0);
  console.log(
    `${name}: seed ${SEED}, ${CASES} cases: ${outcome.accepted} sound plans, ${refusals} refusals of ${outcome.refused.size} kinds`,
  );
  return outcome;
}

/** Written apart from verify.ts: no frame has two owners, none is the kernel's, no page is writable and executable. */
function independentCheck(plan: SystemPlan): void {
  const pages = plan.machine.memoryBytes / 4096;
  const owner = new Int16Array(pages).fill(-1);
  const claim = (at: number, sizeBytes: number, by: number): void => {
    for (let page = at / 4096; page < (at + sizeBytes) / 4096; page++) {
      if (page < 512 || page >= pages || owner[page] !== -1)
        throw new Error(`frame ${page} is ${owner[page]}'s, and ${by}'s`);
      owner[page] = by;
    }
  };
  plan.blocks.forEach(({ frames, sizeBytes }, index) => claim(frames, sizeBytes, 1000 + index));
  for (const { id, tables, regions } of plan.partitions) {
    claim(tables.at, tables.sizeBytes, id);
    for (const { frames, sizeBytes, rights, shared, kind } of regions) {
      if (rights.write && rights.execute) throw new Error("a page is writable and executable");
      if (!shared) claim(frames, sizeBytes, id);
      else if (kind !== "channel" || owner[frames / 4096] < 1000) throw new Error("a shared page is no channel's");
    }
  }
  const writers = new Map<number, number>();
  for (const { regions } of plan.partitions) {
    for (const { frames, rights, shared } of regions) {
      if (shared && rights.write) writers.set(frames, (writers.get(frames) ?? 0) + 1);
    }
  }
  for (const count of writers.values()) if (count !== 1) throw new Error("a shared page has two writers");
}

describe("whatever the file, the end is a sound plan or a reason:", () => {
  it("ELF files", () => {
    const programs = [
      readFileSync("images/programs/hello.elf"),
      readFileSync("images/programs/hello-pie.elf"),
      buildElf(SIMPLE),
      buildElf({ ...SIMPLE, type: 3, codeSections: [{ at: 0x401000n, sizeBytes: 8 }] }),
      buildRelocated([
        [0x2008n, 8, 0, 0x1004n],
        [0x2010n, 8, 0, 0x2000n],
      ]),
    ];
    const { accepted, refused } = campaign("ELF files", 1, (random) => {
      const program = programs[random(programs.length)];
      return planForProgram(mutateBytes(program, random, random(2) === 0 ? 64 : 64 + 56 * 4), "p.elf");
    });
    expect(accepted).toBeGreaterThan(CASES / 20);
    expect(refused.size).toBeGreaterThan(15);
  });

  it("ELF files with any values in their program headers", () => {
    const program = buildElf(SIMPLE);
    const { refused } = campaign("program headers", 2, (random) => {
      const bytes = program.slice();
      const view = new DataView(bytes.buffer);
      for (let count = 1 + random(3); count > 0; count--) {
        const near = [
          0x400000n,
          0x401000n,
          0x402000n,
          0x402fffn,
          0x6000_0000_0000n,
          BigInt(bytes.length),
          4096n,
          8n,
          64n,
        ];
        const value = random(3) === 0 ? 1n << BigInt(random(64)) : near[random(near.length)] + BigInt(random(3)) - 1n;
        view.setBigUint64(64 + 8 * random(14), BigInt.asUintN(64, value), true);
      }
      return planForProgram(bytes, "p.elf");
    });
    expect(refused.size).toBeGreaterThan(8);
  });

  const plan = loadSystem(GOOD, "system.toml", OPTIONS);
  const image = packImage({ plan, description: { file: "system.toml", text: GOOD } });
  const sign = (bytes: Uint8Array): Uint8Array => {
    const view = new DataView(bytes.buffer);
    if (bytes.length < 32) return bytes;
    view.setUint32(0x10, bytes.length, true);
    view.setUint32(0x0c, crc32(bytes.subarray(0x10)), true);
    return bytes;
  };

  it("images", () => {
    const { accepted } = campaign("images", 3, (random) => unpackImage(mutateBytes(image, random, 4096), "x.img").plan);
    // Only damage that changed nothing gets past the checksum.
    expect(accepted).toBeLessThan(CASES / 10);
  });

  it("images with a right checksum", () => {
    const { refused } = campaign(
      "signed images",
      4,
      (random) => unpackImage(sign(mutateBytes(image, random, 6000)), "x.img").plan,
    );
    expect(refused.size).toBeGreaterThan(15);
  });

  it("images whose plan is forged field by field", () => {
    const headBytes = new DataView(image.buffer).getUint32(0x14, true);
    const sections = new DataView(image.buffer).getUint32(0x18, true);
    const headAt = 32 + 8 * sections;
    const format = { useRecords: false, mapsAsObjects: true, variableMapSize: true };
    const { accepted, refused } = campaign("forged plans", 5, (random) => {
      const head: unknown = new Unpackr(format).unpack(image.subarray(headAt, headAt + headBytes));
      for (let count = 1 + random(2); count > 0; count--) forgeField(head, random);
      const packed = new Packr(format).pack(head);
      // The plan may have another length: the sections stay where they are, the plan goes to the end.
      const bytes = new Uint8Array(headAt + packed.length + image.length);
      bytes.set(image.subarray(0, headAt));
      bytes.set(packed, headAt);
      bytes.set(image, headAt + packed.length);
      const view = new DataView(bytes.buffer);
      view.setUint32(0x14, packed.length, true);
      for (let index = 0; index < sections; index++) {
        const at = 32 + 8 * index;
        view.setUint32(at, view.getUint32(at, true) + headAt + packed.length, true);
      }
      return unpackImage(sign(bytes), "x.img").plan;
    });
    // Names, programs, symbols, priorities and limits may be anything.
    expect(accepted).toBeGreaterThan(CASES / 50);
    expect(refused.size).toBeGreaterThan(20);
  });

  it("descriptions", () => {
    const windows = `${GOOD}[core.0]\nframe = "10 ms"\nwindows = [{ partition = "sensor", start = "0 ms", length = "4 ms" }]\n`;
    const threads = `${GOOD}[partition.api.thread.main]\n[partition.api.thread."loop"]\nentry = 'control_loop'\n`;
    const texts = [GOOD, windows, threads];
    for (const text of texts) verifyPlan(loadSystem(text, "system.toml", OPTIONS), "plan");
    const { accepted, refused } = campaign("descriptions", 6, (random) =>
      loadSystem(mutateText(texts[random(texts.length)], random), "system.toml", OPTIONS),
    );
    expect(accepted).toBeGreaterThan(CASES / 100);
    expect(refused.size).toBeGreaterThan(40);
  });

  it.each([
    ["deep arrays", `a = ${"[".repeat(100_000)}`],
    ["deep tables", `a = ${"{a=".repeat(50_000)}`],
    ["a long dotted key", `${"a.".repeat(100_000)}a = 1`],
    ["a long header", `[${"a.".repeat(100_000)}a]`],
    ["many tables", Array.from({ length: 20_000 }, (_, index) => `[p.a${index}]`).join("\n")],
    [
      "many partitions",
      Array.from({ length: 2000 }, (_, i) => `[partition.p${i}]\nclass="backend"\nprogram="a.elf"\ncore=0`).join("\n"),
    ],
    [
      "many windows",
      `${GOOD}[core.0]\nframe="1 s"\nwindows=[${'{partition="sensor",start="1 ms",length="1 ms"},'.repeat(4000)}]`,
    ],
    ["a long name", `[partition.${"x".repeat(200_000)}]\nclass="backend"`],
    [
      "many keys below a long name",
      `[${"x".repeat(100_000)}]\n${Array.from({ length: 15_000 }, (_, index) => `a${index}=1`).join("\n")}`,
    ],
    ["many unknown keys", Array.from({ length: 25_000 }, (_, index) => `a${index}=1`).join("\n")],
    [
      "many mistakes",
      `${GOOD}${Array.from({ length: 4000 }, (_, index) => `[[channel]]\nname="c${index}"\nfrom="x"\nto="y"`).join("\n")}`,
    ],
    ["a long value", `name = "${"1".repeat(200_000)} MiB"`],
    ["megabytes", "#".repeat(5_000_000)],
    ["only a mark of byte order", "\ufeff"],
  ])("a description of %s", (_, text) => {
    const started = performance.now();
    const before = process.memoryUsage().heapUsed;
    expect(() => loadSystem(text, "system.toml", OPTIONS)).toThrow(ConfigError);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(MAX_CASE_BYTES);
    expect(performance.now() - started).toBeLessThan(MAX_CASE_MS);
  });
});

/** Puts something else in the place of one value, anywhere in a tree. */
function forgeField(tree: unknown, random: Random): void {
  let node = tree as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(node);
    if (keys.length === 0) return;
    const key = keys[random(keys.length)];
    const value = node[key];
    if (typeof value === "object" && value !== null && random(12) !== 0) {
      node = value as Record<string, unknown>;
      continue;
    }
    const options: unknown[] = [0, 1, -1, null, true, "x", [], {}, 4096, 2 ** 21, 2 ** 40, 0.5, Number.NaN];
    if (typeof value === "number")
      options.push(value + 1, value - 1, value + 4096, value + 2 ** 21, value - 4096, value * 2);
    if (typeof value === "boolean") options.push(!value, !value, !value);
    node[key] = options[random(options.length)];
    return;
  }
}
