import { describe, expect, it } from "vitest";
import { createEmitter, printBlock, type SsaBlock, type SsaStep } from "../../../dist/machine/engine/ssa/index.js";
import { decode, formatInstruction, rows } from "../../../dist/machine/isa/index.js";
import { createRandom, encodeRow, type Random } from "../isa/row-encoder.js";
import { FlatAct } from "./flat-act.js";
import { runBlock } from "./ssa-interpreter.js";

const { emitBlock } = createEmitter();

const START = 0x401000n;

/** The instructions of a string of hexadecimal digits. */
function stepsOf(hex: string): SsaStep[] {
  const bytes = Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (byte) => parseInt(byte, 16));
  const steps: SsaStep[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const result = decode(bytes, offset, bytes.length - offset);
    if (result.kind !== "instruction") throw new Error(`${result.kind} at ${offset} of ${hex}`);
    steps.push({ address: START + BigInt(offset), instruction: result.instruction });
    offset += result.instruction.lengthBytes;
  }
  return steps;
}

function print(block: SsaBlock): string {
  return printBlock(block, (instruction, address) => formatInstruction(instruction, address));
}

const operationsOf = (block: SsaBlock): string[] => block.nodes.map((node) => node.op);

describe("a block", () => {
  it("prints as it always has", () => {
    const block = emitBlock(stepsOf("01d8 48890424 29c8 7c05"));
    expect(print(block)).toBe(`; 0x401000 add eax, ebx
  v0:64 = read rbx
  v1:32 = truncate v0
  v2:64 = read rax
  v3:32 = truncate v2
  v4:32 = add v3, v1
  v5:64 = zeroExtend v4
; 0x401002 mov qword ptr [rsp], rax
  v7:64 = read rsp
  store [v7], v5 stack  -> exit 0
; 0x401006 sub eax, ecx
  v9:64 = read rcx
  v10:32 = truncate v9
  v11:32 = sub v4, v10
  v12:64 = zeroExtend v11
; 0x401008 jl 0x40100f
  v16:1 = lessSigned v4, v10
  write rax v12
  v20:1 = lessUnsigned v4, v10
  write cf v20
  v22:8 = truncate v11
  v23:8 = populationCount v22
  v24:1 = bit v23 at 0
  v25:1 = not v24
  write pf v25
  v27:32 = xor v4, v10
  v28:32 = xor v27, v11
  v29:1 = bit v28 at 4
  write af v29
  v31:1 = equal v4, v10
  write zf v31
  v33:1 = sign v11
  write sf v33
  v35:32 = xor v4, v11
  v36:32 = and v27, v35
  v37:1 = sign v36
  write of v37
branch v16 ? 0x40100f : 0x40100a
; exits
  exit 0 at 0x401002, rax=v5, flags by need: cf pf af zf sf of
`);
  });

  it("does not compute flags that a later instruction overwrites", () => {
    const once = emitBlock(stepsOf("01d8"));
    const thrice = emitBlock(stepsOf("01d8 01d8 01d8"));
    const flagWork = (block: SsaBlock): string[] =>
      operationsOf(block).filter((op) => ["populationCount", "lessUnsigned", "isZero", "sign", "bit"].includes(op));
    expect(flagWork(thrice)).toEqual(flagWork(once));
    expect(operationsOf(thrice).filter((op) => op === "add")).toHaveLength(3);
  });

  it("computes for ADC the carry of the addition before it, and no other flag of it", () => {
    const alone = operationsOf(emitBlock(stepsOf("4811ca")));
    const block = operationsOf(emitBlock(stepsOf("4801d8 4811ca")));
    const count = (ops: readonly string[], op: string): number => ops.filter((other) => other === op).length;
    expect(count(block, "lessUnsigned")).toBe(1);
    for (const op of ["populationCount", "isZero", "sign", "bit"]) expect(count(block, op), op).toBe(count(alone, op));
  });

  it("decides a signed branch after CMP by one comparison of the operands", () => {
    const block = emitBlock(stepsOf("4839d8 7f02"));
    if (block.terminator.kind !== "branch") throw new Error("the block should end with a branch");
    expect(block.terminator.condition.op).toBe("lessSigned");
  });

  it("builds the flags of an exit only for who asks", () => {
    const block = emitBlock(stepsOf("01d8 488b06 31c0"));
    const { flags, nodes } = block.buildExitFlags(0);
    expect([...flags.keys()].toSorted()).toEqual(["af", "cf", "of", "pf", "sf", "zf"]);
    expect(nodes.map((node) => node.op)).toContain("populationCount");
    expect(operationsOf(block)).not.toContain("populationCount");
    expect(nodes.some((node) => block.nodes.includes(node))).toBe(false);
  });

  it("sees through partial registers", () => {
    const block = emitBlock(stepsOf("b405 88e3 0fb6c3"));
    const written = block.nodes.filter((node) => node.op === "write").map((node) => node.args[0].detail);
    expect(written).toContainEqual({ kind: "constant", value: 5n });
  });

  it("ends with the first instruction that leaves it", () => {
    const block = emitBlock(stepsOf("ebfe 90"));
    expect(block.steps).toHaveLength(1);
    expect(block.terminator.kind).toBe("jump");
  });

  it("has no effect of an instruction that is sure to fault", () => {
    // CMPXCHG16B at an odd address that is known when the block is built.
    const block = emitBlock(stepsOf("480fc70d01000000"));
    expect(block.terminator).toMatchObject({ kind: "trap", cause: { vector: 13, errorCode: 0 } });
    expect(block.nodes.filter((node) => node.op.startsWith("load") || node.op.startsWith("store"))).toEqual([]);
  });

  it("turns an instruction that ring 3 may not execute into its trap", () => {
    const block = emitBlock(stepsOf("fa"));
    expect(block.terminator).toMatchObject({ kind: "trap", cause: { vector: 13, errorCode: 0 } });
  });
});

