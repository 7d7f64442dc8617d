import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { invoke as hallows, program, temporaryFolder, TOUR, write } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const COMMANDS = ["boot", "run", "check", "pack", "inspect", "profile", "bench"];

describe("help", () => {
  it("names every command and the exit codes, on stdout", async () => {
    const { code, out, err } = await hallows("--help");
    expect([code, err]).toEqual([0, ""]);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command} `, "m"));
    expect(out).toContain("Exit codes: 0 done, 1 the system failed, 2 the command or description is wrong");
  });

  it.each(COMMANDS)("of %s has examples that begin with the command", async (command) => {
    const { code, out, err } = await hallows(command, "--help");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(new RegExp(`Examples?:\n {2}hallows ${command}`));
  });

  it("goes to stderr, with exit code 2, when no command is given", async () => {
    const { code, out, err } = await hallows();
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: hallows");
  });

  it("has no colour codes where there is no terminal", async () => {
    expect((await hallows("--help")).out).not.toContain("\x1b");
    expect((await hallows("boot", TOUR, "--for", "10ms")).out).not.toContain("\x1b");
    expect((await hallows("boot", "missing.toml")).err).not.toContain("\x1b");
  });
});

describe("a wrong command line", () => {
  it.each<[string, string[], RegExp]>([
    ["an unknown command", ["bot"], /unknown command 'bot'\n\(Did you mean boot\?\)/],
    ["an unknown option", ["boot", "--headles"], /unknown option '--headles'\n\(Did you mean --headless\?\)/],
    ["a missing argument", ["run"], /missing required argument 'program'/],
    ["a second argument", ["check", "a", "b"], /too many arguments/],
    ["a time without a unit", ["boot", "--for", "50"], /--for <time>.*not a time.*Write a time, such as "10 ms"/s],
    ["a negative time", ["boot", "--for", "-5ms"], /not a time/],
    ["a time that is no whole number of cycles", ["boot", TOUR, "--for", "1ns"], /--for: "1ns" is not a whole number/],
    ["an unknown engine", ["boot", "--engine", "steam"], /no such engine; there is "reference", "wasm", "both"/],
    ["another timing", ["inspect", "a.elf", "--timing", "zen3"], /timing "zen3" is not built yet; there is "flat"/],
    ["a run-ahead of nothing", ["boot", "--run-ahead", "0"], /--run-ahead takes a whole number from 1/],
    [
      "a run-ahead beyond what is exact",
      ["boot", "--run-ahead", "1001"],
      /1001 cycles are too many on timing flat\n.*from 1 to 1000/,
    ],
    ["a seed that is no number", ["boot", "--seed", "owl"], /--seed takes a whole number/],
    ["a trace limit in powers of ten", ["boot", "--trace-limit", "64MB"], /Write "64 MiB"/],
    ["a trace limit without room", ["boot", "--trace-limit", "1KiB"], /At least 64 KiB/],
    ["a speed that is none", ["boot", "--speed", "fast"], /Write "max", "real" or a factor/],
    ["a missing file", ["boot", "missing.toml"], /missing\.toml: there is no such file/],
    ["a folder", ["check", "images"], /images: is a folder/],
    ["a device without end", ["run", "/dev/zero"], /\/dev\/zero: is a device/],
    ["a program where a system belongs", ["boot", program("hello")], /is a program, not a system\n.*"hallows run/],
    ["a system where a program belongs", ["run", TOUR], /is not an ELF program\n.*"hallows boot/],
    ["text where an image belongs", ["inspect", TOUR], /is neither a program, an image nor a record/],
    ["memory of no whole pages", ["run", program("hello"), "--memory", "5000 B"], /memory can't be 5000 B/],
    [
      "a trace that can't be written",
      ["boot", TOUR, "--trace", "/nowhere/trace.json"],
      /trace\.json: can't be written: its folder does not exist/,
    ],
  ])("says so, and ends with 2: %s", async (_, words, message) => {
    const { code, out, err } = await hallows(...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\bat .*\.js:\d+/);
  });

  it("points into the description: file, line, column, and what would be right", async () => {
    const path = write(folder, "wrong.toml", '[partition.a]\nclass = "realtime"\nprogram = "a.elf"\ncor = 1\n');
    const { code, err } = await hallows("boot", path);
    expect(code).toBe(2);
    expect(err).toContain(`${path}:4:1: `);
    expect(err).toContain('Did you mean "core"?');
  });

  it("names the program that can't be read, at the place that names it", async () => {
    const path = write(folder, "lacks.toml", '[partition.a]\nclass = "realtime"\nprogram = "a.elf"\ncore = 0\n');
    const { code, out, err } = await hallows("check", path);
    expect([code, err]).toEqual([2, ""]);
    expect(out).toMatch(/^refused: .*lacks\.toml:3:11: cannot read program "a\.elf": there is no such file\n/);
  });

  it("takes binary rubbish for what it is", async () => {
    const path = write(folder, "rubbish", Uint8Array.from([0xc3, 0x28, 0x00, 0xff, 0xfe]));
    expect((await hallows("boot", path)).err).toContain("is neither a description (text), nor an image, nor a program");
  });
});

describe("check", () => {
  it("admits the tour, and prints it resolved", async () => {
    const { code, out, err } = await hallows("check", TOUR);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^system tour\n/);
    expect(out).toMatch(/\nadmitted: tour\n$/);
    expect((await hallows("check", "-q", TOUR)).out).toBe("admitted: tour\n");
  });

  it("gives the plan, or the reason, as JSON", async () => {
    const { admitted, plan } = JSON.parse((await hallows("check", TOUR, "--json")).out) as {
      admitted: boolean;
      plan: { name: string };
    };
    expect([admitted, plan.name]).toEqual([true, "tour"]);
    const path = write(folder, "empty.toml", 'name = "empty"\n[partition]\n');
    const refusal = JSON.parse((await hallows("check", path, "--json")).out) as Record<string, unknown>;
    expect(refusal).toMatchObject({ admitted: false, problem: "the description has no partitions" });
  });

  it("finds nothing lacking in a program for general registers", async () => {
    const { code, out } = await hallows("check", program("sha256"));
    expect([code, out]).toEqual([0, `complete: ${program("sha256")} uses no instruction that the machine lacks\n`]);
  });
});

describe("pack", () => {
  it("makes an image that boots to the same hash, and gives the description back", async () => {
    const image = join(folder, "tour.hallows");
    const packed = await hallows("pack", TOUR, "-o", image);
    expect([packed.code, packed.err]).toEqual([0, ""]);
    const words = ["--for", "100ms", "--headless"];
    expect((await hallows("boot", image, ...words)).out).toBe((await hallows("boot", TOUR, ...words)).out);
    expect((await hallows("inspect", image, "--text")).out).toContain("The tour: what `npm start` boots.");
    expect((await hallows("inspect", image)).out).toContain("image of tour, made from system.toml");
    expect((await hallows("check", "-q", image)).out).toBe("admitted: tour\n");
  });

  it("does not write over its own description", async () => {
    const path = write(folder, "own.toml", "");
    expect((await hallows("pack", TOUR, "-o", TOUR)).err).toContain("is what this command reads");
    expect((await hallows("pack", path)).code).toBe(2);
  });

  it("refuses another seed for an image, which has its own", async () => {
    const image = join(folder, "seeded.hallows");
    await hallows("pack", TOUR, "-o", image, "--seed", "9");
    expect((await hallows("boot", image, "--seed", "10", "--for", "1ms")).err).toContain(
      "is an image, made with seed 9",
    );
    expect((await hallows("boot", image, "--seed", "9", "--for", "1ms")).code).toBe(0);
  });
});

describe("inspect", () => {
  it("lists segments and functions of a program", async () => {
    const { code, out } = await hallows("inspect", program("hello"), "--symbols");
    expect(code).toBe(0);
    expect(out).toMatch(/^0x400000 +\d+ B +\d+ B +r-x$/m);
    expect(out).toMatch(/^0x[0-9a-f]+ +\d+ +global +main$/m);
  });

  it("disassembles a function, and names the targets of its calls", async () => {
    const { code, out } = await hallows("inspect", program("hello"), "--disassemble", "main");
    expect(code).toBe(0);
    expect(out).toMatch(/^0x[0-9a-f]+ <main>:\n/);
    expect(out).toMatch(/call 0x[0-9a-f]+ {2}<(printf|puts)>/);
  });

  it("prints a cost block with its cycles and its SSA", async () => {
    const { code, out } = await hallows("inspect", program("hello"), "--block", "main");
    expect(code).toBe(0);
    expect(out).toMatch(/^cost block at 0x[0-9a-f]+ <main>: timing flat\n/);
    expect(out).toMatch(/sub rsp, 0x8\n/);
    expect(out).toMatch(/v\d+:64 = read rsp/);
  });

  it.each<[string, RegExp]>([
    ["mein", /has no function "mein"\n.*Did you mean "main"\?/],
    ["0x10", /0x10: is not an address of code/],
    ["0xffffffffffffffff", /is not an address of code/],
  ])("says where code is when asked for %s", async (place, message) => {
    const { code, err } = await hallows("inspect", program("hello"), "--block", place);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
