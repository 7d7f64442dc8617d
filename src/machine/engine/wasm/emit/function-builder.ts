/**
 * The WebAssembly function that is being written for a region: its locals, its labels, and the values of SSA nodes.
 *
 * Fixed locals come first, then guest registers, flags and recipe values as the region needs them, then temporaries,
 * which every block uses anew: no SSA value crosses a block, registers and flags do.
 */
import type { FlagName } from "../../../isa/index.js";
import type { Given, SsaWidth } from "../../ssa/index.js";
import {
  type CodeWriter,
  type Expression,
  type ExpressionType,
  F32,
  F64,
  FunctionWriter,
  I32,
  i32,
  I64,
  indexOf,
  type Label,
  type Local as LocalOf,
  localOf,
  Op,
  Type,
  V128,
} from "../assembler/index.js";
import { MAX_LEAVES } from "../layout.js";
import { REGISTER_COUNT, typeOfRegister } from "./registers.js";

/** Locals that every region has; the parameter is the base of the core's area. */
export const enum Local {
  Core = 0,
  Exit = 1,
  Recipe = 2,
  Time = 3,
  Floor = 4,
  Rip = 5,
}
const FIXED_TYPES: readonly Type[] = [Type.I32, Type.I32, Type.I64, Type.I64, Type.I64];

/** Where a branch can go. `exit` is the end of the function. */
export type Target = "exit" | "plain" | { readonly loop: number } | { readonly before: number };

interface Pool {
  readonly type: ExpressionType<Expression>;
  readonly locals: LocalOf<Expression>[];
  used: number;
}

export class FunctionBuilder extends FunctionWriter {
  /** The fixed locals. */
  readonly core = localOf(I32, Local.Core);
  readonly exit = localOf(I32, Local.Exit);
  readonly recipe = localOf(I32, Local.Recipe);
  readonly time = localOf(I64, Local.Time);
  readonly floor = localOf(I64, Local.Floor);
  readonly rip = localOf(I64, Local.Rip);
  /** Open blocks that branches may go to. */
  private readonly targets: { readonly target: Target; readonly label: Label }[] = [];
  /** Locals of guest registers by number (registers.ts), 0 for those that the region doesn't touch. */
  readonly registers = new Uint32Array(REGISTER_COUNT);
  readonly isWritten = new Uint8Array(REGISTER_COUNT);
  readonly flags = new Map<FlagName, number>();
  readonly leaves = new Uint32Array(MAX_LEAVES);
  /** Local that is 0 where rounding is to nearest and PE is set and masked; 0 where the region doesn't ask. */
  strictFloats = 0;
  oddFloats = 0;
  unreadyFloats = 0;
  /** Locals of vectors that never change. */
  readonly constants = new Map<bigint, number>();
  usesRecipes = false;
  /** Local that says at the end that SYSCALL was run; 0 where no block of the region ends with SYSCALL. */
  systemCall = 0;
  /** A local that tells whether a store has changed memory; 0 where nobody asks. */
  spoiled = 0;

  private readonly pools: readonly Pool[] = [V128, F64, F32, I64, I32].map((type) => ({ type, locals: [], used: 0 }));

  /** `aheadBase`: where stores that wait for their turn lie in the machine's memory (ahead.ts). */
  constructor(
    readonly aheadBase: number,
    code?: CodeWriter,
  ) {
    super(1, code);
    this.types.push(...FIXED_TYPES);
  }

  /** A local that is free until the next block. */
  temporaryOf<T extends Expression>({ type }: ExpressionType<T>): LocalOf<T> {
    const pool = this.pools[type - Type.V128];
    if (pool.used === pool.locals.length) pool.locals.push(this.local(pool.type));
    return pool.locals[pool.used++] as LocalOf<Expression> as LocalOf<T>;
  }

  /** Sets a local that is free until the next block. */
  kept<T extends Expression>(value: T): LocalOf<T> {
    this.push(value);
    const local = this.temporaryOf<T>(value);
    this.code.set(indexOf(local));
    return local;
  }

  /** One of the temporaries of a type, whether it is free or not. */
  temporaryAt(type: Type, index: number): number {
    const { locals, type: typeOf } = this.pools[type - Type.V128];
    while (locals.length <= index) locals.push(this.local(typeOf));
    return indexOf(locals[index]);
  }

  /** A `temporaryOf` by its number. */
  temporary(type: Type): number {
    return indexOf(this.temporaryOf({ type }));
  }

  releaseTemporaries(): void {
    for (const pool of this.pools) pool.used = 0;
  }

