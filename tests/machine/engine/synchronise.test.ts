/**
 * Cores that pass a token round through a shared page, on both engines: loads and stores in order, stores ahead of their
 * turn, read-modify-writes, and polling, wherever it is found.
 */
import { describe, expect, it } from "vitest";
import { hashText } from "../../../dist/trace/index.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/wasm-engine.js";
import { bareMachine, imm32, SHARED, type Bare, type BareOptions } from "../bare.js";

const ROUNDS = 120;
const LINE = 64;
const NOTES = 0x200;
const COUNTER = 0x400;

/** Of each core a word with the token, and a line of notes. `pause` turns of private work before it is handed on. */
function passer(core: number, cores: number, pause: number): number[] {
  const next = (core + 1) % cores;
  const isFirst = core === 0;
  const step = [0xff, 0xc0]; // inc eax
  const body = [
    ...[0x39, 0x87, ...imm32(core * LINE)], //                  poll: cmp [rdi+own], eax
    ...[0x75, 0xf8], //                                               jne poll
    ...[0x89, 0x87, ...imm32(NOTES + core * LINE)], //                mov [rdi+notes], eax
    ...[0x66, 0x89, 0x8f, ...imm32(NOTES + core * LINE + 4)], //      mov [rdi+notes+4], cx
    ...[0x88, 0x8f, ...imm32(NOTES + core * LINE + 7)], //            mov [rdi+notes+7], cl
    ...[0x48, 0x89, 0x8f, ...imm32(NOTES + core * LINE + 60)], //     mov [rdi+notes+60], rcx (two lines)
    ...[0xba, ...imm32(pause)], //                                    mov edx, pause
    ...[0xff, 0xca, 0x75, 0xfc], //                             turn: dec edx; jne turn
    ...[0x03, 0x8f, ...imm32(NOTES + next * LINE)], //                add ecx, [rdi+the next one's notes]
    ...[0xbe, ...imm32(core + 1)], //                                 mov esi, core + 1
    ...[0xf0, 0x0f, 0xc1, 0xb7, ...imm32(COUNTER)], //                lock xadd [rdi+counter], esi
    ...[0x01, 0xf1], //                                               add ecx, esi
    ...(isFirst ? step : []),
    ...[0x89, 0x87, ...imm32(next * LINE)], //                        mov [rdi+the next one's], eax
    ...(isFirst ? [] : step),
    ...[0x3d, ...imm32(isFirst ? ROUNDS : ROUNDS + 1)], //            cmp eax, the last
  ];
  return [
    ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
    ...[0xb8, ...imm32(isFirst ? 0 : 1)], // mov eax, the first token
    ...body,
    ...[0x0f, 0x85, ...imm32(-body.length - 6)], // jne poll
    ...[0x0f, 0x05], //                             syscall
  ];
}

/** Stores and never loads. */
const STREAMER = [
  ...[0xbf, ...imm32(Number(SHARED))], //       mov edi, SHARED
  ...[0xb8, ...imm32(1)], //                    mov eax, 1
  ...[0x89, 0x87, ...imm32(COUNTER + LINE)], // turn: mov [rdi+…], eax
  ...[0x89, 0x87, ...imm32(NOTES)], //          mov [rdi+notes of core 0], eax
  ...[0xff, 0xc0], //                           inc eax
  ...[0x3d, ...imm32(4000)], //                 cmp eax, 4000
  ...[0x75, 0xeb], //                           jne turn
  ...[0x0f, 0x05], //                           syscall
];

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

function run(pauses: readonly number[], options: Partial<BareOptions>): { result: unknown; bare: Bare } {
  const programs = pauses.map((pause, core) => passer(core, pauses.length, pause));
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
    const { bare } = run([3, 40], { engine: "wasm", hotRuns: 2 });
    const { counts } = bare.machine.engine as WasmEngine;
    const retired = bare.machine.state.cores.reduce((sum, core) => sum + core.retired, 0);
    // Every instruction takes a cycle.
    expect(counts.translated).toBeGreaterThan((retired - bare.machine.skippedCycles()) * 0.7);
    expect(counts.polls).toBeGreaterThan(ROUNDS / 2);
    // Of the eight synchronising accesses of a turn.
    expect(counts.deferred).toBeLessThan(ROUNDS * 2 * 4);
  });

  it("can be stopped with stores that wait for their turn, and go on elsewhere", () => {
    const pauses = [3, 40, 9];
    const programs = [...pauses.map((pause, core) => passer(core, pauses.length, pause)), STREAMER];
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
