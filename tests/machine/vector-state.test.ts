/**
 * XMM registers and MXCSR as state of the machine: contexts, saved machines, hashes, polling, #XM.
 */
import { describe, expect, it } from "vitest";
import { createMachineHal } from "../../dist/hal/index.js";
import { createMachine, MXCSR_OFFSET, VECTORS_OFFSET } from "../../dist/machine/index.js";
import { TraceStream } from "../../dist/trace/index.js";
import { bareMachine, type Bare, DATA, imm32, SHARED } from "./bare.js";

const CONTEXTS = 0x200000;
const CONTEXT_STRIDE = 512;
const SYSCALL = [0x0f, 0x05];
const CPUID = [0x0f, 0xa2];

function vectorOf(bare: Bare, core: number, register: number): bigint {
  const { view } = bare.machine.state;
  const at = core * 0x10000 + VECTORS_OFFSET + 16 * register;
  return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
}
const mxcsrOf = (bare: Bare, core: number): number =>
  bare.machine.state.view.getUint32(core * 0x10000 + MXCSR_OFFSET, true);

/** Counts in xmm0, 1000 times, and multiplies xmm2 by xmm3 each time. */
const COUNTING = [
  ...[0xb8, ...imm32(1)], //                            mov eax, 1
  ...[0x66, 0x0f, 0x6e, 0xc8], //                       movd xmm1, eax
  ...[0xb8, ...imm32(0x3f80_0100)], //                  mov eax, 0x3f800100
  ...[0x66, 0x0f, 0x6e, 0xd0], //                       movd xmm2, eax
  ...[0x66, 0x0f, 0x6e, 0xd8], //                       movd xmm3, eax
  ...[0xb9, ...imm32(1000)], //                         mov ecx, 1000
  ...[0x66, 0x0f, 0xd4, 0xc1], //                 loop: paddq xmm0, xmm1
  ...[0xf3, 0x0f, 0x59, 0xd3], //                       mulss xmm2, xmm3
  ...[0xff, 0xc9], //                                   dec ecx
  ...[0x75, 0xf4], //                                   jne loop
  ...SYSCALL,
];

/** Divides 1 by 0 with the exception unmasked. */
const DIVIDING = [
  ...[0xc7, 0x04, 0x25, ...imm32(Number(DATA)), ...imm32(0x1d80)], // mov dword [DATA], 0x1d80
  ...[0x0f, 0xae, 0x14, 0x25, ...imm32(Number(DATA))], //              ldmxcsr [DATA]
  ...[0xb8, ...imm32(0x3f80_0000)], //                                 mov eax, 1.0
  ...[0x66, 0x0f, 0x6e, 0xc8], //                                      movd xmm1, eax
  ...[0xf3, 0x0f, 0x5e, 0xca], //                                      divss xmm1, xmm2
  ...SYSCALL,
];

