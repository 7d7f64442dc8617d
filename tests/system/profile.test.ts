import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SystemPlan } from "../../dist/kernel/index.js";
import {
  createSession,
  loadSystem,
  planForProgram,
  profileSystem,
  type Profile,
  type ProfileNode,
  type Session,
} from "../../dist/system/index.js";
import { createMutant } from "../mutant.js";
import { buildElf, RW, RX } from "../partitions/elf-builder.js";
import { load } from "./fixture.js";

const IMAGES = fileURLToPath(new URL("../../images/", import.meta.url));

function system(folder: string, name = "system"): SystemPlan {
  const text = readFileSync(`${IMAGES}${folder}/${name}.toml`, "utf8");
  return loadSystem(text, `${name}.toml`, { readFile: (path) => readFileSync(`${IMAGES}${folder}/${path}`) });
}

function program(name: string): SystemPlan {
  return planForProgram(readFileSync(`${IMAGES}programs/${name}.elf`), `${name}.elf`);
}

interface Sums {
  thread: number;
  kernel: number;
  reload: number;
  instructions: number;
}

/** Sums over the tree, which are not those that the profile gives. */
function sumOf(node: ProfileNode, sums: Sums = { thread: 0, kernel: 0, reload: 0, instructions: 0 }): Sums {
  if (node.kind === "kernel") sums.kernel += node.cycles;
  else if (node.kind === "reload") sums.reload += node.cycles;
  else sums.thread += node.cycles;
  sums.instructions += node.instructions;
  for (const child of node.children) sumOf(child, sums);
  return sums;
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/** What makes a profile exact: as many of each as the ledger books and the cores retired. */
function expectExact(session: Session, result: Profile): void {
  const account = session.account();
  const { plan } = session;
  for (const { id, name } of plan.partitions) {
    const node = result.tree.children.find((child) => child.kind === "partition" && child.name === name);
    const sums = node === undefined ? { thread: 0, kernel: 0, reload: 0, instructions: 0 } : sumOf(node);
    const { threadCycles, kernelCycles, workCycles } = account.partitions[id];
    expect([sums.thread, sums.kernel, sums.reload], name).toEqual([threadCycles, kernelCycles, workCycles]);
    const row = result.partitions[id];
    expect([row.functionCycles, row.kernelCycles, row.reloadCycles], name).toEqual([
      threadCycles,
      kernelCycles,
      workCycles,
    ]);
    const functions = result.functions.filter(({ partition }) => partition === id);
    expect(total(functions.map(({ cycles }) => cycles)), name).toBe(threadCycles);
    expect(total(functions.map(({ instructions }) => instructions)), name).toBe(row.instructions);
  }
  session.retired().forEach((retired, core) => {
    const here = plan.partitions.filter((partition) => partition.core === core);
    expect(total(here.map(({ id }) => result.partitions[id].instructions)), `core ${core}`).toBe(retired);
  });
  account.cores.forEach(({ elapsedCycles, idleCycles }, core) => {
    expect(result.cores[core].idleCycles).toBe(idleCycles);
    expect(result.cores[core].elapsedCycles).toBe(elapsedCycles);
  });
  const idle = total(account.cores.map(({ idleCycles }) => idleCycles));
  expect(result.tree.totalCycles + idle).toBe(total(account.cores.map(({ elapsedCycles }) => elapsedCycles)));
}

function outcomeOf(session: Session): unknown {
  return { hashes: session.hashes(), account: session.account(), retired: session.retired() };
}

/** _start calls fill for ever; fill repeats STOSB over `count` bytes from 0x402000. */
function filler(count: number): Uint8Array {
  const call = [0xe8, 0x02, 0x00, 0x00, 0x00, 0xeb, 0xf9];
  const fill = [0xbf, 0x00, 0x20, 0x40, 0x00, 0xb9, count & 0xff, (count >> 8) & 0xff, (count >> 16) & 0xff, 0];
  return buildElf({
    entry: 0x401000n,
    segments: [
      { flags: RX, at: 0x401000n, contents: Uint8Array.from([...call, ...fill, 0xf3, 0xaa, 0xc3]) },
      { flags: RW, at: 0x402000n, memoryBytes: 0x4000n },
    ],
    symbols: [
      { name: "_start", at: 0x401000n, sizeBytes: 7 },
      { name: "fill", at: 0x401007n, sizeBytes: 13 },
    ],
  });
}

const REPEATS = `
[machine]
cores = 1
memory = "8 MiB"
frequency = "1 MHz"

[core.0]
frame = "10 ms"
windows = [
  { partition = "whole", start = "0 ms", length = "4 ms" },
  { partition = "broken", start = "5 ms", length = "4 ms" },
]

[partition.whole]
class = "realtime"
program = "whole.elf"
core = 0
memory = "128 KiB"
stack = "4 KiB"

[partition.broken]
class = "backend"
program = "broken.elf"
core = 0
memory = "128 KiB"
stack = "4 KiB"
restart = { action = "restart", limit = 1000 }
`;

function repeats(): SystemPlan {
  const programs: Record<string, Uint8Array> = { "whole.elf": filler(0x3fff), "broken.elf": filler(0xfffff) };
  return load(REPEATS, { readFile: (path) => programs[path] });
}

describe("a profile", () => {
  const programs = readdirSync(`${IMAGES}programs`)
    .filter((name) => name.endsWith(".elf") && name !== "spin.elf")
    .map((name) => name.slice(0, -4));

  it.each(programs)("of %s books every cycle and instruction, as the ledger and the cores do", (name) => {
    const { session, profile } = profileSystem(program(name));
    session.run({ until: 400_000 });
    expectExact(session, profile());
    expect(profile().functions.length).toBeGreaterThan(3);
  });

  it.each<[string, () => SystemPlan, number]>([
    ["the tour", () => system("tour"), 6_000_000],
    ["three threads that interrupt each other", () => system("programs", "threads"), 400_000],
    ["a partition that is restarted", () => system("programs", "restart"), 400_000],
    ["a periodic thread", () => system("programs", "periodic"), 6_000_000],
    ["two that talk", () => system("programs", "ping"), 200_000],
    ["repetitions that windows interrupt, and that fault", repeats, 200_000],
  ])("of %s is exact, and changes nothing", (_name, plan, until) => {
    const { session, profile } = profileSystem(plan());
    session.run({ until });
    expectExact(session, profile());
    const plain = createSession(plan());
    plain.run({ until });
    expect(outcomeOf(session)).toEqual(outcomeOf(plain));
  });

  it("is exact at whatever cycle it is asked for, and goes on", () => {
    const { session, profile } = profileSystem(repeats());
    for (let until = 777; until < 60_000; until += 777) {
      session.run({ until });
      expectExact(session, profile());
    }
    const whole = profileSystem(repeats());
    whole.session.run({ until: session.now() });
    expect(profile()).toEqual(whole.profile());
  });

  it("has the iterations of a repetition in the function that repeats, however often it was interrupted", () => {
    const { session, profile } = profileSystem(repeats());
    session.run({ until: 200_000 });
    const { functions } = profile();
    for (const partition of [0, 1]) {
      const { threadCycles } = session.account().partitions[partition];
      const row = functions.find(({ name, partition: owner }) => name === "fill" && owner === partition);
      expect(threadCycles).toBeGreaterThan(5000);
      expect(row?.cycles).toBeGreaterThan(0.99 * threadCycles);
      expect(row?.instructions).toBeLessThan(100);
    }
    expect(session.account().partitions[1].faults).toBeGreaterThan(0);
  });

  it("gives each function the instructions between its first and last byte", () => {
    const plan = system("tour");
    const counts = new Map<string, number>();
    const counted = createSession(plan, {
      onRetire(core, _instruction, rip) {
        const { partition } = counted.kernel.state.cores[core.id];
        const symbol = plan.partitions[partition].symbols.find(
          ({ at, sizeBytes }) => rip >= at && rip < at + BigInt(sizeBytes),
        );
        const key = `${partition} ${symbol?.name.replace(/\.cold$/, "")}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      },
    });
    counted.run({ until: 300_000 });
    const { session, profile } = profileSystem(plan);
    session.run({ until: 300_000 });
    const rows = profile().functions.map(({ partition, name, instructions }) => [`${partition} ${name}`, instructions]);
    expect(new Map(rows as [string, number][])).toEqual(counts);
  });

  it("knows who called whom: the callers' totals hold the callees'", () => {
    const { session, profile } = profileSystem(program("hashmap"));
    session.run({ until: Infinity });
    const { functions, tree } = profile();
    const row = (name: string) => functions.find((candidate) => candidate.name === name);
    expect(row("_start")?.calls).toBe(1);
    expect(row("main")?.calls).toBe(1);
    expect(row("_start")?.totalCycles).toBeLessThanOrEqual(tree.totalCycles);
    expect(row("main")?.totalCycles).toBeGreaterThan(0.95 * tree.totalCycles);
    const [partition] = tree.children;
    const [thread] = partition.children;
    const [start] = thread.children;
    expect([partition.name, thread.name, start.name, start.children[0].name]).toEqual([
      "hashmap",
      "thread main",
      "_start",
      "main",
    ]);
  });

  it("has a system call below the function that made it", () => {
    const { session, profile } = profileSystem(program("hello"));
    session.run({ until: Infinity });
    const found: string[] = [];
    const visit = (node: ProfileNode, parent: ProfileNode | null): void => {
      if (node.kind === "kernel" && parent?.kind === "function") found.push(`${parent.name}: ${node.name}`);
      for (const child of node.children) visit(child, node);
    };
    visit(profile().tree, null);
    expect(found).toContain("send_line: kernel: notify");
    expect(found.some((line) => line.endsWith(": kernel: exit"))).toBe(true);
  });

  it("runs polling loops in full", () => {
    const { session } = profileSystem(system("programs", "ping"));
    session.run({ until: 200_000 });
    expect(session.hal.machine.skippedCycles()).toBe(0);
    const plain = createSession(system("programs", "ping"));
    plain.run({ until: 200_000 });
    expect(plain.hal.machine.skippedCycles()).toBeGreaterThan(0);
  });

  it("is the same every time", () => {
    const [first, second] = [1, 1000].map((runAheadCycles) => {
      const { session, profile } = profileSystem(system("tour"), { runAheadCycles });
      session.run({ until: 200_000 });
      return profile();
    });
    expect(second).toEqual(first);
  });
});

describe("a profiler that is broken on purpose", () => {
  it.each([
    ["drops what an interrupted repetition has spent", "spent-cycles-are-dropped"],
    ["starts an instruction's time at the one before last", "since-is-one-late"],
    ["books a call's entry on nobody", "call-entry-is-on-nobody"],
    ["books window switches on the partition before", "switch-is-on-the-last"],
    ["leaves reloading out", "reloading-is-left-out"],
    ["skips polling, and so instructions", "profiled-polls-are-skipped"],
    ["lets the translating engine run", "profiled-is-translated"],
  ])("is caught when it %s", async (_what, mark) => {
    const mutant = createMutant(mark);
    try {
      const broken = await mutant.load<{ profileSystem: typeof profileSystem }>("system/index.js");
      const isExact = [repeats(), system("programs", "ping"), program("hashmap")].every((plan) => {
        const { session, profile } = broken.profileSystem(plan, { engine: "wasm", hotRuns: 2 });
        session.run({ until: 150_000 });
        try {
          expectExact(session, profile());
          return true;
        } catch {
          return false;
        }
      });
      expect(isExact).toBe(false);
    } finally {
      mutant.remove();
    }
  });
});
