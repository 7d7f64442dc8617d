/**
 * The assembler of WebAssembly: typed expressions, functions that are written of them, the functions that translated
 * code may call, and modules. It imports nothing of the engine.
 */
export { CodeWriter } from "./code-writer.js";
export {
  call,
  type Expression,
  type ExpressionType,
  F32,
  F64,
  type Float,
  globalOf,
  i32,
  I32,
  i64,
  I64,
  indexOf,
  load16,
  load32,
  load64,
  load8,
  loadBytes,
  loadVector,
  type Local,
  localOf,
  type Operand32,
  select,
  selectBits,
  type Shape,
  shuffle,
  splat,
  stacked,
  tee,
  V128,
  vector,
  written,
} from "./expression.js";
export { functionOf, FunctionWriter, type Label, writeLocals } from "./function-writer.js";
export { type EngineImports, FunctionIndex, type FunctionName, FUNCTIONS, IMPORTS, REGION_TYPE } from "./imports.js";
export {
  encodeRoutines,
  instantiate,
  instantiateAlone,
  type ModuleImports,
  OwnTableGlobal,
  type RegionBody,
  type RegionFunction,
} from "./module.js";
export { createSharedTable, sharesTables } from "./shared-table.js";
export { Op, Type } from "./opcodes.js";
export { SIMD_PREFIX, type SimdName, simdNameOf } from "./simd.js";
