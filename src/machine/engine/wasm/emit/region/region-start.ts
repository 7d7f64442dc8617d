/**
 * The function of a region, put together: its locals, what it loads at its start, and what was written before.
 */
import { RFLAGS_OFFSET } from "../../../../state.js";
import {
  FUNCTIONS,
  FunctionWriter,
  I32,
  I64,
  load32,
  load64,
  loadVector,
  localOf,
  type RegionBody,
  V128,
  vector,
  writeLocals,
} from "../../assembler/index.js";
import { FLOOR_OFFSET, RECIPE_OFFSET, TIME_OFFSET } from "../../layout.js";
import { FLAG_BIT } from "../../plan/index.js";
import { strictness, unreadiness } from "../float/float-guard.js";
import type { FunctionBuilder } from "../function-builder.js";
import { isVectorRegister, offsetOfRegister } from "../registers.js";

/**
 * `needsFlags`: some flag is wanted before the region makes it; otherwise what waits in a recipe may wait on. The
 * builder's code is taken.
 */
export function assembleRegion(builder: FunctionBuilder, needsFlags: boolean): RegionBody {
  const { core, time, floor } = builder;
  const body = builder.code.take();
  const write = new FunctionWriter(1);
  const { code } = write;
  writeLocals(code, builder.types);
  write.set(time, load64(core, TIME_OFFSET));
  write.set(floor, load64(core, FLOOR_OFFSET));
  loadRegisters(write, builder);
  for (const [value, local] of builder.constants) write.set(localOf(V128, local), vector(value));
  for (const local of [builder.strictFloats, builder.oddFloats])
    if (local !== 0) write.set(localOf(I32, local), strictness(core));
  if (builder.unreadyFloats !== 0) write.set(localOf(I32, builder.unreadyFloats), unreadiness(core));
  if (builder.flags.size > 0) loadFlags(write, builder, needsFlags);
  const start = code.length;
  code.append(body);
  return {
    bytes: code.take(),
    unlikely: Uint32Array.from(builder.unlikely, (at) => start + at),
    calls: code.calls | builder.code.calls,
  };
}

function loadRegisters(write: FunctionWriter, { core, registers }: FunctionBuilder): void {
  registers.forEach((local, register) => {
    if (local === 0) return;
    const offset = offsetOfRegister(register);
    if (isVectorRegister(register)) write.set(localOf(V128, local), loadVector(core, offset));
    else write.set(localOf(I64, local), load64(core, offset));
  });
}

function loadFlags(write: FunctionWriter, { core, flags }: FunctionBuilder, needsFlags: boolean): void {
  // mutant waiting-flags-are-not-made:
  if (needsFlags) write.if(load32(core, RECIPE_OFFSET), () => write.call(FUNCTIONS.materialise, core));
  for (const [flag, local] of flags)
    write.set(localOf(I32, local), load32(core, RFLAGS_OFFSET).shrU(Math.log2(FLAG_BIT[flag])).and(1));
}
