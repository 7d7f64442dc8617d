/**
 * The typed tree to blocks. A list is its count, 8 bytes, and its elements behind that; it lies in the function's
 * frame, and a list of the caller's is an address. Scalars are registers.
 */
import { Bug } from "../errors.js";
import { PRINT_FUNCTIONS, reachedFunctions } from "./check-calls.js";
import type {
  Address,
  Arithmetic,
  Block,
  Condition,
  End,
  Instruction,
  IrFunction,
  IrProgram,
  Register,
  Value,
} from "./ir.js";
import type { BinaryOperator } from "./tree.js";
import {
  ELEMENT_BYTES,
  type ListType,
  type ListValue,
  type PrintPart,
  type TypedExpression,
  type TypedFunction,
  type TypedProgram,
  type TypedStatement,
  type Variable,
} from "./typed.js";

const COUNT_BYTES = 8;
const ARITHMETIC: Readonly<Partial<Record<BinaryOperator, Arithmetic>>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "rem",
};
const CONDITIONS: Readonly<Partial<Record<BinaryOperator, Condition>>> = {
  "==": "e",
  "!=": "ne",
  "<": "l",
  "<=": "le",
  ">": "g",
  ">=": "ge",
};

export function lower(program: TypedProgram): IrProgram {
  const data: (readonly number[])[] = [];
  const functions = reachedFunctions(program).map((each) => lowerFunction(each, data));
  return { functions, data };
}

