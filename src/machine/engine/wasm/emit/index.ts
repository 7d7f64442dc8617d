/**
 * The WebAssembly of regions, from their plans.
 */
export { type NumberExit, REPEATING_STEP } from "./effect-code.js";
export { isReady } from "./float-guard.js";
export { DISPATCH_STEP, type EmitOptions, emitRegion, SYSTEM_CALL_STEP } from "./region-emitter.js";
export { printBody } from "./text.js";
