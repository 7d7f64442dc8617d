/**
 * Runs the command line: as a process of its own, as a person's shell does, or, in a fraction of the time, inside of
 * this one.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../../dist/cli/command-line.js";
import type { Environment } from "../../dist/cli/environment.js";
import { createOutput } from "../../dist/cli/output.js";
import { createHostFiles } from "../../dist/host/files.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const MAIN = join(ROOT, "dist/cli/main.js");
export const TOUR = join(ROOT, "images/tour/system.toml");
export const PROGRAMS = join(ROOT, "images/programs");

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function hallows(...words: string[]): Outcome {
  return feed("", ...words);
}

/** With something on stdin. */
export function feed(input: string, ...words: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd: ROOT,
    encoding: "utf8",
    input,
    maxBuffer: 256 * 1024 * 1024,
  });
  return { code: status, out: stdout, err: stderr };
}

/** What a command sees that has no terminal, but for its output. */
export function environment(): Omit<Environment, "output"> {
  return {
    files: createHostFiles(),
    interrupts: { watch: () => {}, isInterrupted: () => false, exitCode: () => 0 },
    terminal: { hasScreen: false, hasColours: false, hasUnicode: true },
    openInput: () => Readable.from([]),
    isInteractive: () => false,
  };
}

/** The same command line in this process, without a terminal. */
export async function invoke(...words: string[]): Promise<Outcome> {
  const collect = (chunks: Buffer[]): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const output = createOutput(collect(out), collect(err), false);
  const code = await runCommandLine(words, { ...environment(), output });
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

export function program(name: string): string {
  return join(PROGRAMS, `${name}.elf`);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "hallows-cli-"));
}

/** Writes a file and returns its path. */
export function write(folder: string, name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}
