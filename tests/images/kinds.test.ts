/**
 * The kinds of channels, on the machine: compiled programs at every end, honest and hostile, on both engines and with
 * stores delayed. Skipped, and counted, without gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createSession, loadSystem, type SessionOptions } from "../../dist/system/index.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = join(ROOT, "tests/images/kinds");
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const END_CYCLES = 3_000_000;

const folder = mkdtempSync(join(tmpdir(), "hallows-kinds-"));
afterAll(() => rmSync(folder, { recursive: true }));
if (hasGcc) {
  const sources = readdirSync(SOURCES).map((name) => join(SOURCES, name));
  execFileSync(join(ROOT, "images/build.sh"), [folder, ...sources], { stdio: "pipe" });
} else console.log("skipped: kinds of channels (gcc is not here)");

interface Outcome {
  /** What each partition said. */
  readonly said: Readonly<Record<string, string>>;
  readonly exitCodes: readonly number[];
  readonly hash: string;
}

/** Partitions on cores of their own, all running `program`, and one channel, whose table is given. */
function run(program: string, names: readonly string[], channel: string, options: SessionOptions = {}): Outcome {
  const partitions = names.map(
    (name, core) =>
      `[partition.${name}]\nclass = "backend"\nprogram = "${program}.elf"\ncore = ${core}\nrestart = "restart"\n`,
  );
  const text = `[machine]\nfrequency = "1 MHz"\n${partitions.join("")}[[channel]]\n${channel}`;
  const said = names.map(() => "");
  const plan = loadSystem(text, "kinds.toml", { readFile: (path) => readFileSync(join(folder, path)) });
  const session = createSession(plan, {
    ...options,
    onConsole: (partition, bytes) => {
      said[partition] += new TextDecoder().decode(bytes);
    },
  });
  session.run({ until: END_CYCLES });
  return {
    said: Object.fromEntries(names.map((name, id) => [name, said[id]])),
    exitCodes: session.kernel.view().partitions.map(({ exitCode }) => exitCode),
    hash: session.hashes().system,
  };
}

const WAYS: readonly (readonly [string, SessionOptions])[] = [
  ["as it is", {}],
  ["by the reference engine", { engine: "reference" }],
  ["stores delayed", { tsoSeed: 5 }],
];

describe.skipIf(!hasGcc)("a queue", () => {
  const fromAll = (names: readonly string[]): string =>
    `name = "numbers"\nfrom = ${JSON.stringify(names)}\nto = "receiver"\nslots = 8\n`;

  it.each(WAYS)("of many producers brings what each has sent, in its order: %s", (_, options) => {
    const { said, exitCodes } = run("queue", ["sender", "fast", "receiver"], fromAll(["sender", "fast"]), options);
    expect(exitCodes).toEqual([0, 0, 0]);
    expect(said.receiver).toBe("sender: received 200, lost 0, last life 1\nfast: received 200, lost 0, last life 1\n");
  });

  it("is not broken for others by a producer that claims what can't be", () => {
    const { said, exitCodes } = run("queue", ["hostile", "sender", "receiver"], fromAll(["hostile", "sender"]));
    expect(exitCodes).toEqual([0, 0, 0]);
    expect(said.receiver).toContain("hostile is broken\n");
    expect(said.receiver).toContain("sender: received 200, lost 0");
  });

  it("wakes who sleeps on a link that its peer says is broken, and says so", () => {
    const { said, exitCodes } = run("queue", ["slanderer", "receiver"], fromAll(["slanderer"]));
    expect(exitCodes).toEqual([0, 0]);
    expect(said.receiver).toBe("slanderer is broken\nslanderer: received 0, lost 0, last life 0\n");
  });

  it("goes on over restarts of a producer, whose lives are told apart, and loses nothing", () => {
    const { said } = run("queue", ["falling", "receiver"], fromAll(["falling"]));
    expect(said.receiver).toBe("falling: received 40, lost 0, last life 4\n");
  });

  const toSlow = (full: string): string =>
    `name = "numbers"\nfrom = "fast"\nto = "slow"\nslots = 8\nfull = "${full}"\n`;

  it.each(WAYS)("drops the newest, counted where they were sent: %s", (_, options) => {
    const { said } = run("queue", ["fast", "slow"], toSlow("drop-newest"), options);
    const [, received] = /received (\d+), lost 0/.exec(said.slow) ?? [];
    const [, refused] = /refused (\d+)/.exec(said.fast) ?? [];
    expect(Number(refused)).toBeGreaterThan(100);
    expect(Number(received) + Number(refused)).toBe(200);
  });

  it.each(WAYS)("drops the oldest, counted where they are missed: %s", (_, options) => {
    const { said, exitCodes } = run("queue", ["fast", "slow"], toSlow("drop-oldest"), options);
    expect(exitCodes).toEqual([0, 0]);
    const [, received, lost] = /received (\d+), lost (\d+)/.exec(said.slow) ?? [];
    expect(Number(lost)).toBeGreaterThan(100);
    expect(Number(received) + Number(lost)).toBe(200);
  });
});

