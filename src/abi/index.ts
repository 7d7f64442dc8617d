/**
 * The binary interface between Hallows and its guests: the one definition of every number and offset that a guest sees,
 * as tables.
 *
 * TypeScript reads them here; `npm run gen` makes images/sdk/hallows_abi.h and docs/abi.md of them, and a test fails
 * when they are stale. Changing a value, an offset or a meaning raises ABI_VERSION. May import the root's
 * vocabulary.ts, and nothing else.
 */
export { ABI_NOTE_NAME, ABI_NOTE_TYPE, ABI_VERSION } from "./version.js";
export { toConstantName, type GuestWord } from "./guest-words.js";
export type { ConstantRow, ConstantTable } from "./constants.js";
export * from "./address-space.js";
export * from "./limits.js";
export * from "./statuses.js";
export * from "./arguments.js";
export * from "./calls.js";
export * from "./structures.js";
export * from "./boot-info.js";
export * from "./channel-kinds.js";
export * from "./channel-side.js";
export * from "./console.js";
export * from "./store.js";
export * from "./net.js";
export * from "./clock.js";
export * from "./display.js";
export * from "./input.js";
export * from "./pools.js";
