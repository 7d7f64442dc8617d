/**
 * Branch hints: translated code says which of its branches are unlikely (machine/engine/wasm/assembler/module.ts). V8
 * looks at that where a flag says so, and puts those out of the way of the rest. Must come before the first
 * translation.
 *
 * Set on the versions with which it was measured. It changes how fast code is, and nothing that it does.
 */
import { setFlagsFromString } from "node:v8";

const MEASURED_VERSIONS = /^11\./;

export function useBranchHints(): void {
  if (MEASURED_VERSIONS.test(process.versions.v8)) setFlagsFromString("--experimental-wasm-branch-hinting");
}
