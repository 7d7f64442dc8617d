/**
 * The translating engine in lock-step with the reference engine: after every slice both have the same registers, flags,
 * memory, place in the block, clock, instruction count and hash. HALLOWS_CASES and HALLOWS_SEED make a campaign of it.
 */
import { describe, expect, it } from "vitest";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { createRandom, type Random } from "../isa/row-encoder.js";
import { bareMachine, CODE, DATA, imm32, RFLAGS, SHARED, type Bare } from "../bare.js";
import { note, randomProgram, type Coverage } from "./random-program.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const CASES = Number(process.env["HALLOWS_CASES"] ?? 500);

function text(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `0x${inner.toString(16)}` : inner));
}

/** All that the engines must agree in but RAM. */
function describeBare(bare: Bare): string {
  const { state, engine } = bare.machine;
  return text(
    state.cores.map((core) => {
      if (core.activity === "running") engine.store(core.id);
      const registers = Array.from({ length: 20 }, (_, index) => bare.register(core.id, index));
      const { now, retired, activity, blockStart, blockIndex, repeatStarted, timerAt } = core;
      const hash = state.view.getBigUint64(0x300000 + 512 * core.id, true);
      const exit = bare.exits[core.id];
      const vectors = Array.from({ length: 33 }, (_, index) =>
        state.view.getBigUint64(core.id * 0x10000 + 0xf8 + 8 * index, true),
      );
      return { registers, vectors, now, retired, activity, blockStart, blockIndex, repeatStarted, timerAt, hash, exit };
    }),
  );
}

function ram(bare: Bare): Uint8Array {
  return bare.machine.state.bytes.subarray(0x1000000);
}

/** First place where RAM differs, or -1. */
function differenceInRam(a: Bare, b: Bare): number {
  const left = new BigUint64Array(ram(a).buffer, 0x1000000);
  const right = new BigUint64Array(ram(b).buffer, 0x1000000);
  for (const [from, to] of RANGES)
    if (
      Buffer.compare(
        Buffer.from(left.buffer, 0x1000000 + from, to - from),
        Buffer.from(right.buffer, 0x1000000 + from, to - from),
      ) !== 0
    )
      for (let at = from / 8; at < to / 8; at++) if (left[at] !== right[at]) return at * 8;
  return -1;
}
/** Tables, code, data and the shared page of up to two cores. */
const RANGES = [
  [0x10000, 0x30000],
  [0x200000, 0x220000],
  [0x400000, 0x420000],
  [0x700000, 0x701000],
] as const;

interface Case {
  readonly programs: readonly (readonly number[])[];
  readonly registers: readonly (readonly (readonly [number, bigint])[])[];
  readonly timerEvery: number;
  readonly until: number;
}

function makeCase(random: Random, coverage: Coverage): Case {
  const cores = random(4) === 0 ? 2 : 1;
  const programs: number[][] = [];
  const registers: (readonly [number, bigint])[][] = [];
  if (cores === 2) note(coverage, "two cores");
  const timerEvery = random(2) === 0 ? 0 : 1 + random(300);
  if (timerEvery > 0) note(coverage, "timer");
  for (let core = 0; core < cores; core++) {
    const options = { blocks: 1 + random(10), modifiesCode: random(8) === 0, usesShared: cores === 2 };
    programs.push(randomProgram(random, options, coverage));
    const set: (readonly [number, bigint])[] = [];
    for (let register = 0; register < 16; register++) {
      const low = BigInt(random(0x10000)) | (BigInt(random(0x10000)) << 16n);
      const wide = random(2) === 0 ? low : low | (BigInt(random(0x10000)) << 48n);
      set.push([register, random(4) === 0 ? BigInt(random(4)) : wide]);
    }
    const nearEnd = random(3) === 0;
    if (nearEnd) note(coverage, "page end");
    set.push([6, DATA + (nearEnd ? 0xfbcn : 0x1000n + BigInt(random(64)))]);
    set.push([7, DATA + (nearEnd ? 0x2fc0n : 0x3000n + BigInt(random(64)))]);
    set.push([3, SHARED + 0x40n]);
    set.push([4, DATA + 0x8000n]);
    set.push([15, BigInt(1 + random(200))]);
    set.push([RFLAGS, 0x202n | BigInt(random(0x1000) & 0x8d5)]);
    registers.push(set);
  }
  return {
    programs,
    registers,
    timerEvery,
    until: 2000 + random(4000),
  };
}

