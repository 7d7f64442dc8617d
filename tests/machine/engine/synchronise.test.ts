/**
 * Cores that pass a token round through a shared page, on both engines: loads and stores in order, stores ahead of
 * their turn, read-modify-writes, and polling, wherever it is found.
 */
import { describe, expect, it } from "vitest";
import { hashText } from "../../../dist/trace/index.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { bareMachine, DATA, imm32, SHARED, type Bare, type BareOptions } from "../bare.js";
import { pairChanger, passer, ROUNDS, streamer } from "./passers.js";

function resultOf(bare: Bare): unknown {
  const { state } = bare.machine;
  const words = new Uint32Array(state.memory.buffer);
  return {
    clocks: state.cores.map((core) => [core.now, core.retired, core.blockIndex]),
    registers: state.cores.map((core) => Array.from({ length: 18 }, (_, i) => bare.register(core.id, i))),
    hashes: state.cores.map((core) => hashText(words, 0x300000 + core.id * 512)),
    shared: Buffer.from(bare.machine.readRam(bare.sharedFrame, 4096)).toString("hex"),
  };
}

function run(
  pauses: readonly number[],
  options: Partial<BareOptions>,
  rounds = ROUNDS,
): { result: unknown; bare: Bare } {
  const programs = pauses.map((pause, core) => passer(core, pauses.length, pause, rounds));
  const bare = bareMachine({ ...options, programs });
  bare.run();
  expect(bare.exits.map((exit) => exit?.kind)).toEqual(pauses.map(() => "syscall"));
  return { result: resultOf(bare), bare };
}

describe("cores that pass a token", () => {
  for (const pauses of [
    [1, 1],
    [3, 40],
    [1, 7, 90],
    [400, 1, 30, 5],
  ])
    it(`are exact with ${pauses.length} of them that work ${pauses.join(", ")} turns`, () => {
      const { result } = run(pauses, { engine: "reference", skipPolling: false });
      for (const runAheadCycles of [1, 37, 1000])
        for (const skipPolling of [true, false])
          for (const hotRuns of [2, 30]) {
            const other = run(pauses, { engine: "wasm", hotRuns, skipPolling, runAheadCycles });
            expect(other.result).toEqual(result);
          }
    });

  it("retire in translated code, and make most of their stores without waiting", () => {
    const rounds = 4 * ROUNDS;
    const { bare } = run([3, 40], { engine: "wasm", hotRuns: 2, farCalls: 0 }, rounds);
    const { counts } = bare.machine.engine as WasmEngine;
    const retired = bare.machine.state.cores.reduce((sum, core) => sum + core.retired, 0);
    // Every instruction takes a cycle.
    expect(counts.translated).toBeGreaterThan((retired - bare.machine.skippedCycles()) * 0.7);
    expect(counts.polls).toBeGreaterThan(rounds / 2);
    // Of the eight synchronising accesses of a turn.
    expect(counts.deferred).toBeLessThan(rounds * 2 * 4);
  });

  it("can be stopped with stores that wait for their turn, and go on elsewhere", () => {
    const pauses = [3, 40, 9];
    const programs = [...pauses.map((pause, core) => passer(core, pauses.length, pause)), streamer()];
    const whole = bareMachine({ programs });
    whole.run();
    const result = resultOf(whole);
    let waiting = 0;
    const machines = (["wasm", "reference"] as const).map((engine) =>
      bareMachine({
        programs,
        engine,
        hotRuns: 2,
        onEvent(core, _, { machine }) {
          machine.state.cores[core].timerAt = machine.state.cores[core].now + 331;
          machine.stop();
        },
      }),
    );
    const [first, second] = machines;
    first.machine.state.cores[0].timerAt = 50;
    for (let turn = 0; ; turn++) {
      const [here, there] = turn % 8 === 7 ? [second, first] : [first, second];
      const isOver = here.run() !== "stopped";
      const { state } = here.machine;
      waiting += new Uint32Array(state.memory.buffer, 0x1000000 + state.ramBytes, 1)[0];
      there.machine.restore(here.machine.save());
      if (turn % 8 !== 7 && turn % 8 !== 6) here.machine.restore(there.machine.save());
      if (isOver) break;
    }
    expect(resultOf(first)).toEqual(result);
    expect(waiting).toBeGreaterThan(0);
  });

  it("can be saved at any time and go on elsewhere", () => {
    const pauses = [3, 40, 9];
    const { result, bare } = run(pauses, { engine: "reference" });
    const end = Math.max(...bare.machine.state.cores.map((core) => core.now));
    const programs = pauses.map((pause, core) => passer(core, pauses.length, pause));
    const machines = (["wasm", "reference"] as const).map((engine) => bareMachine({ programs, engine, hotRuns: 2 }));
    for (let at = 100, turn = 0; at < end; at += 997, turn++) {
      machines[turn % 2].run(at);
      machines[(turn + 1) % 2].machine.restore(machines[turn % 2].machine.save());
    }
    machines[0].run();
    machines[1].run();
    expect(resultOf(machines[0])).toEqual(result);
    expect(resultOf(machines[1])).toEqual(result);
  });
});

