/**
 * Stretches of float operations whose operands are looked at once (float-block-guard.ts): random ones, on operands at
 * the edges of what passes unseen, against the reference engine; and mistakes in the rules, which they must show.
 */
import { describe, expect, it } from "vitest";
import * as built from "../../../dist/machine/index.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { createMutant } from "../../mutant.js";
import { bareMachine, CODE, DATA, RFLAGS, RIP, SHARED, type Bare } from "../bare.js";
import { createRandom, type Random } from "../isa/row-encoder.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const STRETCHES = Number(process.env["HALLOWS_CASES"] ?? 240);
const SETS = 60;
const SLOT_BYTES = 192;
const [RSI, RDI] = [6, 7];
/** Operands in memory, and behind them where stretches store. */
const OPERANDS = 8;
/** UNPCKLPS; and MULSS, SUBSS, DIVSS with it, of which chains are made. */
const UNPACK = 0x14;
const LINKS = [0x59, 0x5c, 0x5e, UNPACK];

type Format = 32 | 64;

/** Registers 0 to 7, or an operand in private (RDI) or shared memory (RSI). */
function operand(random: Random, register: number, isMemory: boolean): number[] {
  if (!isMemory) return [0xc0 | (register << 3) | random(8)];
  return [0x40 | (register << 3) | (random(24) === 0 ? RSI : RDI), 16 * random(OPERANDS)];
}

function randomInstruction(random: Random, format: Format): number[] {
  const isPacked = random(3) === 0;
  const wide = format === 64 ? 1 : 0;
  const prefix = isPacked ? [[], [0x66]][wide] : [[0xf3], [0xf2]][wide];
  const register = random(8);
  const place = operand(random, register, random(3) === 0);
  const arithmetic = [0x59, 0x59, 0x59, 0x58, 0x58, 0x5c, 0x5c, 0x5e, 0x5e, 0x51, 0x5d, 0x5f];
  switch (random(12)) {
    case 0: // To the other format.
      return [...prefix, 0x0f, 0x5a, ...place];
    case 1: // From a whole number, and back.
      return random(2) === 0 && wide === 1
        ? [0xf2, 0x48, 0x0f, 0x2a, 0xc0 | (register << 3)]
        : [0xf2, 0x48, 0x0f, 0x2c, 0xc0 | random(8)];
    case 2: // UNPCKLPS, SHUFPS.
      if (random(2) === 0) return [...[[], [0x66]][wide], 0x0f, 0x14, ...operand(random, register, false)];
      return [...[[], [0x66]][wide], 0x0f, 0xc6, ...operand(random, register, false), random(256)];
    case 3: // A load, aligned.
      return [...[[], [0x66]][wide], 0x0f, 0x28, ...operand(random, register, true)];
    case 4: // A store.
      return [...prefix, 0x0f, 0x11, 0x40 | (register << 3) | RDI, 16 * OPERANDS - 128];
    case 5: // UCOMISS, ADDSUBPS.
      return random(2) === 0
        ? [...[[], [0x66]][wide], 0x0f, 0x2e, ...place]
        : [...[[0xf2], [0x66]][wide], 0x0f, 0xd0, ...operand(random, register, true)];
    case 6: // ROUNDSS.
      return [0x66, 0x0f, 0x3a, 0x0a | wide, ...operand(random, register, false), random(16)];
    default:
      return [...prefix, 0x0f, arithmetic[random(arithmetic.length)], ...place];
  }
}

/** One of the operations, on three registers. */
function randomLink(random: Random, format: Format, operations: readonly number[]): number[] {
  const modrm = 0xc0 | (random(3) << 3) | random(3);
  const operation = operations[random(operations.length)];
  if (operation === UNPACK) return format === 64 ? [0x66, 0x0f, operation, modrm] : [0x0f, operation, modrm];
  return [format === 64 ? 0xf2 : 0xf3, 0x0f, operation, modrm];
}

interface Stretch {
  readonly format: Format;
  /** Each operation takes what others gave. */
  readonly isChain: boolean;
  readonly bytes: readonly number[];
}

