/**
 * Routines in WebAssembly that translated code calls, and the pieces of them that it has inline.
 */
export { FLOAT_LANES, GuardAnswer, GuardClass, Mxcsr } from "./float-judgement.js";
export { LOW_HALVES } from "./float-nan-routines.js";
export type { GateSite, Size } from "./gate-locals.js";
export { writeGatedLoad } from "./gate-read.js";
export { writeGatedStore } from "./gate-store.js";
export { RepeatEnd } from "./repeat-routines.js";
export { linkRoutines } from "./routines.js";
export { entryOf } from "./tlb-entry.js";
