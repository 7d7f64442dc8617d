/**
 * SSA values on WebAssembly's stack. Widths up to 32 are i32 with zeros above the width, 64 is i64, 128 is v128
 * (vector-values.ts).
 *
 * A pure node is written where it is first wanted, and kept in a local if it is wanted again. A `read` is the local of
 * its register or flag until that local is about to change; then the old value is saved, if anybody still wants it.
 */
import type { FlagName } from "../../../isa/index.js";
import { constantOf, type SsaNode, type SsaWidth } from "../../ssa/index.js";
import { FS_BASE_OFFSET, GS_BASE_OFFSET, RFLAGS_OFFSET } from "../../../state.js";
import {
  type CodeWriter,
  type Float,
  I32,
  I64,
  indexOf,
  type Local as LocalOf,
  localOf,
  Op,
  Type,
  V128,
  written,
} from "../assembler/index.js";
import { Local, type FunctionBuilder } from "./function-builder.js";
import { isFloatEffect } from "../plan/index.js";
import { registerOf } from "./registers.js";
import type { BlockGuard } from "./float/float-block-guard.js";

/** In place of a register's number: the local of a stored value, which later ones take the place of. */
export function leafNumber(index: number): number {
  return -1 - index;
}

/** RFLAGS bits that are flags of FlagName. */
const FLAG_BITS = 0xcd5n;

export function typeOf(width: SsaWidth): Type {
  return width === 128 ? Type.V128 : width === 64 ? Type.I64 : Type.I32;
}

/** What COMISS and its kin compared: locals of type f32 or f64. */
export interface FloatRelation {
  readonly a: LocalOf<Float>;
  readonly b: LocalOf<Float>;
  /** Whether one of them may be a NaN. */
  readonly mayBeUnordered: boolean;
}

/** Pushes the value of a node; what it is made of comes from `values`. */
export type WriteValue = (values: BlockValues, node: SsaNode) => void;

export class BlockValues {
  /** By node: how often it will still be pushed, and the local that has it, or 0. */
  private readonly uses: Uint16Array;
  private readonly locals: Uint32Array;
  /** Locals that keep values of width 32 and 64 as f32 and f64, with the same bits. */
  private readonly floats = new Map<SsaNode, number>();
  /** Vectors whose lower half is a value of width 64, with zeros above. */
  private readonly halves = new Map<SsaNode, number>();
  /** Nodes whose lanes are known to be 0 or normal floats. */
  private readonly ordinary = new Set<SsaNode>();
  /** The guard of whole stretches of float operations; null where each has its own. */
  guard: BlockGuard | null = null;
  /** What was compared, for results of floatRelation. */
  readonly relations = new Map<SsaNode, FloatRelation>();
  /** The read of a register (by number) or flag (by name) whose local still has the value. */
  private readonly current = new Map<number | FlagName, SsaNode>();
  /** Of effects that give two values: locals of the second. */
  private readonly seconds = new Map<SsaNode, number>();
  /** Locals of the registers behind the repetition, by number. */
  private repeated: ReadonlyMap<number, LocalOf<I64>> = new Map();
  readonly code: CodeWriter;

  /** `nodeCount`: ids are below it. `writeValue`: pushes what has to be computed (pure-code.ts). */
  constructor(
    readonly builder: FunctionBuilder,
    nodeCount: number,
    private readonly writeValue: WriteValue,
  ) {
    this.code = builder.code;
    this.uses = new Uint16Array(nodeCount);
    this.locals = new Uint32Array(nodeCount);
  }

  /** The value will be pushed once, or once more. To be said of all values before the first is pushed. */
  count(node: SsaNode): void {
    if (node.detail.kind === "constant") return;
    if (this.uses[node.id]++ > 0) return;
    if (node.op === "read" && node.detail.kind === "state") {
      const register = registerOf(node.detail.state);
      this.current.set(register >= 0 ? register : (node.detail.state as FlagName), node);
    }
    if (node.detail.kind === "given" && node.detail.given.kind === "leaf")
      this.current.set(leafNumber(node.detail.given.index), node);
    if (!isOrdered(node)) for (const argument of node.args) this.count(argument);
  }

  private use(node: SsaNode): number {
    const { uses } = this;
    return uses[node.id] === 0 ? 0 : --uses[node.id];
  }

  isWanted(node: SsaNode): boolean {
    return this.uses[node.id] > 0;
  }

  /** Pops the value of an effect into a local of its own. */
  define(node: SsaNode): void {
    const local = this.builder.temporary(typeOf(node.width));
    this.code.set(local);
    this.locals[node.id] = local;
  }

