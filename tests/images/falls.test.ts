/**
 * A partition may fall at any instruction of a send or a receive, and nobody sleeps for ever: neither its peer, which
 * may wait for a message or for space that was stored and not yet announced, nor its own next life.
 *
 * Skipped, and counted, without gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createSession, loadSystem } from "../../dist/system/index.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const DONE = 7;
/**
 * Cycles round a store of the producer's tail while the consumer sleeps, and of the consumer's head while the producer
 * does; about one instruction a cycle. Without the kernel's doorbells somebody sleeps for ever after some of them.
 */
const FALLS = { producer: 22_796, consumer: 13_306 };
const CYCLES = 36;

const partition = (name: string, core: number): string => `
[partition.${name}]
class = "realtime"
program = "${name}.elf"
core = ${core}
restart = "restart"
memory = "512 KiB"
[partition.${name}.thread.work]
entry = "work"
priority = 1
[partition.${name}.thread.fail]
entry = "fail"
priority = 9
`;

describe.skipIf(!hasGcc)("a partition that falls between storing an index and ringing", () => {
  const folder = mkdtempSync(join(tmpdir(), "hallows-falls-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let program = Buffer.alloc(0);
  if (hasGcc) {
    execFileSync(join(ROOT, "images/build.sh"), [folder, join(ROOT, "tests/images/falls/falls.c")], { stdio: "pipe" });
    program = readFileSync(join(folder, "falls.elf"));
  }
  const fallingAt = (cycle: number): Buffer => {
    const copy = Buffer.from(program);
    copy.writeBigUInt64LE(BigInt(cycle), copy.indexOf("when to fall at") + 16);
    return copy;
  };

  /** Exit codes of producer and consumer; -1 for one that sleeps for good. And where the fall was, or -1. */
  function boot(who: "producer" | "consumer", cycle: number, cores: string): { codes: number[]; faults: number } {
    const text = `[machine]\nfrequency = "1 MHz"\n${cores}\n[[channel]]\nname = "numbers"\nfrom = "producer"\nto = "consumer"\nslots = 4\n`;
    const readFile = (path: string): Uint8Array => (path === `${who}.elf` ? fallingAt(cycle) : program);
    const session = createSession(loadSystem(text, "falls.toml", { readFile }));
    expect(session.run({ until: 2_000_000 })).toBe("quiet");
    const { partitions } = session.kernel.view();
    return {
      codes: partitions.map(({ exitCode }) => exitCode),
      faults: partitions.reduce((sum, { faults }) => sum + faults, 0),
    };
  }

  const apart = partition("producer", 0) + partition("consumer", 1);

  it.each(["producer", "consumer"] as const)("leaves nobody asleep, wherever it is: the %s", (who) => {
    const asleep: number[] = [];
    let fell = 0;
    for (let cycle = FALLS[who]; cycle < FALLS[who] + CYCLES; cycle++) {
      const { codes, faults } = boot(who, cycle, apart);
      fell += faults;
      if (codes.some((code) => code !== DONE)) asleep.push(cycle);
    }
    expect(asleep).toEqual([]);
    expect(fell).toBe(CYCLES);
  });
});
