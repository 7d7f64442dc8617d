import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  drawIpcBars,
  drawIpcSvg,
  ipcCells,
  measureIpc,
  type IpcCell,
  type IpcOptions,
} from "../../dist/bench/ipc/index.js";
import { invoke, ROOT } from "../cli/hallows.js";

const options: IpcOptions = {
  readProgram: (name) => readFileSync(join(ROOT, "images/bench/ipc", name)),
  seed: 1,
  clock: () => 0,
};
const POLLED: IpcCell = { pattern: "one way", way: "polled", where: "across cores", batch: 1, bytes: 8 };

describe("traffic between partitions", () => {
  it.each(["ping-pong", "one way", "fan-in", "fan-out"] as const)(
    "enters the kernel not once where it is polled: %s",
    (pattern) => {
      const { systemCalls, interrupts, kernelCycles, runningCycles } = measureIpc({ ...POLLED, pattern }, 40, options);
      expect({ systemCalls, interrupts, kernelCycles }).toEqual({ systemCalls: 0, interrupts: 0, kernelCycles: 0 });
      expect(runningCycles).toBeGreaterThan(20);
    },
  );

  it("enters it for each wake-up of a ping-pong, and says by which steps", () => {
    const woken = measureIpc({ ...POLLED, pattern: "ping-pong", way: "woken" }, 40, options);
    // A wait and a doorbell at each side, and an interrupt where each arrives.
    expect(woken.systemCalls).toBeCloseTo(4, 1);
    expect(woken.interrupts).toBeCloseTo(2, 1);
    const steps = Object.values(woken.steps);
    expect(steps.reduce((sum, { cycles }) => sum + cycles, 0)).toBeCloseTo(woken.kernelCycles, 6);
    expect(woken.waitingCycles).toBeGreaterThan(2000);
  });

  it("costs the same in each run of the same seed", () => {
    const cell: IpcCell = { ...POLLED, pattern: "bytes", way: "woken", bytes: 1024 };
    expect(measureIpc(cell, 8, options)).toEqual(measureIpc(cell, 8, options));
  });

  it("is drawn, a bar a cell", () => {
    const results = [measureIpc(POLLED, 8, options)];
    expect(drawIpcBars(results)).toHaveLength(2);
    expect(drawIpcSvg(results, "title")).toMatch(/^<svg.*<\/svg>\n$/s);
  });

  it("has cells for batches from 1 to 64, and sizes from 8 B to 1 MiB", () => {
    const cells = ipcCells(false);
    expect(new Set(cells.map(({ batch }) => batch))).toEqual(new Set([1, 2, 4, 8, 16, 32, 64]));
    expect(Math.min(...cells.map(({ bytes }) => bytes))).toBe(8);
    expect(Math.max(...cells.map(({ bytes }) => bytes))).toBe(2 ** 20);
  });
});

describe("hallows bench ipc", () => {
  it("prints JSON of the cells that are asked for, and refuses where there are none", async () => {
    const words = ["--only", "ping-pong, 8 B, batch 1, polled", "--count", "20", "--json"];
    const { code, out } = await invoke("bench", "ipc", ...words);
    expect(code).toBe(0);
    const report = JSON.parse(out) as { cells: { pattern: string }[] };
    expect(report.cells.map(({ pattern }) => pattern)).toEqual(["ping-pong"]);
    expect((await invoke("bench", "ipc", "--only", "nothing")).code).not.toBe(0);
  });
});
