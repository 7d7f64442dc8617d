/**
 * Routines in WebAssembly that translated code calls: what is too long to be written wherever it is needed. They are
 * compiled once for a machine; modules of regions import them.
 */
import {
  encodeRoutines,
  type EngineImports,
  FunctionIndex,
  type FunctionName,
  IMPORTS,
  type ModuleImports,
} from "../assembler/index.js";
import { loadSlowly, storeSlowly, translate } from "./access-routines.js";
import { crc32, depositBits, extractBits } from "./bit-routines.js";
import { type AheadArea, catchUp } from "./catch-up.js";
import { reciprocal, reciprocalSqrt } from "./approximation-routines.js";
import { divideSigned, divideUnsigned } from "./division-routines.js";
import { floatGuard } from "./float-guard-routines.js";
import { chooseNans, narrowNans, widenNans } from "./float-nan-routines.js";
import { repeatCompare, repeatLoad, repeatMove, repeatScan, repeatStore } from "./repeat-routines.js";
import { compareStrings } from "./text-routines.js";
import { readTimestamp } from "./time-routines.js";
import { loadVectorSlowly, storeVectorSlowly } from "./vector-access-routines.js";

type RoutineName = Exclude<FunctionName, "fill" | "materialise" | "bringForward" | "cpuid">;

/** The bodies of the routines. */
function writeRoutines(iterationCycles: number, ahead: AheadArea): Readonly<Record<RoutineName, Uint8Array>> {
  const { aheadBase } = ahead;
  return {
    divideUnsigned: divideUnsigned(),
    divideSigned: divideSigned(),
    loadSlowly: loadSlowly(aheadBase),
    storeSlowly: storeSlowly(aheadBase),
    repeatMove: repeatMove(iterationCycles),
    repeatStore: repeatStore(iterationCycles),
    repeatCompare: repeatCompare(iterationCycles),
    repeatScan: repeatScan(iterationCycles),
    repeatLoad: repeatLoad(iterationCycles),
    translate: translate(),
    catchUp: catchUp(ahead),
    loadVectorSlowly: loadVectorSlowly(aheadBase),
    storeVectorSlowly: storeVectorSlowly(aheadBase),
    floatGuard32: floatGuard(32),
    floatGuard64: floatGuard(64),
    chooseNans32: chooseNans(32),
    chooseNans64: chooseNans(64),
    widenNans: widenNans(),
    narrowNans: narrowNans(),
    readTimestamp: readTimestamp(),
    depositBits: depositBits(),
    extractBits: extractBits(),
    crc32: crc32(),
    compareStrings: compareStrings(),
    reciprocal: reciprocal(),
    reciprocalSqrt: reciprocalSqrt(),
  };
}

/** Compiles the routines for a machine. */
export function linkRoutines(
  { memory, repeatIterationCycles, ...engine }: EngineImports,
  ahead: AheadArea,
): Pick<ModuleImports, "memory" | "functions"> {
  const first = FunctionIndex.DivideUnsigned;
  const bodies = writeRoutines(repeatIterationCycles, ahead);
  const routines = IMPORTS.slice(first).map((signature) => ({
    ...signature,
    body: bodies[signature.name as RoutineName],
  }));
  const pages = memory.buffer.byteLength / 65536;
  const module = new WebAssembly.Module(encodeRoutines(IMPORTS.slice(0, first), routines, pages));
  const { exports } = new WebAssembly.Instance(module, { e: { memory, ...engine } });
  return { memory, functions: { ...engine, ...(exports as Record<string, CallableFunction>) } };
}
