/**
 * Every row that translated code does, on corner operands, against the reference engine: one translation serves all
 * operand sets. And mutants of the code writer, each of which this must notice.
 */
import { describe, expect, it } from "vitest";
import * as machineLibrary from "../../../dist/machine/index.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { CodeWriter } from "../../../dist/machine/engine/wasm/assembler/code-writer.js";
import { createEmitter } from "../../../dist/machine/engine/ssa/index.js";
import { isTranslated, type KnownForms } from "../../../dist/machine/engine/wasm/plan/translated-instructions.js";
import { rows, type Instruction } from "../../../dist/machine/isa/index.js";
import { bareMachine, CODE, DATA, RFLAGS, RIP, type Bare } from "../bare.js";
import { sampleSize } from "../../sample.js";
import { createRandom, encodeRow, type Random } from "../isa/row-encoder.js";

const emitter = createEmitter();
const known: KnownForms = new Map();

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const FORMS = Number(process.env["HALLOWS_FORMS"] ?? 1);
const SETS = sampleSize(30, 10);
const CORNERS = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x100n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
];
const WIDE = [...CORNERS, 1n << 63n, (1n << 63n) - 1n, (1n << 64n) - 1n, 0x0102_0304_0506_0708n];
/** What a page of memory holds before a set of operands: random bytes, made once. */
const PAGES = Array.from({ length: 2 * SETS }, (_, page) => {
  const random = createRandom(SEED + page);
  return Uint8Array.from({ length: 0x1000 }, () => random(256));
});
const BRANCHES = /^(jmp|jcc|call|ret|loop|jrcxz)/;

function randomValue(random: Random): bigint {
  if (random(3) > 0) return WIDE[random(WIDE.length)];
  let value = 0n;
  for (let part = 0; part < 4; part++) value = (value << 16n) | BigInt(random(0x10000));
  return value;
}

function pointsNear(instruction: Instruction): boolean {
  return instruction.operands.every(
    (operand) =>
      operand.kind !== "memory" ||
      ([6, 7, 4].includes(operand.base) &&
        operand.index < 0 &&
        operand.addressWidth === 64 &&
        operand.displacement > -2000n &&
        operand.displacement < 2000n),
  );
}

/** The instruction in a loop of its own: an operand set a pass, handed over at a breakpoint. */
function program(bytes: Uint8Array): number[] {
  return [...bytes, 0xcc];
}

function setOperands(bare: Bare, random: Random): void {
  for (let register = 0; register < 16; register++) bare.setRegister(0, register, randomValue(random));
  if (random(2) === 0) bare.setRegister(0, 2, BigInt(random(2) === 0 ? 0 : -1) & ((1n << 64n) - 1n));
  bare.setRegister(0, 4, DATA + 0x4000n);
  bare.setRegister(0, 6, DATA + 0x2000n + BigInt(random(8)));
  bare.setRegister(0, 7, DATA + 0x3000n + BigInt(random(8)));
  bare.setRegister(0, RIP, CODE);
  bare.setRegister(0, RFLAGS, 0x202n | BigInt(random(0x1000) & 0x8d5));
  const data = PAGES[random(PAGES.length)];
  for (const page of [0x1000, 0x2000, 0x3000, 0x4000]) bare.machine.writeRam(bare.dataFrame(0) + page, data);
}

function resultOf(bare: Bare): string {
  const core = bare.machine.state.cores[0];
  const registers = Array.from({ length: 18 }, (_, index) => bare.register(0, index).toString(16));
  const [exit] = bare.exits;
  const shown = JSON.stringify(exit, (_, value: unknown) => (typeof value === "bigint" ? value.toString(16) : value));
  return `${registers.join(" ")} ${core.now} ${core.retired} ${shown}`;
}

function memoryOf({ machine, dataFrame }: Bare): Buffer {
  return Buffer.from(machine.readRam(dataFrame(0), 0x10000));
}

function findDifference(reference: Bare, other: Bare): string | null {
  const results = [resultOf(reference), resultOf(other)];
  if (results[0] !== results[1]) return results.join("\n");
  return memoryOf(reference).equals(memoryOf(other)) ? null : `memory differs after ${results[0]}`;
}

