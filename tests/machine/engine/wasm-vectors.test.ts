/**
 * Every row with XMM registers that translated code does, against the reference engine: on corner lanes, under many
 * MXCSR, aligned and not, within a page and across two. One translation serves all operand sets of a form.
 */
import { describe, expect, it } from "vitest";
import * as machineLibrary from "../../../dist/machine/index.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { CodeWriter } from "../../../dist/machine/engine/wasm/assembler/code-writer.js";
import { SIMD, type SimdName } from "../../../dist/machine/engine/wasm/assembler/simd.js";
import { createEmitter } from "../../../dist/machine/engine/ssa/index.js";
import { isTranslated, type KnownForms } from "../../../dist/machine/engine/wasm/plan/translated-instructions.js";
import { rows, type Instruction } from "../../../dist/machine/isa/index.js";
import { bareMachine, CODE, DATA, RFLAGS, RIP, type Bare } from "../bare.js";
import { createRandom, encodeRow, type Random } from "../isa/row-encoder.js";
import { randomLanes, randomMood, randomMxcsr } from "./vector-corners.js";

const emitter = createEmitter();
const known: KnownForms = new Map();

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const FORMS = Number(process.env["HALLOWS_FORMS"] ?? 2);
const SETS = Number(process.env["HALLOWS_SETS"] ?? 60);
const { MXCSR_OFFSET, VECTORS_OFFSET } = machineLibrary;

interface Form {
  readonly name: string;
  readonly instruction: Instruction;
  readonly bytes: Uint8Array;
}

function memoryOf({ operands }: Instruction): Extract<Instruction["operands"][number], { kind: "memory" }> | null {
  for (const operand of operands) if (operand.kind === "memory") return operand;
  return null;
}

function isReachable(instruction: Instruction): boolean {
  const memory = memoryOf(instruction);
  return (
    memory === null ||
    (memory.base >= 0 && memory.base < 16 && memory.base !== 4 && memory.index < 0 && memory.addressWidth === 64)
  );
}

function forms(random: Random, count: number, isWanted: (name: string) => boolean): Form[] {
  const list: Form[] = [];
  for (const row of rows) {
    if (row.semantics === null || row.ring3 !== "runs" || !isWanted(row.name)) continue;
    for (let made = 0, attempts = 0; made < count && attempts < 80; attempts++) {
      const { instruction, bytes } = encodeRow(row, random);
      if (!instruction.operands.some(({ kind }) => kind === "vector")) break;
      if (!isTranslated(instruction, emitter, known) || !isReachable(instruction)) continue;
      list.push({ name: row.name, instruction, bytes });
      made++;
    }
  }
  return list;
}

/** Where the registers of the core are: in its context until it is loaded. */
function coreArea(bare: Bare): number {
  return bare.machine.state.cores[0].context < 0 ? 0x200000 : 0;
}

/** Each form ends at a breakpoint and has a place of its own. */
const FORM_BYTES = 16;

function setOperands(bare: Bare, { instruction }: Form, rip: bigint, random: Random): void {
  const { view } = bare.machine.state;
  const base = coreArea(bare);
  const mood = randomMood(random);
  view.setUint32(base + MXCSR_OFFSET, randomMxcsr(random), true);
  let lanes = randomLanes(random, mood);
  for (let register = 0; register < 16; register++) {
    bare.setRegister(0, register, randomLanes(random, mood)[0]);
    if (random(4) > 0) lanes = randomLanes(random, mood);
    lanes.forEach((half, place) => view.setBigUint64(base + VECTORS_OFFSET + 16 * register + 8 * place, half, true));
  }
  bare.setRegister(0, RIP, rip);
  bare.setRegister(0, RFLAGS, 0x202n | BigInt(random(0x1000) & 0x8d5));
  bare.setRegister(0, 4, DATA + 0x4000n);
  const page = 0x2000 + 16 * random(32);
  const at = page + (random(8) === 0 ? random(16) : random(8) === 0 ? 0x1000 - (page & 0xfff) - random(18) : 0);
  bare.setRegister(0, 7, DATA + BigInt(at));
  const memory = memoryOf(instruction);
  if (memory !== null) bare.setRegister(0, memory.base, BigInt.asUintN(64, DATA + BigInt(at) - memory.displacement));
  const data = new BigUint64Array([...randomLanes(random, mood), ...randomLanes(random, mood)]);
  bare.machine.writeRam(bare.dataFrame(0) + at, new Uint8Array(data.buffer));
}

