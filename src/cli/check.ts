/**
 * `hallows check`: of a system, whether it is admitted, and what it is when everything is resolved; of a program, which
 * of its instructions the machine lacks.
 */
import { hex } from "../hex.js";
import { ConfigError, tellProblem } from "../errors.js";
import { loadSystemBytes } from "../host/system-file.js";
import { isElf, readElf } from "../partitions/index.js";
import {
  createSession,
  findMissingInstructions,
  groupMissingInstructions,
  MAX_FINDINGS,
  printPlan,
  wayOut,
} from "../system/index.js";
import type { Environment } from "./environment.js";

export interface CheckOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Refuse what is only warned of otherwise. */
  readonly strict?: boolean;
}

/** Returns the exit code: 0 admitted or nothing refused, 2 otherwise. */
export function check(path: string, options: CheckOptions, environment: Environment): number {
  const bytes = environment.files.readWhole(path);
  return isElf(bytes)
    ? checkProgram(bytes, path, options, environment)
    : checkSystem(bytes, path, options, environment);
}

function checkSystem(bytes: Uint8Array, path: string, options: CheckOptions, { output, files }: Environment): number {
  const { style } = output;
  try {
    const loaded = loadSystemBytes(files, bytes, path, { strict: options.strict });
    const { plan } = loaded;
    const warnings = [...loaded.warnings, ...loaded.timeWarnings];
    // What only shows when memory is laid out and windows meet the kernel's own times.
    createSession(plan);
    if (options.json === true) output.resultJson({ admitted: true, plan, warnings }, plainValue);
    else {
      if (options.quiet !== true) output.result(`${printPlan(plan)}\n`);
      for (const warning of warnings) output.result(`${style.warn("warning")}: ${tellProblem(warning)}\n`);
      output.result(`${style.good("admitted")}: ${plan.name}\n`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { place, problem, hint, others } = error;
    if (options.json === true) output.resultJson({ admitted: false, place, problem, hint, others }, plainValue);
    else output.result(`${style.bad("refused")}: ${error.message}\n`);
    return 2;
  }
}

function checkProgram(bytes: Uint8Array, path: string, options: CheckOptions, { output }: Environment): number {
  const { style } = output;
  const program = readElf(bytes, path);
  const missing = findMissingInstructions(program);
  const code = missing.length > 0 && options.strict === true ? 2 : 0;
  if (options.json === true) {
    const groups = groupMissingInstructions(missing).map(({ feature, count, names }) => ({
      feature,
      count,
      names: Object.fromEntries(names),
    }));
    const rows = missing.map((row) => ({ ...row, wayOut: wayOut(row) }));
    output.resultJson({ program: path, missing: rows, groups }, plainValue);
    return code;
  }
  if (missing.length === 0) {
    const seen = program.symbols.length === 0 && program.codeSections.length === 0;
    output.result(
      seen
        ? `${style.warn("not looked at")}: ${path} is stripped of symbols and sections, so its code can't be told from its data\n`
        : `${style.good("complete")}: ${path} uses no instruction that the machine lacks\n`,
    );
    return code;
  }
  const many = (count: number): string => `${count} instruction${count === 1 ? "" : "s"}`;
  const limit = missing.length === MAX_FINDINGS ? ", and perhaps more: the search ends here" : "";
  const verdict = code === 0 ? style.warn("warning") : style.bad("refused");
  output.result(`${verdict}: ${path} uses ${many(missing.length)} that the machine lacks${limit}\n`);
  for (const { feature, count, names, wayOut: remedy, instructions } of groupMissingInstructions(missing)) {
    output.result(`\n${feature}: ${many(count)}. ${remedy}\n`);
    output.result(`  ${names.map(([name, times]) => `${name} ${times}`).join(", ")}\n`);
    if (options.quiet === true) continue;
    for (const { at, name, function: symbol } of instructions) {
      output.result(`  ${hex(at)}  ${name.padEnd(12)}${symbol === "" ? "" : ` in ${symbol}`}\n`);
    }
  }
  return code;
}

/** 64-bit values become hexadecimal strings; bytes become their number. */
function plainValue(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return hex(value);
  if (value instanceof Uint8Array) return { bytes: value.length };
  return value === Infinity ? null : value;
}
