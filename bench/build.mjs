/**
 * Builds what benches run, into .cache/bench, with gcc: nothing built is committed. A file is built again when a source
 * or the command has changed. Each program of programs/ is compiled once; its object file then goes into
 *
 *   NAME.hallows   a partition's program       NAME.linux   the host, qemu-x86_64, Unicorn
 *   NAME.boot      qemu-system-x86_64
 *
 * so that every engine runs the same machine code.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchFolder, cacheFolder, sdkFolder } from "./paths.mjs";

const COMPILER = process.env.CC ?? "gcc";

/**
 * Machine code without vectors, and without calls of memset and memcpy, which would be another function in every
 * engine.
 */
const COMMON_FLAGS =
  "-Wall -Wextra -ffreestanding -fno-pie -fno-stack-protector -fcf-protection=none" +
  " -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-ident -fno-common";
const C_FLAGS = `-std=gnu11 ${COMMON_FLAGS}`;
const GUEST_FLAGS = `-O2 -mgeneral-regs-only ${C_FLAGS}`;
/** What programs with floats are built with: all that Hallows has. */
const FLOAT_FLAGS = `-O3 -march=x86-64-v2 -fno-math-errno ${C_FLAGS}`;
/** What programs of real size are built with, besides a level. */
const REAL_FLAGS = "-march=x86-64-v2 -fno-math-errno";
const REAL_CPLUSPLUS_FLAGS = `-std=gnu++17 ${COMMON_FLAGS} -fno-exceptions -fno-rtti -fno-threadsafe-statics`;
const LINK_FLAGS = "-static -nostdlib -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,norelro -Wl,-z,max-page-size=4096";

const guest = (/** @type {string} */ name) => join(benchFolder, "guests", name);
const built = (/** @type {string} */ name) => join(cacheFolder, name);
const words = (/** @type {string} */ text) => text.split(/\s+/);

const PROGRAMS = join(benchFolder, "programs");
const FLOATS = join(PROGRAMS, "floats");
const REAL = join(PROGRAMS, "real");
/** Two that are compared with each other only. */
const OPERAND_PROGRAMS = ["usual", "denormal"];

/** @param {string} folder @param {string} ending */
const filesIn = (folder, ending) => readdirSync(folder).filter((file) => file.endsWith(ending));

/** Names of all small programs. */
export function programNames() {
  return [...filesIn(PROGRAMS, ".c"), ...filesIn(FLOATS, ".c")].map((file) => file.slice(0, -2));
}

/**
 * Which mean a program belongs to: "operands" to none.
 * @param {string} name
 * @returns {"integer" | "float" | "operands"}
 */
export function groupOf(name) {
  if (OPERAND_PROGRAMS.includes(name)) return "operands";
  return existsSync(join(FLOATS, `${name}.c`)) ? "float" : "integer";
}

/**
 * What is wrong with the compiler, or null; and its first line of `--version`.
 * @returns {{ reason: string | null, version: string }}
 */
export function findCompiler() {
  const { status, stdout, error } = spawnSync(COMPILER, ["--version"], { encoding: "utf8" });
  if (error !== undefined || status !== 0) {
    return {
      reason: `${COMPILER} is missing, and benchmark programs are built on demand: install gcc, or set CC`,
      version: "",
    };
  }
  return { reason: null, version: stdout.split("\n")[0] };
}

/**
 * Runs the compiler if the output is not what these sources and this command make.
 * @param {string} output
 * @param {readonly string[]} sources files that decide the result; the compiler gets those
 * that end in .c, .cpp, .S or .o
 * @param {readonly string[]} flags
 * @param {readonly string[]} included other files that decide the result
 */
