import * as iced from "iced-x86";
import { describe, expect, it } from "vitest";
import { encode } from "../../../dist/machine/isa/assemble.js";
import { decode, findRow, rows, type Instruction } from "../../../dist/machine/isa/index.js";
import { compareDecoders } from "./iced-oracle.js";
import { createRandom, encodeRow } from "./row-encoder.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const FORMS = Number(process.env["HALLOWS_FORMS"] ?? 16);

/** The instruction encoded anew, and read back. */
function again({ row, operands, ...rest }: Instruction): Instruction {
  const bytes = Uint8Array.from(encode(row, operands, rest).bytes);
  const result = decode(bytes, 0, bytes.length);
  if (result.kind !== "instruction") throw new Error(`${row.name} became something that is ${result.kind}`);
  return result.instruction;
}

/** A scale without an index says nothing. */
function withoutIdleScale(instruction: Instruction): Instruction {
  const operands = instruction.operands.map((operand) =>
    operand.kind === "memory" && operand.index < 0 ? { ...operand, scale: 1 as const } : operand,
  );
  return { ...instruction, operands };
}

describe("the encoder", () => {
  const cases = rows.map((row) => ({ row, name: row.name }));

  it.each(cases)("makes of what was decoded the same again: $name", ({ row }) => {
    const random = createRandom(SEED);
    for (let form = 0; form < FORMS; form++) {
      const { instruction } = encodeRow(row, random);
      const found = again(instruction);
      expect(found).toEqual({ ...withoutIdleScale(instruction), lengthBytes: found.lengthBytes });
      expect(found.lengthBytes).toBeLessThanOrEqual(instruction.lengthBytes);
    }
  });

  it.each(cases)("is understood by iced-x86: $name", ({ row }) => {
    const random = createRandom(SEED);
    const theirs = new iced.Instruction();
    for (let form = 0; form < FORMS; form++) {
      const { operands, ...rest } = encodeRow(row, random).instruction;
      const bytes = Uint8Array.from(encode(row, operands, rest).bytes);
      const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
      decoder.decodeOut(theirs);
      decoder.free();
      const agreement = compareDecoders(theirs, decode(bytes, 0, bytes.length));
      expect(typeof agreement === "object" ? agreement.difference : "").toBe("");
    }
    theirs.free();
  });

  it("says which row can't take which operands", () => {
    const row = findRow("ADD Ev,sIb");
    if (row === undefined) throw new Error("there is no such row");
    const register = { kind: "register", width: 32, register: 0, high: false } as const;
    const immediate = { kind: "immediate", width: 32, value: 0x80n } as const;
    expect(() => encode(row, [register, immediate])).toThrow("ADD Ev,sIb (83 /0) can't take eax, 0x80");
  });
});
