/**
 * Repeated string instructions on both engines in the same slices: every width, both directions, operands that overlap,
 * cross pages and end in a fault, cut by the end of a slice at any iteration.
 */
import { describe, expect, it } from "vitest";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { bareMachine, CODE, DATA, RFLAGS, type Bare } from "../bare.js";
import { createRandom, type Random } from "../isa/row-encoder.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const CASES = Number(process.env["HALLOWS_CASES"] ?? 100);
/** Opcodes of the byte forms; the other widths follow them. */
const OPCODES = { MOVS: 0xa4, CMPS: 0xa6, STOS: 0xaa, LODS: 0xac, SCAS: 0xae };
/** Bytes of data that a core has mapped, from DATA on. */
const MAPPED = 0x10000;

interface Case {
  readonly program: readonly number[];
  readonly registers: readonly (readonly [number, bigint])[];
  readonly data: Uint8Array;
  readonly turns: number;
}

function makeCase(random: Random, opcode: number): Case {
  const width = random(4);
  const repetition = [
    ...(width === 1 ? [0x66] : []),
    random(3) === 0 ? 0xf2 : 0xf3,
    ...(width === 3 ? [0x48] : []),
    width === 0 ? opcode : opcode + 1,
  ];
  const direction = random(3) === 0 ? 0xfd : 0xfc;
  // turn: mov ecx, ebx; mov rsi, r12; mov rdi, r13; cld or std; [jmp +0;] rep …; lahf; seto dl; add r14, rax; add r14,
  // rcx; rol r14, 7; add r14, rsi; sub r14, rdi; add r12, r9; add r13, r10; dec r15d; jnz turn; int3
  const body = [
    ...[
      0x89,
      0xd9,
      0x4c,
      0x89,
      0xe6,
      0x4c,
      0x89,
      0xef,
      direction,
      ...(random(2) === 0 ? [0xeb, 0] : []),
      ...repetition,
    ],
    ...[0x9f, 0x0f, 0x90, 0xc2, 0x49, 0x01, 0xc6, 0x49, 0x01, 0xce, 0x49, 0xc1, 0xc6, 7, 0x49, 0x01, 0xf6],
    ...[0x49, 0x29, 0xfe, 0x4d, 0x01, 0xcc, 0x4d, 0x01, 0xd5, 0x41, 0xff, 0xcf],
  ];
  const program = [...body, 0x0f, 0x85, ...int32(-(body.length + 6)), 0xcc];
  const sizeBytes = 2 ** width;
  const most = [4, 40, 700, 5000][random(4)];
  const source = random(MAPPED);
  const isNear = random(3) === 0;
  const other = random(5) === 0 ? MAPPED - random(200) : random(MAPPED);
  const target = isNear ? Math.max(0, source + random(40) - 20) : other;
  const data = new Uint8Array(MAPPED);
  // Long runs of one value, so that comparisons go far; anything else for copies, so that an overlap shows.
  const changesOnceIn = opcode === OPCODES.MOVS ? 1 : 900;
  for (let at = 0, value = 0; at < data.length; at++)
    data[at] = value = random(changesOnceIn) === 0 ? random(changesOnceIn === 1 ? 256 : 3) : value;
  const step = random(2) === 0 ? 0 : sizeBytes * random(20);
  return {
    program,
    registers: [
      [0, random(2) === 0 ? 0n : BigInt(random(3)) * 0x0101_0101_0101_0101n],
      [3, BigInt(random(8) === 0 ? 0 : random(most))],
      [9, BigInt(random(40) - 20) & 0xffff_ffff_ffff_ffffn],
      [10, BigInt(step)],
      [12, DATA + BigInt(source)],
      [13, DATA + BigInt(target)],
      [14, 0n],
      [15, BigInt(4 + random(8))],
      [4, DATA + 0x8000n],
      [RFLAGS, 0x202n | BigInt(random(0x1000) & 0x8d5)],
    ],
    data,
    turns: 40,
  };
}

function int32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
}

function boot(test: Case, engine: "reference" | "wasm"): Bare {
  const bare = bareMachine({ programs: [test.program], engine, hotRuns: 2, farCalls: 0, batchBlocks: 1 });
  bare.machine.writeRam(bare.dataFrame(0), test.data);
  for (const [register, value] of test.registers) bare.setRegister(0, register, value);
  return bare;
}

function describeBare(bare: Bare): string {
  const [core] = bare.machine.state.cores;
  if (core.activity === "running") bare.machine.engine.store(0);
  const registers = Array.from({ length: 18 }, (_, index) => bare.register(0, index).toString(16)).join(" ");
  const { now, retired, blockStart, blockIndex, repeatStarted } = core;
  const exit = JSON.stringify(bare.exits[0], (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  return `${registers} now ${now} retired ${retired} block ${blockStart}+${blockIndex} ${repeatStarted} ${exit}`;
}

/** The first difference, or null. `counted` takes what the translating engine did. */
function lockStep(test: Case, random: Random, counted: (engine: WasmEngine, bare: Bare) => void): string | null {
  const [reference, wasm] = (["reference", "wasm"] as const).map((engine) => boot(test, engine));
  for (let at = 0, slice = 0; slice < test.turns; slice++) {
    at += random(3) === 0 ? 1 + random(30) : 1 + random(4000);
    const [left, right] = [reference, wasm].map((bare) => `${bare.run(at)} ${describeBare(bare)}`);
    if (left !== right) return `slice ${slice} to ${at}:\n${left}\n${right}`;
    const [a, b] = [reference, wasm].map((bare) => Buffer.from(bare.machine.readRam(bare.dataFrame(0), MAPPED)));
    if (Buffer.compare(a, b) !== 0) return `slice ${slice} to ${at}: memory differs`;
    if (reference.exits[0] !== null) break;
  }
  counted(wasm.machine.engine as WasmEngine, reference);
  return null;
}

describe("repeated string instructions", () => {
  for (const [name, opcode] of Object.entries(OPCODES))
    it(`${name}: ${CASES} repetitions in a loop, from seed ${SEED}`, { timeout: 3_600_000 }, () => {
      let translated = 0;
      let retired = 0;
      let faults = 0;
      for (let index = 0; index < CASES; index++) {
        const random = createRandom(SEED * 7919 + index * 4 + (opcode & 15));
        const test = makeCase(random, opcode);
        const difference = lockStep(test, random, ({ counts }, bare) => {
          translated += counts.translated;
          retired += bare.machine.state.cores[0].retired;
          if (bare.exits[0]?.kind === "fault") faults++;
        });
        if (difference !== null)
          expect.fail(`case ${index}: ${difference}\n${Buffer.from(test.program).toString("hex")} at ${CODE}`);
      }
      console.log(`${name}: ${retired} instructions, ${translated} in translated code, ${faults} faults`);
      expect(translated).toBeGreaterThan(retired / 3);
      expect(faults).toBeGreaterThan(0);
    });
});