  /** Before the local of a register or flag changes: saves the value that its read had. */
  saveBefore(name: number | FlagName): void {
    const node = this.current.get(name);
    if (node === undefined) return;
    // mutant value-outlives-its-register: if (this.current.has(name)) return;
    this.current.delete(name);
    if (!this.isWanted(node)) return;
    const local = this.builder.temporary(typeOf(node.width));
    this.pushRead(node);
    this.code.set(local);
    this.locals[node.id] = local;
  }

  push(node: SsaNode): void {
    const { code } = this;
    if (node.op === "constant") {
      this.writeValue(this, node);
      return;
    }
    const left = this.use(node);
    const local = this.locals[node.id];
    if (local !== 0) {
      code.get(local);
      return;
    }
    const float = this.floats.get(node);
    if (float !== undefined) {
      code.get(float);
      code.op(node.width === 64 ? Op.I64ReinterpretF64 : Op.I32ReinterpretF32);
      return;
    }
    const half = this.halves.get(node);
    if (half !== undefined) {
      code.get(half);
      code.simdLane("i64x2.extract_lane", 0);
      return;
    }
    if (node.op === "read") {
      this.pushRead(node);
      return;
    }
    this.writeValue(this, node);
    // The flags of a comparison are made anew wherever they are wanted.
    if (node.op === "floatRelation") return;
    if (left <= 0) return;
    const kept = this.builder.temporary(typeOf(node.width));
    code.tee(kept);
    this.locals[node.id] = kept;
  }

  /** The value of up to 32, of 64 or of 128 bits, which is pushed where the expression is written. */
  i32(node: SsaNode): I32 {
    return written(I32, () => this.push(node));
  }
  i64(node: SsaNode): I64 {
    return written(I64, () => this.push(node));
  }
  /** The value of up to 32 bits with its sign in all bits above. */
  signed(node: SsaNode): I32 {
    return written(I32, () => this.pushSigned(node));
  }
  /** The half that `pushHalf` gives. */
  half(node: SsaNode): V128 {
    return written(V128, () => this.pushHalf(node));
  }

  /** Gives a local that holds the value, of up to 32, of 64 or of 128 bits. */
  local32(node: SsaNode): LocalOf<I32> {
    return localOf(I32, this.local(node));
  }
  local64(node: SsaNode): LocalOf<I64> {
    return localOf(I64, this.local(node));
  }
  localVector(node: SsaNode): LocalOf<V128> {
    return localOf(V128, this.local(node));
  }

  /** Gives a local that holds the value. */
  local(node: SsaNode): number {
    const local = this.locals[node.id];
    if (local !== 0) {
      this.use(node);
      return local;
    }
    this.push(node);
    const made = this.locals[node.id];
    if (made !== 0) {
      // `push` kept it with a tee; the copy on the stack is not needed.
      this.code.set(made);
      return made;
    }
    const scratch = this.builder.temporary(typeOf(node.width));
    this.code.set(scratch);
    return scratch;
  }

  // ---- floats ------------------------------------------------------------------------------------------------------

  /** The value of an effect is in a local already. */
  keep(node: SsaNode, local: LocalOf<I32> | LocalOf<I64> | LocalOf<V128>): void {
    this.locals[node.id] = indexOf(local);
  }
  keepFloat(node: SsaNode, local: LocalOf<Float>): void {
    this.floats.set(node, indexOf(local));
  }
  keepHalf(node: SsaNode, local: LocalOf<V128>): void {
    this.halves.set(node, indexOf(local));
  }

  noteOrdinary(node: SsaNode): void {
    this.ordinary.add(node);
  }
  isOrdinary(node: SsaNode): boolean {
    if (this.ordinary.has(node) || constantOf(node) === 0n) return true;
    return (node.op === "truncate" || node.op === "zeroExtend") && this.isOrdinary(node.args[0]);
  }

  /** Whether pushing the value as a float takes nothing. */
  isFloat(node: SsaNode): boolean {
    if (node.width !== 32 && node.width !== 64) return false;
    if (this.floats.has(node)) return true;
    return node.op === "truncate" && node.args[0].width === 128 && this.locals[node.id] === 0;
  }

  /** Pushes a value of width 32 or 64 as f32 or f64. */
  pushFloat(node: SsaNode): void {
    const { code } = this;
    const isWide = node.width === 64;
    const known = this.floats.get(node);
    if (known !== undefined) {
      this.use(node);
      code.get(known);
      return;
    }
    if (!this.isFloat(node)) {
      this.push(node);
      code.op(isWide ? Op.F64ReinterpretI64 : Op.F32ReinterpretI32);
      return;
    }
    const left = this.use(node);
    this.push(node.args[0]);
    code.simdLane(isWide ? "f64x2.extract_lane" : "f32x4.extract_lane", 0);
    if (left <= 0) return;
    const kept = this.builder.temporary(isWide ? Type.F64 : Type.F32);
    code.tee(kept);
    this.floats.set(node, kept);
  }

