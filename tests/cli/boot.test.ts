import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runHeadless } from "../../dist/cli/headless.js";
import { createSession, planForProgram } from "../../dist/system/index.js";
import { hallows, invoke, MAIN, program, ROOT, temporaryFolder, TOUR, write } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

interface Summary {
  readonly cycles: number;
  readonly end: string;
  readonly failed: boolean;
  readonly hash: string;
  readonly partitions: readonly {
    readonly name: string;
    readonly faults: number;
    readonly restarts: number;
    readonly hash: string;
  }[];
  readonly channels: readonly {
    readonly name: string;
    readonly sent: number;
    readonly received: number;
    readonly fill: number;
  }[];
  readonly cores: readonly {
    readonly cycles: number;
    readonly threadCycles: number;
    readonly kernelCycles: number;
    readonly idleCycles: number;
  }[];
}

describe("the tour without a terminal", () => {
  const words = ["boot", TOUR, "--for", "1s"];
  const first = hallows(...words);

  it("prints consoles after their partition's name, then a summary, and ends with 0", () => {
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^logger {5}\| .+$/m);
    expect(first.out).toContain("ran 1.000 s of virtual time (10000000 cycles): the time was up");
    for (const name of ["sensor", "controller", "server", "generator", "logger", "vandal"]) {
      expect(first.out).toMatch(
        new RegExp(`^${name} +(realtime|backend) +\\d +(running|ready|waiting|restarting)`, "m"),
      );
    }
    expect(first.out).toMatch(/^faults {4}\d+ contained$/m);
    expect(first.out).toMatch(/^hash {6}[0-9a-f]{16}$/m);
    expect(first.err).toMatch(/^host: .* MIPS\n$/);
  });

  it.each([[[]], [["--run-ahead", "1"]], [["--run-ahead", "64"]], [["--no-skip"]], [["--headless"]]])(
    "prints the same bytes again with %j",
    async (more: string[]) => {
      expect((await invoke(...words, ...more)).out).toBe(first.out);
    },
  );

  it("comes to another hash with another seed, and with stores delayed", async () => {
    const hash = /^hash.*$/m.exec(first.out)?.[0];
    expect(/^hash.*$/m.exec((await invoke(...words, "--seed", "8")).out)?.[0]).not.toBe(hash);
    expect((await invoke(...words, "--tso", "1")).code).toBe(0);
  });

  it("gives the same as JSON: every cycle of every core has an owner", () => {
    const { code, out, err } = hallows(...words, "--json");
    const summary = JSON.parse(out) as Summary;
    expect([code, summary.cycles, summary.failed]).toEqual([0, 10_000_000, false]);
    expect(first.out).toContain(summary.hash);
    expect(summary.cores).toHaveLength(4);
    for (const core of summary.cores) {
      expect(core.threadCycles + core.kernelCycles + core.idleCycles).toBe(core.cycles);
    }
    for (const { sent, received, fill } of summary.channels) expect(sent - received).toBe(fill);
    expect(summary.partitions.find(({ name }) => name === "vandal")?.faults).toBeGreaterThan(0);
    expect(err).toMatch(/^logger {5}\| /m);
  });

  it("tells of deadlines, by thread", async () => {
    expect(first.out).toMatch(/^main +sensor +20 +\w+ +\d+ +\d+ +\d+ +50 +0$/m);
    expect(first.out).toMatch(/^deadlines all met$/m);
    const late = write(
      folder,
      "late.toml",
      '[partition.late]\nclass = "realtime"\nprogram = "spin.elf"\ncore = 0\nperiod = "10 ms"\ndeadline = "5 ms"\n',
    );
    copyFileSync(program("spin"), join(folder, "spin.elf"));
    const { out } = await invoke("boot", late, "--for", "100ms");
    expect(out).toMatch(/^deadlines missed: late\/main \d+$/m);
    const { threads } = JSON.parse((await invoke("boot", late, "--for", "100ms", "--json")).out) as {
      threads: { name: string; deadlinesMissed: number; releases: number }[];
    };
    expect(threads).toMatchObject([{ name: "main", releases: 1, deadlinesMissed: 1 }]);
  });

  it("is bounded by itself", () => {
    const { code, out } = hallows("boot");
    expect(code).toBe(0);
    expect(out).toContain("ran 2.000 s of virtual time");
  });
});

