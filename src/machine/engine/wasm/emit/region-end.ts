/**
 * The one end of a region, where all ways out come: stores what changed, and goes on in another region of the module,
 * or back with the exit's number.
 */
import { Register } from "../../../isa/instruction.js";
import { RFLAGS_OFFSET, RIP_OFFSET } from "../../../state.js";
import { Op, REGION_TYPE, Type } from "../assembler/index.js";
import {
  JUMP_CACHE_BASE,
  JUMP_CACHE_ENTRIES,
  LEAVES_OFFSET,
  MAX_LEAVES,
  RECIPE_OFFSET,
  SPOILED_OFFSET,
  TIME_OFFSET,
} from "../layout.js";
import { FLAG_BIT } from "../plan/index.js";
import { type FunctionBuilder, Local } from "./function-builder.js";
import { isVectorRegister, offsetOfRegister } from "./registers.js";

/** `isChained`: goes on in another region without coming back to the engine, where the jump cache knows one. */
export function emitEnd(builder: FunctionBuilder, isChained: boolean): void {
  const { code } = builder;
  emitRegistersEnd(builder);
  if (builder.flags.size > 0) emitFlagsEnd(builder);
  if (builder.usesRecipes) emitRecipeEnd(builder);
  if (builder.systemCall !== 0) emitSystemCallEnd(builder);
  code.get(Local.Core);
  code.get(Local.Time);
  code.memory(Op.I64Store, TIME_OFFSET);
  if (builder.spoiled !== 0) emitSpoiledEnd(builder);
  code.get(Local.Exit);
  code.op(Op.I32Eqz);
  builder.open(Op.If, "plain");
  code.get(Local.Core);
  code.get(Local.Rip);
  code.memory(Op.I64Store, RIP_OFFSET);
  if (isChained) emitChain(builder);
  builder.close();
  code.get(Local.Exit);
  code.op(Op.End);
}

function emitRegistersEnd({ code, isWritten, registers }: FunctionBuilder): void {
  isWritten.forEach((written, register) => {
    if (written === 0) return;
    code.get(Local.Core);
    code.get(registers[register]);
    if (isVectorRegister(register)) code.simdMemory("v128.store", offsetOfRegister(register));
    else code.memory(Op.I64Store, offsetOfRegister(register));
  });
}

/** Stores the recipe of the flags, and the values that it is for, where one was left. */
function emitRecipeEnd(builder: FunctionBuilder): void {
  const { code } = builder;
  code.get(Local.Recipe);
  builder.open(Op.If, "plain");
  code.get(Local.Core);
  code.get(Local.Recipe);
  code.memory(Op.I32Store, RECIPE_OFFSET);
  for (let leaf = 0; leaf < MAX_LEAVES; leaf++) {
    if (builder.leaves[leaf] === 0) continue;
    code.get(Local.Core);
    code.get(builder.leaves[leaf]);
    code.memory(Op.I64Store, LEAVES_OFFSET + 8 * leaf);
  }
  builder.close();
}

/** Whether memory was changed, or another region comes next. */
function emitSpoiledEnd({ code, spoiled }: FunctionBuilder): void {
  code.get(Local.Core);
  code.get(spoiled);
  code.get(Local.Exit);
  code.op(Op.I32Eqz);
  code.op(Op.I32Or);
  code.memory(Op.I32Store, SPOILED_OFFSET);
}

/** After SYSCALL R11 has RFLAGS, whatever recipe there was, and RCX has RIP. */
function emitSystemCallEnd(builder: FunctionBuilder): void {
  const { code } = builder;
  code.get(builder.systemCall);
  builder.open(Op.If, "plain");
  code.get(Local.Core);
  code.get(builder.register(Register.R11));
  code.op(Op.I32WrapI64);
  code.memory(Op.I32Store, RFLAGS_OFFSET);
  code.get(Local.Core);
  code.get(builder.register(Register.Rcx));
  code.memory(Op.I64Store, RIP_OFFSET);
  code.get(Local.Core);
  code.i32(0);
  code.memory(Op.I32Store, RECIPE_OFFSET);
  builder.close();
}

/** Looks RIP up in the core's jump cache. */
function emitChain(builder: FunctionBuilder): void {
  const { code } = builder;
  const slot = builder.newLocal(Type.I32);
  code.get(Local.Rip);
  code.op(Op.I32WrapI64);
  code.tee(slot);
  code.get(slot);
  code.i32(12);
  code.op(Op.I32ShrU);
  code.op(Op.I32Xor);
  code.i32(JUMP_CACHE_ENTRIES - 1);
  code.op(Op.I32And);
  code.i32(4);
  code.op(Op.I32Shl);
  // The core's cache: its number (core >> 16) times 0x4000.
  code.get(Local.Core);
  code.i32(2);
  code.op(Op.I32ShrU);
  code.op(Op.I32Add);
  code.tee(slot);
  code.memory(Op.I64Load, JUMP_CACHE_BASE);
  code.get(Local.Rip);
  code.op(Op.I64Eq);
  code.get(slot);
  code.memory(Op.I32Load, JUMP_CACHE_BASE + 12);
  code.op1(Op.GlobalGet, 0);
  code.op(Op.I32Eq);
  code.op(Op.I32And);
  builder.open(Op.If, "plain");
  code.get(Local.Core);
  code.get(slot);
  code.memory(Op.I32Load, JUMP_CACHE_BASE + 8);
  code.op(Op.ReturnCallIndirect);
  code.unsigned(REGION_TYPE);
  code.unsigned(0);
  builder.close();
}

/** Puts the flags that have locals into RFLAGS. */
function emitFlagsEnd(builder: FunctionBuilder): void {
  const { code } = builder;
  let mask = 0;
  for (const flag of builder.flags.keys()) mask |= FLAG_BIT[flag];
  code.get(Local.Core);
  code.get(Local.Core);
  code.memory(Op.I32Load, RFLAGS_OFFSET);
  code.i32(~mask);
  code.op(Op.I32And);
  for (const [flag, local] of builder.flags) {
    code.get(local);
    code.i32(Math.log2(FLAG_BIT[flag]));
    code.op(Op.I32Shl);
    code.op(Op.I32Or);
  }
  code.memory(Op.I32Store, RFLAGS_OFFSET);
}
