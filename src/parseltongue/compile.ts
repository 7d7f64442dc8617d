/** Sources to a program: the passes, in their order. */
import { check } from "./check.js";
import type { Diagnostic } from "./diagnostics.js";
import { emitProgram, type Emitted } from "./emit.js";
import { lower } from "./lower.js";
import { parse } from "./parse.js";
import type { Source } from "./source.js";
import type { TypedProgram } from "./typed.js";
import type { IrProgram } from "./ir.js";

export type Checked =
  | { readonly program: TypedProgram; readonly diagnostics: null }
  | { readonly program: null; readonly diagnostics: readonly Diagnostic[] };

export interface Compiled extends Emitted {
  readonly ir: IrProgram;
}

/** The prelude's modules come before the program's. */
export function checkSources(sources: readonly Source[]): Checked {
  const parsed = sources.map((source) => ({ source, ...parse(source) }));
  const { program, diagnostics } = check(parsed);
  const broken = parsed.flatMap((each) => each.diagnostics);
  // What could not be read was not declared: then only what was read in whole is told.
  const all = broken.length > 0 ? broken : diagnostics;
  if (all.length === 0) return { program, diagnostics: null };
  return { program: null, diagnostics: all.toSorted((a, b) => a.span.start - b.span.start) };
}

export function compile(program: TypedProgram): Compiled {
  const ir = lower(program);
  return { ir, ...emitProgram(ir) };
}
