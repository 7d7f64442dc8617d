/**
 * Instructions of the intermediate form to those of the machine, through the assembler, whose table is the machine's.
 *
 *   rsp → | spilled words | locals | kept registers | return address |
 *
 * Calls pass scalars and addresses in the six registers of the System V ABI, results in RAX. RAX and RDX hold nothing
 * between instructions. Where a check fails, a call at the function's end goes to `fault_WORD`, so that the stack tells
 * who it was.
 */
import type { Assembler } from "../machine/isa/assemble.js";
import { allocate, type Allocation, type Place } from "./allocate.js";
import {
  OPPOSITE,
  type Address,
  type Condition,
  type End,
  type Instruction,
  type IrFunction,
  type Value,
} from "./ir.js";
import { moveAll, type Move } from "./moves.js";
import type { FaultWord } from "./typed.js";

export const ARGUMENT_REGISTERS = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"] as const;
/** Of the number, which waits in RDX while the others move, and of two arguments. */
const KERNEL_REGISTERS = ["rdx", "rdi", "rsi"] as const;
const WORD_BYTES = 8;
const FITS = 2n ** 31n;

export interface FrameSize {
  /** With kept registers and the return address. */
  readonly stackBytes: number;
}

/** Places a function's code. */
export function selectFunction(made: IrFunction, assembler: Assembler): FrameSize {
  const { places, spillCount, keptUsed }: Allocation = allocate(made);
  const localOffsets: number[] = [];
  let frameBytes = spillCount * WORD_BYTES;
  for (const bytes of made.locals) {
    localOffsets.push(frameBytes);
    frameBytes += bytes;
  }
  const faults = new Set<FaultWord>();
  const { emit } = assembler;
  const spill = (place: { readonly spill: number }): string => `qword ptr [rsp+${place.spill * WORD_BYTES}]`;
  const text = (place: Place): string => (typeof place === "string" ? place : spill(place));
  const blockLabel = (block: number) => assembler.label(`${made.name}.block${block}`);

  function faultLabel(fault: FaultWord) {
    faults.add(fault);
    return assembler.label(`${made.name}.${fault}`);
  }
  /** A value as an operand that instructions take beside a register: large immediates go through `scratch`. */
  function operand(value: Value, scratch: string): string | bigint {
    if (typeof value === "number") return text(places[value]);
    if (value >= -FITS && value < FITS) return value;
    emit("mov", scratch, value);
    return scratch;
  }
  function inRegister(value: Value, scratch: string): string {
    const place = typeof value === "number" ? places[value] : null;
    if (typeof place === "string") return place;
    load(scratch, value);
    return scratch;
  }
  function load(register: string, value: Value): void {
    if (typeof value === "number") move(register, text(places[value]));
    else if (value === 0n) emit("xor", half(register), half(register));
    else if (value > 0n && value < 2n ** 32n) emit("mov", half(register), value);
    else emit("mov", register, value);
  }
  function move(to: string, from: string): void {
    if (to !== from) emit("mov", to, from);
  }
  /** The register to compute in: the target's own, or RAX where it is in the frame. */
  const target = (to: number): string => {
    const place = places[to];
    return typeof place === "string" ? place : "rax";
  };
  const store = (to: number, from: string): void => move(text(places[to]), from);

  function compare(left: Value, right: Value): void {
    emit("cmp", inRegister(left, "rax"), operand(right, "rdx"));
  }

  function addressText({ base, index, offset, sizeBytes }: Address, first: string, second: string): string {
    const from = typeof base === "object" ? "rsp" : inRegister(base, first);
    const plus = offset + (typeof base === "object" ? localOffsets[base.local] : 0);
    const scaled = index === null ? "" : `+${inRegister(index, second)}*${sizeBytes}`;
    return `[${from}${scaled}${plus === 0 ? "" : `+0x${plus.toString(16)}`}]`;
  }

  function arithmetic(node: Extract<Instruction, { left: Value; to: number }>): void {
    const { op, to, left, right } = node;
    if (op === "div" || op === "rem") {
      divide(op, to, left, right);
      return;
    }
    const other = operand(right, "rdx");
    const isOwn = other === target(to);
    const register = isOwn ? "rax" : target(to);
    load(register, left);
    const mnemonic = { add: "add", plus: "add", sub: "sub", mul: "imul", compare: "" }[op];
    if (op === "mul" && typeof other === "bigint") emit("imul", register, register, other);
    else emit(mnemonic, register, other);
    if (op !== "plus") emit("jo", faultLabel("overflow"));
    store(to, register);
  }

  /** By -1 it is a negation: the processor would raise #DE for the smallest number, and for its remainder too. */
  function divide(op: "div" | "rem", to: number, left: Value, right: Value): void {
    const byConstant = typeof right === "bigint";
    const done = assembler.label(`${made.name}.at${assembler.here()}.done`);
    const whole = assembler.label(`${made.name}.at${assembler.here()}.whole`);
    const result = op === "div" ? "rax" : "rdx";
    // The divisor is in a register other than RAX and RDX, in the frame, or an immediate that goes there last.
    if (byConstant && right === 0n) {
      emit("jmp", faultLabel("division"));
      return;
    }
    if (!byConstant) {
      const divisor = text(places[right]);
      emit("cmp", divisor, 0n);
      emit("je", faultLabel("division"));
      emit("cmp", divisor, -1n);
      emit("jne", whole);
    }
    if (!byConstant || right === -1n) {
      load("rax", left);
      if (op === "rem") emit("xor", "edx", "edx");
      else {
        emit("neg", "rax");
        emit("jo", faultLabel("overflow"));
      }
      if (!byConstant) emit("jmp", done);
    }
    if (!byConstant) assembler.bind(whole);
    if (!byConstant || right !== -1n) {
      load("rax", left);
      if (byConstant) {
        emit("push", "rcx");
        emit("mov", "rcx", right);
        emit("cqo");
        emit("idiv", "rcx");
        emit("pop", "rcx");
      } else {
        emit("cqo");
        emit("idiv", text(places[right]));
      }
    }
    if (!byConstant) assembler.bind(done);
    store(to, result);
  }

  function call(given: readonly Value[], registers: readonly string[]): void {
    const moves = given.map((value, index): Move => ({
      to: registers[index],
      from: typeof value === "bigint" ? value : text(places[value]),
    }));
    moveAll(moves, (to, from) => (typeof from === "bigint" ? load(to, from) : emit("mov", to, from)));
  }

  function instruction(node: Instruction): void {
    switch (node.op) {
      case "move": {
        const place = places[node.to];
        if (typeof place === "string") load(place, node.from);
        else store(node.to, inRegister(node.from, "rax"));
        return;
      }
      case "compare":
        compare(node.left, node.right);
        emit(`set${node.condition}`, "al");
        emit("movzx", half(target(node.to)), "al");
        store(node.to, target(node.to));
        return;
      case "check":
        compare(node.left, node.right);
        emit(`j${node.condition}`, faultLabel(node.fault));
        return;
      case "load": {
        const register = target(node.to);
        const from = addressText(node.address, "rax", "rdx");
        const { sizeBytes } = node.address;
        if (sizeBytes === 1) emit("movzx", half(register), `byte ptr ${from}`);
        else
          emit(
            "mov",
            sizeBytes === 4 ? half(register) : register,
            `${sizeBytes === 4 ? "dword" : "qword"} ptr ${from}`,
          );
        store(node.to, register);
        return;
      }
      case "store":
        storeTo(node.address, node.value);
        return;
      case "local": {
        const register = target(node.to);
        emit("lea", register, `[rsp+0x${localOffsets[node.local].toString(16)}]`);
        store(node.to, register);
        return;
      }
      case "data":
        emit("lea", target(node.to), `[rip+data${node.data}]`);
        store(node.to, target(node.to));
        return;
      case "boot":
        emit("mov", target(node.to), "qword ptr [rip+boot]");
        store(node.to, target(node.to));
        return;
      case "call":
        call(node.arguments, ARGUMENT_REGISTERS);
        emit("call", assembler.label(node.callee));
        if (node.to !== null) store(node.to, "rax");
        return;
      case "kernel":
        call(node.arguments, KERNEL_REGISTERS);
        emit("mov", "rax", "rdx");
        emit("syscall");
        store(node.to, "rax");
        return;
      default:
        arithmetic(node);
    }
  }

  function storeTo(address: Address, value: Value): void {
    const width = { 1: "byte", 4: "dword", 8: "qword" }[address.sizeBytes];
    let to = addressText(address, "rax", "rdx");
    if (typeof value === "bigint" && value >= 0n && value < 128n) {
      emit("mov", `${width} ptr ${to}`, value);
      return;
    }
    const place = typeof value === "number" ? places[value] : null;
    if (typeof place !== "string") {
      // Both scratch registers may be in the address: it goes into one of them, the value into the other.
      emit("lea", "rax", to);
      to = "[rax]";
    }
    const from = inRegister(value, "rdx");
    emit(
      "mov",
      `${width} ptr ${to}`,
      address.sizeBytes === 8 ? from : address.sizeBytes === 4 ? half(from) : low(from),
    );
  }

  function jump(block: number, next: number): void {
    if (block !== next) emit("jmp", blockLabel(block));
  }
  function branch(condition: Condition, { consequent, otherwise }: Extract<End, { op: "branch" }>, next: number): void {
    if (consequent === next) emit(`j${OPPOSITE[condition]}`, blockLabel(otherwise));
    else {
      emit(`j${condition}`, blockLabel(consequent));
      jump(otherwise, next);
    }
  }
  function end(node: End, next: number): void {
    if (node.op === "jump") jump(node.target, next);
    else if (node.op === "branch") {
      compare(node.left, node.right);
      branch(node.condition, node, next);
    } else {
      load("rax", node.value ?? 0n);
      if (frameBytes > 0) emit("add", "rsp", BigInt(frameBytes));
      for (const name of keptUsed.toReversed()) emit("pop", name);
      emit("ret");
    }
  }

  assembler.align(16);
  assembler.bind(assembler.label(made.name));
  for (const name of keptUsed) emit("push", name);
  if (frameBytes > 0) emit("sub", "rsp", BigInt(frameBytes));
  moveAll(
    made.parameters.map((register, index) => ({ to: text(places[register]), from: ARGUMENT_REGISTERS[index] })),
    (to, from) => emit("mov", to, from),
  );
  for (const [index, block] of made.blocks.entries()) {
    assembler.bind(blockLabel(index));
    block.instructions.forEach(instruction);
    end(block.end, index + 1);
  }
  for (const fault of faults) {
    assembler.bind(assembler.label(`${made.name}.${fault}`));
    emit("call", assembler.label(`fault_${fault}`));
  }
  return { stackBytes: frameBytes + (keptUsed.length + 1) * WORD_BYTES };
}

/** The low 32 bits of a register. */
function half(register: string): string {
  return /^r\d+$/.test(register) ? `${register}d` : register.replace("r", "e");
}

/** The low 8 bits. */
function low(register: string): string {
  if (/^r\d+$/.test(register)) return `${register}b`;
  return /^r[a-d]x$/.test(register) ? `${register[1]}l` : `${register.slice(1)}l`;
}
