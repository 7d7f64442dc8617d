import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hallows, program, PROGRAMS, temporaryFolder, write } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

describe("hallows run", () => {
  it("gives the console to stdout as it is, nothing to stderr, and 0 for a program that returns 0", () => {
    expect(hallows("run", program("hello"))).toEqual({ code: 0, out: "Hello from a partition.\n", err: "" });
  });

  it("passes the exit code on", () => {
    const { code, out } = hallows("run", program("sha256"));
    expect(code).toBe(22);
    expect(out).toContain("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("explains a fault on stderr, and ends as a shell shows the signal", () => {
    const { code, out, err } = hallows("run", program("restart"));
    expect([code, out]).toEqual([136, "life 1, start condition 0, memory 1\n"]);
    expect(err).toMatch(/^fault: #DE division by zero or quotient too large, at rip 0x[0-9a-f]+ in function main/);
    expect(err).toMatch(/^ {2}0x[0-9a-f]+: {2}div [a-z]+$/m);
    expect(err).toMatch(/^ {3}rip [0-9a-f]{16} rflags [0-9a-f]{16} /m);
  });

  it("ends with 134 when the program gives up on itself", () => {
    const { code, err } = hallows("run", program("assertion"));
    expect(code).toBe(134);
    expect(err).toContain("application error");
  });

  it("stops an endless program when --for is over, and says so", () => {
    const { code, out, err } = hallows("run", program("spin"), "--for", "20ms");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe("not finished: the time given by --for is up (20.000 ms)\n");
  });

  it("gives the summary as JSON, and the console to stderr, with --json", () => {
    const { code, out, err } = hallows("run", program("hello"), "--json");
    const summary = JSON.parse(out) as { exitCode: number; partitions: { exitCode: number }[]; hash: string };
    expect([code, summary.exitCode, summary.partitions[0].exitCode]).toEqual([0, 0, 0]);
    expect(summary.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(err).toBe("Hello from a partition.\n");
  });

  it("does not care how far cores run ahead, whether polling is skipped, or who listens", () => {
    const plain = hallows("run", program("quicksort"), "--json").out;
    expect(hallows("run", program("quicksort"), "--json", "--run-ahead", "1", "--no-skip").out).toBe(plain);
    expect(hallows("run", program("quicksort"), "--json", "--trace", join(folder, "quicksort.json")).out).toBe(plain);
  });

  it("takes a truncated program for what it is", () => {
    const bytes = readFileSync(join(PROGRAMS, "hello.elf"));
    const { code, err } = hallows("run", write(folder, "short.elf", bytes.subarray(0, 100)));
    expect(code).toBe(2);
    expect(err).toMatch(/^hallows: .*short\.elf: /);
  });
});
