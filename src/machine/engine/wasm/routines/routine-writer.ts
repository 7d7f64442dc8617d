/**
 * Writes routines by hand: locals by name, blocks with labels, conditions and loops as functions.
 */
import { CodeWriter, Op, Type } from "../assembler/index.js";

export class RoutineWriter {
  readonly code = new CodeWriter();
  private readonly labels: string[] = [];
  private readonly locals = new Map<string, number>();
  private readonly types: Type[] = [];

  /** `parameters`: their names, in order. */
  constructor(parameters: readonly string[]) {
    for (const name of parameters) this.locals.set(name, this.locals.size);
  }

  local(type: Type.I32 | Type.I64, ...names: readonly string[]): void {
    for (const name of names) {
      this.locals.set(name, this.locals.size);
      this.types.push(type);
    }
  }

  indexOf(name: string): number {
    const index = this.locals.get(name);
    if (index === undefined) throw new RangeError(`no local ${name}`);
    return index;
  }

  get(name: string): void {
    this.code.get(this.indexOf(name));
  }
  set(name: string): void {
    this.code.set(this.indexOf(name));
  }
  tee(name: string): void {
    this.code.tee(this.indexOf(name));
  }

  private within(op: Op.Block | Op.Loop | Op.If, label: string, type: Type, body: () => void): void {
    this.code.op(op);
    this.code.byte(type);
    this.labels.push(label);
    body();
    this.labels.pop();
  }

  block(label: string, body: () => void): void {
    this.within(Op.Block, label, Type.Void, body);
    this.code.op(Op.End);
  }
  loop(label: string, body: () => void): void {
    this.within(Op.Loop, label, Type.Void, body);
    this.code.op(Op.End);
  }
  /** Takes the condition from the stack. */
  when(then: () => void, otherwise?: () => void, type: Type = Type.Void): void {
    this.within(Op.If, "", type, () => {
      then();
      if (otherwise === undefined) return;
      this.code.op(Op.Else);
      otherwise();
    });
    this.code.op(Op.End);
  }

  private depthOf(label: string): number {
    const place = this.labels.lastIndexOf(label);
    if (place < 0) throw new RangeError(`no label ${label}`);
    return this.labels.length - 1 - place;
  }
  branch(label: string): void {
    this.code.op1(Op.Br, this.depthOf(label));
  }
  branchIf(label: string): void {
    this.code.op1(Op.BrIf, this.depthOf(label));
  }

  /** The body: locals, code, end. */
  take(): Uint8Array {
    const whole = new CodeWriter();
    whole.unsigned(this.types.length);
    for (const type of this.types) whole.append([1, type]);
    whole.append(this.code.take());
    whole.op(Op.End);
    return whole.take();
  }
}
