import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stringify } from "smol-toml";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../dist/errors.js";
import { createSession, loadSystem, packImage, unpackImage } from "../../dist/system/index.js";
import type { Description } from "../../dist/system/description/description.js";
import { throwProblems, translateProblems } from "../../dist/system/description/problems.js";
import { readDescription } from "../../dist/system/description/read-description.js";
import { resolvePlan } from "../../dist/system/plan/resolve.js";
import { checkRules } from "../../dist/system/plan/rules.js";
import { TABLES, type KeyRow, type Value } from "../../tools/description-keys.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DOCUMENT = readFileSync(`${ROOT}docs/system-descriptions.md`, "utf8");

interface Example {
  readonly line: number;
  readonly text: string;
  /** The message shown beneath; null where the description is admitted. */
  readonly refusal: string | null;
}

const EXAMPLES: readonly Example[] = [
  ...DOCUMENT.matchAll(/^```toml\n([^]*?)^```\n(?:\n```text\nrefused: ([^]*?)\n```)?/gm),
].map(({ index, 1: text, 2: refusal }) => ({
  line: DOCUMENT.slice(0, index).split("\n").length,
  text,
  refusal: refusal ?? null,
}));

function readProgram(name: string): Uint8Array {
  const path = `${ROOT}images/programs/${name}`;
  return readFileSync(existsSync(path) ? path : `${ROOT}images/programs/hello.elf`);
}

/** As `hallows check` does it: the message of a refusal, or null. */
function check(text: string): string | null {
  try {
    createSession(loadSystem(text, "system.toml", { readFile: readProgram }));
    return null;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.trimEnd();
  }
}

describe("docs/system-descriptions.md", () => {
  it("has tables and output as the generator makes them", () => {
    const generator = `${ROOT}tools/gen-descriptions.mjs`;
    expect(() => execFileSync(process.execPath, [generator, "--check"], { stdio: "pipe" })).not.toThrow();
  });

  it("has examples that are admitted and examples that are refused", () => {
    expect(EXAMPLES).toHaveLength(DOCUMENT.split("```toml").length - 1);
    expect(EXAMPLES.filter(({ refusal }) => refusal === null).length).toBeGreaterThanOrEqual(1);
    expect(EXAMPLES.filter(({ refusal }) => refusal !== null).length).toBeGreaterThanOrEqual(10);
  });

  it.each(EXAMPLES)("gets the answer that it shows for the example at line $line", ({ text, refusal }) => {
    expect(check(text)).toBe(refusal);
  });

  it("gives the length of a description that is still read", () => {
    const most = Number(
      /has at most ([0-9,]+) characters\./.exec(DOCUMENT.replace(/\s+/g, " "))?.[1].replaceAll(",", ""),
    );
    expect(check(EXAMPLES[0].text.padEnd(most, "\n"))).toBeNull();
    expect(check(EXAMPLES[0].text.padEnd(most + 1, "\n"))).toContain(`has ${most + 1} characters`);
  });

  it("shows the message for an image that is damaged", () => {
    const plan = loadSystem(EXAMPLES[0].text, "system.toml", { readFile: readProgram });
    const bytes = packImage({ plan, description: { file: "system.toml", text: EXAMPLES[0].text } });
    bytes[bytes.length - 1] ^= 1;
    expect(() => unpackImage(bytes, "system.hallows")).toThrow(
      /refused: (system\.hallows[^]*?)\n```/.exec(DOCUMENT)?.[1],
    );
  });
});

interface KeyCase extends KeyRow {
  readonly where: string;
  readonly path: readonly (string | number)[];
}

const KEYS: readonly KeyCase[] = TABLES.flatMap(({ title, path, keys }) =>
  Object.entries(keys).map(([key, row]) => ({ ...row, where: `${key} in ${title}`, path: [...path, key] })),
);

/**
 * One description that has every table. Thread tables exclude three keys of the partition, so they are added on demand.
 */
function base(path: readonly (string | number)[]): Record<string, Value> {
  const thread = { entry: "run", period: "10 ms" };
  return {
    name: "base",
    machine: { cores: 2 },
    partition: {
      NAME: {
        class: "realtime",
        program: "a.elf",
        core: 0,
        period: "10 ms",
        restart: { action: "restart" },
        ...(path.includes("reserve") ? { reserve: { budget: "5 ms", period: "10 ms" } } : {}),
        ...(path.includes("thread") ? { period: undefined, thread: { THREAD: thread } } : {}),
      },
      other: { class: "backend", program: "a.elf", core: 1 },
    },
    core: path.some((key) => key === "reserve" || key === "slack")
      ? {}
      : { 0: { frame: "10 ms", windows: [{ partition: "NAME", start: "0 ms", length: "5 ms" }] } },
    device: { dice: { kind: "entropy" } },
    pool: { frames: { owner: "NAME", members: "other", mode: "seal", size: "4 MiB" } },
    channel: [
      {
        name: "orders",
        from: "NAME",
        to: "other",
        ...(path.includes("refresh")
          ? { kind: "sampling" }
          : path.includes("reply_size")
            ? { kind: "call" }
            : path.at(-1) === "size"
              ? { kind: "bytes" }
              : {}),
      },
    ],
  } as Record<string, Value>;
}

/** The base with one value set; undefined takes it away. */
function change(path: readonly (string | number)[], value: Value | undefined): string {
  const document = base(path);
  let table: Record<string | number, unknown> = document;
  for (const key of path.slice(0, -1)) table = table[key] as Record<string | number, unknown>;
  const key = path[path.length - 1];
  if (value === undefined) delete table[key];
  else table[key] = value;
  return stringify(document);
}

/** What is wrong with the changed base by itself, whatever else there would have to be for it. */
function read(path: readonly (string | number)[], value: Value | undefined): Description {
  const { description, problems, places } = readDescription(change(path, value), "system.toml", "base");
  throwProblems(problems.found, places);
  return description;
}

/** What is wrong with it as a system; its programs are never looked at. */
function judge(text: string): void {
  const { description, problems, places } = readDescription(text, "system.toml", "base");
  const programs = description.partitions.map(() => null);
  const { plan, sourcePath } = resolvePlan(description, programs, problems);
  checkRules(plan, translateProblems(problems, sourcePath));
  throwProblems(problems.found, places);
}

describe("the limits and defaults in the tables of keys", () => {
  it.each(KEYS.filter(({ inside }) => inside !== undefined))("take what is inside: $where", ({ path, inside = [] }) => {
    for (const value of inside) expect(() => read(path, value), JSON.stringify(value)).not.toThrow();
  });

  it.each(KEYS.filter(({ outside }) => outside !== undefined))(
    "refuse what is outside: $where",
    ({ path, outside = [] }) => {
      expect(() => judge(stringify(base(path)))).not.toThrow();
      for (const value of outside) expect(() => judge(change(path, value)), JSON.stringify(value)).toThrow(ConfigError);
    },
  );

  it.each(KEYS.filter(({ value }) => value !== undefined))("hold the default: $where", ({ path, value }) => {
    expect(read(path, undefined)).toEqual(read(path, value));
  });

  it("cover most keys", () => {
    expect(KEYS.length).toBeGreaterThan(35);
    expect(KEYS.filter(({ outside = [] }) => outside.length > 0).length).toBeGreaterThan(25);
  });
});