/** Registers, MXCSR, data, clock and exit. */
function resultOf(bare: Bare): Buffer[] {
  const { machine } = bare;
  const { bytes, cores } = machine.state;
  const area = coreArea(bare);
  const exit = JSON.stringify(bare.exits[0], (_, value: unknown) =>
    typeof value === "bigint" ? value.toString(16) : value,
  );
  return [
    Buffer.from(bytes.slice(area, area + 0x90)),
    Buffer.from(bytes.slice(area + MXCSR_OFFSET, area + VECTORS_OFFSET + 256)),
    Buffer.from(machine.readRam(bare.dataFrame(0) + 0x1f00, 0x1200)),
    Buffer.from(`${cores[0].now} ${cores[0].retired} ${exit}`),
  ];
}

interface Outcome {
  readonly form: Form;
  /** First difference between the engines, or null. */
  readonly difference: string | null;
  /** Instructions retired in translated code. */
  readonly translated: number;
}

/**
 * Runs all operand sets of each form, on one machine of each engine, until one differs. `floatPatience`: 0 where float
 * operations are guarded one by one, Infinity where all of a block are guarded together.
 */
function compare(list: readonly Form[], seed: number, floatPatience: number): Outcome[] {
  const code = new Uint8Array(list.length * FORM_BYTES).fill(0xcc);
  list.forEach(({ bytes }, place) => code.set(bytes, place * FORM_BYTES));
  const machines = (["reference", "wasm"] as const).map((engine) =>
    bareMachine(
      { programs: [code], engine, hotRuns: 2, floatPatience, templates: floatPatience === 0 },
      machineLibrary,
    ),
  );
  const { counts } = machines[1].machine.engine as WasmEngine;
  const outcomes: Outcome[] = [];
  for (const [place, form] of list.entries()) {
    const before = counts.translated;
    let difference: string | null = null;
    for (let set = 0; set < SETS && difference === null; set++) {
      const [a, b] = machines.map((bare) => {
        const [core] = bare.machine.state.cores;
        const isFirst = core.activity === "reset";
        core.activity = isFirst ? "reset" : "running";
        bare.exits[0] = null;
        setOperands(bare, form, CODE + BigInt(place * FORM_BYTES), createRandom(seed * 1000 + set));
        if (!isFirst) bare.machine.engine.load(0);
        bare.run(core.now + 50);
        if (core.activity === "running") bare.machine.engine.store(0);
        return resultOf(bare);
      });
      if (a.every((part, i) => part.equals(b[i]))) continue;
      const text = (parts: Buffer[]): string =>
        `${parts[0].toString("hex")}\n${parts[1].toString("hex")} ${parts[3].toString()}`;
      difference = `set ${set}\n${text(a)}\n${text(b)}`;
    }
    outcomes.push({ form, difference, translated: counts.translated - before });
    if (difference !== null) break;
  }
  return outcomes;
}

function differenceOf(outcomes: readonly Outcome[]): string | null {
  const last = outcomes[outcomes.length - 1];
  if (last.difference === null) return null;
  return `${last.form.name} ${Buffer.from(last.form.bytes).toString("hex")}: ${last.difference}`;
}

