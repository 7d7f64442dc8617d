/** What becomes of a command when its streams, its files or its user end it. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readdirSync, readFileSync, rmSync, closeSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createOutput } from "../../dist/cli/output.js";
import { runCommandLine } from "../../dist/cli/command-line.js";
import { environment, hallows, invoke, MAIN, program, ROOT, temporaryFolder, TOUR, write } from "./hallows.js";
import { Writable } from "node:stream";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const isPosix = process.platform !== "win32";

/** A program that prints for ever. */
function flood(): string {
  const source = write(folder, "flood.c", '#include "hallows.h"\nint main(void) { for (;;) puts("over and over"); }\n');
  execFileSync("sh", [join(ROOT, "images/build.sh"), folder, source]);
  return join(folder, "flood.elf");
}

function start(words: readonly string[], stdout: "pipe" | number = "pipe"): ChildProcess {
  return spawn(process.execPath, [MAIN, ...words], { cwd: ROOT, stdio: ["ignore", stdout, "pipe"] });
}

async function textOf(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

/** Kills the process with each signal in turn, from its first output on. */
function interrupt(child: ChildProcess, ...signals: readonly NodeJS.Signals[]): void {
  let isRunning = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.once("data", () => {
      if (isRunning) return;
      isRunning = true;
      signals.forEach((signal, index) => setTimeout(() => child.kill(signal), 200 * index));
    });
  }
}

describe.runIf(isPosix)("an interrupted run", () => {
  it.each<[string, string[], NodeJS.Signals, number, RegExp]>([
    ["boot, SIGINT", ["boot"], "SIGINT", 130, /: interrupted\n[^]*^hash {6}[0-9a-f]{16}$/m],
    ["boot, SIGTERM", ["boot"], "SIGTERM", 143, /: interrupted\n[^]*^hash {6}[0-9a-f]{16}$/m],
    ["boot as JSON, SIGHUP", ["boot", "--json"], "SIGHUP", 129, /"end": "interrupted"/],
    ["profile, SIGINT", ["profile"], "SIGINT", 130, /^function/m],
  ])("ends with its summary and 128 + signal: %s", async (_, command, signal, expected, summary) => {
    const child = start([...command, TOUR, "--for", "1000s"]);
    interrupt(child, signal);
    const { code, out } = await textOf(child);
    expect(code).toBe(expected);
    expect(out).toMatch(summary);
  });

  it.skipIf(!hasGcc)("of one program says so", async () => {
    const child = start(["run", flood()]);
    interrupt(child, "SIGTERM");
    const { code, err } = await textOf(child);
    expect(code).toBe(143);
    expect(err).toMatch(/^interrupted after /);
  });

  it("ends at once at the second signal, and leaves no unfinished trace", async () => {
    const trace = write(folder, "old.json", "old");
    const child = start(["boot", TOUR, "--for", "1000s", "--trace", trace]);
    interrupt(child, "SIGINT", "SIGTERM");
    // Nobody reads on, so perhaps the process can't get rid of its summary.
    child.stdout?.once("data", () => child.stdout?.pause());
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    // The second signal may come when the first has already brought the process to its last lines.
    expect([130, 143]).toContain(code ?? 128 + constants.signals[signal ?? "SIGKILL"]);
    expect(readdirSync(folder).filter((name) => name.includes("unfinished"))).toEqual([]);
  });
});

describe("stdout", () => {
  it.runIf(existsSync("/dev/full")).each<[string, string[]]>([
    ["boot", ["boot", TOUR, "--for", "20ms"]],
    ["run", ["run", program("hello")]],
    ["check", ["check", TOUR]],
    ["help", ["--help"]],
  ])("on a full disk is one line on stderr, and 2: %s", async (_, words) => {
    const full = openSync("/dev/full", "w");
    const { code, err } = await textOf(start(words, full));
    closeSync(full);
    expect(code).toBe(2);
    expect(err.replace(/^host: .*\n/m, "")).toBe("hallows: stdout: can't be written\n  The disk is full.\n");
  });

  it.skipIf(!hasGcc)("that nobody reads takes no memory: the run waits", async () => {
    write(
      folder,
      "flood.c",
      '#include "hallows.h"\nint main(void) { for (;;) puts("0123456789012345678901234567890"); }\n',
    );
    execFileSync("sh", [join(ROOT, "images/build.sh"), folder, join(folder, "flood.c")]);
    const child = start(["run", join(folder, "flood.elf")]);
    child.stdout?.pause();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    child.kill("SIGKILL");
    const residentKiB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    expect(residentKiB).toBeLessThan(400 * 1024);
  });
});

