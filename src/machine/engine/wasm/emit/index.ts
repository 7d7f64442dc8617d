/**
 * The WebAssembly of regions, from their plans.
 */
export { type BlockBody, type MakeBody, writeBlockStart } from "./block-body.js";
export { BlockEmitter } from "./block-emitter.js";
export { type NumberExit, REPEATING_STEP } from "./effect-code.js";
export { isReady } from "./float/float-guard.js";
export { FunctionBuilder } from "./function-builder.js";
export { writeValue } from "./pure-code.js";
export { emitRecipe } from "./recipe-code.js";
export { DISPATCH_STEP, type EmitOptions, emitRegion, SYSTEM_CALL_STEP } from "./region/region-emitter.js";
export { REGISTER_COUNT, registerOf } from "./registers.js";
export { printBody } from "./text.js";
export { BlockValues } from "./values.js";