function boot(test: Case, engine: "reference" | "wasm"): Bare {
  const onEvent = (core: number, _: unknown, bare: Bare): void => {
    const state = bare.machine.state.cores[core];
    state.timerAt = state.now + test.timerEvery;
  };
  // Few, so that making room is a part of every other case.
  const mostRegions = test.until % 2 === 0 ? 2 : undefined;
  // Far regions alone, each in a module of its own, so that modules are brought together.
  const far = test.until % 3 === 0 ? { farCalls: 0, batchBlocks: 1 } : {};
  const options = { hotRuns: 2, mostRegions, skipPolling: true, sharesTable: test.until % 4 < 2, ...far };
  const bare = bareMachine({ programs: test.programs, onEvent, engine, ...options });
  test.registers.forEach((set, core) => {
    for (const [register, value] of set) bare.setRegister(core, register, value);
    if (test.timerEvery > 0) bare.machine.state.cores[core].timerAt = test.timerEvery;
    // What a RET without a CALL finds.
    const { view } = bare.machine.state;
    for (let at = 0; at < 64; at++) view.setBigUint64(0x1000000 + bare.dataFrame(core) + 0x8000 + 8 * at, CODE, true);
  });
  return bare;
}

/** Runs both in the same slices; the first difference as text, or null. */
export function lockStep(test: Case, random: Random, coverage: Coverage): string | null {
  const reference = boot(test, "reference");
  const wasm = boot(test, "wasm");
  let at = 0;
  while (at < test.until) {
    at += random(3) === 0 ? 1 + random(20) : 1 + random(1500);
    const limit = random(8) === 0 ? 1 + random(200) : Infinity;
    const left = reference.run(at, limit);
    const right = wasm.run(at, limit);
    if (left !== right) return `ended ${left} and ${right} at ${at}`;
    const a = describeBare(reference);
    const b = describeBare(wasm);
    if (a !== b) return `at ${at}:\nreference ${a}\nwasm      ${b}`;
    const place = differenceInRam(reference, wasm);
    if (place >= 0) return `at ${at}: RAM differs at 0x${place.toString(16)}`;
    if (left === "quiet") break;
  }
  for (const exit of reference.exits) if (exit !== null) note(coverage, `exit ${exit.kind}`);
  const { counts } = wasm.machine.engine as WasmEngine;
  if (counts.dropped > counts.evicted) note(coverage, "dropped regions");
  if (counts.evicted > 0) note(coverage, "made room");
  if (counts.leftInBlock > 0) note(coverage, "left in a block");
  if (counts.leftForTime > 0) note(coverage, "left for time");
  if (counts.leftForBlock > 0) note(coverage, "left for a block");
  if (counts.merges > 0) note(coverage, "merged");
  if (counts.replaced > 0) note(coverage, "near by far");
  coverage.set("instructions", (coverage.get("instructions") ?? 0) + reference.machine.state.cores[0].retired);
  coverage.set("translated", (coverage.get("translated") ?? 0) + counts.translated);
  return null;
}

