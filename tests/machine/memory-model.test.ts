/**
 * The seam for what memory costs (src/machine/timing/memory-model.ts), by a model of the simplest kind: a cache of one
 * line a core.
 */
import { describe, expect, it } from "vitest";
import { createJudge } from "../../tools/lockstep/compare.mjs";
import { createContenders, loadLibrary } from "../../tools/lockstep/contenders.mjs";
import { createGenerator } from "../../tools/lockstep/generator.mjs";
import { createLineProfile, MISS_CYCLES } from "../../tools/lockstep/profile.mjs";
import { formatDifference } from "../../tools/lockstep/report.mjs";
import { flatProfile, type TimingProfile } from "../../dist/machine/index.js";
import { createMutant } from "../mutant.js";
import { bareMachine, DATA, imm32, SHARED, type Bare, type BareOptions } from "./bare.js";

const PROFILE: TimingProfile = createLineProfile(flatProfile);
const MOV_EDI_DATA = [0xbf, ...imm32(Number(DATA))];
const SYSCALL = [0x0f, 0x05];

function run(options: BareOptions): Bare {
  const bare = bareMachine({ profile: PROFILE, ...options });
  bare.run();
  return bare;
}

function clockOf(program: readonly number[], options: Partial<BareOptions> = {}): number {
  return run({ ...options, programs: [program] }).machine.state.cores[0].now;
}

describe("a memory model", () => {
  it.each([
    ["a load that misses", [0x8b, 0x07], 1, 1],
    ["a hit", [0x8b, 0x07, 0x8b, 0x47, 0x04], 2, 1],
    ["a line that comes back", [0x8b, 0x07, 0x8b, 0x47, 0x40, 0x8b, 0x07], 3, 3],
    ["a store", [0x89, 0x07], 1, 1],
    ["a read-modify-write", [0xff, 0x07], 1, 1],
    ["an access that crosses lines", [0x8b, 0x47, 0x3e], 1, 2],
    ["an access that crosses pages", [0x8b, 0x87, ...imm32(0xffe)], 1, 2],
    ["a push", [0x50], 1, 1],
    ["no access", [0x90], 1, 0],
  ])("is asked for %s", (_name, code, instructions, misses) => {
    const expected = 2 + instructions + misses * MISS_CYCLES;
    expect(clockOf([...MOV_EDI_DATA, ...code, ...SYSCALL])).toBe(expected);
    expect(clockOf([...MOV_EDI_DATA, ...code, ...SYSCALL], { profile: flatProfile })).toBe(2 + instructions);
  });

  it("is asked after each iteration of a repetition, wherever it is cut", () => {
    const copy = [
      ...MOV_EDI_DATA,
      ...[0xbe, ...imm32(Number(DATA) + 0x1000)], // mov esi, DATA + 0x1000
      ...[0xb9, ...imm32(10)], //                    mov ecx, 10
      ...[0xf3, 0xa4], //                            rep movsb
      ...SYSCALL,
    ];
    // Loads and stores take the line from each other.
    expect(clockOf(copy)).toBe(5 + 10 + 20 * MISS_CYCLES);
    const bare = bareMachine({ programs: [copy], profile: PROFILE });
    for (let until = 1; bare.exits[0] === null; until += 3) bare.run(until);
    expect(bare.machine.state.cores[0].now).toBe(5 + 10 + 20 * MISS_CYCLES);
  });

  it("costs nothing for an instruction that faults, and stays as it was", () => {
    const faulting = [...MOV_EDI_DATA, ...[0xff, 0x34, 0x25, ...imm32(0x900000)]]; // push [0x900000]
    const bare = run({ programs: [faulting] });
    expect(bare.exits[0]?.kind).toBe("fault");
    expect(bare.machine.state.cores[0].now).toBe(1);
    expect(bare.machine.state.view.getUint32(0x800000, true)).toBe(0);
  });

  it("is saved and restored with the machine", () => {
    const program = [...MOV_EDI_DATA, 0x8b, 0x07, 0x8b, 0x07, 0x8b, 0x07, ...SYSCALL];
    const first = bareMachine({ programs: [program], profile: PROFILE });
    first.run(5);
    const second = bareMachine({ programs: [program], profile: PROFILE });
    second.run(1);
    second.machine.restore(first.machine.save());
    second.run();
    expect(second.machine.state.cores[0].now).toBe(5 + MISS_CYCLES);
  });

  it("has a state that fits", () => {
    const memory = { stateBytes: 0x80008, access: () => 0 };
    expect(() => bareMachine({ programs: [[0x90]], profile: { ...flatProfile, memory } })).toThrow("524296 bytes");
  });
});

