import { describe, expect, it } from "vitest";
import { createEmitter } from "../../../dist/machine/engine/ssa/index.js";
import { formatInstruction, type Instruction, rows } from "../../../dist/machine/isa/index.js";
import { semantics } from "../../../dist/machine/isa/semantics/index.js";
import { FlatAct } from "../engine/flat-act.js";
import { createRandom, encodeRow } from "./row-encoder.js";
import { createFalsehoods, createUntouchables, traceSemantics } from "./rule-checker.js";

const { emitBlock } = createEmitter();

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const INSTRUCTIONS_PER_ROW = 12;

const withMeaning = rows.filter((row) => row.semantics !== null);

/** Random instructions of every row that computes something: register and memory forms, all widths. */
function forEachInstruction(check: (instruction: Instruction, text: string) => void): number {
  const random = createRandom(SEED);
  let count = 0;
  for (const row of withMeaning) {
    for (let index = 0; index < INSTRUCTIONS_PER_ROW; index++) {
      const { instruction } = encodeRow(row, random);
      check(instruction, `${row.name}: ${formatInstruction(instruction, 0x401000n)}`);
      count++;
    }
  }
  return count;
}

/** A trace without the lines that tell values apart. */
function operationsOf(calls: readonly string[]): string[] {
  return calls.filter((call) => !call.startsWith("  of "));
}

describe("the meanings of instructions", () => {
  it("are there for every row that runs in ring 3, and each is used by a row", () => {
    expect(rows.filter((row) => row.ring3 === "runs" && row.semantics === null).map((row) => row.name)).toEqual([]);
    const used = new Set(rows.map((row) => row.semanticKey));
    expect(Object.keys(semantics).filter((key) => !used.has(key))).toEqual([]);
  });

  it("never look at a value: no arithmetic, no truth, no comparison in JavaScript", () => {
    const count = forEachInstruction((instruction, text) => {
      const untouchable = traceSemantics(instruction, createUntouchables(), true);
      const falsehoods = traceSemantics(instruction, createFalsehoods(), false);
      expect(falsehoods.calls, text).toEqual(untouchable.calls);
      const equals = traceSemantics(instruction, { make: () => "same", label: () => "" }, false);
      expect(operationsOf(equals.calls), text).toEqual(operationsOf(untouchable.calls));
    });
    expect(count).toBe(withMeaning.length * INSTRUCTIONS_PER_ROW);
  });

  it("pass every operation values of the width that it names", () => {
    forEachInstruction((instruction, text) => {
      const { violations } = traceSemantics(instruction, createUntouchables(), true);
      expect(
        violations.filter((violation) => /width|bits|from/.test(violation)),
        text,
      ).toEqual([]);
    });
  });

  it("read, check, then write; flag thunks are pure; jumps and traps come last", () => {
    forEachInstruction((instruction, text) => {
      // ENTER probes what it will write by writing back what it read, and stores when nothing can fault any more.
      if (instruction.row.semanticKey === "enter") return;
      const { violations } = traceSemantics(instruction, createUntouchables(), true);
      expect(
        violations.filter((violation) => !/width|bits|from/.test(violation)),
        text,
      ).toEqual([]);
    });
  });

  it("can be emitted, each of them", () => {
    forEachInstruction((instruction, text) => {
      const block = emitBlock([{ address: 0x401000n, instruction }]);
      expect(block.steps, text).toHaveLength(1);
    });
  });

  it("change the flags that their rows say, and no others", () => {
    const letters: { readonly [flag: string]: string } = {
      cf: "c",
      pf: "p",
      af: "a",
      zf: "z",
      sf: "s",
      of: "o",
      df: "d",
    };
    forEachInstruction((instruction, text) => {
      const { row } = instruction;
      const calls = traceSemantics(instruction, createUntouchables(), true).calls;
      const set = calls.filter((call) => call.startsWith("setFlags ")).flatMap((call) => call.split(" ").slice(1));
      for (const flag of set)
        expect(row.flagsWritten + row.flagsUndefined, `${flag} in ${text}`).toContain(letters[flag]);
      const keepsAll = set.length === 0 && !calls.some((call) => call.startsWith("setFlagsWord"));
      const isShiftByZero = instruction.operands.some(
        (operand) => operand.kind === "immediate" && (operand.value & 31n) === 0n,
      );
      expect(keepsAll && !isShiftByZero ? row.flagsWritten : "", text).toBe("");
    });
  });
});