function randomStretch(random: Random): Stretch {
  const format = random(3) === 0 ? 32 : 64;
  const isChain = random(2) === 0;
  const bytes: number[] = [];
  const operations = [LINKS[random(LINKS.length)], LINKS[random(LINKS.length)]];
  for (let left = 3 + random(isChain ? 6 : 14); left > 0; left--)
    bytes.push(...(isChain ? randomLink(random, format, operations) : randomInstruction(random, format)));
  return { format, isChain, bytes };
}

/** SUBSS, MULSS by itself, MULSS: what is left of two numbers that hardly differ soon is tiny. */
const DIFFERENCE: Stretch = {
  format: 32,
  isChain: true,
  bytes: [0xf3, 0x0f, 0x5c, 0xc1, 0xf3, 0x0f, 0x59, 0xc0, 0xf3, 0x0f, 0x59, 0xc2],
};

/** Exponent fields at which the guard's windows begin and end. */
const EDGES = { 32: [96, 159], 64: [768, 1279, 960, 1087] } as const;

/** What the numbers of a set have in common: all small, all large, or anything. Those of a chain are much alike. */
function randomFloat(random: Random, { format, isChain }: Stretch, mood: number, isOdd: boolean): bigint {
  const fractionBits = BigInt(format === 32 ? 23 : 52);
  const edges = EDGES[format];
  const middle = format === 32 ? 127 : 1023;
  const sign = isChain ? 0n : BigInt(random(2)) << BigInt(format - 1);
  if (random(mood < 2 ? 100 : 12) === 0) return sign;
  let exponent: number = edges[mood < 2 ? mood : random(edges.length)];
  exponent += (mood % 2 === 0 ? 1 : -1) * random(isChain ? 2 : 3);
  if (mood >= 2 && random(2) === 0) exponent = middle + random(40) - 20;
  if (isOdd && random(8) === 0) exponent = [0, 1, 2 * middle, 2 * middle + 1, edges[0] - 1, edges[1] + 1][random(6)];
  const ones = (1n << fractionBits) - 1n;
  const fractions = [0n, 1n, ones, ones >> 1n, BigInt(random(0x10000)) * 0x1_0000_0001n];
  const fraction = fractions[random(isChain ? 3 : fractions.length)] & ones;
  return sign | (BigInt(exponent) << fractionBits) | fraction;
}

function setOperands(bare: Bare, stretch: Stretch, rip: bigint, random: Random): void {
  const { view } = bare.machine.state;
  const area = bare.machine.state.cores[0].context < 0 ? 0x200000 : 0;
  const mood = random(4);
  const isOdd = !stretch.isChain && random(3) === 0;
  const lanes = (): [bigint, bigint] => {
    let all = 0n;
    for (let at = 0; at < 128; at += stretch.format) all |= randomFloat(random, stretch, mood, isOdd) << BigInt(at);
    return [BigInt.asUintN(64, all), all >> 64n];
  };
  const { MXCSR_OFFSET, VECTORS_OFFSET } = built;
  view.setUint32(area + MXCSR_OFFSET, random(16) === 0 ? random(0x10000) : 0x1fa0, true);
  for (let register = 0; register < 8; register++)
    lanes().forEach((half, i) => view.setBigUint64(area + VECTORS_OFFSET + 16 * register + 8 * i, half, true));
  const data = new BigUint64Array(Array.from({ length: OPERANDS }, lanes).flat());
  bare.machine.writeRam(bare.dataFrame(0) + 0x80, new Uint8Array(data.buffer));
  bare.machine.writeRam(bare.sharedFrame + 0x80, new Uint8Array(data.buffer));
  bare.setRegister(0, 0, BigInt(random(3)));
  bare.setRegister(0, RDI, DATA + 0x80n);
  bare.setRegister(0, RSI, SHARED + 0x80n);
  bare.setRegister(0, RIP, rip);
  bare.setRegister(0, RFLAGS, 0x202n);
}

