import { describe, expect, it } from "vitest";
import { STATUSES, SYSTEM_CALL_ROWS } from "../../../dist/abi/index.js";
import type { Path } from "../../../dist/hal/index.js";
import { SYSTEM_CALL_TABLE } from "../../../dist/kernel/calls/index.js";
import { PATHS } from "../../../dist/kernel/costs/cost.js";
import { CALL, call, EVENT, pageFault, run, STATUS } from "../fixture.js";
import { ALL, alone, statuses } from "./caller.js";

const { invalidParam } = STATUS;

describe("system calls", () => {
  it("that don't exist are answered with INVALID_PARAM", () => {
    expect(statuses([call(SYSTEM_CALL_ROWS.length), call(ALL), call(1n << 40n), call(1n << 63n)])).toEqual(
      Array(4).fill(invalidParam),
    );
  });

  it("take any argument without harm, and answer with a status that their row allows", () => {
    const odd = [0n, 1n, 2n, 31n, 32n, 63n, 1n << 31n, 1n << 32n, 1n << 53n, 1n << 63n, ALL];
    for (const row of SYSTEM_CALL_ROWS)
      for (const first of odd)
        for (const second of odd) {
          const system = alone([run(1), call(row.number, first, second, first, second), call(CALL.exit, 0, 0)]);
          for (const { a, b } of system.of(EVENT.return, "me"))
            expect(
              SYSTEM_CALL_ROWS[a].statuses.map((word) => STATUSES[word].number as number),
              `${row.word} ${first} ${second}`,
            ).toContain(b);
        }
  });

  it("leave the caller where it is when it faults instead", () => {
    const system = alone([pageFault()]);
    expect(system.of(EVENT.return)).toEqual([]);
  });

  it("charge no more than their rows say, which the bounds of windows count with", () => {
    const threads = new Set<Path>([PATHS.startThread, PATHS.stopThread, PATHS.wake]);
    const back = new Set<Path>([PATHS.workDone, PATHS.pick, PATHS.armTimer, PATHS.spaceSwitch, PATHS.systemCallReturn]);
    const priceOf = (path: Path): number =>
      threads.has(path) ? 0 : path.steps.reduce((sum, [step, count]) => sum + count * (step + 1), 0);
    const sum = (paths: readonly Path[]): number => paths.reduce((cycles, path) => cycles + priceOf(path), 0);
    let charged = 0;
    for (const { number, word } of SYSTEM_CALL_ROWS)
      for (const first of [0, 1, 2, ALL])
        // Not 1: as a mode it restarts the partition, and what comes after its reload is charged apart.
        for (const second of [0, 2, 3, ALL]) {
          const paths: Path[] = [];
          alone([run(1), call(number, first, second, 5)], {
            onCharge: (core, path) => {
              if (core === 0) paths.push(path);
            },
          });
          const body = paths.slice(paths.indexOf(PATHS.systemCallEntry) + 1);
          const end = body.findIndex((path) => back.has(path));
          const cycles = sum(end < 0 ? body : body.slice(0, end));
          charged += cycles;
          const most = Math.max(...SYSTEM_CALL_TABLE[word].ways.map(sum));
          expect(cycles, `${word} ${first} ${second}`).toBeLessThanOrEqual(most);
        }
    expect(charged).toBeGreaterThan(0);
  });
});