describe("cores with caches", () => {
  // Two cores that answer each other through one line, and use private lines between.
  const half = (first: boolean): number[] => [
    ...[0xbe, ...imm32(Number(SHARED))], //     mov esi, SHARED
    ...MOV_EDI_DATA,
    ...[0xb8, ...imm32(1)], //                  mov eax, 1
    ...(first ? [0x89, 0x06] : []), //    loop: mov [rsi], eax
    ...[0x39, 0x46, first ? 0x40 : 0x00], // poll: cmp [rsi+…], eax
    ...[0x75, 0xfb], //                         jne poll
    ...[0xff, 0x07], //                         inc dword [rdi]
    ...(first ? [] : [0x89, 0x46, 0x40]), //    mov [rsi+64], eax
    ...[0xff, 0xc0], //                         inc eax
    ...[0x83, 0xf8, 0x15], //                   cmp eax, 21
    ...[0x75, first ? 0xf0 : 0xef], //          jne loop
    ...SYSCALL,
  ];
  const PROGRAMS = [half(true), half(false)];

  function outcome(options: Partial<BareOptions>): unknown {
    const { machine, exits } = run({ ...options, programs: PROGRAMS });
    expect(exits.map((exit) => exit?.kind)).toEqual(["syscall", "syscall"]);
    return machine.state.cores.map(({ now, retired }) => ({ now, retired }));
  }

  it.each([
    ["run-ahead 1", { runAheadCycles: 1 }],
    ["run-ahead 37", { runAheadCycles: 37 }],
    ["no skipped polls", { skipPolling: false }],
    ["the translating engine", { engine: "wasm", hotRuns: 2 }],
    ["both engines", { engine: "both", hotRuns: 2 }],
  ] as const)("do the same with %s", (_name, options) => {
    expect(outcome(options)).toEqual(outcome({}));
  });

  it("would not if an access that is put off left its trace", async () => {
    // From a private line to the shared one: where the store has to wait, the load comes again.
    const copy = [
      ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
      ...[0xbe, ...imm32(Number(DATA))], //   mov esi, DATA
      ...[0xb9, ...imm32(50)], //             mov ecx, 50
      ...[0xa4], //                     loop: movsb
      ...[0xff, 0xc9], //                     dec ecx
      ...[0x75, 0xfb], //                     jne loop
      ...SYSCALL,
    ];
    const clocks = (bare: Bare): number[] => {
      bare.run();
      return bare.machine.state.cores.map(({ now }) => now);
    };
    const options = { programs: [copy, copy], profile: PROFILE };
    const mutant = createMutant("put-off-access-costs");
    try {
      const library = await mutant.load<typeof import("../../dist/machine/index.js")>("machine/index.js");
      expect(clocks(bareMachine(options, library))).not.toEqual(clocks(bareMachine(options)));
    } finally {
      mutant.remove();
    }
  });
});

describe("random programs on a memory model, in lock-step", () => {
  it.each(["reference", "wasm"])(
    "are the same after every piece: the reference engine and %s, cut differently",
    async (engine) => {
      const library = await loadLibrary();
      const generator = createGenerator(library, { hot: [10, 60] });
      const judge = createJudge(...createContenders(library, engine));
      for (let index = 0; index < 150; index++) {
        const difference = judge.run({ ...generator.create(20_261_130, index), profile: "lines" }, null);
        expect(difference === null ? "" : formatDifference(difference, library.isa)).toBe("");
      }
    },
  );
});