function lowerFunction({ name, parameters, body }: TypedFunction, data: (readonly number[])[]): IrFunction {
  const blocks: { instructions: Instruction[]; end: End | null }[] = [];
  const registers = new Map<number, Register>();
  const locals: number[] = [];
  const localOf = new Map<number, number>();
  let registerCount = 0;
  let current = newBlock();

  const fresh = (): Register => registerCount++;
  const emit = (instruction: Instruction): void => void blocks[current].instructions.push(instruction);
  function newBlock(): number {
    return blocks.push({ instructions: [], end: null }) - 1;
  }
  function finish(end: End): void {
    blocks[current].end ??= end;
  }
  /** Ends the block, and goes on in another. */
  function enter(block: number): void {
    finish({ op: "jump", target: block });
    current = block;
  }
  function registerOf({ id }: Variable): Register {
    const known = registers.get(id) ?? fresh();
    registers.set(id, known);
    return known;
  }
  function baseOf(list: Variable): Address["base"] {
    if (list.isReference) return registerOf(list);
    const { capacity, element } = list.type as ListType;
    const known = localOf.get(list.id);
    if (known !== undefined) return { local: known };
    const bytes = COUNT_BYTES + Math.ceil((capacity * ELEMENT_BYTES[element]) / 8) * 8;
    localOf.set(list.id, locals.push(bytes) - 1);
    return { local: locals.length - 1 };
  }
  const countAddress = (list: Variable): Address => ({ base: baseOf(list), index: null, offset: 0, sizeBytes: 8 });
  function elementAddress(list: Variable, at: Value): Address {
    const sizeBytes = ELEMENT_BYTES[(list.type as ListType).element];
    const base = baseOf(list);
    return typeof at === "bigint"
      ? { base, index: null, offset: COUNT_BYTES + Number(at) * sizeBytes, sizeBytes }
      : { base, index: at, offset: COUNT_BYTES, sizeBytes };
  }
  function load(address: Address, to = fresh()): Register {
    emit({ op: "load", to, address });
    return to;
  }
  /** An index that is no register's may be far out of a 32-bit offset: then it is one. */
  function checkBounds(list: Variable, at: Value): Value {
    const index = typeof at === "bigint" && (at < 0n || at > 0xffffffn) ? toRegister(at) : at;
    emit({ op: "check", condition: "ae", left: index, right: load(countAddress(list)), fault: "bounds" });
    return index;
  }
  function toRegister(value: Value): Register {
    if (typeof value === "number") return value;
    const to = fresh();
    emit({ op: "move", to, from: value });
    return to;
  }

  function value(node: TypedExpression): Value {
    if (node.kind === "constant") return node.value;
    if (node.kind === "variable") return registerOf(node.variable);
    const to = fresh();
    into(to, node);
    return to;
  }

  function into(to: Register, node: TypedExpression): void {
    switch (node.kind) {
      case "constant":
      case "variable":
        emit({ op: "move", to, from: value(node) });
        return;
      case "element":
        load(elementAddress(node.list, checkBounds(node.list, value(node.at))), to);
        return;
      case "count":
        load(countAddress(node.list), to);
        return;
      case "negate":
        emit({ op: "sub", to, left: 0n, right: value(node.operand) });
        return;
      case "not":
        emit({ op: "compare", to, condition: "e", left: value(node.operand), right: 0n });
        return;
      case "binary":
        binary(to, node);
        return;
      case "call":
        call(node, to);
        return;
      case "machine":
        machine(to, node);
    }
  }

  function binary(to: Register, node: Extract<TypedExpression, { kind: "binary" }>): void {
    const op = ARITHMETIC[node.operator];
    const condition = CONDITIONS[node.operator];
    if (op !== undefined || condition !== undefined) {
      const left = value(node.left);
      const right = value(node.right);
      if (op !== undefined) emit({ op, to, left, right });
      else if (condition !== undefined) emit({ op: "compare", to, condition, left, right });
      return;
    }
    // "and" and "or": the right side only where the left one leaves it open.
    const result = fresh();
    const [more, done] = [newBlock(), newBlock()];
    into(result, node.left);
    const isAnd = node.operator === "and";
    finish({ op: "branch", condition: "e", left: result, right: isAnd ? 0n : 1n, consequent: done, otherwise: more });
    current = more;
    into(result, node.right);
    enter(done);
    emit({ op: "move", to, from: result });
  }

  function call(node: Extract<TypedExpression, { kind: "call" }>, to: Register | null): void {
    const given = node.arguments.map((argument) =>
      argument.kind === "value" ? value(argument.value) : addressOf(argument.variable),
    );
    emit({ op: "call", to, callee: node.callee, arguments: given });
  }
  function addressOf(list: Variable): Register {
    const base = baseOf(list);
    if (typeof base !== "object") return base as Register;
    const to = fresh();
    emit({ op: "local", to, local: base.local });
    return to;
  }

  function machine(to: Register, node: Extract<TypedExpression, { kind: "machine" }>): void {
    const given = node.arguments.map(value);
    const { operation } = node;
    if (operation === "boot_information") emit({ op: "boot", to });
    else if (operation === "kernel_call") emit({ op: "kernel", to, arguments: given });
    else {
      const sizeBytes = operation.endsWith("u8") ? 1 : operation.endsWith("u32") ? 4 : 8;
      const address: Address = { base: toRegister(given[0]), index: null, offset: 0, sizeBytes };
      if (operation.startsWith("load")) emit({ op: "load", to, address });
      else {
        emit({ op: "store", address, value: given[1] });
        emit({ op: "move", to, from: 0n });
      }
    }
  }

  /** Goes to `consequent` or `otherwise`: comparisons branch, and make no value. */
  function branch(node: TypedExpression, consequent: number, otherwise: number): void {
    if (node.kind === "not") {
      branch(node.operand, otherwise, consequent);
      return;
    }
    if (node.kind === "binary" && (node.operator === "and" || node.operator === "or")) {
      const more = newBlock();
      if (node.operator === "and") branch(node.left, more, otherwise);
      else branch(node.left, consequent, more);
      current = more;
      branch(node.right, consequent, otherwise);
      return;
    }
    const condition = node.kind === "binary" ? CONDITIONS[node.operator] : undefined;
    if (node.kind === "binary" && condition !== undefined) {
      const left = value(node.left);
      finish({ op: "branch", condition, left, right: value(node.right), consequent, otherwise });
    } else finish({ op: "branch", condition: "ne", left: value(node), right: 0n, consequent, otherwise });
  }

  function checkStored(of: Value, { element }: ListType): void {
    if (element === "u8") emit({ op: "check", condition: "ae", left: of, right: 256n, fault: "overflow" });
  }

  function setList(list: Variable, given: ListValue): void {
    const type = list.type as ListType;
    if (given.kind === "empty") emit({ op: "store", address: countAddress(list), value: 0n });
    else if (given.kind === "bytes") {
      emit({ op: "store", address: countAddress(list), value: BigInt(given.bytes.length) });
      if (given.bytes.length === 0) return;
      const from = fresh();
      emit({ op: "data", to: from, data: data.push(given.bytes) - 1 });
      countTo(given.bytes.length, (index) =>
        emit({
          op: "store",
          address: elementAddress(list, index),
          value: load({ base: from, index, offset: 0, sizeBytes: 1 }),
        }),
      );
    } else {
      const item = value(given.value);
      checkStored(item, type);
      emit({ op: "store", address: countAddress(list), value: BigInt(type.capacity) });
      countTo(type.capacity, (index) => emit({ op: "store", address: elementAddress(list, index), value: item }));
    }
  }

  /** For each index from 0 to less than `count`, which is at least 1. */
  function countTo(count: number, each: (index: Register) => void): void {
    const index = fresh();
    emit({ op: "move", to: index, from: 0n });
    const [body, done] = [newBlock(), newBlock()];
    enter(body);
    each(index);
    emit({ op: "plus", to: index, left: index, right: 1n });
    finish({ op: "branch", condition: "l", left: index, right: BigInt(count), consequent: body, otherwise: done });
    current = done;
  }

  function statement(node: TypedStatement): void {
    switch (node.kind) {
      case "set":
        into(registerOf(node.variable), node.value);
        return;
      case "setList":
        setList(node.variable, node.value);
        return;
      case "setElement": {
        const at = value(node.at);
        const item = value(node.value);
        const index = checkBounds(node.list, at);
        checkStored(item, node.list.type as ListType);
        emit({ op: "store", address: elementAddress(node.list, index), value: item });
        return;
      }
      case "append": {
        const type = node.list.type as ListType;
        const item = value(node.value);
        const count = load(countAddress(node.list));
        emit({ op: "check", condition: "ae", left: count, right: BigInt(type.capacity), fault: "capacity" });
        checkStored(item, type);
        emit({ op: "store", address: elementAddress(node.list, count), value: item });
        const more = fresh();
        emit({ op: "plus", to: more, left: count, right: 1n });
        emit({ op: "store", address: countAddress(node.list), value: more });
        return;
      }
      case "if": {
        const [consequent, otherwise, done] = [newBlock(), newBlock(), newBlock()];
        branch(node.condition, consequent, otherwise);
        current = consequent;
        node.consequent.forEach(statement);
        finish({ op: "jump", target: done });
        current = otherwise;
        node.otherwise.forEach(statement);
        enter(done);
        return;
      }
      case "for":
        forLoop(node);
        return;
      case "repeat": {
        const times = fresh();
        emit({ op: "move", to: times, from: 0n });
        const [head, loop, done] = [newBlock(), newBlock(), newBlock()];
        enter(head);
        branch(node.condition, loop, done);
        current = loop;
        emit({ op: "check", condition: "ae", left: times, right: node.atMost, fault: "loop_bound" });
        node.body.forEach(statement);
        emit({ op: "plus", to: times, left: times, right: 1n });
        finish({ op: "jump", target: head });
        current = done;
        return;
      }
      case "give":
        finish({ op: "give", value: node.value === null ? null : value(node.value) });
        current = newBlock();
        return;
      case "print":
        print(node.parts);
        return;
      case "do":
        if (node.value.kind === "call") call(node.value, null);
        else value(node.value);
    }
  }

  /** The variable never goes past its last value, so that the last may be the largest of all. */
  function forLoop(node: Extract<TypedStatement, { kind: "for" }>): void {
    const counter = registerOf(node.variable);
    const first = value(node.from);
    const last = value(node.to);
    const end = fresh();
    emit({ op: "move", to: end, from: last });
    emit({ op: "move", to: counter, from: first });
    const [loop, more, done] = [newBlock(), newBlock(), newBlock()];
    finish({ op: "branch", condition: "l", left: end, right: counter, consequent: done, otherwise: loop });
    current = loop;
    node.body.forEach(statement);
    finish({ op: "branch", condition: "e", left: counter, right: end, consequent: done, otherwise: more });
    current = more;
    emit({ op: "plus", to: counter, left: counter, right: 1n });
    finish({ op: "jump", target: loop });
    current = done;
  }

  function print(parts: readonly PrintPart[]): void {
    const values = parts.map((part) => (part.kind === "value" ? value(part.value) : null));
    const at = fresh();
    const write = (callee: string, ...more: readonly Value[]): void =>
      emit({ op: "call", to: at, callee, arguments: [at, ...more] });
    emit({ op: "call", to: at, callee: PRINT_FUNCTIONS.begin, arguments: [] });
    for (const [index, part] of parts.entries()) {
      const known = values[index];
      if (part.kind === "value" && known !== null)
        write(part.value.type?.kind === "bool" ? PRINT_FUNCTIONS.boolean : PRINT_FUNCTIONS.number, known);
      else if (part.kind === "text" && part.bytes.length > 0) {
        const from = fresh();
        emit({ op: "data", to: from, data: data.push(part.bytes) - 1 });
        countTo(part.bytes.length, (each) =>
          write(PRINT_FUNCTIONS.byte, load({ base: from, index: each, offset: 0, sizeBytes: 1 })),
        );
      } else if (part.kind === "list") printList(part.variable, write);
    }
    emit({ op: "call", to: null, callee: PRINT_FUNCTIONS.end, arguments: [at] });
  }
  function printList(list: Variable, write: (callee: string, value: Value) => void): void {
    const index = fresh();
    emit({ op: "move", to: index, from: 0n });
    const [head, body, done] = [newBlock(), newBlock(), newBlock()];
    enter(head);
    const count = load(countAddress(list));
    finish({ op: "branch", condition: "l", left: index, right: count, consequent: body, otherwise: done });
    current = body;
    write(PRINT_FUNCTIONS.byte, load(elementAddress(list, index)));
    emit({ op: "plus", to: index, left: index, right: 1n });
    finish({ op: "jump", target: head });
    current = done;
  }

  const given = parameters.map(registerOf);
  body.forEach(statement);
  finish({ op: "give", value: null });
  return { name, parameters: given, registerCount, locals, blocks: blocks.map(whole) };

  function whole({
    instructions,
    end,
  }: {
    readonly instructions: readonly Instruction[];
    readonly end: End | null;
  }): Block {
    if (end === null) throw new Bug(`a block of ${name} has no end`);
    return { instructions, end };
  }
}
