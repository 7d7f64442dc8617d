/**
 * Writes the body of a WebAssembly function: statements over typed expressions (expression.ts), and structure. Each
 * statement is encoded when it is called; nothing is kept but bytes, types of locals and where unlikely branches are.
 */
import { CodeWriter } from "./code-writer.js";
import { Op, Type } from "./opcodes.js";
import {
  type Callee,
  type Expression,
  type ExpressionsOf,
  type ExpressionType,
  i32,
  I32,
  indexOf,
  type I64,
  type Invocation,
  type Local,
  localOf,
  type Operand32,
  stacked,
  type TypeList,
  type V128,
  written,
} from "./expression.js";
import { Form } from "./operators.js";

const NARROWED = { 1: Op.I64Store8, 2: Op.I64Store16, 4: Op.I64Store32, 8: Op.I64Store } as const;

declare const label: unique symbol;
/** What a branch can go to: the end of a block, the start of a loop. Valid within it. */
export type Label = number & { readonly [label]: true };

export class FunctionWriter {
  /** Types of the locals behind the parameters. */
  readonly types: Type[] = [];
  /** Where the code has branches that are hardly ever taken, ascending. */
  readonly unlikely: number[] = [];
  /** How many blocks are open. */
  protected depth = 0;

  constructor(
    private readonly parameterCount: number,
    readonly code = new CodeWriter(),
  ) {}

  local<T extends Expression>(type: ExpressionType<T>): Local<T> {
    return localOf(type, this.newLocal(type.type));
  }