/** Registers, hash, memory, clock and count. */
function resultOf({ machine, dataFrame, exits }: Bare): string {
  const { bytes, cores } = machine.state;
  const { MXCSR_OFFSET, VECTORS_OFFSET } = built;
  const parts = [
    bytes.slice(0, 0x90),
    bytes.slice(MXCSR_OFFSET, VECTORS_OFFSET + 256),
    bytes.slice(0x300000, 0x300200),
    machine.readRam(dataFrame(0), 0x100),
  ];
  return `${parts.map((part) => Buffer.from(part).toString("hex")).join(" ")} ${cores[0].now} ${cores[0].retired} ${exits[0]?.kind}`;
}

/** The first difference between the engines, or null; and what was retired, in translated code and in all. */
function compare(library: typeof built): { difference: string | null; translated: number; retired: number } {
  const random = createRandom(SEED);
  const stretches = [DIFFERENCE, ...Array.from({ length: STRETCHES }, () => randomStretch(random))];
  const code = new Uint8Array(stretches.length * SLOT_BYTES).fill(0xcc);
  stretches.forEach(({ bytes }, place) => code.set(bytes, place * SLOT_BYTES));
  const machines = (["reference", "wasm"] as const).map((engine) =>
    bareMachine({ programs: [code], engine, hotRuns: 2, floatPatience: Infinity, templates: false }, library),
  );
  const [core] = machines[1].machine.state.cores;
  const done = (difference: string | null): ReturnType<typeof compare> => ({
    difference,
    translated: (machines[1].machine.engine as WasmEngine).counts.translated,
    retired: core.retired,
  });
  for (const [place, stretch] of stretches.entries())
    for (let set = 0; set < SETS; set++) {
      const [expected, actual] = machines.map((bare) => {
        const [own] = bare.machine.state.cores;
        const isFirst = own.activity === "reset";
        own.activity = isFirst ? "reset" : "running";
        bare.exits[0] = null;
        setOperands(bare, stretch, CODE + BigInt(place * SLOT_BYTES), createRandom(SEED * 1000 + set));
        if (!isFirst) bare.machine.engine.load(0);
        bare.run(own.now + 50);
        if (own.activity === "running") bare.machine.engine.store(0);
        return resultOf(bare);
      });
      if (expected !== actual)
        return done(`stretch ${Buffer.from(stretch.bytes).toString("hex")}, set ${set}\n${expected}\n${actual}`);
    }
  return done(null);
}

/** What goes wrong, and the mark of it. */
const MUTANTS: readonly (readonly [mistake: string, mark: string])[] = [
  ["a difference is no smaller than its operands", "difference-is-no-smaller"],
  ["a product is as its first factor", "product-is-as-its-first-factor"],
  ["a quotient is as its dividend", "quotient-is-as-its-dividend"],
  ["what is in a vector is as the scalar that was put into it", "vector-is-as-its-scalar"],
  ["a divisor may be 0", "divisor-may-be-0"],
  ["a root is a number", "root-is-a-number"],
  ["the last scalar isn't looked at", "last-scalar-is-not-looked-at"],
  ["MXCSR isn't looked at", "mxcsr-is-not-looked-at"],
  ["numbers that fit are within the narrower format", "all-fits-the-narrower-format"],
  ["a stretch goes on over stores", "stretch-goes-on-over-stores"],
  ["shared memory is read in a stretch", "stretch-reads-shared-memory"],
];

describe("stretches of float operations", () => {
  it(`do what the reference engine does, from seed ${SEED}`, { timeout: 600_000 }, () => {
    const { difference, translated, retired } = compare(built);
    expect(difference).toBeNull();
    console.log(
      `${STRETCHES} stretches, ${SETS} operand sets each: ${translated} of ${retired} instructions translated`,
    );
    expect(translated).toBeGreaterThan(retired / 5);
  });

  it.each(MUTANTS)("%s", { timeout: 120_000 }, async (_mistake, mark) => {
    const mutant = createMutant(mark);
    try {
      expect(compare(await mutant.load<typeof built>("machine/index.js")).difference).not.toBeNull();
    } finally {
      mutant.remove();
    }
  });
});
