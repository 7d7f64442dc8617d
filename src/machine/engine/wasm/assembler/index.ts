/**
 * The assembler of WebAssembly: the bytes of instructions, the functions that translated code may call, and modules. It imports
 * nothing of the engine.
 */
export { CodeWriter } from "./code-writer.js";
export { type EngineImports, FunctionIndex, IMPORTS, REGION_TYPE } from "./imports.js";
export { encodeRoutines, instantiate, type ModuleImports, type RegionBody, type RegionFunction } from "./module.js";
export { Op, Type } from "./opcodes.js";
export { SIMD_PREFIX, type SimdName, simdNameOf } from "./simd.js";