  /** Gives a function after which no more and no less is free than now, whatever was written meanwhile. */
  holdTemporaries(): () => void {
    const held = this.pools.map((pool) => ({ pool, used: pool.used }));
    return () => {
      for (const { pool, used } of held) pool.used = used;
    };
  }

  register(index: number): number {
    if (this.registers[index] === 0) this.registers[index] = this.newLocal(typeOfRegister(index));
    return this.registers[index];
  }

  writtenRegister(index: number): number {
    this.isWritten[index] = 1;
    return this.register(index);
  }

  flag(name: FlagName): number {
    let local = this.flags.get(name);
    if (local === undefined) {
      local = this.newLocal(Type.I32);
      this.flags.set(name, local);
    }
    return local;
  }

  leaf(index: number): number {
    if (this.leaves[index] === 0) this.leaves[index] = this.newLocal(Type.I64);
    return this.leaves[index];
  }

  /** Pushes a value that is given (given.ts): templates alone have such. */
  pushGiven(given: Given, _width: SsaWidth): void {
    throw new TypeError(`nobody gives the ${given.kind}`);
  }

  strict(): number {
    if (this.strictFloats === 0) this.strictFloats = this.newLocal(Type.I32);
    return this.strictFloats;
  }

  /** Not 0 where `strict` isn't, or where a guard let something pass that is neither 0 nor normal. */
  odd(): number {
    if (this.oddFloats === 0) this.oddFloats = this.newLocal(Type.I32);
    return this.oddFloats;
  }

  /** Not 0 where a stretch of float operations must not begin (float-block-guard.ts). */
  unready(): number {
    if (this.unreadyFloats === 0) this.unreadyFloats = this.newLocal(Type.I32);
    return this.unreadyFloats;
  }

  /** A local with the value in it: written once, so that a loop has it in a register. */
  constant(value: bigint): number {
    let local = this.constants.get(value);
    if (local === undefined) {
      local = this.newLocal(Type.V128);
      this.constants.set(value, local);
    }
    return local;
  }

  /** The same as an expression. */
  vectorConstant(value: bigint): LocalOf<V128> {
    return localOf(V128, this.constant(value));
  }

  /** The locals of `register`, for a general one, and of `strict` and its like, as expressions. */
  generalRegister(number: number): LocalOf<I64> {
    return localOf(I64, this.register(number));
  }
  strictLocal(): LocalOf<I32> {
    return localOf(I32, this.strict());
  }
  oddLocal(): LocalOf<I32> {
    return localOf(I32, this.odd());
  }
  unreadyLocal(): LocalOf<I32> {
    return localOf(I32, this.unready());
  }

  // ---- structure ---------------------------------------------------------------------------------------------------

  open(op: Op.Block | Op.Loop | Op.If, target: Target, type: Type = Type.Void): void {
    const label = this.enter(op, type);
    if (target !== "plain") this.targets.push({ target, label });
  }

  /** The part up to `otherwise` or `close` hardly ever runs. */
  openUnlikely(type: Type = Type.Void): void {
    this.hint();
    this.enter(Op.If, type);
  }

  close(): void {
    const label = this.end();
    if (this.targets[this.targets.length - 1]?.label === label) this.targets.pop();
  }

  private branchTo(isTarget: (target: Target) => boolean): void {
    const found = this.targets.findLast(({ target }) => isTarget(target));
    if (found === undefined) throw new RangeError("a branch to a label that isn't open");
    this.br(found.label);
  }

  branchToExit(): void {
    this.branchTo((target) => target === "exit");
  }
  /** How many open blocks lie between here and the one that ends at the exit. */
  exitDistance(): number {
    // It is the first that is opened.
    return this.depth - 1 - this.targets[0].label;
  }
  branchToLoop(block: number): void {
    this.branchTo((target) => typeof target === "object" && "loop" in target && target.loop === block);
  }
  branchBefore(block: number): void {
    this.branchTo((target) => typeof target === "object" && "before" in target && target.before === block);
  }

  /** Leaves the region through a numbered exit. */
  leave(exit: number): void {
    this.set(this.exit, i32(exit));
    this.branchToExit();
  }

  leaveIf(condition: I32, exit: number): void {
    this.if(condition, () => this.leave(exit));
  }
  leaveIfUnlikely(condition: I32, exit: number): void {
    this.ifUnlikely(condition, () => this.leave(exit));
  }

  /** Notes that a store has changed memory, where somebody asks. */
  noteStore(): void {
    if (this.spoiled !== 0) this.set(localOf(I32, this.spoiled), i32(1));
  }
}