describe("a run that is bounded by instructions", () => {
  it("ends at the first million of cycles at which so many have retired", async () => {
    const spin = planForProgram(readFileSync(program("spin")), "spin.elf");
    const session = createSession(spin);
    const bounds = { untilCycles: 2e9, mostInstructions: 1_500_000 };
    expect(await runHeadless(session, { ...bounds, shouldStop: () => false })).toBe("instructions are up");
    expect(session.now()).toBe(2_000_000);
  });
});

describe("hallows boot", () => {
  it("ends with 1 when a fault stops a partition for good, and says which", () => {
    copyFileSync(program("restart"), join(folder, "restart.elf"));
    const path = write(
      folder,
      "once.toml",
      'name = "once"\n[partition.unlucky]\nclass = "backend"\nprogram = "restart.elf"\ncore = 0\n',
    );
    const { code, out } = hallows("boot", path);
    expect(code).toBe(1);
    expect(out).toContain("nothing is left that could happen");
    expect(out).toMatch(/^unlucky +backend +0 +stopped /m);
    expect(out).toContain("last fault of unlucky (1 in all): #DE");
    expect(out).toMatch(/^faults {4}0 contained, 1 that stopped a partition for good$/m);
  });

  it("keeps control characters of guests from the terminal", () => {
    // Whatever programs print, lines hold printable characters only.
    const { out } = hallows("boot", TOUR, "--for", "2s");
    // oxlint-disable-next-line no-control-regex
    expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it("stops quietly when its reader goes away", () => {
    const { stdout, stderr } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${MAIN}" boot "${TOUR}" --for 3s | head -n 1`],
      {
        encoding: "utf8",
      },
    );
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stderr).not.toMatch(/EPIPE|Error| at /);
  });

  it.skipIf(process.platform === "win32")("ends with its summary when it is interrupted", async () => {
    const child = spawn(process.execPath, [MAIN, "boot", TOUR, "--for", "1000s"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (out === "") child.kill("SIGINT");
      out += text;
    });
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(130);
    expect(out).toMatch(/of virtual time \(\d+ cycles\): interrupted/);
    expect(out).toMatch(/^hash {6}[0-9a-f]{16}$/m);
  });

  it("writes a trace that is valid JSON, with a lane per core", () => {
    const path = join(folder, "trace.json");
    const { code, err } = hallows("boot", TOUR, "--for", "200ms", "--trace", path);
    expect(code).toBe(0);
    expect(err).toMatch(/trace in .*trace\.json: \d+ events, \d+ KiB; open it with https:\/\/ui\.perfetto\.dev/);
    const { traceEvents } = JSON.parse(readFileSync(path, "utf8")) as {
      traceEvents: { ph: string; name: string; pid: number; args: { name?: string } }[];
    };
    const lanes = traceEvents.filter(({ ph, name, pid }) => ph === "M" && name === "thread_name" && pid === 1);
    expect(lanes.map(({ args }) => args.name)).toEqual(["core 0", "core 1", "core 2", "core 3"]);
    expect(traceEvents.some(({ ph, name }) => ph === "X" && name === "sensor/main")).toBe(true);
    expect(traceEvents.some(({ ph }) => ph === "s")).toBe(true);
  });

  it("cuts a trace at its limit, says so there and on stderr, and it is still valid", () => {
    const path = join(folder, "cut.json");
    const { code, err } = hallows("boot", TOUR, "--for", "1s", "--trace", path, "--trace-limit", "64KiB");
    expect(code).toBe(0);
    expect(err).toMatch(/cut at .* of virtual time, because 64 KiB were full \(--trace-limit\)/);
    expect(statSync(path).size).toBeLessThanOrEqual(64 * 1024);
    const { traceEvents } = JSON.parse(readFileSync(path, "utf8")) as { traceEvents: { name: string }[] };
    expect(traceEvents.at(-1)?.name).toContain("trace cut here");
  });
});