describe("the translating engine", () => {
  it(`${CASES} random programs run in lock-step, from seed ${SEED}`, { timeout: 3_600_000 }, () => {
    const coverage: Coverage = new Map();
    for (let index = 0; index < CASES; index++) {
      const random = createRandom(SEED * 1_000_003 + index);
      const test = makeCase(random, coverage);
      const difference = lockStep(test, random, coverage);
      const bytes = test.programs.map((program) => Buffer.from(program).toString("hex")).join("\n");
      if (difference !== null) expect.fail(`case ${index} of seed ${SEED}: ${difference}\n${bytes}`);
    }
    console.log(`seed ${SEED}: ${text([...coverage])}`);
    for (const what of [
      "branch",
      "loop",
      "call",
      "return",
      "indirect",
      "repeat",
      "direction",
      "timer",
      "shared",
      "modifies",
      "page end",
      "two cores",
      "exit fault",
      "made room",
      "left in a block",
      "left for time",
      "left for a block",
      "near by far",
    ])
      expect(coverage.get(what) ?? 0, what).toBeGreaterThan(CASES / 200);
    for (const what of ["merged", "dropped regions"]) expect(coverage.get(what) ?? 0, what).toBeGreaterThan(0);
    expect(coverage.get("translated") ?? 0).toBeGreaterThan((coverage.get("instructions") ?? 0) / 4);
  });

  it("translates what several cores have at the same address, each for itself", () => {
    const rounds = 3000;
    const looping = (core: number): number[] => {
      const body = [
        ...Array.from({ length: core }, () => 0x90), // nop
        ...[0x0f, 0x05], //                             syscall
        ...[0xff, 0xc3], //                             inc ebx
        ...[0x81, 0xfb, ...imm32(rounds)], //           cmp ebx, rounds
      ];
      return [...body, ...[0x0f, 0x85, ...imm32(-body.length - 6)], ...[0x0f, 0x05]];
    };
    const bare = bareMachine({ programs: [0, 1, 2, 3].map(looping), engine: "wasm", hotRuns: 2, calls: rounds });
    bare.run(Infinity);
    const { counts } = bare.machine.engine as WasmEngine;
    expect(counts.replaced).toBeGreaterThanOrEqual(4);
    expect(counts.systemCalls).toBeGreaterThan(0.95 * 4 * rounds);
  });

  it("agrees with an event at every cycle of a loop with calls, stores and a repetition", () => {
    // mov r15d, 40; loop: mov ecx, 9; rep stosb; sub rdi, 9; push rax; pop rdx; call f; dec r15; jnz loop; int3
    // f: imul rax, rdx; inc rax; mov [rsi], rax; adc [rsi + 0xffc], rax; ret
    const program = [
      ...[0x41, 0xbf, 40, 0, 0, 0, 0xb9, 9, 0, 0, 0, 0xf3, 0xaa, 0x48, 0x83, 0xef, 9, 0x50, 0x5a, 0xe8, 6, 0, 0, 0],
      ...[0x49, 0xff, 0xcf, 0x75, 0xe9, 0xcc],
      ...[0x48, 0x0f, 0xaf, 0xc2, 0x48, 0xff, 0xc0, 0x48, 0x89, 0x06, 0x48, 0x11, 0x86, 0xfc, 0x0f, 0, 0, 0xc3],
    ];
    const registers = [
      [0, 3n],
      [4, DATA + 0x8000n],
      [6, DATA + 0x1000n],
      [7, DATA + 0x3000n],
      [RFLAGS, 0x202n],
    ] as const;
    const coverage: Coverage = new Map();
    for (let timerEvery = 1; timerEvery <= 120; timerEvery++) {
      const test: Case = { programs: [program], registers: [registers], timerEvery, until: 1500 };
      expect(lockStep(test, createRandom(timerEvery), coverage), `an event every ${timerEvery} cycles`).toBe(null);
    }
    expect(coverage.get("exit breakpoint")).toBeGreaterThan(100);
    expect(coverage.get("translated")).toBeGreaterThan(10_000);
  });

  it("keeps flags that the region before left, where one only changes CF and touches no other flag", () => {
    // mov r15d, 80; lea r10, c; lea r11, b
    // loop: cmp r15d, 40; cmovl r10, r11; test r15b, 1; jmp r10 (to b only after c has a region, which lacks b)
    // b: stc; mov eax, ds; pushfq; pop r8; jmp c; c: add r14, r8; dec r15d; jnz loop; int3
    const program = [
      ...[0x41, 0xbf, 80, 0, 0, 0, 0x4c, 0x8d, 0x15, 30, 0, 0, 0, 0x4c, 0x8d, 0x1d, 15, 0, 0, 0],
      ...[0x41, 0x83, 0xff, 40, 0x4d, 0x0f, 0x4c, 0xd3, 0x41, 0xf6, 0xc7, 1, 0x41, 0xff, 0xe2],
      ...[0xf9, 0x8c, 0xd8, 0x9c, 0x41, 0x58, 0xeb, 0, 0x4d, 0x01, 0xc6, 0x41, 0xff, 0xcf, 0x75, 0xe1, 0xcc],
    ];
    const registers = [
      [4, DATA + 0x8000n],
      [RFLAGS, 0x202n],
    ] as const;
    const coverage: Coverage = new Map();
    const test: Case = { programs: [program], registers: [registers], timerEvery: 0, until: 20_000 };
    expect(lockStep(test, createRandom(1), coverage)).toBe(null);
    expect(coverage.get("exit breakpoint")).toBe(1);
    expect(coverage.get("left in a block")).toBe(1);
  });

  it("makes the flags of the second side of a branch of values that the blocks of the first side have not touched", () => {
    // mov r15d, 60; mov r14d, 3
    // loop: sbb esi, [rdi]; dec r14d (CF stays); jz other; rcl dword [rdi + 64], 1; jmp loop
    // other: mov r14d, 3; some loads; some additions; dec r15d; jnz loop; int3
    for (let loads = 0; loads <= 4; loads++)
      for (let additions = 1; additions <= 5; additions++) {
        const other = [
          ...Array.from({ length: loads }, (_, i) => [0x8b, 0x47, 4 * i]).flat(),
          ...Array.from({ length: additions }, () => [0x01, 0xd0, 0x11, 0xc2]).flat(),
        ];
        const program = [
          ...[0x41, 0xbf, ...imm32(60), 0x41, 0xbe, ...imm32(3)],
          ...[0x1b, 0x37, 0x41, 0xff, 0xce, 0x74, 5, 0xd1, 0x57, 64, 0xeb, 0xf4],
          ...[0x41, 0xbe, ...imm32(3), ...other, 0x41, 0xff, 0xcf, 0x0f, 0x85, ...imm32(-(27 + other.length)), 0xcc],
        ];
        const registers = [
          [2, 7n],
          [4, DATA + 0x8000n],
          [6, 0x8000_0001n],
          [7, DATA + 0x1000n],
          [RFLAGS, 0x203n],
        ] as const;
        // Near regions, and far ones.
        for (const until of [20_000, 20_001]) {
          const test: Case = { programs: [program], registers: [registers], timerEvery: 0, until };
          expect(lockStep(test, createRandom(1), new Map()), `${loads} loads, ${additions} additions`).toBe(null);
        }
      }
  });
});
