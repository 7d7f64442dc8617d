import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { describe, expect, it } from "vitest";
import { feed, hallows, MAIN, ROOT, type Outcome } from "./hallows.js";

const SHELL = "images/shell/system.toml";

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Waits until the text has been printed. */
  until(text: string): Promise<void>;
  readonly ended: Promise<Outcome>;
}

function start(...words: string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: ROOT });
  const outcome = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (outcome.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (outcome.err += chunk.toString()));
  const ended = new Promise<Outcome>((resolve) => child.on("close", (code) => resolve({ ...outcome, code })));
  return {
    child,
    ended,
    async until(text) {
      for (let tries = 0; !(outcome.out + outcome.err).includes(text); tries++) {
        if (tries > 1000) throw new Error(`"${text}" never came:\n${outcome.out}${outcome.err}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

describe("a system that faces the outside, without a terminal", () => {
  it("reads stdin, waits for it however long it takes, and ends when no more can come", async () => {
    const { child, until, ended } = start("boot", SHELL);
    await until("generation 1");
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.stdin.write("time\n");
    await until(" us");
    child.stdin.end("echo bye");
    const { code, out, err } = await ended;
    expect(code).toBe(0);
    // Virtual time has followed the host's, and is not far behind.
    expect(Number(/(\d+) us/.exec(out)?.[1])).toBeGreaterThan(250_000);
    expect(out).toMatch(/bye\nshell \| no more input\n/);
    expect(out).toContain("nothing is left that could happen");
    expect(err).toMatch(/^live: \d+ inputs, \d+ bytes; /m);
  });

  it("ends at the virtual time that is asked for, though something could come in", async () => {
    const { child, ended } = start("boot", SHELL, "--for", "200ms");
    const { code, out } = await ended;
    child.stdin.destroy();
    expect(code).toBe(0);
    expect(out).toContain("ran 200.000 ms of virtual time (20000000 cycles): the time was up");
  });

  it("ends at a signal, with its summary", async () => {
    const { child, until, ended } = start("boot", SHELL, "--json");
    child.stdin.write("echo one\n");
    await until("one");
    child.kill("SIGINT");
    const { code, out, err } = await ended;
    expect(code).toBe(130);
    expect(err).toContain("one");
    const { end, live } = JSON.parse(out) as { end: string; live: Record<string, unknown> };
    expect(end).toBe("interrupted");
    // The line, and dates.
    expect(Number(live["inputBytes"]) % 16).toBe(9);
    expect(live).toHaveProperty("lagMilliseconds");
  });

  it("takes a long input as fast as the partition reads it, and loses nothing", () => {
    const lines = Array.from({ length: 400 }, (_, index) => `echo line ${index} ${"x".repeat(index % 50)}`);
    const { code, out } = feed(lines.join("\n"), "boot", SHELL);
    expect(code).toBe(0);
    const said = out.split("\n").filter((line) => line.startsWith("shell | line"));
    expect(said).toEqual(lines.map((line) => line.replace("echo", "shell |").trimEnd()));
  });
});

describe("a system that does not face the outside", () => {
  it("ends when nothing is left, and says nothing of a live run", () => {
    const { out, err } = hallows("boot", "images/programs/ping.toml", "--json");
    expect(JSON.parse(out)).not.toHaveProperty("live");
    expect(err).not.toContain("live:");
  });
});
