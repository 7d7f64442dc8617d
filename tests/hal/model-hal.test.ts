import { describe, expect, it } from "vitest";
import type { Supervisor } from "../../dist/hal/index.js";
import { createModelHal, type ModelAction, type ModelHal } from "../../dist/hal/model-hal.js";
import { TraceStream } from "../../dist/trace/index.js";

function model(cores: number, programs: (readonly ModelAction[])[], changes: object = {}): ModelHal {
  const hal = createModelHal({ cores, frequencyHz: 1e6, programs, trace: new TraceStream(cores), ...changes });
  const space = hal.createAddressSpace(0, 0, 4096);
  programs.forEach(() => hal.createContext(space));
  return hal;
}

/** Runs context = core, and writes down every exit. */
function recorder(hal: ModelHal, log: string[], react: (core: number, kind: string) => void = () => {}): Supervisor {
  return {
    handle(core, exit) {
      log.push(`${hal.now(core)} ${core} ${exit.kind}`);
      react(core, exit.kind);
      return { kind: "run", context: core };
    },
  };
}

describe("the model HAL", () => {
  it("handles exits in the order (cycle, core)", () => {
    const step: ModelAction[] = [
      { kind: "run", cycles: 9 },
      { kind: "call", number: 1 },
      { kind: "loop", to: 0 },
    ];
    const hal = model(3, [
      step,
      step,
      [
        { kind: "run", cycles: 4 },
        { kind: "call", number: 1 },
        { kind: "loop", to: 0 },
      ],
    ]);
    const log: string[] = [];
    expect(hal.run(recorder(hal, log), { until: 20 })).toBe("until");
    expect(log).toEqual([
      "0 0 start",
      "0 1 start",
      "0 2 start",
      "5 2 syscall",
      "10 0 syscall",
      "10 1 syscall",
      "10 2 syscall",
      "15 2 syscall",
      "20 0 syscall",
      "20 1 syscall",
      "20 2 syscall",
    ]);
    expect([0, 1, 2].map((core) => hal.now(core))).toEqual([20, 20, 20]);
  });

  it("delivers a message after the least latency, or when it is asked to later", () => {
    const hal = model(2, [[{ kind: "run", cycles: 9_000 }], [{ kind: "run", cycles: 9_000 }]], {
      leastLatencyCycles: 70,
    });
    const log: string[] = [];
    const supervisor = recorder(hal, log, (core, kind) => {
      if (core !== 0 || kind !== "start") return;
      hal.send(0, 1, 0, 0, 0, 500);
      hal.send(0, 1, 0, 0, 0);
      hal.send(0, 0, 0, 0, 0, 10);
    });
    hal.run(supervisor, { until: 1_000 });
    expect(log).toEqual(["0 0 start", "0 1 start", "70 0 message", "70 1 message", "500 1 message"]);
  });

  it("fires a timer once, interrupts work, and says what is left of it", () => {
    const hal = model(1, [[]]);
    const log: string[] = [];
    hal.run(
      {
        handle(core, exit) {
          log.push(`${hal.now(core)} ${exit.kind} ${hal.remainingWork(core)}`);
          if (exit.kind === "start") hal.armTimer(core, 30);
          if (exit.kind === "work-done") return { kind: "idle" };
          return { kind: "work", cycles: exit.kind === "start" ? 100 : hal.remainingWork(core) };
        },
      },
      { until: 1_000 },
    );
    expect(log).toEqual(["0 start 0", "30 timer 70", "100 work-done 0"]);
  });

  it("is quiet when nothing can happen any more", () => {
    const hal = model(2, [[], []]);
    expect(hal.run({ handle: () => ({ kind: "idle" }) }, { until: Infinity })).toBe("quiet");
  });

  it("stops after a number of instructions, and on request", () => {
    const hal = model(1, [
      [
        { kind: "run", cycles: 100 },
        { kind: "call", number: 1 },
        { kind: "loop", to: 0 },
      ],
    ]);
    const log: string[] = [];
    expect(hal.run(recorder(hal, log), { until: Infinity, maxInstructions: 40 })).toBe("instructions");
    expect(hal.now(0)).toBe(40);
    expect(
      hal.run(
        recorder(hal, log, () => hal.stop()),
        { until: Infinity },
      ),
    ).toBe("stopped");
    expect(log).toEqual(["0 0 start", "101 0 syscall"]);
  });

  it("passes arguments as 64-bit values and keeps the answer", () => {
    const hal = model(1, [
      [
        { kind: "run", cycles: 5 },
        { kind: "call", number: 3, arguments: [-1, 7n, { fromNow: 10 }] },
        { kind: "run", cycles: 50 },
      ],
    ]);
    const calls: unknown[] = [];
    hal.run(
      {
        handle(core, exit, context) {
          if (exit.kind === "syscall") {
            const values = [0, 1, 2, 3].map((index) => hal.systemCallArgument(core, index));
            calls.push([hal.systemCallNumber(core), ...values]);
            hal.returnFromSystemCall(core, context, 6, 9);
          }
          return { kind: "run", context: 0 };
        },
      },
      { until: 20 },
    );
    expect(calls).toEqual([[3, 0xffff_ffff_ffff_ffffn, 7, 16, 0]]);
    expect(hal.state.contexts[0].answer).toEqual({ status: 6, value: 9, at: 6 });
  });

  it("ends its run of programs that loop without taking time with a Bug", () => {
    const hal = model(1, [[{ kind: "loop", to: 0 }]]);
    expect(() => hal.run(recorder(hal, []), { until: 10 })).toThrow(/loops without taking time/);
  });

  it("refuses mappings as the machine does", () => {
    const hal = model(1, []);
    const map = (at: bigint, write: boolean, execute: boolean) => () =>
      hal.map(0, at, 0, 8192, { write, execute }, false);
    expect(map(0x1000n, true, true)).toThrow(/writable and executable/);
    map(0x1000n, true, false)();
    expect(map(0x2000n, false, true)).toThrow(/mapped already/);
    expect(map(0x1800n, false, true)).toThrow(/whole pages/);
    expect(map(0x3000n, false, true)).not.toThrow();
  });

  it("reads back what was written across pages, and zero elsewhere", () => {
    const hal = model(1, []);
    hal.writePhysical(4094, Uint8Array.of(1, 2, 3, 4));
    expect(hal.readPhysical(4093, 6)).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 0));
    hal.clearPhysical(4095, 2);
    expect(hal.readPhysical(4093, 6)).toEqual(Uint8Array.of(0, 1, 0, 0, 4, 0));
  });
});
