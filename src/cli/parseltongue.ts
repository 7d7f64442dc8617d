/** `hallows build`, `format` and `explain`, and the program that `hallows run FILE.parsel` runs. */
import { fileURLToPath } from "node:url";
import { ConfigError } from "../errors.js";
import type { HostFiles } from "../host/files.js";
import {
  checkSources,
  compile,
  DIAGNOSTICS,
  format,
  formatIr,
  renderDiagnostic,
  type Compiled,
  type Source,
} from "../parseltongue/index.js";
import type { Environment } from "./environment.js";

/** Modules that every program may use, beside the built files. */
const PRELUDE = ["console.parsel"].map((name) =>
  fileURLToPath(new URL(`../../stack/prelude/${name}`, import.meta.url)),
);
const WRONG = 2;
const PAGE_BYTES = 4096;

export function isParseltongue(path: string): boolean {
  return path.endsWith(".parsel");
}

function readSource(files: HostFiles, path: string): Source {
  return { file: path, text: new TextDecoder().decode(files.readWhole(path)) };
}

/** Null where the program is wrong: the diagnostics are said. */
export function compileFile(path: string, { files, output }: Environment): Compiled | null {
  const { program, diagnostics } = checkSources([...PRELUDE, path].map((each) => readSource(files, each)));
  if (program !== null) return compile(program);
  for (const diagnostic of diagnostics) output.say(`${renderDiagnostic(diagnostic)}\n`);
  const count = diagnostics.length === 1 ? "one mistake" : `${diagnostics.length} mistakes`;
  output.say(`${count}; "hallows explain ${diagnostics[0].code}" says more about the first`);
  return null;
}

/** What a thread of it needs, in whole pages. */
export function stackBytesOf({ stackBytes }: Compiled): number {
  return Math.ceil(stackBytes / PAGE_BYTES) * PAGE_BYTES;
}

export interface BuildOptions {
  readonly output?: string;
  readonly dump?: string;
}

/** Returns the exit code. */
export function build(path: string, options: BuildOptions, environment: Environment): number {
  const { files, output } = environment;
  if (!isParseltongue(path))
    throw new ConfigError(
      { file: path, line: 0, column: 0 },
      "is no Parseltongue program",
      "Its name ends with .parsel.",
    );
  if (options.dump !== undefined && options.dump !== "ir")
    throw new ConfigError(
      { file: "", line: 0, column: 0 },
      `--dump ${options.dump}: there is no such pass`,
      "There is ir.",
    );
  const compiled = compileFile(path, environment);
  if (compiled === null) return WRONG;
  if (options.dump !== undefined) {
    output.result(formatIr(compiled.ir));
    return 0;
  }
  const target = options.output ?? path.replace(/\.parsel$/, ".elf");
  const file = files.createWriter(target);
  file.write(compiled.elf);
  file.close();
  output.result(reportText(target, compiled));
  return 0;
}

function reportText(target: string, { elf, functions, dataBytes, stackBytes }: Compiled): string {
  const width = Math.max(...functions.map(({ name }) => name.length));
  const rows = functions.map(
    ({ name, codeBytes, stackBytes: own, deepestBytes }) =>
      `  ${name.padEnd(width)}  code ${String(codeBytes).padStart(6)}  frame ${String(own).padStart(6)}  with callees ${String(deepestBytes).padStart(6)}`,
  );
  return `${target}: ${elf.length} bytes, of them constants ${dataBytes}; stack ${stackBytes} bytes, exactly\n${rows.join("\n")}\n`;
}

/** Prints the file as it should look; with `check`, only says whether it does. Returns the exit code. */
export function formatFile(
  path: string,
  options: { readonly check?: boolean },
  { files, output }: Environment,
): number {
  const text = new TextDecoder().decode(files.readWhole(path));
  const formatted = format(text);
  if (options.check !== true) output.result(formatted);
  else if (formatted !== text) {
    output.say(`${path}: not formatted`);
    return 1;
  }
  return 0;
}

export function explain(code: string): string {
  const word = code.toUpperCase();
  if (!Object.hasOwn(DIAGNOSTICS, word))
    throw new ConfigError(
      { file: "", line: 0, column: 0 },
      `there is no diagnostic ${code}`,
      "Codes are P001 and so on.",
    );
  const { title, explanation } = DIAGNOSTICS[word as keyof typeof DIAGNOSTICS];
  return `${word}: ${title}\n\n${explanation}\n`;
}