  /** Gives a local that holds a value of width 32 or 64 as a float. */
  localFloat(node: SsaNode): LocalOf<Float> {
    const type = node.width === 64 ? Type.F64 : Type.F32;
    let local = this.floats.get(node);
    if (local !== undefined) this.use(node);
    else {
      local = this.builder.temporary(type);
      this.pushFloat(node);
      this.code.set(local);
      this.floats.set(node, local);
    }
    return localOf<Float>({ type }, local);
  }

  /** Pushes a vector with the value of width 64 in its lower half, and with zeros or the same again above it. */
  pushHalf(node: SsaNode): void {
    const half = this.halves.get(node);
    if (half !== undefined) {
      this.use(node);
      this.code.get(half);
    } else if (node.width === 64 && this.isFloat(node)) {
      this.pushFloat(node);
      this.code.simd("f64x2.splat");
    } else {
      this.push(node);
      this.code.simd("i64x2.splat");
    }
  }

  isHalf(node: SsaNode): boolean {
    return this.halves.has(node);
  }

  private pushRead(node: SsaNode): void {
    const { code, builder } = this;
    if (node.detail.kind === "given") {
      builder.pushGiven(node.detail.given, node.width);
      return;
    }
    if (node.detail.kind !== "state") throw new TypeError("a read names a part of the state");
    const { state } = node.detail;
    const register = registerOf(state);
    if (register >= 0) {
      code.get(builder.register(register));
    } else if (state === "fsbase" || state === "gsbase") {
      code.get(Local.Core);
      code.memory(Op.I64Load, state === "fsbase" ? FS_BASE_OFFSET : GS_BASE_OFFSET);
    } else if (state === "systemflags") {
      code.get(Local.Core);
      code.memory(Op.I64Load, RFLAGS_OFFSET);
      code.i64(~FLAG_BITS);
      code.op(Op.I64And);
    } else if (state === "df") {
      code.get(Local.Core);
      code.memory(Op.I32Load, RFLAGS_OFFSET);
      code.i32(10);
      code.op(Op.I32ShrU);
      code.i32(1);
      code.op(Op.I32And);
    } else {
      code.get(builder.flag(state as FlagName));
    }
  }

  /** Without bits above the width. */
  masked(value: I32, width: SsaWidth): I32 {
    return width >= 32 ? value : value.and((1 << width) - 1);
  }

  mask(width: SsaWidth): void {
    if (width >= 32) return;
    this.code.i32((1 << width) - 1);
    this.code.op(Op.I32And);
  }

  /** Pushes a value of up to 32 bits with its sign in all bits above. */
  pushSigned(node: SsaNode): void {
    this.push(node);
    if (node.width === 8) this.code.op(Op.I32Extend8S);
    else if (node.width === 16) this.code.op(Op.I32Extend16S);
  }

  /** The second value of an effect: a remainder, the upper half of a pair. */
  pushSecond(effect: SsaNode): void {
    const second = this.seconds.get(effect);
    if (second === undefined) throw new TypeError("a value before its effect");
    this.code.get(second);
  }

  /** A register behind the repetition. */
  pushRepeated(register: number): void {
    const local = this.repeated.get(register);
    if (local === undefined) throw new TypeError("a register that the repetition doesn't change");
    this.builder.push(local);
  }

  defineRepeated(registers: ReadonlyMap<number, LocalOf<I64>>): void {
    this.repeated = registers;
  }

  /** The local of an effect's second value. Flags may want it although the block has no node for it. */
  defineSecond(effect: SsaNode, local: LocalOf<I32> | LocalOf<I64>): void {
    this.seconds.set(effect, indexOf(local));
  }
}

/** Values that are made at one point of the block: what they need is counted there, not where they are used. */
function isOrdered(node: SsaNode): boolean {
  return (
    node.op === "load" ||
    node.op === "loadForUpdate" ||
    node.op === "loadPairForUpdate" ||
    node.op === "upperHalf" ||
    node.op === "divideSigned" ||
    node.op === "divideUnsigned" ||
    node.op === "remainder" ||
    node.op === "repeated" ||
    node.op === "readTimestamp" ||
    node.op === "getMxcsr" ||
    isFloatEffect(node)
  );
}
