/**
 * What a program means: an interpreter of the typed tree, written to be read. Machine code must do the same. Operators
 * take their left side first, arguments come in their order; a print writes when all its values are known.
 */
import { Bug } from "../errors.js";
import type {
  FaultWord,
  ListType,
  ListValue,
  TypedExpression,
  TypedFunction,
  TypedProgram,
  TypedStatement,
  Variable,
} from "./typed.js";

export interface Outcome {
  readonly output: string;
  /** What main gave; 0 where it gives nothing, null after a fault. */
  readonly exitCode: bigint | null;
  readonly fault: FaultWord | null;
}

class Fault extends Error {
  constructor(readonly word: FaultWord) {
    super(word);
  }
}

type Cell = { value: bigint } | { items: bigint[] };
type Frame = Map<number, Cell>;
/** What a statement does to those behind it: nothing, or it gives. */
type Given = { readonly value: bigint } | null;

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

/** `mostSteps`: statements, so that a test ends. */
export function interpret(program: TypedProgram, mostSteps = Infinity): Outcome {
  const written: number[] = [];
  let steps = 0;

  function exact(value: bigint): bigint {
    if (wrap(value) !== value) throw new Fault("overflow");
    return value;
  }
  function items(frame: Frame, variable: Variable): bigint[] {
    const cell = frame.get(variable.id);
    if (cell === undefined || !("items" in cell)) throw new Bug(`${variable.name} is no list`);
    return cell.items;
  }

  function evaluate(node: TypedExpression, frame: Frame): bigint {
    switch (node.kind) {
      case "constant":
        return node.value;
      case "variable": {
        const cell = frame.get(node.variable.id);
        if (cell === undefined || !("value" in cell)) throw new Bug(`${node.variable.name} has no value`);
        return cell.value;
      }
      case "element":
        return elementAt(items(frame, node.list), evaluate(node.at, frame));
      case "count":
        return BigInt(items(frame, node.list).length);
      case "negate":
        return exact(-evaluate(node.operand, frame));
      case "not":
        return 1n - evaluate(node.operand, frame);
      case "binary":
        return binary(node, frame);
      case "call": {
        const callee = program.functions.get(node.callee);
        if (callee === undefined) throw new Bug(`no function ${node.callee}`);
        const given = node.arguments.map((argument): Cell =>
          argument.kind === "list"
            ? { items: items(frame, argument.variable) }
            : { value: evaluate(argument.value, frame) },
        );
        return callFunction(callee, given);
      }
      case "machine":
        throw new Bug("what trusted modules do with the machine has no meaning in the interpreter");
    }
  }

  function elementAt(list: readonly bigint[], at: bigint): bigint {
    if (at < 0n || at >= BigInt(list.length)) throw new Fault("bounds");
    return list[Number(at)];
  }

  function binary(node: Extract<TypedExpression, { kind: "binary" }>, frame: Frame): bigint {
    const left = evaluate(node.left, frame);
    if (node.operator === "and" && left === 0n) return 0n;
    if (node.operator === "or" && left === 1n) return 1n;
    const right = evaluate(node.right, frame);
    const truth = (is: boolean): bigint => (is ? 1n : 0n);
    switch (node.operator) {
      case "+":
        return exact(left + right);
      case "-":
        return exact(left - right);
      case "*":
        return exact(left * right);
      case "/":
      case "%":
        if (right === 0n) throw new Fault("division");
        return node.operator === "/" ? exact(left / right) : left % right;
      case "==":
        return truth(left === right);
      case "!=":
        return truth(left !== right);
      case "<":
        return truth(left < right);
      case "<=":
        return truth(left <= right);
      case ">":
        return truth(left > right);
      case ">=":
        return truth(left >= right);
      case "and":
      case "or":
        return right;
    }
  }

  function listOf(value: ListValue, type: ListType, frame: Frame): bigint[] {
    if (value.kind === "empty") return [];
    if (value.kind === "bytes") return value.bytes.map(BigInt);
    return Array<bigint>(type.capacity).fill(stored(evaluate(value.value, frame), type));
  }
  /** Bytes keep no more than a byte. */
  function stored(value: bigint, { element }: ListType): bigint {
    if (element === "u8" && (value < 0n || value > 255n)) throw new Fault("overflow");
    return value;
  }

  function execute(node: TypedStatement, frame: Frame): Given {
    if (++steps > mostSteps) throw new Bug("the program takes more steps than were allowed");
    switch (node.kind) {
      case "set":
        frame.set(node.variable.id, { value: evaluate(node.value, frame) });
        return null;
      case "setList": {
        const made = listOf(node.value, node.variable.type as ListType, frame);
        const known = frame.get(node.variable.id);
        if (known !== undefined && "items" in known) known.items.splice(0, Infinity, ...made);
        else frame.set(node.variable.id, { items: made });
        return null;
      }
      case "setElement": {
        const at = evaluate(node.at, frame);
        const value = evaluate(node.value, frame);
        const list = items(frame, node.list);
        elementAt(list, at);
        list[Number(at)] = stored(value, node.list.type as ListType);
        return null;
      }
      case "append": {
        const value = evaluate(node.value, frame);
        const list = items(frame, node.list);
        const type = node.list.type as ListType;
        if (list.length >= type.capacity) throw new Fault("capacity");
        list.push(stored(value, type));
        return null;
      }
      case "if":
        return executeAll(evaluate(node.condition, frame) === 1n ? node.consequent : node.otherwise, frame);
      case "for": {
        const first = evaluate(node.from, frame);
        const last = evaluate(node.to, frame);
        for (let value = first; value <= last; value++) {
          frame.set(node.variable.id, { value });
          const given = executeAll(node.body, frame);
          if (given !== null) return given;
        }
        return null;
      }
      case "repeat":
        for (let times = 0n; evaluate(node.condition, frame) === 1n; times++) {
          if (times === node.atMost) throw new Fault("loop_bound");
          const given = executeAll(node.body, frame);
          if (given !== null) return given;
        }
        return null;
      case "give":
        return { value: node.value === null ? 0n : evaluate(node.value, frame) };
      case "print":
        print(node, frame);
        return null;
      case "do":
        evaluate(node.value, frame);
        return null;
    }
  }

  function executeAll(nodes: readonly TypedStatement[], frame: Frame): Given {
    for (const node of nodes) {
      const given = execute(node, frame);
      if (given !== null) return given;
    }
    return null;
  }

  function print({ parts }: Extract<TypedStatement, { kind: "print" }>, frame: Frame): void {
    const values = parts.map((part) => (part.kind === "value" ? evaluate(part.value, frame) : 0n));
    for (const [index, part] of parts.entries()) {
      if (part.kind === "text") written.push(...part.bytes);
      else if (part.kind === "list") written.push(...items(frame, part.variable).map(Number));
      else {
        const value = values[index];
        const text = part.value.type?.kind === "bool" ? (value === 1n ? "true" : "false") : String(value);
        written.push(...[...text].map((each) => each.charCodeAt(0)));
      }
    }
    written.push(10);
  }

  function callFunction(callee: TypedFunction, given: readonly Cell[]): bigint {
    const frame: Frame = new Map(callee.parameters.map(({ id }, index) => [id, given[index]]));
    return executeAll(callee.body, frame)?.value ?? 0n;
  }

  const finish = (exitCode: bigint | null, fault: FaultWord | null): Outcome => ({
    output: new TextDecoder().decode(Uint8Array.from(written)),
    exitCode,
    fault,
  });
  try {
    const main = program.functions.get("main");
    if (main === undefined) throw new Bug("a checked program has a main");
    return finish(callFunction(main, []), null);
  } catch (error) {
    if (error instanceof Fault) return finish(null, error.word);
    throw error;
  }
}