/** Where vectors from silicon do not reach, or where a reader may want to see it said. */
describe("meanings that surprise", () => {
  const RAX = 0;
  const RCX = 1;
  const RBX = 3;
  const RSP = 4;
  const RBP = 5;

  async function decoded(hex: string): Promise<Instruction> {
    const { decode } = await import("../../../dist/machine/isa/index.js");
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    const result = decode(bytes, 0, bytes.length);
    if (result.kind !== "instruction") throw new Error(`${hex} is ${result.kind}`);
    return result.instruction;
  }

  async function execute(hex: string, prepare: (act: FlatAct) => void): Promise<FlatAct> {
    const instruction = await decoded(hex);
    const act = new FlatAct();
    act.rip = 0x40_1000n;
    act.registers[RSP] = 0x800n;
    prepare(act);
    act.begin(BigInt(instruction.lengthBytes));
    instruction.row.semantics?.(act, instruction);
    if (act.fault === null) act.commit();
    return act;
  }

  it("PUSH RSP pushes the value before the push", async () => {
    const act = await execute("54", () => {});
    expect(act.peek(0x7f8n, 8)).toBe(0x800n);
    expect(act.registers[RSP]).toBe(0x7f8n);
  });

  it("POP SP keeps the upper bits of RSP as they are after the pop", async () => {
    const act = await execute("665c", (before) => {
      before.registers[RSP] = 0x1fffen;
      before.poke(0x1fffen, 2, 0x1234n);
    });
    expect(act.registers[RSP]).toBe(0x21234n);
  });

  it("POP [RSP+8] computes its address after RSP has moved", async () => {
    const act = await execute("8f442408", (before) => before.poke(0x800n, 8, 0x55n));
    expect(act.peek(0x810n, 8)).toBe(0x55n);
  });

  it("a RET to an address that is not canonical is #GP with RSP unchanged", async () => {
    const act = await execute("c3", (before) => before.poke(0x800n, 8, 1n << 63n));
    expect(act.fault).toMatchObject({ vector: 13, errorCode: 0 });
    expect(act.registers[RSP]).toBe(0x800n);
  });

  it("a CALL to an address that is not canonical pushes nothing", async () => {
    const act = await execute("ffd0", (before) => (before.registers[RAX] = 1n << 63n));
    expect(act.fault).toMatchObject({ vector: 13, errorCode: 0 });
    expect(act.peek(0x7f8n, 8)).toBe(0n);
  });

  it("a failing CMPXCHG of 32-bit registers leaves the whole destination and clears the upper half of RAX", async () => {
    const act = await execute("0fb1cb", (before) => {
      before.registers[RAX] = 0x1111_1111_2222_2222n;
      before.registers[RBX] = 0x3333_3333_4444_4444n;
    });
    expect(act.registers[RBX]).toBe(0x3333_3333_4444_4444n);
    expect(act.registers[RAX]).toBe(0x4444_4444n);
  });

  it("a CMPXCHG that succeeds leaves the upper half of RAX", async () => {
    const act = await execute("0fb1cb", (before) => {
      before.registers[RAX] = 0x1111_1111_4444_4444n;
      before.registers[RBX] = 0x3333_3333_4444_4444n;
      before.registers[RCX] = 0x5555_5555_6666_6666n;
    });
    expect(act.registers[RBX]).toBe(0x6666_6666n);
    expect(act.registers[RAX]).toBe(0x1111_1111_4444_4444n);
  });

  it("BT with a negative register offset reads before its operand", async () => {
    const act = await execute("480fa30b", (before) => {
      before.registers[RBX] = 0x100n;
      before.registers[RCX] = BigInt.asUintN(64, -1n);
      before.poke(0xf8n, 8, 1n << 63n);
    });
    expect(act.flagsWord() & 1n).toBe(1n);
  });

  it("a repeated string instruction with ECX of 0 leaves the upper half of RCX", async () => {
    const act = await execute("67f3a4", (before) => (before.registers[RCX] = 0xffff_ffff_0000_0000n));
    expect(act.registers[RCX]).toBe(0xffff_ffff_0000_0000n);
  });

  it("ENTER with nesting copies frame pointers, also those that it has just pushed", async () => {
    const act = await execute("c8100003", (before) => {
      before.registers[RBP] = 0x800n;
      before.poke(0x7f0n, 8, 0xabn);
    });
    // RBP-8 is where the old RBP has just gone; RBP-16 the copy of that.
    expect([0x7f8n, 0x7f0n, 0x7e8n, 0x7e0n].map((at) => act.peek(at, 8))).toEqual([0x800n, 0x800n, 0x800n, 0x7f8n]);
    expect(act.registers[RBP]).toBe(0x7f8n);
    expect(act.registers[RSP]).toBe(0x7d0n);
  });

  it("ENTER whose last stack slot cannot be written changes nothing", async () => {
    // 0x7ff8 is not mapped.
    const act = await execute("c8080000", (before) => {
      before.registers[RSP] = 0x8008n;
      before.registers[RBP] = 0x1234n;
    });
    expect(act.fault).toMatchObject({ vector: 14, errorCode: 6, address: 0x7ff8n });
    expect(act.peek(0x8000n, 8)).toBe(0n);
    expect(act.registers[RSP]).toBe(0x8008n);
  });

  it("INT n is #GP with the gate's index, but for the gate of INT3", async () => {
    for (const vector of [0, 4, 0x20, 0xff]) {
      const act = await execute(`cd${vector.toString(16).padStart(2, "0")}`, () => {});
      expect(act.fault).toMatchObject({ vector: 13, errorCode: vector * 8 + 2 });
    }
  });

  it("SYSCALL leaves the next address in RCX and the flags in R11", async () => {
    const act = await execute("0f05", (before) => before.loadFlagsWord(0x247n));
    expect(act.registers[RCX]).toBe(0x40_1002n);
    expect(act.registers[11]).toBe(0x247n);
  });
});
