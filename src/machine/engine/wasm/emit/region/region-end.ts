/**
 * The one end of a region, where all ways out come: stores what changed, and goes on in another region, or back with
 * the exit's number.
 */
import { Register } from "../../../../isa/instruction.js";
import { RFLAGS_OFFSET, RIP_OFFSET } from "../../../../state.js";
import {
  globalOf,
  I32,
  I64,
  load32,
  load64,
  localOf,
  Op,
  OwnTableGlobal,
  REGION_TYPE,
  tee,
  V128,
} from "../../assembler/index.js";
import {
  EPOCH_OFFSET,
  JUMP_CACHE_BASE,
  JUMP_CACHE_SETS,
  JUMP_EPOCH_OFFSET,
  JUMP_PLACE_OFFSET,
  JUMP_SET_BYTES,
  JUMP_WAY_BYTES,
  LEAVES_OFFSET,
  MAX_LEAVES,
  RECIPE_OFFSET,
  SPOILED_OFFSET,
  TIME_OFFSET,
} from "../../layout.js";
import { FLAG_BIT } from "../../plan/index.js";
import type { FunctionBuilder } from "../function-builder.js";
import { isVectorRegister, offsetOfRegister } from "../registers.js";

/** `sharesTable`: regions of all modules are in one table. */
export function emitEnd(builder: FunctionBuilder, sharesTable: boolean): void {
  const { core, exit, time, rip } = builder;
  emitRegistersEnd(builder);
  if (builder.flags.size > 0) emitFlagsEnd(builder);
  if (builder.usesRecipes) emitRecipeEnd(builder);
  if (builder.systemCall !== 0) emitSystemCallEnd(builder);
  // mutant time-is-not-stored: builder.store64(core, TIME_OFFSET, builder.floor);
  builder.store64(core, TIME_OFFSET, time);
  if (builder.spoiled !== 0) emitSpoiledEnd(builder);
  builder.if(exit.eqz(), () => {
    builder.store64(core, RIP_OFFSET, rip);
    emitChain(builder, sharesTable);
  });
  builder.push(exit);
  builder.code.op(Op.End);
}

function emitRegistersEnd(builder: FunctionBuilder): void {
  const { core, registers } = builder;
  builder.isWritten.forEach((written, register) => {
    if (written === 0) return;
    /* mutant high-register-is-not-stored:
       const offset = offsetOfRegister(isVectorRegister(register) ? register : register & 7); */
    const offset = offsetOfRegister(register);
    if (isVectorRegister(register)) builder.storeVector(core, offset, localOf(V128, registers[register]));
    else builder.store64(core, offset, localOf(I64, registers[register]));
  });
}

/** Stores the recipe of the flags, and the values that it is for, where one was left. */
function emitRecipeEnd(builder: FunctionBuilder): void {
  const { core, recipe } = builder;
  builder.if(recipe, () => {
    builder.store32(core, RECIPE_OFFSET, recipe);
    for (let leaf = 0; leaf < MAX_LEAVES; leaf++)
      if (builder.leaves[leaf] !== 0)
        builder.store64(core, LEAVES_OFFSET + 8 * leaf, localOf(I64, builder.leaves[leaf]));
  });
}

/** Whether memory was changed, or another region comes next. */
function emitSpoiledEnd(builder: FunctionBuilder): void {
  const { core, exit } = builder;
  builder.store32(core, SPOILED_OFFSET, localOf(I32, builder.spoiled).or(exit.eqz()));
}

/** After SYSCALL R11 has RFLAGS, whatever recipe there was, and RCX has RIP. */
function emitSystemCallEnd(builder: FunctionBuilder): void {
  const { core } = builder;
  builder.if(localOf(I32, builder.systemCall), () => {
    builder.store32(core, RFLAGS_OFFSET, builder.generalRegister(Register.R11).wrap());
    builder.store64(core, RIP_OFFSET, builder.generalRegister(Register.Rcx));
    builder.store32(core, RECIPE_OFFSET, 0);
  });
}

/**
 * Goes on in the region at RIP without coming back to the engine, where the core's jump cache has it, and where it is
 * in the table of this module.
 */
function emitChain(builder: FunctionBuilder, sharesTable: boolean): void {
  const { core, rip } = builder;
  const at = builder.local(I32);
  const set = tee(at, rip.wrap())
    .xor(at.shrU(11))
    .and(JUMP_CACHE_SETS - 1);
  builder.set(at, set.shl(Math.log2(JUMP_SET_BYTES)).add(core));
  for (const way of [JUMP_CACHE_BASE, JUMP_CACHE_BASE + JUMP_WAY_BYTES]) {
    // mutant stale-jumps-are-followed: const isNow = core.eq(core);
    const isNow = load32(at, way + JUMP_EPOCH_OFFSET).eq(load32(core, EPOCH_OFFSET));
    builder.if(load64(at, way).eq(rip).and(isNow), () => {
      const place = load32(at, way + JUMP_PLACE_OFFSET);
      if (sharesTable) builder.returnCallIndirect(REGION_TYPE, place, core);
      else emitCallOfOwn(builder, place);
    });
  }
}

/** Goes on in the region with that place if it is one of the module. */
function emitCallOfOwn(builder: FunctionBuilder, place: I32): void {
  const entry = builder.local(I32);
  const number = place.sub(globalOf(I32, OwnTableGlobal.FirstPlace));
  // mutant jump-leads-into-another-table: const isOurs = tee(entry, number).eq(entry);
  const isOurs = tee(entry, number).ltU(globalOf(I32, OwnTableGlobal.Entries));
  builder.if(isOurs, () => builder.returnCallIndirect(REGION_TYPE, entry, builder.core));
}

/** Puts the flags that have locals into RFLAGS. */
function emitFlagsEnd(builder: FunctionBuilder): void {
  const { core, flags } = builder;
  let mask = 0;
  for (const flag of flags.keys()) mask |= FLAG_BIT[flag];
  let all = load32(core, RFLAGS_OFFSET).and(~mask);
  for (const [flag, local] of flags) all = all.or(localOf(I32, local).shl(Math.log2(FLAG_BIT[flag])));
  builder.store32(core, RFLAGS_OFFSET, all);
}
