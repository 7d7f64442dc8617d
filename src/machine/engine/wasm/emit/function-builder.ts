/**
 * The WebAssembly function that is being written for a region: its locals, its labels, and the values of SSA nodes.
 *
 * Fixed locals come first, then guest registers, flags and recipe values as the region needs them, then temporaries,
 * which every block uses anew: no SSA value crosses a block, registers and flags do.
 */
import type { FlagName } from "../../../isa/index.js";
import { CodeWriter, Op, Type } from "../assembler/index.js";
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
export type Label = "exit" | "plain" | { readonly loop: number } | { readonly before: number };

export class FunctionBuilder {
  readonly code = new CodeWriter();
  readonly labels: Label[] = [];
  /** Types of the locals behind the parameter. */
  readonly types: Type[] = [...FIXED_TYPES];
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
  /** Where the code has branches that are hardly ever taken. */
  readonly unlikely: number[] = [];
  /** Local that says at the end that SYSCALL was run; 0 where no block of the region ends with SYSCALL. */
  systemCall = 0;
  /** A local that tells whether a store has changed memory; 0 where nobody asks. */
  spoiled = 0;
  /** `aheadBase`: where stores that wait for their turn lie in the machine's memory (ahead.ts). */
  constructor(readonly aheadBase: number) {}

  private readonly pools: Record<number, { locals: number[]; used: number }> = {
    [Type.I32]: { locals: [], used: 0 },
    [Type.I64]: { locals: [], used: 0 },
    [Type.F32]: { locals: [], used: 0 },
    [Type.F64]: { locals: [], used: 0 },
    [Type.V128]: { locals: [], used: 0 },
  };

  newLocal(type: Type): number {
    this.types.push(type);
    return this.types.length;
  }

  /** A local that is free until the next block. */
  temporary(type: Type): number {
    const pool = this.pools[type];
    if (pool.used === pool.locals.length) pool.locals.push(this.newLocal(type));
    return pool.locals[pool.used++];
  }

  releaseTemporaries(): void {
    for (const pool of Object.values(this.pools)) pool.used = 0;
  }

  /** Gives a function after which no more and no less is free than now, whatever was written meanwhile. */
  holdTemporaries(): () => void {
    const held = Object.values(this.pools).map((pool) => ({ pool, used: pool.used }));
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

  // ---- structure ---------------------------------------------------------------------------------------------------

  open(op: Op.Block | Op.Loop | Op.If, label: Label, type: Type = Type.Void): void {
    this.code.op(op);
    this.code.byte(type);
    this.labels.push(label);
  }

  /** The part up to `otherwise` or `close` hardly ever runs. */
  openUnlikely(type: Type = Type.Void): void {
    this.unlikely.push(this.code.length);
    this.open(Op.If, "plain", type);
  }

  otherwise(): void {
    this.code.op(Op.Else);
  }

  close(): void {
    this.code.op(Op.End);
    this.labels.pop();
  }

  private branchTo(isTarget: (label: Label) => boolean): void {
    for (let depth = 0; depth < this.labels.length; depth++) {
      if (!isTarget(this.labels[this.labels.length - 1 - depth])) continue;
      this.code.op1(Op.Br, depth);
      return;
    }
    throw new RangeError("a branch to a label that isn't open");
  }

  branchToExit(): void {
    this.branchTo((label) => label === "exit");
  }
  branchToLoop(block: number): void {
    this.branchTo((label) => typeof label === "object" && "loop" in label && label.loop === block);
  }
  branchBefore(block: number): void {
    this.branchTo((label) => typeof label === "object" && "before" in label && label.before === block);
  }

  /** Leaves the region through a numbered exit. */
  leave(exit: number): void {
    this.code.i32(exit);
    this.code.set(Local.Exit);
    this.branchToExit();
  }
}
