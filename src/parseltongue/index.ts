/**
 * Parseltongue: a language whose programs are partitions. Text comes in, diagnostics or an ELF64 program come out; it
 * knows no files and no host. docs/parseltongue/card.md is the language, and docs/decisions/0007-parseltongue-core.md
 * says why.
 *
 *   tokens → parse → check → lower → select (allocate, moves) → emit (elf)          meaning: the interpreter, the judge
 */
export { checkSources, compile, type Checked, type Compiled } from "./compile.js";
export { DIAGNOSTICS, renderDiagnostic, type Diagnostic, type DiagnosticCode } from "./diagnostics.js";
export { format } from "./format.js";
export { formatIr } from "./ir.js";
export { interpret, type Outcome } from "./meaning.js";
export type { Source } from "./source.js";
export { FAULTS, type FaultWord, type TypedProgram } from "./typed.js";
