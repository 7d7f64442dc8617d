/**
 * Flags across branches, densely: small graphs of blocks in which nearly every instruction makes or reads flags and
 * nearly every block ends with a condition, on both engines, cut at random cycles. HALLOWS_SEED and HALLOWS_CASES make
 * a campaign of it.
 */
import { describe, expect, it } from "vitest";
import * as built from "../../../dist/machine/index.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { createMutant } from "../../mutant.js";
import { createRandom, type Random } from "../isa/row-encoder.js";
import { bareMachine, DATA, imm32, RFLAGS, type Bare } from "../bare.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const CASES = Number(process.env["HALLOWS_CASES"] ?? 300);
const CYCLES = 1500;
/** rax, rdx, rbx, rsi, r8 … r11: all that programs compute in. RDI points to data. */
const REGISTERS = [0, 2, 3, 6, 8, 9, 10, 11];

/** A register, or four bytes of data, in ModRM's r/m; and the REX bits of both operands. */
function operands(random: Random, reg: number, wide: boolean): { readonly rex: number; readonly bytes: number[] } {
  const rexReg = (wide ? 0x48 : 0x40) | (reg >= 8 ? 4 : 0);
  if (random(5) === 0) return { rex: rexReg, bytes: [0x47 | ((reg & 7) << 3), 8 * random(12)] };
  const rm = REGISTERS[random(REGISTERS.length)];
  return { rex: rexReg | (rm >= 8 ? 1 : 0), bytes: [0xc0 | ((reg & 7) << 3) | (rm & 7)] };
}

function instruction(random: Random): number[] {
  const wide = random(2) === 0;
  const reg = REGISTERS[random(REGISTERS.length)];
  /** `extension` in place of the register, or -1. */
  const form = (opcode: readonly number[], extension: number, ...immediate: readonly number[]): number[] => {
    const { rex, bytes } = operands(random, extension < 0 ? reg : extension, wide);
    const prefix = wide || random(5) > 0 ? [] : [0x66];
    return [...prefix, rex, ...opcode, ...bytes, ...immediate];
  };
  switch (random(10)) {
    case 0:
    case 1:
      // add, or, adc, sbb, and, sub, xor, cmp between registers and memory, in bytes or wider.
      return form([8 * random(8) + random(4)], -1);
    case 2:
      // adc, sbb
      return form([0x10 + 8 * random(2) + random(4)], -1);
    case 3:
      return form([0x83], random(8), random(256));
    case 4:
      // inc, dec; not, neg
      return random(2) === 0 ? form([0xfe + random(2)], random(2)) : form([0xf6 + random(2)], 2 + random(2));
    case 5:
      // Rotations and shifts, with and without CF, by 1 or by a number.
      return random(2) === 0 ? form([0xd0 + random(2)], random(8)) : form([0xc0 + random(2)], random(8), random(40));
    case 6:
      // setcc, cmovcc
      return random(2) === 0 ? form([0x0f, 0x90 + random(16)], 0) : form([0x0f, 0x40 + random(16)], -1);
    case 7:
      // test, imul, bt and its kin
      return [form([0x84 + random(2)], -1), form([0x0f, 0xaf], -1), form([0x0f, 0xba], 4 + random(4), random(64))][
        random(3)
      ];
    case 8:
      // lahf, sahf, cmc, clc, stc
      return [[0x9f], [0x9e], [0xf5], [0xf8], [0xf9]][random(5)];
    default:
      return form([random(2) === 0 ? 0x8b : 0x89], -1);
  }
}

/** INC or DEC: with these, CF comes from another instruction than the flags that most conditions look at. */
function count(random: Random): number[] {
  const register = REGISTERS[random(REGISTERS.length)];
  return [0x48 | (register >= 8 ? 1 : 0), 0xff, 0xc0 | (8 * random(2)) | (register & 7)];
}

/**
 * Blocks that go on for ever: each ends with a condition or a jump to any other; or they are a tree, so that all that
 * follows a side of a branch follows that side alone, and all leaves go back to the root.
 */
