/** What a program does, in the interpreter and as machine code, in a form that can be compared. */
import { readFileSync } from "node:fs";
import { checkSources, compile, interpret, renderDiagnostic } from "../../dist/parseltongue/index.js";
import { createSession, planForProgram } from "../../dist/system/index.js";

const PRELUDE = new URL("../../stack/prelude/console.parsel", import.meta.url);
const prelude = { file: "console.parsel", text: readFileSync(PRELUDE, "utf8") };
const MOST_STEPS = 100_000;
const MOST_CYCLES = 200_000_000;

/** Throws where the program is wrong. */
export function checkProgram(text, file = "program.parsel") {
  const { program, diagnostics } = checkSources([prelude, { file, text }]);
  if (program === null) throw new Error(diagnostics.map(renderDiagnostic).join("\n\n"));
  return program;
}

/** { output, exitCode (its low 32 bits), fault } */
export function meaningOf(program) {
  const { output, exitCode, fault } = interpret(program, MOST_STEPS);
  return { output, exitCode: exitCode === null ? null : Number(BigInt.asIntN(32, exitCode)), fault };
}

export function runCompiled({ elf, faults, stackBytes }, engine) {
  const written = [];
  const plan = planForProgram(elf, "program.elf", { stackBytes: Math.ceil(stackBytes / 4096) * 4096, strict: true });
  const session = createSession(plan, { engine, onConsole: (_, bytes) => written.push(Uint8Array.from(bytes)) });
  session.run({ until: MOST_CYCLES });
  const [{ exitCode, lastFault }] = session.kernel.view().partitions;
  const output = Buffer.concat(written).toString("utf8");
  if (lastFault === null) return { output, exitCode: exitCode | 0, fault: null };
  return { output, exitCode: null, fault: faults.get(Number(lastFault.rip)) ?? lastFault.text };
}

/** By who did it: the interpreter, and each engine. */
export function allOutcomes(text) {
  const program = checkProgram(text);
  const compiled = compile(program);
  return {
    meaning: meaningOf(program),
    reference: runCompiled(compiled, "reference"),
    wasm: runCompiled(compiled, "wasm"),
  };
}