describe.skipIf(!hasGcc)("a sampling channel", () => {
  const level = (writer: string): string =>
    `name = "level"\nfrom = "${writer}"\nto = ["first", "second"]\nkind = "sampling"\nslots = 2\nslot_size = "192 B"\nrefresh = "5000 cycles"\n`;

  it.each(WAYS)(
    "gives every reader whole values, never an older one after a newer, and their age: %s",
    (_, options) => {
      const { said, exitCodes } = run("sampling", ["writer", "first", "second"], level("writer"), options);
      expect(exitCodes).toEqual([0, 0, 0]);
      expect(said.first).toBe("first: last 400, now too old, read\n");
      expect(said.second).toBe("second: last 400, now too old, read\n");
    },
  );

  it("is the same run on both engines", () => {
    const hashes = WAYS.slice(0, 2).map(
      ([, options]) => run("sampling", ["writer", "first", "second"], level("writer"), options).hash,
    );
    expect(hashes[0]).toBe(hashes[1]);
  });

  it("does a reader no harm whatever its writer does", () => {
    const { said, exitCodes } = run("sampling", ["hostile", "first", "second"], level("hostile"));
    expect(exitCodes).toEqual([0, 0, 0]);
    expect(said.first).toContain("broken");
  });
});

describe.skipIf(!hasGcc)("a broadcast", () => {
  const news = (consumers: readonly string[], full: string): string =>
    `name = "news"\nfrom = "speaker"\nto = ${JSON.stringify(consumers)}\nkind = "broadcast"\nslots = 8\nfull = "${full}"\n`;

  it.each(WAYS)("brings every consumer everything, at the pace of the slowest: %s", (_, options) => {
    const consumers = ["quick", "slow"];
    const { said, exitCodes } = run("broadcast", ["speaker", ...consumers], news(consumers, "block"), options);
    expect(exitCodes).toEqual([0, 0, 0]);
    expect([said.quick, said.slow]).toEqual(["received 150, lost 0\n", "received 150, lost 0\n"]);
    expect(said.speaker).toBe("broken 0, refused 0\n");
  });

  it("leaves a consumer behind that claims what can't be, and nobody else", () => {
    const consumers = ["hostile", "quick"];
    const { said, exitCodes } = run("broadcast", ["speaker", ...consumers], news(consumers, "block"));
    expect(exitCodes).toEqual([0, 0, 0]);
    expect([said.quick, said.speaker]).toEqual(["received 150, lost 0\n", "broken 1, refused 0\n"]);
  });

  it.each(WAYS)("that drops the oldest waits for nobody, and each knows what it has missed: %s", (_, options) => {
    const consumers = ["quick", "slow"];
    const { said, exitCodes } = run("broadcast", ["speaker", ...consumers], news(consumers, "drop-oldest"), options);
    expect(exitCodes).toEqual([0, 0, 0]);
    for (const name of consumers) {
      const [, received, lost] = /received (\d+), lost (\d+)/.exec(said[name]) ?? [];
      expect(Number(received) + Number(lost)).toBe(150);
    }
    expect(said.slow).not.toContain("lost 0");
  });
});