describe("against the reference binding", () => {
  const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
  const BLOCKS = Number(process.env["HALLOWS_CASES"] ?? 4000);
  const CORNERS = [
    0n,
    1n,
    0x7fn,
    0x80n,
    0xffn,
    0x8000n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
    1n << 63n,
    (1n << 64n) - 1n,
  ];
  const runnable = rows.filter((row) => row.semantics !== null);

  function randomWord(random: Random): bigint {
    if (random(3) === 0) return CORNERS[random(CORNERS.length)];
    let value = 0n;
    for (let part = 0; part < 4; part++) value = (value << 16n) | BigInt(random(0x10000));
    // Mostly canonical, so that most addresses made of it are.
    return random(8) === 0 ? value : value & 0x7fff_ffff_ffffn;
  }

  function randomSteps(random: Random): SsaStep[] {
    const steps: SsaStep[] = [];
    let address = START;
    for (let count = 1 + random(6); count > 0; count--) {
      const { instruction } = encodeRow(runnable[random(runnable.length)], random);
      steps.push({ address, instruction });
      address += BigInt(instruction.lengthBytes);
    }
    return steps;
  }

  function fill(act: FlatAct, random: Random): void {
    for (let register = 0; register < 16; register++) act.registers[register] = randomWord(random);
    act.registers[1] = random(2) === 0 ? BigInt(random(20)) : act.registers[1] & 0x1fn;
    for (let register = 0; register < 16; register++)
      act.putVector(register, randomWord(random) | (randomWord(random) << 64n));
    act.fsBase = randomWord(random) & 0xffffffffn;
    act.gsBase = randomWord(random) & 0xffffffffn;
    act.loadFlagsWord(0x202n | BigInt(random(0x1000) & 0xcd5));
    for (let at = 0; at < act.memory.length; at++) act.memory[at] = random(3) === 0 ? 0 : random(256);
    act.rip = START;
  }

  function copyOf(act: FlatAct): FlatAct {
    const copy = new FlatAct();
    copy.registers.splice(0, 16, ...act.registers);
    for (let register = 0; register < 16; register++) copy.putVector(register, act.getVector(register));
    copy.fsBase = act.fsBase;
    copy.gsBase = act.gsBase;
    copy.loadFlagsWord(act.flagsWord());
    copy.memory.set(act.memory);
    copy.rip = act.rip;
    return copy;
  }

  /** Executes what the block covers with the reference binding. */
  function execute(act: FlatAct, block: SsaBlock): void {
    for (const { instruction } of block.steps) {
      act.begin(BigInt(instruction.lengthBytes));
      instruction.row.semantics?.(act, instruction);
      if (act.fault !== null) return;
      act.commit();
      if (act.jumped) return;
    }
  }

  /** All that the two must agree in, as text. */
  function describeState(act: FlatAct, rip: bigint): string[] {
    const fault =
      act.fault === null ? "none" : `${act.fault.vector} ${act.fault.errorCode} ${act.fault.address.toString(16)}`;
    const words = act.registers.map((value, index) => `r${index}=${value.toString(16)}`);
    const vectors = act.registers.map((_, index) => `xmm${index}=${act.getVector(index).toString(16)}`);
    const flags = act.flagsWord().toString(16);
    return [
      ...words,
      ...vectors,
      `mxcsr=${act.peekMxcsr().toString(16)}`,
      `flags=${flags}`,
      `bases=${act.fsBase},${act.gsBase}`,
      `rip=${rip.toString(16)}`,
      `fault=${fault}`,
    ];
  }

  it(`${BLOCKS} random blocks leave the same registers, flags, memory, address and fault, from seed ${SEED}`, () => {
    const random = createRandom(SEED);
    let faults = 0;
    let exitsWithFlags = 0;
    for (let index = 0; index < BLOCKS; index++) {
      const block = emitBlock(randomSteps(random));
      const reference = new FlatAct();
      fill(reference, random);
      const emitted = copyOf(reference);
      execute(reference, block);
      emitted.begin(0n);
      const left = runBlock(block, emitted);
      const text = `block ${index}\n${print(block)}`;
      expect(describeState(emitted, left.rip), text).toEqual(describeState(reference, reference.rip));
      expect(Buffer.compare(emitted.memory, reference.memory), `memory after ${text}`).toBe(0);
      if (reference.fault !== null) {
        faults++;
        if (left.kind === "exit" && block.exits.some((exit) => exit.flags.size > 0)) exitsWithFlags++;
      }
    }
    console.log(
      `seed ${SEED}: ${BLOCKS} blocks, ${faults} faults, ${exitsWithFlags} of them in blocks with flags to rebuild`,
    );
    expect(faults).toBeGreaterThan(BLOCKS / 20);
    expect(exitsWithFlags).toBeGreaterThan(BLOCKS / 100);
  });
});
