/**
 * Routines in WebAssembly that translated code calls: what is too long to be written wherever it is needed. They are compiled
 * once for a machine; modules of regions import them.
 */
import { CodeWriter } from "./code-writer.js";
import { writeDivideSigned, writeDivideUnsigned } from "./division-routines.js";
import { type EngineImports, FunctionIndex, IMPORTS } from "./imports.js";
import { writeLoadSlowly, writeStoreSlowly } from "./access-routines.js";
import { Op } from "./opcodes.js";
import { encodeRoutines, type ModuleImports } from "./module.js";

/** By FunctionIndex; each writes its locals and its code, without the last `end`. */
const ROUTINES: readonly (readonly [FunctionIndex, (code: CodeWriter) => void])[] = [
  [FunctionIndex.DivideUnsigned, writeDivideUnsigned],
  [FunctionIndex.DivideSigned, (code) => writeDivideSigned(code, FunctionIndex.DivideUnsigned)],
  [FunctionIndex.LoadSlowly, writeLoadSlowly],
  [FunctionIndex.StoreSlowly, writeStoreSlowly],
];

/** Compiles the routines for a machine. */
export function linkRoutines({ memory, fill, materialise }: EngineImports): ModuleImports {
  const routines = ROUTINES.map(([index, write]) => {
    const code = new CodeWriter();
    write(code);
    code.op(Op.End);
    return { ...IMPORTS[index], body: code.take() };
  });
  const imported = IMPORTS.slice(0, FunctionIndex.DivideUnsigned);
  const module = new WebAssembly.Module(encodeRoutines(imported, routines, memory.buffer.byteLength / 65536));
  const { exports } = new WebAssembly.Instance(module, { e: { memory, fill, materialise } });
  return { memory, functions: { fill, materialise, ...(exports as Record<string, CallableFunction>) } };
}
