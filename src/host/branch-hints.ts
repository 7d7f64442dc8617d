/**
 * Branch hints: translated code says which of its branches are unlikely (machine/engine/wasm/module.ts). V8 has looked at that
 * since version 9, where a flag says so, and compiles the rest as if they were not there. Must come before the first translation.
 *
 * Set on the versions with which it was measured. It changes how fast code is, and nothing that it does.
 */
import { setFlagsFromString } from "node:v8";

const MEASURED_VERSIONS = /^11\./;

export function useBranchHints(): void {
  if (MEASURED_VERSIONS.test(process.versions.v8)) setFlagsFromString("--experimental-wasm-branch-hinting");
}