describe.skipIf(!hasGcc)("a byte ring", () => {
  const stream = (from: readonly string[], to = "receiver", full = "block"): string =>
    `name = "stream"\nfrom = ${JSON.stringify(from)}\nto = "${to}"\nkind = "bytes"\nsize = "8 KiB"\nfull = "${full}"\n`;

  it.each(WAYS)("brings messages of any length, some longer than itself, in their order: %s", (_, options) => {
    const { said, exitCodes } = run("bytes", ["sender", "placer", "receiver"], stream(["sender", "placer"]), options);
    expect(exitCodes).toEqual([0, 0, 0]);
    expect(said.receiver).toBe("sender: received 24, lost 0\nplacer: received 18, lost 0\n");
    expect(said.sender + said.placer).toBe("sender: sent 24, refused 0\nplacer: sent 18, refused 0\n");
  });

  it("refuses what does not fit at once, whole messages and no parts of them", () => {
    const { said, exitCodes } = run("bytes", ["sender", "receiver"], stream(["sender"], "receiver", "refuse"));
    expect(exitCodes).toEqual([0, 0]);
    const [, sent, refused] = /sent (\d+), refused (\d+)/.exec(said.sender) ?? [];
    expect(said.receiver).toBe(`sender: received ${sent}, lost 0\n`);
    // 6 in 24 are longer than half of the ring, and can never be sent: told apart from the refused.
    expect(Number(sent) + Number(refused)).toBe(18);
  });

  it("drops what a life of its producer began and did not end, and counts it", () => {
    const { said } = run("bytes", ["falling", "receiver"], stream(["falling"]));
    expect(said.receiver).toBe("falling: received 3, lost 2\n");
  });

  it("drops the rest of a message in whose middle its consumer has fallen, and counts it", () => {
    const { said, exitCodes } = run("bytes", ["sender", "slow"], stream(["sender"], "slow"));
    expect(exitCodes).toEqual([0, 0]);
    expect(said.slow).toBe("sender: received 16, lost 1\n");
  });

  it("is not broken for others by producers that write what can't be", () => {
    const hostile = ["hostile-a", "hostile-b", "hostile-c", "hostile-d"];
    const { said, exitCodes } = run("bytes", [...hostile, "sender", "receiver"], stream([...hostile, "sender"]));
    expect(exitCodes).toEqual([0, 0, 0, 0, 0, 0]);
    for (const name of hostile) expect(said.receiver).toContain(`${name} is broken\n`);
    expect(said.receiver).toContain("sender: received 24, lost 0");
  });
});

describe.skipIf(!hasGcc)("a channel to the device entropy", () => {
  const dice = 'name = "dice"\nfrom = "entropy"\nto = "player"\nslots = 4\nslot_size = "64 B"\n';

  it("gives random bytes without waiting, the same in each run, on both engines", () => {
    const [first, ...others] = WAYS.map(([, options]) => run("entropy", ["player"], dice, options));
    expect(first.exitCodes).toEqual([0]);
    expect(first.said.player).toMatch(/^even [0-9a-f]{8}\n$/);
    for (const { said } of others) expect(said).toEqual(first.said);
  });
});

describe.skipIf(!hasGcc)("a channel of calls", () => {
  const double = (callers: readonly string[]): string =>
    `name = "double"\nfrom = ${JSON.stringify(callers)}\nto = "server"\nkind = "call"\nslots = 4\nslot_size = "8 B"\nreply_size = "16 B"\n`;

  it.each(WAYS)(
    "brings each caller the reply to its request, or tells it that there will be none: %s",
    (_, options) => {
      const callers = ["first", "second"];
      const { said, exitCodes } = run("call", ["server", ...callers], double(callers), options);
      expect([said.first, said.second]).toEqual(Array(2).fill("late timed out, fallen unavailable\n"));
      expect(said.server).toBe("served\n");
      expect(exitCodes).toEqual([0, 0, 0]);
    },
  );

  it("is not broken for others by a caller that claims what can't be, who is told", () => {
    const callers = ["hostile", "first"];
    const { said, exitCodes } = run("call", ["server", ...callers], double(callers));
    expect(said.first).toBe("late timed out, fallen unavailable\n");
    expect(exitCodes).toEqual([0, 0, 0]);
  });

  it.each(WAYS)(
    "tells a caller at once that who answers has stopped for good, however long it would wait: %s",
    (_, options) => {
      const channel = double(["heir"]).replace('"server"', '"leaver"');
      const { said, exitCodes } = run("call", ["leaver", "heir"], channel, options);
      expect(said.heir).toBe("unavailable 10 times, stopped 1\n");
      expect(exitCodes).toEqual([3, 0]);
    },
  );
});
