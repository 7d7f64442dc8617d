import { describe, expect, it } from "vitest";
import { decode, rows } from "../../../dist/machine/isa/index.js";
import { FlatAct } from "../engine/flat-act.js";
import { encodeForm, enumerateVectorForms } from "./vector-forms.js";

const GENERAL_PROTECTION = { vector: 13, errorCode: 0 };
const RSI = 6;
/** Of FXSAVE, FXSAVE64, FXRSTOR and FXRSTOR64 at [rsi]. */
const FXSAVE = [0x0f, 0xae, 0x06];
const FXRSTOR = [0x0f, 0xae, 0x0e];

function execute(bytes: readonly number[] | Uint8Array, prepare: (act: FlatAct) => void): FlatAct {
  const padded = Uint8Array.from([...bytes, 0, 0, 0, 0]);
  const result = decode(padded, 0, padded.length);
  if (result.kind !== "instruction") throw new Error(`these bytes are ${result.kind}`);
  const act = new FlatAct();
  prepare(act);
  act.begin(BigInt(result.instruction.lengthBytes));
  result.instruction.row.semantics?.(act, result.instruction);
  if (act.fault === null) act.commit();
  return act;
}

/** Rows that take 128 bits of memory at any address (SDM volume 2, exception class 4 and its footnotes). */
const ANY_ADDRESS = /^(MOVUPS|MOVUPD|MOVDQU|LDDQU|PCMP[EI]STR)/;

describe("memory operands of vector instructions", () => {
  it("must be aligned where they are 128 bits wide, but for the forms that say otherwise", () => {
    const wrong: string[] = [];
    let aligned = 0;
    for (const form of enumerateVectorForms(rows)) {
      if (form.kind !== "memory") continue;
      const bytes = encodeForm(form, 0, false);
      const act = execute(bytes, (before) => (before.registers[RSI] = 0x808n));
      const isWide = form.row.operands.some((operand) => /^[WM](dq|ps|pd)$/.test(operand));
      const isChecked = isWide && !ANY_ADDRESS.test(form.row.mnemonic);
      if (isChecked) aligned++;
      const faults = act.fault !== null;
      if (faults !== isChecked) wrong.push(form.name);
      if (faults) expect(act.fault, form.name).toMatchObject(GENERAL_PROTECTION);
    }
    expect(wrong).toEqual([]);
    expect(aligned).toBeGreaterThan(120);
  });

  it("MOVSS and MOVQ touch no more than their operand", () => {
    // 0x7000 is not mapped; four and eight bytes lie before it.
    const act = execute([0xf3, 0x0f, 0x10, 0x0e], (before) => (before.registers[RSI] = 0x6ffcn));
    expect(act.fault).toBeNull();
    const crossing = execute([0xf3, 0x0f, 0x7e, 0x0e], (before) => (before.registers[RSI] = 0x6ffcn));
    expect(crossing.fault).toMatchObject({ vector: 14, errorCode: 4 });
  });

  it("an instruction whose load faults leaves its destination", () => {
    const act = execute([0x66, 0x0f, 0xfc, 0x0e], (before) => {
      before.registers[RSI] = 0x7000n;
      before.putVector(1, 5n);
    });
    expect(act.fault).toMatchObject({ vector: 14 });
    expect(act.getVector(1)).toBe(5n);
  });

  it("MASKMOVDQU asks for all sixteen bytes", () => {
    const act = execute([0x66, 0x0f, 0xf7, 0xca], (before) => (before.registers[7] = 0x6ff8n));
    expect(act.fault).toMatchObject({ vector: 14, errorCode: 6 });
  });
});

describe("FXSAVE and FXRSTOR", () => {
  it("save MXCSR and the registers, an x87 part as after FNINIT, and nothing behind", () => {
    const act = execute(FXSAVE, (before) => {
      before.registers[RSI] = 0x400n;
      for (let at = 0x400n; at < 0x600n; at += 8n) before.poke(at, 8, 0xaaaa_aaaa_aaaa_aaaan);
      for (let register = 0; register < 16; register++) before.putVector(register, BigInt(register) << 100n);
      before.putMxcsr(0x9fbf);
    });
    expect(act.fault).toBeNull();
    expect(act.peek(0x400n, 8)).toBe(0x37fn);
    expect(act.peek(0x418n, 8)).toBe(0xffff_0000_9fbfn);
    for (let at = 0x420n; at < 0x4a0n; at += 8n) expect(act.peek(at, 8)).toBe(0n);
    for (let register = 0n; register < 16n; register++)
      expect(act.peek(0x4a0n + 16n * register, 16)).toBe(register << 100n);
    // As an AMD Zen 4 does: 416 bytes are written.
    for (let at = 0x5a0n; at < 0x600n; at += 8n) expect(act.peek(at, 8)).toBe(0xaaaa_aaaa_aaaa_aaaan);
  });

  it("restore what was saved", () => {
    const act = execute(FXRSTOR, (before) => {
      before.registers[RSI] = 0x400n;
      before.poke(0x418n, 4, 0x3f80n);
      for (let register = 0n; register < 16n; register++)
        before.poke(0x4a0n + 16n * register, 16, (register << 77n) + 3n);
    });
    expect(act.fault).toBeNull();
    expect(act.peekMxcsr()).toBe(0x3f80);
    for (let register = 0; register < 16; register++)
      expect(act.getVector(register)).toBe((BigInt(register) << 77n) + 3n);
  });

  it("a reserved bit of MXCSR is #GP(0), and nothing is restored", () => {
    const act = execute(FXRSTOR, (before) => {
      before.registers[RSI] = 0x400n;
      before.poke(0x418n, 4, 0x1_1f80n);
      before.poke(0x4a0n, 16, 7n);
    });
    expect(act.fault).toMatchObject(GENERAL_PROTECTION);
    expect(act.getVector(0)).toBe(0n);
    expect(act.peekMxcsr()).toBe(0x1f80);
  });

  it("must be aligned", () => {
    for (const bytes of [FXSAVE, FXRSTOR, [0x48, ...FXSAVE], [0x48, ...FXRSTOR]])
      expect(execute(bytes, (before) => (before.registers[RSI] = 0x408n)).fault).toMatchObject(GENERAL_PROTECTION);
  });

  it("write nothing when the second page cannot be written", () => {
    const act = execute(FXSAVE, (before) => (before.registers[RSI] = 0x6f00n));
    expect(act.fault).toMatchObject({ vector: 14, errorCode: 6 });
    expect(act.peek(0x6f00n, 8)).toBe(0n);
  });
});
