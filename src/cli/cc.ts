/**
 * `hallows cc`: C programs for partitions, by the gcc or clang that is installed, with the flags that this takes.
 *
 * What is not ours goes to the compiler as it stands (-O2, -DNAME, -I, -W..., -c, other objects), after our flags, so
 * that the user's win. Without -c, -S or -E there are two commands: the SDK becomes one object with flags that are ours
 * alone (whatever standard or warnings a program asks for), and the program is compiled and linked with it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../errors.js";
import type { Environment } from "./environment.js";

export interface CcOptions {
  readonly output?: string;
  readonly print?: boolean;
}

const SDK = fileURLToPath(new URL("../../images/sdk", import.meta.url));
const COMPILERS = ["gcc", "clang", "cc"];
/** Exit code for a program that does not compile. */
const WRONG = 2;

/** What the machine has, and what a partition is: docs/guest-programs.md says why each. */
const MACHINE_FLAGS = ["-O2", "-march=x86-64-v2", "-mlong-double-64", "-fno-math-errno"];
const PARTITION_FLAGS = [
  "-fno-pie",
  "-fno-stack-protector",
  "-fcf-protection=none",
  "-fno-asynchronous-unwind-tables",
  "-ffunction-sections",
  "-fdata-sections",
];
const LINK_FLAGS = [
  "-static",
  "-nostdlib",
  "-Wl,--gc-sections",
  "-Wl,--build-id=none",
  "-Wl,-z,noexecstack",
  "-Wl,-z,norelro",
  "-Wl,-z,max-page-size=4096",
  `-Wl,-T,${join(SDK, "hallows.ld")}`,
];
/** What each may need of the compiler's own: divisions of 128-bit numbers. */
const LIBRARIES = ["-lgcc"];
const SDK_SOURCES = ["hallows.c", "hallows_float.c", "hallows_math.c"].map((name) => join(SDK, name));

/** A program that the compiler makes no executable of. */
const STOPS_EARLY = new Set(["-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"]);
/** Flags of the compiler whose value is the next word. */
const TAKES_A_WORD = new Set(["-D", "-U", "-I", "-L", "-l", "-x", "-T", "-u", "-z", "-include", "-isystem", "-iquote"]);

/** Returns the exit code. `words`: files and the compiler's own flags, as they were given. */
export function cc(words: readonly string[], options: CcOptions, { output }: Environment): number {
  const compiler = findCompiler();
  const files = filesOf(words);
  if (files.length === 0) throw commandError("no file to compile", "Name a C source: hallows cc hello.c");
  refuseToReplace(files, options.output);
  const links = !words.some((word) => STOPS_EARLY.has(word));
  const workFolder = links && options.print !== true ? mkdtempSync(join(tmpdir(), "hallows-cc-")) : "";
  try {
    const commands = commandLines(
      compiler,
      words,
      options.output ?? (links ? programName(files[0]) : null),
      workFolder,
    );
    for (const command of commands) {
      const line = command.map(quote).join(" ");
      if (options.print === true) output.result(`${line}\n`);
      else output.say(line);
      if (options.print !== true && !runs(command)) return WRONG;
    }
    return 0;
  } finally {
    if (workFolder !== "") rmSync(workFolder, { recursive: true });
  }
}

/** One command for a program that is not linked, or two: the SDK, then the program. */
function commandLines(
  compiler: readonly string[],
  words: readonly string[],
  target: string | null,
  workFolder: string,
): readonly (readonly string[])[] {
  const flags = [...MACHINE_FLAGS, ...includeFlags(compiler), ...PARTITION_FLAGS];
  const to = target === null ? [] : ["-o", target];
  if (target === null || words.some((word) => STOPS_EARLY.has(word))) return [[...compiler, ...flags, ...words, ...to]];
  const sdkObject = join(workFolder, "hallows-sdk.o");
  return [
    [...compiler, ...flags, "-nostdlib", "-r", ...SDK_SOURCES, "-o", sdkObject],
    [...compiler, ...flags, ...words, ...LINK_FLAGS, sdkObject, ...LIBRARIES, ...to],
  ];
}

/** The SDK's headers and the compiler's own (<stddef.h>, <immintrin.h>), and none of the host's. */
function includeFlags(compiler: readonly string[]): readonly string[] {
  const [name, ...rest] = compiler;
  const { stdout } = spawnSync(name, [...rest, "-print-file-name=include"], { encoding: "utf8" });
  return ["-nostdinc", "-isystem", join(SDK, "include"), "-isystem", stdout.trim()];
}

/** CC, if it is set, which may hold more than a name; or the first of those that we know. */
function findCompiler(): readonly string[] {
  const wanted = (process.env["CC"] ?? "").split(/\s+/).filter((word) => word !== "");
  const candidates = wanted.length > 0 ? [wanted] : COMPILERS.map((name) => [name]);
  const found = candidates.find(([name, ...rest]) => spawnSync(name, [...rest, "--version"]).status === 0);
  if (found !== undefined) return found;
  if (wanted.length > 0)
    throw commandError(`there is no compiler ${wanted[0]}`, "CC names it: set it to gcc or clang.");
  throw commandError(
    `no C compiler is installed: none of ${COMPILERS.join(", ")} is on the PATH`,
    "Install gcc (for example: apt install gcc) or clang, or name one in CC.",
  );
}

function filesOf(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => !word.startsWith("-") && !TAKES_A_WORD.has(words[index - 1] ?? ""));
}

/** hello.c becomes hello.elf, where you are. */
function programName(file: string): string {
  return `${basename(file, extname(file))}.elf`;
}

function refuseToReplace(files: readonly string[], target: string | undefined): void {
  if (target !== undefined && files.some((file) => resolve(file) === resolve(target)))
    throw commandError(`--output ${target} is one of the sources`, "Name another file.");
}

function runs([name, ...words]: readonly string[]): boolean {
  return spawnSync(name, words, { stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}

/** As a shell takes it back. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function commandError(problem: string, hint: string): ConfigError {
  return new ConfigError({ file: "", line: 0, column: 0 }, problem, hint);
}