describe("cores that change pairs of words", () => {
  it("find each other's changes in the order of their cycles", () => {
    for (const pauses of [[1], [1, 1], [3, 0, 9]]) {
      const programs = pauses.map((pause, core) => pairChanger(core, pause));
      const expected = bareMachine({ engine: "reference", programs });
      expected.run();
      for (const runAheadCycles of [1, 100]) {
        const bare = bareMachine({ engine: "wasm", hotRuns: 2, runAheadCycles, programs });
        bare.run();
        expect(resultOf(bare)).toEqual(resultOf(expected));
        // ENTER on such a stack is the reference engine's, and each other core interrupts often.
        const { counts } = bare.machine.engine as WasmEngine;
        expect(counts.translated).toBeGreaterThan(pauses.length === 1 ? 3000 : 300);
      }
    }
  });
});

describe("a repetition whose elements lie in a shared page", () => {
  const TURNS = 300;
  const ENGINE_RUNS = 100_000;
  // The other operand crosses into the next page, so that elements are fetched one by one.
  const repeats = [
    ...[0xbb, ...imm32(TURNS)], //                mov ebx, TURNS
    ...[0xbe, ...imm32(Number(DATA) + 0xffe)], // turn: mov esi, DATA + 0xffe
    ...[0xbf, ...imm32(Number(SHARED) + 0x40)], //      mov edi, SHARED + 0x40
    ...[0xb9, ...imm32(3)], //                          mov ecx, 3
    ...[0xf2, 0xa7], //                                 repne cmpsd
    ...[0xff, 0xcb], //                                 dec ebx
    ...[0x75, 0xeb], //                                 jnz turn
    ...[0x0f, 0x05], //                                 syscall
  ];
  // MOV of a selector is never translated, so that this core can't come forward while the other waits within its slice.
  const counts = [
    ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
    ...[0xbe, ...imm32(5 * TURNS)], //      mov esi, 5 * TURNS
    ...[0x31, 0xc0], //               turn: xor eax, eax
    ...[0x8c, 0xd8], //                     mov eax, ds
    ...[0x83, 0x07, 0x01], //               add dword [rdi], 1
    ...[0xff, 0xce], //                     dec esi
    ...[0x75, 0xf5], //                     jnz turn
    ...[0x0f, 0x05], //                     syscall
  ];

  it.each([
    ["first", [repeats, counts]],
    ["second", [counts, repeats]],
  ])("goes on where another core stands at the same cycle (the %s core repeats)", (_, programs) => {
    const outcome = (options: Partial<BareOptions>): unknown => {
      const bare = bareMachine({ ...options, programs });
      const { engine } = bare.machine;
      const { run } = engine;
      let runs = 0;
      engine.run = (core, slice) => {
        if (++runs > ENGINE_RUNS) throw new Error("nothing moves any more");
        return run(core, slice);
      };
      bare.run();
      expect(bare.exits.map((exit) => exit?.kind)).toEqual(["syscall", "syscall"]);
      return resultOf(bare);
    };
    const expected = outcome({ engine: "reference" });
    for (const farCalls of [0, undefined]) expect(outcome({ engine: "wasm", hotRuns: 2, farCalls })).toEqual(expected);
  });
});