  /** So many locals of a type. */
  locals<T extends Expression>(type: ExpressionType<T>, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  newLocal(type: Type): number {
    this.types.push(type);
    return this.parameterCount + this.types.length - 1;
  }

  // ---- expressions -------------------------------------------------------------------------------------------------

  /** Leaves the value on the stack: a result, or the operand of code that is written without expressions. */
  push(expression: Expression): void {
    const { code, a, b, detail } = expression;
    if (a !== null) this.push(a);
    if (b !== null) this.push(b);
    const { code: out } = this;
    const op = code & 0xff;
    switch ((code >>> 8) as Form) {
      case Form.Plain:
        out.op(op);
        return;
      case Form.Index:
        out.op1(op, detail as number);
        return;
      case Form.Memory:
        out.memory(op, detail as number);
        return;
      case Form.Number:
        out.op(op);
        out.signed(detail as number);
        return;
      case Form.Big:
        out.i64(detail as bigint);
        return;
      case Form.Simd:
        out.simdOp(op);
        return;
      case Form.SimdLane:
        out.simdOp(op);
        out.byte(detail as number);
        return;
      case Form.SimdMemory:
        out.simdOp(op);
        out.byte(0);
        out.offset(detail as number);
        return;
      case Form.SimdBytes:
        out.simdOp(op);
        out.append(detail as readonly number[]);
        return;
      case Form.SimdConstant:
        out.vector(detail as bigint);
        return;
      case Form.Third:
        this.push(detail as Expression);
        out.op(op);
        return;
      case Form.SimdThird:
        this.push(detail as Expression);
        out.simdOp(op);
        return;
      case Form.Call: {
        const { index, args } = detail as Invocation;
        for (const argument of args) this.push(argument);
        out.call(index);
        return;
      }
      case Form.Written:
        (detail as () => void)();
        return;
      case Form.Stacked:
    }
  }

  // ---- statements --------------------------------------------------------------------------------------------------

  set<T extends Expression>(local: Local<T>, value: NoInfer<T>): void {
    this.push(value);
    this.code.set(indexOf(local));
  }

  private store(op: Op, address: Operand32, offset: number, value: Expression): void {
    this.push(typeof address === "number" ? i32(address) : address);
    this.push(value);
    this.code.memory(op, offset);
  }

  /** Stores of the value's lowest bits at `offset` behind the address. */
  store8(address: Operand32, offset: number, value: I32 | I64): void {
    this.store(value.type === Type.I64 ? Op.I64Store8 : Op.I32Store8, address, offset, value);
  }
  store16(address: Operand32, offset: number, value: I32 | I64): void {
    this.store(value.type === Type.I64 ? Op.I64Store16 : Op.I32Store16, address, offset, value);
  }
  store32(address: Operand32, offset: number, value: I32 | I64 | number): void {
    const stored = typeof value === "number" ? i32(value) : value;
    this.store(stored.type === Type.I64 ? Op.I64Store32 : Op.I32Store, address, offset, stored);
  }
  store64(address: Operand32, offset: number, value: I64): void {
    this.store(Op.I64Store, address, offset, value);
  }
  /** So many of the value's lowest bytes. */
  storeBytes(bytes: 1 | 2 | 4 | 8, address: Operand32, offset: number, value: I64): void {
    this.store(NARROWED[bytes], address, offset, value);
  }
  storeVector(address: Operand32, offset: number, value: V128): void {
    this.push(typeof address === "number" ? i32(address) : address);
    this.push(value);
    this.code.simdMemory("v128.store", offset);
  }

  /** Copies bytes from one place to another, as if all were read first. */
  copyMemory(to: I32, from: I32, bytes: I32): void {
    for (const operand of [to, from, bytes]) this.push(operand);
    this.code.append([0xfc, 0x0a, 0, 0]);
  }
  /** Stores the lowest byte of a value so many times. */
  fillMemory(to: I32, value: I32, bytes: I32): void {
    for (const operand of [to, value, bytes]) this.push(operand);
    this.code.append([0xfc, 0x0b, 0]);
  }

  /** Calls a function and leaves its results on the stack, the last on top: `setAll` takes them, or `stacked`. */
  call<const Parameters extends TypeList>(callee: Callee<Parameters>, ...args: ExpressionsOf<Parameters>): void {
    for (const argument of args as readonly Expression[]) this.push(argument);
    this.code.call(callee.index);
  }

  /** Sets locals to what is on the stack, the last to what is on top. */
  setAll(...locals: readonly Local<Expression>[]): void {
    for (let i = locals.length - 1; i >= 0; i--) this.code.set(indexOf(locals[i]));
  }

  /** Leaves out what is on top of the stack. */
  drop(): void {
    this.code.op(Op.Drop);
  }

  /** Returns these results. */
  return(...results: readonly Expression[]): void {
    for (const result of results) this.push(result);
    this.code.op(Op.Return);
  }

  /**
   * Goes on, instead of returning, in the function at a place in the module's table, which is of the type of that
   * number.
   */
  returnCallIndirect(type: number, place: I32, ...args: readonly Expression[]): void {
    for (const argument of args) this.push(argument);
    this.push(place);
    this.code.op(Op.ReturnCallIndirect);
    this.code.unsigned(type);
    this.code.unsigned(0);
  }

  unreachable(): void {
    this.code.op(Op.Unreachable);
  }

  // ---- structure ---------------------------------------------------------------------------------------------------

  /** Opens a block, which `end` closes. */
  enter(op: Op.Block | Op.Loop | Op.If, type: Type = Type.Void): Label {
    this.code.op(op);
    this.code.byte(type);
    return this.depth++ as Label;
  }
  otherwise(): void {
    this.code.op(Op.Else);
  }
  /** Closes the block, and says which. */
  end(): Label {
    this.code.op(Op.End);
    return --this.depth as Label;
  }

  /** The label is the block's end. */
  block(body: (end: Label) => void): void {
    body(this.enter(Op.Block));
    this.end();
  }

  /** The label is the loop's start. Where the body ends, the loop does. */
  loop(body: (again: Label) => void): void {
    body(this.enter(Op.Loop));
    this.end();
  }

  /** The label is the end. */
  if(condition: I32, then: (end: Label) => void, otherwise?: () => void): void {
    this.push(condition);
    then(this.enter(Op.If));
    if (otherwise !== undefined) {
      this.otherwise();
      otherwise();
    }
    this.end();
  }

  /** As `if`, where `then` hardly ever runs. */
  ifUnlikely(condition: I32, then: (end: Label) => void, otherwise?: () => void): void {
    this.push(condition);
    this.hint();
    this.if(stacked(I32), then, otherwise);
  }

  /** The branch that comes next is hardly ever taken. */
  protected hint(): void {
    this.unlikely.push(this.code.length);
  }

  /** The value of `then` where the condition is not 0, else that of `otherwise`; only one of the two runs. */
  choose<T extends Expression>(type: ExpressionType<T>, condition: I32, then: () => T, otherwise: () => T): T {
    return written(type, () => {
      this.push(condition);
      this.writeChoice(type, then, otherwise);
    });
  }

  /** As `choose`, where `then` hardly ever runs. */
  chooseUnlikely<T extends Expression>(type: ExpressionType<T>, condition: I32, then: () => T, otherwise: () => T): T {
    return written(type, () => {
      this.push(condition);
      this.hint();
      this.writeChoice(type, then, otherwise);
    });
  }

  private writeChoice<T extends Expression>(type: ExpressionType<T>, then: () => T, otherwise: () => T): void {
    this.enter(Op.If, type.type);
    this.push(then());
    this.otherwise();
    this.push(otherwise());
    this.end();
  }

  /** The value of a block: that of its body, or what `brWith` brings to its end. */
  valueOf<T extends Expression>(type: ExpressionType<T>, body: (end: Label) => T): T {
    return written(type, () => {
      this.push(body(this.enter(Op.Block, type.type)));
      this.end();
    });
  }

  br(label: Label): void {
    this.code.op1(Op.Br, this.depth - 1 - label);
  }
  brWith(label: Label, value: Expression): void {
    this.push(value);
    this.br(label);
  }
  brIf(label: Label, condition: I32): void {
    this.push(condition);
    this.code.op1(Op.BrIf, this.depth - 1 - label);
  }
  brIfUnlikely(label: Label, condition: I32): void {
    this.push(condition);
    this.hint();
    this.code.op1(Op.BrIf, this.depth - 1 - label);
  }

  /** The whole body of a function: locals, code, end. */
  take(): Uint8Array {
    const whole = new CodeWriter();
    writeLocals(whole, this.types);
    whole.append(this.code.take());
    whole.op(Op.End);
    return whole.take();
  }
}

/** Declares locals of these types, in this order. */
export function writeLocals(code: CodeWriter, types: readonly Type[]): void {
  const runs: { readonly type: Type; count: number }[] = [];
  for (const type of types) {
    const last = runs[runs.length - 1];
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  code.unsigned(runs.length);
  for (const { type, count } of runs) {
    code.unsigned(count);
    code.byte(type);
  }
}

/**
 * The body of a function with these parameters, whose locals `write` gets. Its results are what is left on the stack.
 */
export function functionOf<const Parameters extends TypeList>(
  { parameters }: Callee<Parameters>,
  write: (writer: FunctionWriter, ...parameters: LocalsOf<Parameters>) => void,
): Uint8Array {
  const writer = new FunctionWriter(parameters.length);
  const locals = parameters.map((type, index) => localOf(type, index)) as unknown as LocalsOf<Parameters>;
  write(writer, ...locals);
  return writer.take();
}

type LocalsOf<Parameters extends TypeList> = {
  -readonly [Place in keyof Parameters]: Parameters[Place] extends ExpressionType<infer T> ? Local<T> : never;
};