/** First difference between the engines over operand sets, or null; and whether translated code ran. */
function compare(bytes: Uint8Array, seed: number): { difference: string | null; translated: number } {
  const machines = (["reference", "wasm"] as const).map((engine) =>
    bareMachine({ programs: [program(bytes)], engine, hotRuns: 2 }, machineLibrary),
  );
  for (let set = 0; set < SETS; set++) {
    for (const bare of machines) {
      const [core] = bare.machine.state.cores;
      if (set > 0) {
        core.activity = "running";
        bare.exits[0] = null;
      }
      setOperands(bare, createRandom(seed + set));
      if (set > 0) bare.machine.engine.load(0);
      bare.run(core.now + 50);
      if (core.activity === "running") bare.machine.engine.store(0);
    }
    const difference = findDifference(machines[0], machines[1]);
    if (difference !== null) return { difference: `set ${set}\n${difference}`, translated: 0 };
  }
  return { difference: null, translated: (machines[1].machine.engine as WasmEngine).counts.translated };
}

interface Form {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function forms(random: Random, count: number): Form[] {
  const list: Form[] = [];
  for (const row of rows) {
    if (row.semantics === null || row.ring3 !== "runs" || BRANCHES.test(row.semanticKey)) continue;
    for (let made = 0, attempts = 0; made < count && attempts < 60; attempts++) {
      const { instruction, bytes } = encodeRow(row, random);
      // Those with XMM registers are in wasm-vectors.test.ts.
      if (instruction.operands.some(({ kind }) => kind === "vector")) break;
      if (!isTranslated(instruction, emitter, known) || !pointsNear(instruction)) continue;
      list.push({ name: row.name, bytes });
      made++;
    }
  }
  // Every flag by LAHF and SETO, made by translated code in the same block.
  for (const { name, bytes } of [...list])
    list.push({ name: `${name} flags`, bytes: Uint8Array.of(...bytes, 0x9f, 0x0f, 0x90, 0xc5) });
  // Every condition behind CMP and TEST in every width: CMP or TEST; SETcc DL.
  for (const opcode of [[0x38], [0x66, 0x39], [0x39], [0x48, 0x39], [0x84], [0x85], [0x48, 0x85]])
    for (let condition = 0; condition < 16; condition++)
      list.push({ name: "conditions", bytes: Uint8Array.of(...opcode, 0xc8, 0x0f, 0x90 | condition, 0xc2) });
  // Divisions whose dividend has its top bit set come by chance too seldom.
  for (const modrm of [0xf1, 0xf9])
    list.push({ name: modrm === 0xf1 ? "DIV Ev" : "IDIV Ev", bytes: Uint8Array.of(0x48, 0xf7, modrm) });
  return list;
}

describe("every row that translated code does", () => {
  it(`agrees with the reference engine on corner operands, from seed ${SEED}`, { timeout: 3_600_000 }, () => {
    const list = forms(createRandom(SEED), FORMS);
    let translated = 0;
    for (const { name, bytes } of list) {
      const result = compare(bytes, SEED);
      if (result.difference !== null)
        expect.fail(`${name} ${Buffer.from(bytes).toString("hex")}: ${result.difference}`);
      if (result.translated > 0) translated++;
    }
    console.log(`${list.length} forms, ${translated} of them retired in translated code, ${SETS} operand sets each`);
    expect(list.length).toBeGreaterThan(200);
    expect(translated).toBeGreaterThan(list.length * 0.9);
  });
});

describe("division of 128 bits by 64", () => {
  /** A quotient or a divisor with its digits of 32 bits near a corner: there the estimate of a digit is too great. */
  const corner = (random: Random): bigint => {
    const half = (): bigint => {
      const near = [0n, 0x8000_0000n, 0xffff_ffffn, BigInt(random(0x10000)) << BigInt(random(17))][random(4)];
      return (near + BigInt(random(3)) - 1n) & 0xffff_ffffn;
    };
    const value = (half() << 32n) | half();
    return random(3) === 0 ? value >> BigInt(random(64)) : value;
  };

  for (const [name, modrm] of [
    ["DIV", 0xf1],
    ["IDIV", 0xf9],
  ] as const)
    it(`${name} gives the reference engine's quotient and remainder, and leaves no quotient to it that fits`, () => {
      const random = createRandom(SEED);
      const machines = (["reference", "wasm"] as const).map((engine) =>
        bareMachine({ programs: [[0x48, 0xf7, modrm, 0xcc]], engine, hotRuns: 2 }, machineLibrary),
      );
      let translated = 0;
      const sets = 3000;
      for (let set = 0; set < sets; set++) {
        const divisor = corner(random);
        const [quotient, rest] = [corner(random), corner(random)];
        const signed = (value: bigint): bigint => (modrm === 0xf9 ? BigInt.asIntN(64, value) : value);
        const magnitude = signed(divisor) < 0n ? -signed(divisor) : divisor;
        const remainder = divisor === 0n ? rest : rest % magnitude;
        const dividend = BigInt.asUintN(128, signed(quotient) * signed(divisor) + (random(9) === 0 ? rest : remainder));
        for (const bare of machines) {
          const [core] = bare.machine.state.cores;
          if (set > 0) {
            core.activity = "running";
            bare.exits[0] = null;
          }
          bare.setRegister(0, 0, BigInt.asUintN(64, dividend));
          bare.setRegister(0, 2, dividend >> 64n);
          bare.setRegister(0, 1, divisor);
          bare.setRegister(0, RIP, CODE);
          if (set > 0) bare.machine.engine.load(0);
          bare.run(core.now + 50);
        }
        const difference = findDifference(machines[0], machines[1]);
        if (difference !== null) expect.fail(`${dividend.toString(16)} / ${divisor.toString(16)}: ${difference}`);
        if (machines[0].exits[0]?.kind === "breakpoint") translated++;
      }
      const { counts } = machines[1].machine.engine as WasmEngine;
      expect(translated).toBeGreaterThan(sets / 2);
      expect(counts.translated).toBeGreaterThan(translated - 10);
    });
});

/** Each replaces one WebAssembly instruction by another wherever it is written; the rows that should show it. */
const MUTANTS: readonly (readonly [name: string, from: number, to: number, rows: RegExp])[] = [
  ["i32.shr_u becomes i32.shr_s", 0x76, 0x75, /^(SHR|RCR|ROR)/],
  ["i64.extend_i32_u becomes i64.extend_i32_s", 0xad, 0xac, /^(ADD|SUB|MOV)/],
  ["i32.extend8_s becomes i32.extend16_s", 0xc0, 0xc1, /^(MOVSX|SAR|IMUL)/],
  ["i64.lt_u becomes i64.lt_s", 0x54, 0x53, /^conditions/],
  ["i32.lt_s becomes i32.lt_u", 0x48, 0x49, /^conditions/],
  ["i32.rotl becomes i32.rotr", 0x77, 0x78, /^(ROL|BSWAP|MOVBE)/],
  ["i64.shr_s becomes i64.shr_u", 0x87, 0x88, /^(SAR|IMUL|IDIV|CQO|CDQ)/],
  ["i64.div_s becomes i64.div_u", 0x7f, 0x80, /^IDIV/],
  ["i64.div_u becomes i64.div_s", 0x80, 0x7f, /^DIV/],
  ["i64.lt_u becomes i64.le_u", 0x54, 0x58, /^DIV|^IDIV/],
  ["i32.store8 becomes i32.store16", 0x3a, 0x3b, /^(MOV|SET|ADD)/],
  ["i32.load16_u becomes i32.load8_u", 0x2f, 0x2d, /^(MOV|ADD|CMP|XOR|AND)/],
  ["i32.xor becomes i32.or", 0x73, 0x72, /^(XOR|ADD|SUB)/],
  ["i64.eq becomes i64.ne", 0x51, 0x52, /^conditions/],
  ["i32.popcnt becomes i32.ctz", 0x69, 0x68, /^(ADD|SUB).*flags/],
];

describe("seeded mutants of the code writer", () => {
  for (const [name, from, to, shown] of MUTANTS)
    it(`${name}: noticed`, { timeout: 600_000 }, () => {
      const list = forms(createRandom(SEED), 3).filter((form) => shown.test(form.name));
      const { op, memory } = CodeWriter.prototype;
      CodeWriter.prototype.op = function (this: CodeWriter, written: number) {
        op.call(this, written === from ? to : written);
      };
      CodeWriter.prototype.memory = function (this: CodeWriter, written: number, offset: number) {
        memory.call(this, written === from ? to : written, offset);
      };
      try {
        const noticed = list.some(({ bytes }) => {
          try {
            return compare(bytes, SEED).difference !== null;
          } catch {
            // Code that doesn't validate is noticed as well.
            return true;
          }
        });
        expect(noticed).toBe(true);
      } finally {
        CodeWriter.prototype.op = op;
        CodeWriter.prototype.memory = memory;
      }
    });
});

describe("--engine both", () => {
  /** mov ecx, 500; loop: add rax, rcx; xchg rdx, rax; dec ecx; jnz loop; int3 */
  const LOOP = [0xb9, 0xf4, 1, 0, 0, 0x48, 0x01, 0xc8, 0x48, 0x92, 0xff, 0xc9, 0x75, 0xf7, 0xcc];

  /** mov ecx, 500; mov edi, 0x500000; loop: add rax, [rdi + 4096]; mov [rdi + 8 * rcx], rax; dec ecx; jnz loop; int3 */
  const STORES = [
    ...[0xb9, 0xf4, 1, 0, 0, 0xbf, 0, 0, 0x50, 0, 0x48, 0x03, 0x87, 0, 0x10, 0, 0],
    ...[0x48, 0x89, 0x04, 0xcf, 0xff, 0xc9, 0x75, 0xf1, 0xcc],
  ];

  it("goes on with what the machine's owner writes between runs", () => {
    const [a, b] = (["reference", "both"] as const).map((engine) => {
      const bare = bareMachine({ programs: [STORES], engine, hotRuns: 2 });
      for (let value = 1; bare.exits[0] === null; value++) {
        bare.machine.writeRam(bare.dataFrame(0) + 4096, Uint8Array.of(value, 0, 0, 0, 0, 1, 0, 0));
        bare.run(Infinity, 100);
      }
      return bare;
    });
    expect(findDifference(a, b)).toBeNull();
  });

  it("notices a store that leaves half of its bytes as they were", () => {
    const { memory } = CodeWriter.prototype;
    CodeWriter.prototype.memory = function (this: CodeWriter, written: number, offset: number) {
      memory.call(this, written === 0x37 && offset >= machineLibrary.RAM_BASE ? 0x3e : written, offset);
    };
    try {
      const bare = bareMachine({ programs: [STORES], engine: "both", hotRuns: 2 });
      bare.machine.writeRam(bare.dataFrame(0) + 4096, Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0));
      expect(() => bare.run()).toThrow(/differ on core 0[^]*RAM at 0x40[^]* is 0x0, not 0x[1-9a-f][^]*mov qword ptr/);
    } finally {
      CodeWriter.prototype.memory = memory;
    }
  });

  it("runs a program to the same end", () => {
    const [a, b] = (["reference", "both"] as const).map((engine) => {
      const bare = bareMachine({ programs: [LOOP], engine, hotRuns: 2 });
      bare.run();
      return bare;
    });
    expect(findDifference(a, b)).toBeNull();
  });

  it("shows block, SSA and WebAssembly of the first difference", () => {
    const { op } = CodeWriter.prototype;
    CodeWriter.prototype.op = function (this: CodeWriter, written: number) {
      op.call(this, written === 0x7c ? 0x7d : written);
    };
    try {
      const bare = bareMachine({ programs: [LOOP], engine: "both", hotRuns: 2 });
      expect(() => bare.run()).toThrow(/differ on core 0[^]*register[^]*add rax, rcx[^]*= add[^]*i64\.sub/);
    } finally {
      CodeWriter.prototype.op = op;
    }
  });
});