describe("vector state", () => {
  it("is left by a program where the kernel finds it, on every engine", () => {
    const results = (["reference", "wasm", "both"] as const).map((engine) => {
      const bare = bareMachine({ programs: [COUNTING], engine, hotRuns: 2 });
      bare.run();
      expect(bare.exits[0]?.kind).toBe("syscall");
      return [vectorOf(bare, 0, 0), vectorOf(bare, 0, 2), mxcsrOf(bare, 0), bare.machine.state.cores[0].now];
    });
    expect(results[0][0]).toBe(1000n);
    // PE was set by rounding.
    expect(results[0][2]).toBe(0x1fa0);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it("goes with its context", () => {
    const bare = bareMachine({ programs: [COUNTING] });
    const { machine } = bare;
    const { view } = machine.state;
    bare.run();
    const [core] = machine.state.cores;
    const other = CONTEXTS + 5 * CONTEXT_STRIDE;
    view.setUint32(other + MXCSR_OFFSET, 0x5f80, true);
    view.setBigUint64(other + VECTORS_OFFSET + 16 * 15 + 8, 77n, true);
    machine.saveContext(core);
    machine.loadContext(core, 5);
    expect([mxcsrOf(bare, 0), vectorOf(bare, 0, 0), vectorOf(bare, 0, 15)]).toEqual([0x5f80, 0n, 77n << 64n]);
    machine.saveContext(core);
    machine.loadContext(core, 0);
    expect([mxcsrOf(bare, 0), vectorOf(bare, 0, 0), vectorOf(bare, 0, 15)]).toEqual([0x1fa0, 1000n, 0n]);
  });

  it("is part of a saved machine, in the middle of a block too", () => {
    const whole = bareMachine({ programs: [COUNTING] });
    whole.run();
    for (const stopAfter of [7, 1001, 2222]) {
      const first = bareMachine({ programs: [COUNTING] });
      first.run(Infinity, stopAfter);
      const second = bareMachine({ programs: [COUNTING] });
      second.machine.restore(first.machine.save());
      second.run();
      expect(vectorOf(second, 0, 0)).toBe(1000n);
      expect(vectorOf(second, 0, 2)).toBe(vectorOf(whole, 0, 2));
      expect(mxcsrOf(second, 0)).toBe(mxcsrOf(whole, 0));
    }
  });

  it("keeps a polling loop that changes it from being skipped", () => {
    const polling = [
      ...[0xb8, ...imm32(1)], //                                      mov eax, 1
      ...[0x66, 0x0f, 0x6e, 0xc8], //                                 movd xmm1, eax
      ...[0x66, 0x0f, 0xd4, 0xc1], //                           loop: paddq xmm0, xmm1
      ...[0x8b, 0x04, 0x25, ...imm32(Number(SHARED))], //             mov eax, [SHARED]
      ...[0x85, 0xc0], //                                             test eax, eax
      ...[0x74, 0xf1], //                                             je loop
      ...SYSCALL,
    ];
    const storing = [
      ...[0xb9, ...imm32(5000)], //                                   mov ecx, 5000
      ...[0xff, 0xc9, 0x75, 0xfc], //                           wait: dec ecx; jne wait
      ...[0xc7, 0x04, 0x25, ...imm32(Number(SHARED)), ...imm32(1)], // mov dword [SHARED], 1
      ...SYSCALL,
    ];
    const [skipping, plain] = [true, false].map((skipPolling) => {
      const bare = bareMachine({ programs: [polling, storing], skipPolling });
      bare.run();
      return { count: vectorOf(bare, 0, 0), now: bare.machine.state.cores[0].now };
    });
    expect(plain.count).toBeGreaterThan(2000n);
    expect(skipping).toEqual(plain);
  });

  it.each(["reference", "wasm"] as const)("#XM leaves the flag in MXCSR and nothing else, %s", (engine) => {
    const bare = bareMachine({ programs: [DIVIDING], engine, hotRuns: 1 });
    bare.run();
    const divisionAt = 0x400000n + BigInt(DIVIDING.length - SYSCALL.length - 4);
    expect(bare.exits[0]).toMatchObject({ kind: "fault", vector: 19, errorCode: null, rip: divisionAt });
    expect(mxcsrOf(bare, 0)).toBe(0x1d84);
    expect(vectorOf(bare, 0, 1)).toBe(0x3f80_0000n);
  });

  it("CPUID announces what runs: SSE to SSE4.2 and FXSR, neither FPU nor MMX", () => {
    const bare = bareMachine({ programs: [[0xb8, ...imm32(1), ...CPUID, ...SYSCALL]] });
    bare.run();
    // SYSCALL has overwritten RCX: leaf 1's ECX is looked at apart.
    const edx = bare.register(0, 2);
    expect([0, 23, 24, 25, 26].map((bit) => (edx >> BigInt(bit)) & 1n)).toEqual([0n, 0n, 1n, 1n, 1n]);
    const second = bareMachine({ programs: [[0xb8, ...imm32(1), ...CPUID, 0x89, 0xce, ...SYSCALL]] });
    second.run();
    const ecx = second.register(0, 6);
    expect([0, 9, 19, 20, 23, 28].map((bit) => (ecx >> BigInt(bit)) & 1n)).toEqual([1n, 1n, 1n, 1n, 1n, 0n]);
  });
});

describe("a partition's hash", () => {
  function createHal(): ReturnType<typeof createMachineHal> {
    const machine = createMachine({ cores: 1, ramBytes: 4 * 1024 * 1024 });
    const hal = createMachineHal({ machine, trace: new TraceStream(1), frequencyHz: 1e6 });
    const space = hal.createAddressSpace(3, 0x10000, 0x10000);
    for (let count = 0; count < 2; count++)
      hal.startContext(hal.createContext(space), { rip: 0n, rsp: 0n, rdi: 0n, rsi: 0n, rdx: 0n });
    return hal;
  }

  it("takes in vector registers at the end, when they are not as at the start", () => {
    const hal = createHal();
    const { view } = hal.machine.state;
    const hashes = new Set([hal.hashOf(3)]);
    expect(hal.hashWithMemory(3, [])).toBe(hal.hashOf(3));
    for (const at of [VECTORS_OFFSET, VECTORS_OFFSET + 255, CONTEXT_STRIDE + VECTORS_OFFSET, MXCSR_OFFSET]) {
      const before = view.getUint8(CONTEXTS + at);
      view.setUint8(CONTEXTS + at, before ^ 1);
      hashes.add(hal.hashWithMemory(3, []));
      view.setUint8(CONTEXTS + at, before);
    }
    expect(hashes.size).toBe(5);
    expect(hal.hashWithMemory(3, [])).toBe(hal.hashOf(3));
  });

  it("is that of a fresh thread after a restart", () => {
    const hal = createHal();
    const { view } = hal.machine.state;
    const fresh = hal.hashWithMemory(3, []);
    view.setBigUint64(CONTEXTS + VECTORS_OFFSET + 32, 5n, true);
    view.setUint32(CONTEXTS + MXCSR_OFFSET, 0x1f81, true);
    expect(hal.hashWithMemory(3, [])).not.toBe(fresh);
    hal.startContext(0, { rip: 0n, rsp: 0n, rdi: 0n, rsi: 0n, rdx: 0n });
    expect(hal.hashWithMemory(3, [])).toBe(fresh);
  });
});