function compile(output, sources, flags, included = []) {
  const hash = createHash("sha256").update(JSON.stringify([COMPILER, flags]));
  for (const source of [...sources, ...included]) hash.update(readFileSync(source));
  const stamp = hash.digest("hex");
  const stampFile = `${output}.stamp`;
  if (existsSync(output) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return output;
  mkdirSync(cacheFolder, { recursive: true });
  const inputs = sources.filter((source) => /\.(?:[cSo]|cpp)$/.test(source));
  // Libraries come after what needs them.
  const libraries = flags.filter((flag) => flag.startsWith("-l"));
  const others = flags.filter((flag) => !flag.startsWith("-l"));
  execFileSync(COMPILER, [...others, ...inputs, "-o", output, ...libraries], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  writeFileSync(stampFile, stamp);
  return output;
}

const SDK_SOURCES = ["hallows.c", "hallows.h", "hallows_abi.h", "hallows.ld"].map((name) => join(sdkFolder, name));
const SDK_INCLUDED = ["source", "include"].flatMap((folder) =>
  filesIn(join(sdkFolder, folder), "").map((file) => join(sdkFolder, folder, file)),
);
const SDK_HEADER_FLAGS = ["-isystem", join(sdkFolder, "include"), "-I", sdkFolder];
const SDK_LINK_FLAGS = [`-Wl,-T,${join(sdkFolder, "hallows.ld")}`];
const SDK_FLAGS = [...SDK_HEADER_FLAGS, ...SDK_LINK_FLAGS];

/**
 * A partition's program of one source in systems/ (and the SDK).
 * @param {string} name
 * @param {readonly string[]} flags
 */
export function buildGuest(name, flags = []) {
  const source = join(benchFolder, "systems", `${name}.c`);
  const suffix = flags.join("").replaceAll(/[^A-Za-z0-9]/g, "");
  return compile(
    built(`${name}${suffix}.elf`),
    [source, ...SDK_SOURCES],
    [...words(GUEST_FLAGS), ...words(LINK_FLAGS), ...SDK_FLAGS, ...flags],
    SDK_INCLUDED,
  );
}

/** @typedef {{ name: string, hallows: string, linux: string, boot: string }} BuiltProgram paths of the ELF files */

/**
 * @param {string} name
 * @returns {BuiltProgram}
 */
export function buildProgram(name) {
  const header = join(PROGRAMS, "bench.h");
  const compileOnly = [...words(GUEST_FLAGS), "-c"];
  const program =
    groupOf(name) === "integer"
      ? compile(built(`${name}.o`), [join(PROGRAMS, `${name}.c`), header], compileOnly)
      : compile(
          built(`${name}.o`),
          [join(FLOATS, `${name}.c`), header, ...filesIn(FLOATS, ".h").map((file) => join(FLOATS, file))],
          [...words(FLOAT_FLAGS), "-c"],
        );
  const main = compile(built("main.o"), [guest("main.c")], compileOnly, [header]);
  const flags = [...words(GUEST_FLAGS), ...words(LINK_FLAGS)];
  return {
    name,
    hallows: compile(
      built(`${name}.hallows`),
      [guest("hallows.c"), main, program, ...SDK_SOURCES],
      [...flags, ...SDK_FLAGS],
      SDK_INCLUDED,
    ),
    linux: compile(built(`${name}.linux`), [guest("linux.c"), main, program], flags),
    boot: compile(
      built(`${name}.boot`),
      [guest("boot.S"), guest("boot.ld"), main, program],
      [...flags, `-Wl,-T,${guest("boot.ld")}`],
    ),
  };
}

/** Optimisation levels at which programs of real size are built. */
export const LEVELS = ["O2", "O0"];

/**
 * Programs of real size, each with its checksum of one round, which every compiler, level and engine gives.
 * @returns {readonly { name: string, checksum: string }[]}
 */
export function realPrograms() {
  return Object.entries(JSON.parse(readFileSync(join(REAL, "checksums.json"), "utf8"))).map(([name, checksum]) => ({
    name,
    checksum,
  }));
}

/**
 * A program of real size. What surrounds it is compiled once for all of them.
 * @param {string} name
 * @param {string} level
 * @returns {BuiltProgram}
 */
export function buildRealProgram(name, level) {
  const [bench, real] = [join(PROGRAMS, "bench.h"), join(REAL, "real.h")];
  const cFlags = [`-${level}`, ...words(REAL_FLAGS), ...words(C_FLAGS), "-c"];
  const source = join(REAL, `${name}.c`);
  const program = existsSync(source)
    ? compile(built(`real-${name}-${level}.o`), [source], cFlags, [bench, real])
    : compile(
        built(`real-${name}-${level}.o`),
        [join(REAL, `${name}.cpp`)],
        [`-${level}`, ...words(REAL_FLAGS), ...words(REAL_CPLUSPLUS_FLAGS), "-c"],
        [bench, real],
      );
  const library = compile(built(`real-${level}.o`), [join(REAL, "real.c")], cFlags, [bench, real]);
  const guestFlags = [...words(GUEST_FLAGS), "-c"];
  const main = compile(built("main.o"), [guest("main.c")], guestFlags, [bench]);
  const linux = compile(built("linux.o"), [guest("linux.c")], guestFlags);
  const boot = compile(built("boot.o"), [guest("boot.S")], guestFlags);
  const hallows = compile(
    built("hallows.o"),
    [guest("hallows.c"), join(sdkFolder, "hallows.c")],
    [...words(GUEST_FLAGS), "-nostdlib", "-r", ...SDK_HEADER_FLAGS],
    [...SDK_SOURCES, ...SDK_INCLUDED],
  );
  const flags = words(LINK_FLAGS);
  const link = (/** @type {string} */ form, /** @type {string} */ guestPart, /** @type {readonly string[]} */ more) =>
    compile(built(`real-${name}-${level}.${form}`), [guestPart, main, program, library], [...flags, ...more]);
  return {
    name: level === LEVELS[0] ? name : `${name} -${level}`,
    hallows: link("hallows", hallows, SDK_LINK_FLAGS),
    linux: link("linux", linux, ["-no-pie"]),
    boot: link("boot", boot, ["-no-pie", `-Wl,-T,${guest("boot.ld")}`]),
  };
}

/** Programs of real size that are three in one, each with names of its own. */
const THREE = ["script", "algebra", "query"];

/**
 * A short program (short.mjs): of programs/short, or one of the small ones. It has no form for qemu-system.
 * @param {string} name
 * @returns {BuiltProgram}
 */
export function buildShortProgram(name) {
  if (existsSync(join(PROGRAMS, `${name}.c`))) return buildProgram(name);
  const [bench, real] = [join(PROGRAMS, "bench.h"), join(REAL, "real.h")];
  const flags = ["-O2", ...words(REAL_FLAGS)];
  const compileShort = (/** @type {string} */ source, /** @type {readonly string[]} */ more) =>
    compile(
      built(`short-${name}.o`),
      [join(PROGRAMS, "short", source)],
      [...flags, ...words(C_FLAGS), ...more, "-c"],
      [bench],
    );
  const isThere = existsSync(join(PROGRAMS, "short", `${name}.c`));
  const objects = [isThere ? compileShort(`${name}.c`, []) : compileShort("form.c", [`-DFORM=${name.toUpperCase()}`])];
  if (name === "three") {
    for (const part of THREE) {
      const isC = existsSync(join(REAL, `${part}.c`));
      const language = words(isC ? C_FLAGS : REAL_CPLUSPLUS_FLAGS);
      const names = [`-Dwork=${part}_work`, `-Dprepare=${part}_prepare`];
      const source = join(REAL, isC ? `${part}.c` : `${part}.cpp`);
      objects.push(compile(built(`three-${part}.o`), [source], [...flags, ...language, ...names, "-c"], [bench, real]));
    }
    objects.push(
      compile(built("real-O2.o"), [join(REAL, "real.c")], [...flags, ...words(C_FLAGS), "-c"], [bench, real]),
    );
  }
  const guestFlags = [...words(GUEST_FLAGS), "-c"];
  const main = compile(built("main.o"), [guest("main.c")], guestFlags, [bench]);
  const linux = compile(built("linux.o"), [guest("linux.c")], guestFlags);
  return {
    name,
    hallows: compile(
      built(`short-${name}.hallows`),
      [guest("hallows.c"), main, ...objects, ...SDK_SOURCES],
      [...words(GUEST_FLAGS), ...words(LINK_FLAGS), ...SDK_FLAGS],
      SDK_INCLUDED,
    ),
    linux: compile(built(`short-${name}.linux`), [linux, main, ...objects], [...words(LINK_FLAGS), "-no-pie"]),
    boot: "",
  };
}

/** The driver for Unicorn, a host program. Throws where libunicorn's headers are missing. */
export function buildUnicornDriver() {
  return compile(built("unicorn"), [guest("unicorn.c")], ["-O2", "-w", "-lunicorn"]);
}

const PARAMETERS = Buffer.from("bench parameters", "latin1");

/** @typedef {{ rounds: number, batches: number, telling?: number }} Parameters those of guests/main.c */

/**
 * A copy of a built program with other parameters.
 * @param {string} path
 * @param {Parameters} parameters
 * @param {string} suffix of the copy's name
 * @returns {string} the copy's path
 */
export function withParameters(path, parameters, suffix) {
  const bytes = setParameters(readFileSync(path), parameters);
  const copy = `${path}.${suffix}`;
  writeFileSync(copy, bytes, { mode: 0o755 });
  return copy;
}

/**
 * @param {Buffer} bytes of an ELF file; changed
 * @param {Parameters} parameters
 */
export function setParameters(bytes, { rounds, batches, telling = 0 }) {
  const at = bytes.indexOf(PARAMETERS);
  if (at < 0 || bytes.indexOf(PARAMETERS, at + 1) >= 0)
    throw new Error("no parameters, or more than one, in the program");
  bytes.writeBigUInt64LE(BigInt(rounds), at + 16);
  bytes.writeBigUInt64LE(BigInt(batches), at + 24);
  bytes.writeBigUInt64LE(BigInt(telling), at + 32);
  return bytes;
}
