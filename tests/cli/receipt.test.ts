import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { invoke, PROGRAMS, temporaryFolder, write } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

function describeLoop(wcet: string): string {
  copyFileSync(join(PROGRAMS, "periodic.elf"), join(folder, "periodic.elf"));
  return write(
    folder,
    `${wcet.replaceAll(" ", "-")}.toml`,
    `[machine]
frequency = "100 MHz"

[partition.loop]
class = "realtime"
program = "periodic.elf"
core = 0
period = "2 ms"
wcet = "${wcet}"
`,
  );
}

describe("hallows boot --receipt", () => {
  it("sets the bound of a thread beside the largest response, with its causes, and says that none was passed", async () => {
    const { code, out } = await invoke("boot", describeLoop("200 us"), "--for", "9ms", "--headless", "--receipt");
    expect(code).toBe(0);
    const [, activations, bound, largest] = /^loop\.main +(\d+) +(\d+) +(\d+) .*own work \d+/m.exec(out) ?? [];
    expect(Number(activations)).toBe(5);
    expect(Number(bound)).toBeGreaterThan(20_000);
    expect(Number(largest)).toBeLessThan(Number(bound));
    expect(out).toContain("no bound was passed");
  });

  it("tells of a wcet that was not true", async () => {
    const { out } = await invoke("boot", describeLoop("1 us"), "--for", "9ms", "--headless", "--receipt");
    expect(out).toContain("1 passed: a wcet is not true");
  });
});
