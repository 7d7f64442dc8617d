/**
 * Routines in WebAssembly that translated code calls: what is too long to be written wherever it is needed. They are compiled
 * once for a machine; modules of regions import them.
 */
import { type AheadPlace, writeCatchUp } from "./catch-up.js";
import {
  CodeWriter,
  encodeRoutines,
  type EngineImports,
  FunctionIndex,
  IMPORTS,
  type ModuleImports,
  Op,
} from "../assembler/index.js";
import { writeDivideSigned, writeDivideUnsigned } from "./division-routines.js";
import { writeLoadSlowly, writeStoreSlowly, writeTranslate } from "./access-routines.js";
import { writeFloatGuard } from "./float-guard-routines.js";
import { writeLoadVectorSlowly, writeStoreVectorSlowly } from "./vector-access-routines.js";
import { repeatCompare, repeatMove, repeatScan, repeatStore } from "./repeat-routines.js";

function bodyOf(write: (code: CodeWriter) => void): Uint8Array {
  const code = new CodeWriter();
  write(code);
  code.op(Op.End);
  return code.take();
}

/** Compiles the routines for a machine. */
export function linkRoutines(
  { memory, fill, materialise, bringForward, repeatIterationCycles }: EngineImports,
  ahead: AheadPlace,
): ModuleImports {
  const first = FunctionIndex.DivideUnsigned;
  // In the order of FunctionIndex.
  const bodies = [
    bodyOf(writeDivideUnsigned),
    bodyOf((code) => writeDivideSigned(code, FunctionIndex.DivideUnsigned)),
    bodyOf((code) => writeLoadSlowly(code, ahead.aheadBase)),
    bodyOf((code) => writeStoreSlowly(code, ahead.aheadBase)),
    repeatMove(repeatIterationCycles),
    repeatStore(repeatIterationCycles),
    repeatCompare(repeatIterationCycles),
    repeatScan(repeatIterationCycles),
    bodyOf(writeTranslate),
    bodyOf((code) => writeCatchUp(code, ahead)),
    bodyOf((code) => writeLoadVectorSlowly(code, ahead.aheadBase)),
    bodyOf((code) => writeStoreVectorSlowly(code, ahead.aheadBase)),
    bodyOf((code) => writeFloatGuard(code, 32)),
    bodyOf((code) => writeFloatGuard(code, 64)),
  ];
  const routines = bodies.map((body, index) => ({ ...IMPORTS[first + index], body }));
  const pages = memory.buffer.byteLength / 65536;
  const module = new WebAssembly.Module(encodeRoutines(IMPORTS.slice(0, first), routines, pages));
  const { exports } = new WebAssembly.Instance(module, { e: { memory, fill, materialise, bringForward } });
  return { memory, functions: { fill, materialise, bringForward, ...(exports as Record<string, CallableFunction>) } };
}
