/**
 * Programs of a description from the sources beside them: main.elf from main.c or main.rs, where that is newer.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ConfigError } from "../errors.js";
import { readProgramPaths } from "../system/index.js";
import { cc } from "./cc.js";
import type { Environment } from "./environment.js";

/** A program with the source that it is built from. */
export interface SourcedProgram {
  readonly program: string;
  readonly source: string;
}

const SOURCE_ENDINGS = [".c", ".rs"];
/** As images/build.sh builds Rust. */
const RUSTC_FLAGS = [
  ..."--edition 2021 --crate-type=staticlib -C panic=abort -C opt-level=3 -C target-cpu=x86-64-v2".split(" "),
  ..."-C relocation-model=static -C codegen-units=1".split(" "),
];

/** The programs of a description that have a source beside them. A description that can't be read has none. */
export function findSources(description: string): readonly SourcedProgram[] {
  const folder = dirname(description);
  const programs = new Set(readProgramPaths(readText(description)).map((path) => resolve(folder, path)));
  return [...programs].flatMap((program) => {
    const source = SOURCE_ENDINGS.map((ending) => program.replace(/\.elf$/, ending)).find(
      (path) => path !== program && timeOf(path) > 0,
    );
    return source === undefined ? [] : [{ program, source }];
  });
}

/** Builds what is older than its source. False when one does not compile; the compiler said why. Throws ConfigError. */
export function buildStale(sources: readonly SourcedProgram[], environment: Environment): boolean {
  const stale = sources.filter(({ program, source }) => timeOf(program) < timeOf(source));
  return stale.every((one) => build(one, environment));
}

/** Throws ConfigError where a compiler is missing. */
function build({ program, source }: SourcedProgram, environment: Environment): boolean {
  if (source.endsWith(".c")) return cc([source], { output: program }, environment) === 0;
  if (spawnSync("rustc", ["--version"]).status !== 0) {
    const place = { file: source, line: 0, column: 0 };
    throw new ConfigError(place, "needs rustc, which is not installed", "https://rustup.rs installs it.");
  }
  const folder = mkdtempSync(join(tmpdir(), "hallows-rust-"));
  try {
    const library = join(folder, "program.a");
    const words = [...RUSTC_FLAGS, source, "-o", library];
    environment.output.say(`rustc ${words.join(" ")}`);
    if (spawnSync("rustc", words, { stdio: ["ignore", "inherit", "inherit"] }).status !== 0) return false;
    // From an archive comes what is asked for, and the SDK asks for main only weakly.
    return cc([library, "-Wl,-u,main"], { output: program }, environment) === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** When a file was changed, in milliseconds; 0 where there is none. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
