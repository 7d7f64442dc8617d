/**
 * The function of a region, put together: its locals, what it loads at its start, and what was written before.
 */
import { RFLAGS_OFFSET } from "../../../state.js";
import { CodeWriter, FunctionIndex, Op, type RegionBody, Type } from "../assembler/index.js";
import { FLOOR_OFFSET, RECIPE_OFFSET, TIME_OFFSET } from "../layout.js";
import { FLAG_BIT } from "../plan/index.js";
import { writeStrictness, writeUnreadiness } from "./float-guard.js";
import { type FunctionBuilder, Local } from "./function-builder.js";
import { isVectorRegister, offsetOfRegister } from "./registers.js";

/**
 * `needsFlags`: some flag is wanted before the region makes it; otherwise what waits in a recipe may wait on. The
 * builder's code is taken.
 */
export function assembleRegion(builder: FunctionBuilder, needsFlags: boolean): RegionBody {
  const body = builder.code.take();
  const code = new CodeWriter();
  declareLocals(code, builder.types);
  code.get(Local.Core);
  code.memory(Op.I64Load, TIME_OFFSET);
  code.set(Local.Time);
  code.get(Local.Core);
  code.memory(Op.I64Load, FLOOR_OFFSET);
  code.set(Local.Floor);
  loadRegisters(code, builder);
  for (const [value, local] of builder.constants) {
    code.vector(value);
    code.set(local);
  }
  for (const local of [builder.strictFloats, builder.oddFloats]) if (local !== 0) writeStrictness(code, local);
  if (builder.unreadyFloats !== 0) writeUnreadiness(code, builder.unreadyFloats);
  if (builder.flags.size > 0) loadFlags(code, builder, needsFlags);
  const start = code.length;
  code.append(body);
  return {
    bytes: code.take(),
    unlikely: Uint32Array.from(builder.unlikely, (at) => start + at),
    calls: code.calls | builder.code.calls,
  };
}

/** Neighbours of one type are declared together. */
function declareLocals(code: CodeWriter, types: readonly Type[]): void {
  const groups: { type: Type; count: number }[] = [];
  for (const type of types) {
    const last = groups[groups.length - 1];
    if (last?.type === type) last.count++;
    else groups.push({ type, count: 1 });
  }
  code.unsigned(groups.length);
  for (const { type, count } of groups) {
    code.unsigned(count);
    code.byte(type);
  }
}

function loadRegisters(code: CodeWriter, { registers }: FunctionBuilder): void {
  registers.forEach((local, register) => {
    if (local === 0) return;
    code.get(Local.Core);
    if (isVectorRegister(register)) code.simdMemory("v128.load", offsetOfRegister(register));
    else code.memory(Op.I64Load, offsetOfRegister(register));
    code.set(local);
  });
}

function loadFlags(code: CodeWriter, { flags }: FunctionBuilder, needsFlags: boolean): void {
  if (needsFlags) {
    code.get(Local.Core);
    code.memory(Op.I32Load, RECIPE_OFFSET);
    code.op(Op.If);
    code.byte(Type.Void);
    code.get(Local.Core);
    code.call(FunctionIndex.Materialise);
    code.op(Op.End);
  }
  for (const [flag, local] of flags) {
    code.get(Local.Core);
    code.memory(Op.I32Load, RFLAGS_OFFSET);
    code.i32(Math.log2(FLAG_BIT[flag]));
    code.op(Op.I32ShrU);
    code.i32(1);
    code.op(Op.I32And);
    code.set(local);
  }
}