describe("text that is not ours", () => {
  const chunks: Buffer[] = [];
  const stream = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    }),
    { isTTY: true },
  );
  const text = (): string => Buffer.concat(chunks.splice(0)).toString();

  it("reaches a terminal without control characters, beside our own colours", () => {
    const output = createOutput(stream, stream, true);
    output.result(`${output.style.bad("refused")}: \x1b[2J\x1b]0;owned\x07 \x9b31m \u202egnirts 漢字\n`);
    expect(text()).toBe("\x1b[31mrefused\x1b[0m: ·[2J·]0;owned· ·31m ·gnirts 漢字\n");
  });

  it("reaches a file as JSON with every control character escaped", () => {
    const output = createOutput(stream, stream, false);
    output.resultJson({ name: "\x1b[2J\x9b\x7f\u2028" });
    expect(text()).toBe('{\n  "name": "\\u001b[2J\\u009b\\u007f\\u2028"\n}\n');
  });

  it.skipIf(!hasGcc).each(["run", "profile"])("reaches a terminal so from a program, too: %s", async (command) => {
    const source = write(
      folder,
      "owner.c",
      '#include "hallows.h"\nint main(void) { return puts("\\033]0;owned\\007") < 0; }\n',
    );
    execFileSync("sh", [join(ROOT, "images/build.sh"), folder, source]);
    const words = [command, join(folder, "owner.elf")];
    await runCommandLine(words, { ...environment(), output: createOutput(stream, stream, false) });
    expect(text()).toContain("·]0;owned·\n");
  });

  it.runIf(isPosix)("in a file's name does nothing to the terminal", async () => {
    const { err } = await invoke("boot", join(folder, "\x1b]0;owned\x07.toml"));
    // oxlint-disable-next-line no-control-regex
    expect(err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});

describe.runIf(isPosix)("a result", () => {
  const description = (name: string): string => {
    writeFileSync(join(folder, "hello.elf"), readFileSync(program("hello")));
    return write(folder, name, '[partition.a]\nclass = "backend"\nprogram = "hello.elf"\ncore = 0\n');
  };
  it.each<[string, (system: string) => string[], string]>([
    ["a trace onto the description", (system) => ["boot", system, "--trace", system], "own.toml"],
    ["a trace onto a program of it", (system) => ["boot", system, "--trace", join(folder, "hello.elf")], "hello.elf"],
    [
      "a trace onto the program that runs",
      () => ["run", join(folder, "hello.elf"), "--trace", join(folder, "hello.elf")],
      "hello.elf",
    ],
    ["an image onto a program of it", (system) => ["pack", system, "-o", join(folder, "hello.elf")], "hello.elf"],
    ["a flame graph onto the description", (system) => ["profile", system, "--svg", system], "own.toml"],
    [
      "a profile onto a program",
      (system) => ["profile", system, "--speedscope", join(folder, "hello.elf")],
      "hello.elf",
    ],
  ])("never takes the place of an input: %s", async (_, words, input) => {
    const system = description("own.toml");
    const before = readFileSync(join(folder, input));
    const { code, err } = await invoke(...words(system));
    expect(code).toBe(2);
    expect(err).toContain("is what this command reads");
    expect(readFileSync(join(folder, input)).equals(before)).toBe(true);
  });
});

describe("the console on a terminal", () => {
  it("is not asked for by a pipe: bytes go out as they are", () => {
    expect(hallows("run", program("text")).out).toBe(hallows("run", "--raw", program("text")).out);
  });
});
