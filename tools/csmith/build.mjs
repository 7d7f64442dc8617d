/**
 * Random C of csmith, compiled once at a level and linked twice: with the SDK for a partition, and with the host's C
 * library for the host. Both run the same machine code of the program; only what surrounds it differs.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SDK = fileURLToPath(new URL("../../images/sdk", import.meta.url));
const COMPILER = process.env.CC ?? "gcc";
/** csmith.h is ours. */
const HEADERS = fileURLToPath(new URL(".", import.meta.url));

export const LEVELS = ["O0", "O1", "O2", "O3", "Os"];

/** What the machine has, and what a partition is, as `hallows cc` has it. */
const MACHINE_FLAGS = ["-march=x86-64-v2", "-mlong-double-64", "-fno-math-errno"];
const PARTITION_FLAGS = ["-fno-pie", "-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables"];
const LINKER_FLAGS = [
  "--build-id=none",
  "-z,noexecstack",
  "-z,norelro",
  "-z,max-page-size=4096",
  `-T,${SDK}/hallows.ld`,
];
const GUEST_LINK_FLAGS = ["-static", "-nostdlib", ...LINKER_FLAGS.map((flag) => `-Wl,${flag}`)];
const SDK_SOURCES = ["hallows.c", "hallows_float.c", "hallows_math.c"].map((name) => join(SDK, name));

/** csmith's own default but for the length of its comments; every other one has floats, which are rarer in it. */
const CSMITH_WORDS = ["--no-argc", "--concise"];
const FLOAT_WORDS = ["--float"];

/** csmith leaves a file where it is started. @param {string} command */
const isThere = (command) => spawnSync(command, ["--version"], { cwd: tmpdir() }).status === 0;

/**
 * Why random C can't be made or run here, or null.
 * @returns {string | null}
 */
export function whatIsMissing() {
  if (process.platform !== "linux" || process.arch !== "x64") return "the host is not Linux on x86-64";
  if (!isThere("csmith")) return "csmith is not installed (Debian: csmith)";
  if (!isThere(COMPILER)) return `there is no compiler ${COMPILER}`;
  return null;
}

/** What makes programs, in a folder of its own; `close` removes it. */
export function createBuilder() {
  const folder = mkdtempSync(join(tmpdir(), "hallows-csmith-"));
  const inFolder = (/** @type {string} */ name) => join(folder, name);
  const compile = (/** @type {readonly string[]} */ ...words) =>
    execFileSync(COMPILER, [...MACHINE_FLAGS, "-w", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const compilersOwn = execFileSync(COMPILER, ["-print-file-name=include"], { encoding: "utf8" }).trim();
  const includes = [join(SDK, "include"), compilersOwn, HEADERS].flatMap((path) => ["-isystem", path]);
  const guestFlags = [...PARTITION_FLAGS, "-nostdinc", ...includes];
  const sdk = inFolder("sdk.o");
  compile("-O2", ...guestFlags, "-nostdlib", "-r", ...SDK_SOURCES, "-o", sdk);
  const source = inFolder("program.c");
  const [object, guest, host] = ["program.o", "program.elf", "program.linux"].map(inFolder);

  return {
    /**
     * Writes a program. The same seed always makes the same one.
     * @param {number} seed
     * @returns {string} its text
     */
    generate(seed) {
      const words = ["--seed", `${seed}`, ...CSMITH_WORDS, ...(seed % 2 === 0 ? FLOAT_WORDS : []), "--output", source];
      execFileSync("csmith", words, { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
      return readFileSync(source, "utf8");
    },

    /**
     * Builds the program that was written last.
     * @param {string} level
     * @returns {{ guest: string, host: string }} paths, good until the next
     */
    build(level) {
      compile(`-${level}`, ...guestFlags, "-c", source, "-o", object);
      compile(...GUEST_LINK_FLAGS, object, sdk, "-lgcc", "-o", guest);
      compile("-no-pie", object, "-lm", "-o", host);
      return { guest, host };
    },

    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