describe("every row with XMM registers that translated code does", () => {
  const title = `agrees with the reference engine on corner lanes, from seed ${SEED}; floats guarded`;
  it.each([
    ["one by one", 0],
    ["together", Infinity],
  ])(`${title} %s`, { timeout: 3_600_000 }, (_, floatPatience) => {
    const list = forms(createRandom(SEED), FORMS, () => true);
    const outcomes = compare(list, SEED, floatPatience);
    expect(differenceOf(outcomes)).toBeNull();
    if (process.env["HALLOWS_SHARES"] !== undefined)
      for (const { form, translated } of outcomes) console.log(`${form.name}: ${translated} of ${SETS}`);
    const seldom = outcomes.filter((outcome) => outcome.translated < SETS / 20).map(({ form }) => form.name);
    const translated = outcomes.reduce((sum, outcome) => sum + outcome.translated, 0);
    const names = new Set(list.map(({ name }) => name));
    console.log(
      `${list.length} forms of ${names.size} rows, ${SETS} operand sets each, ${translated} retired in translated code`,
    );
    expect(names.size).toBeGreaterThan(240);
    // Corners are what blocks are left for that guard floats together.
    expect(floatPatience === 0 ? seldom : []).toEqual([]);
    expect(translated).toBeGreaterThan((list.length * SETS) / 2);
  });
});

/** Each replaces one instruction by another wherever it is written; the rows that should show it. */
const MUTANTS: readonly (readonly [from: SimdName, to: SimdName, rows: RegExp])[] = [
  ["i8x16.add_sat_u", "i8x16.add_sat_s", /^PADDUSB/],
  ["i16x8.narrow_i32x4_u", "i16x8.narrow_i32x4_s", /^PACKUSDW/],
  ["i32x4.extmul_high_i16x8_s", "i32x4.extmul_low_i16x8_s", /^PMULHW/],
  ["i16x8.shr_s", "i16x8.shr_u", /^PSRAW/],
  ["i64x2.gt_s", "i64x2.eq", /^PCMPGTQ/],
  ["i8x16.bitmask", "i32x4.bitmask", /^PMOVMSKB/],
  ["v128.or", "v128.xor", /^(POR|ORPS)/],
  ["i64x2.replace_lane", "i32x4.replace_lane", /^(PINSRQ|MOVHPS)/],
  ["f64x2.pmin", "f64x2.pmax", /^MIN[PS]D/],
  ["f32x4.lt", "f32x4.gt", /^(CMP|ADD)[PS]S/],
  ["f64x2.nearest", "f64x2.trunc", /^(ROUNDPD|CVTPD2DQ)/],
  // Of the guard.
  ["i32x4.gt_s", "i32x4.eq", /^(ADD|MUL)PS/],
  ["f64x2.ne", "f64x2.eq", /^(ADD|MUL)[PS]D/],
  ["v128.andnot", "v128.and", /^(DIV|MUL)[PS]S/],
  ["f64x2.lt", "f64x2.gt", /^CVTT?PD2DQ/],
];

/** Runs with the code writer changed; code that doesn't validate is noticed as well. */
function isNoticed(from: SimdName, to: SimdName, list: readonly Form[]): boolean {
  const { simdOp } = CodeWriter.prototype;
  CodeWriter.prototype.simdOp = function (this: CodeWriter, number: number) {
    simdOp.call(this, number === SIMD[from] ? SIMD[to] : number);
  };
  try {
    return [0, Infinity].some((floatPatience) => differenceOf(compare(list, SEED, floatPatience)) !== null);
  } catch {
    return true;
  } finally {
    CodeWriter.prototype.simdOp = simdOp;
  }
}

describe("seeded mutants of the vector code", () => {
  for (const [from, to, shown] of MUTANTS)
    it(`${from} becomes ${to}: noticed`, { timeout: 600_000 }, () => {
      const list = forms(createRandom(SEED), 2, (name) => shown.test(name));
      expect(list.length).toBeGreaterThan(0);
      expect(isNoticed(from, to, list)).toBe(true);
    });
});