function makeProgram(random: Random): number[] {
  const blocks = Array.from({ length: 2 + random(5) }, () => [
    ...Array.from({ length: 1 + random(random(2) === 0 ? 1 : 4) }, () => instruction(random)).flat(),
    ...(random(2) === 0 ? count(random) : []),
  ]);
  const isTree = random(2) === 0;
  const child = (index: number): number => (index < blocks.length ? index : 0);
  const ends = blocks.map((_, i) => ({
    condition: random(8) === 0 ? -1 : random(16),
    target: isTree ? child(2 * i + 1) : random(blocks.length),
    next: isTree ? child(2 * i + 2) : i + 1 < blocks.length && random(3) > 0 ? -1 : random(blocks.length),
  }));
  const sizes = blocks.map((bytes, i) => bytes.length + (ends[i].condition < 0 ? 0 : 6) + (ends[i].next < 0 ? 0 : 5));
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  return blocks.flatMap((bytes, i) => {
    const { condition, target, next } = ends[i];
    const code = [...bytes];
    const distance = (to: number, length: number): number[] => imm32(starts[to] - (starts[i] + code.length + length));
    if (condition >= 0) code.push(0x0f, 0x80 + condition, ...distance(target, 6));
    if (next >= 0) code.push(0xe9, ...distance(next, 5));
    return code;
  });
}

function boot(program: readonly number[], seed: number, library: typeof built, options: object): Bare {
  const random = createRandom(seed);
  const bare = bareMachine({ programs: [program], ...options }, library);
  const bits = (): bigint => (BigInt(random(2 ** 31)) << 33n) ^ BigInt(random(2 ** 31)) ^ BigInt(-random(3));
  for (const register of [1, ...REGISTERS]) bare.setRegister(0, register, BigInt.asUintN(64, bits()));
  bare.setRegister(0, 7, DATA);
  bare.setRegister(0, RFLAGS, 0x202n | BigInt(random(0x1000) & 0x8d5));
  bare.machine.writeRam(
    bare.dataFrame(0),
    Uint8Array.from({ length: 128 }, () => random(256)),
  );
  return bare;
}

function stateOf(bare: Bare): string {
  const [core] = bare.machine.state.cores;
  bare.machine.engine.store(0);
  const registers = Array.from({ length: 18 }, (_, i) => bare.register(0, i).toString(16));
  const data = Buffer.from(bare.machine.readRam(bare.dataFrame(0), 128)).toString("hex");
  return JSON.stringify([core.now, core.retired, core.blockIndex, registers, data]);
}

/** The first difference, or null; and how much was translated. */
function compare(index: number, library: typeof built): { difference: string | null; translated: number } {
  const random = createRandom(SEED * 1_000_003 + index);
  const program = makeProgram(random);
  const reach = index % 2 === 0 ? { farCalls: 0 } : { farCalls: 1000 };
  const sides = [
    boot(program, index, built, { engine: "reference" }),
    boot(program, index, library, { engine: "wasm", hotRuns: 2, ...reach }),
  ];
  const translated = (): number => (sides[1].machine.engine as WasmEngine).counts.translated;
  for (let at = 0; at < CYCLES;) {
    at += 1 + random(random(4) === 0 ? 20 : 400);
    for (const side of sides) side.run(at);
    const [expected, found] = sides.map(stateOf);
    if (expected !== found)
      return {
        difference: `program ${index} at ${at}: ${Buffer.from(program).toString("hex")}\n${expected}\n${found}`,
        translated: translated(),
      };
  }
  return { difference: null, translated: translated() };
}

/** What goes wrong, and the mark of it. */
const MUTANTS: readonly (readonly [mistake: string, mark: string])[] = [
  ["the second side of a branch has the temporaries of the first", "second-side-has-the-first-ones-temporaries"],
  ["flags that only the first side of a branch needs are not made", "first-side-lacks-its-flags"],
  ["a recipe that is compiled loses the flags that it doesn't give", "compiled-recipe-loses-other-flags"],
];

describe("flags across branches", () => {
  it(`are the same on both engines, in ${CASES} programs from seed ${SEED}`, { timeout: 3_600_000 }, () => {
    let translated = 0;
    for (let index = 0; index < CASES; index++) {
      const result = compare(index, built);
      expect(result.difference).toBeNull();
      translated += result.translated;
    }
    console.log(`${CASES} programs of ${CYCLES} cycles, ${translated} instructions translated`);
    expect(translated).toBeGreaterThan((CASES * CYCLES) / 3);
  });

  it.each(MUTANTS)("%s", { timeout: 120_000 }, async (_mistake, mark) => {
    const mutant = createMutant(mark);
    try {
      const broken = await mutant.load<typeof built>("machine/index.js");
      let index = 0;
      while (index < CASES && compare(index, broken).difference === null) index++;
      expect(index, "programs without a difference").toBeLessThan(CASES);
    } finally {
      mutant.remove();
    }
  });
});
