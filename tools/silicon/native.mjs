/**
 * The backend that is the host's processor: builds harness.c with gcc, feeds it programs, returns outcomes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMPLETED, MAGIC, OUT_CHANGE_COUNT, OUT_VECTOR } from "./layout.mjs";
import { normalise, outcomeLength } from "./outcome.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
/** /proc/cpuinfo's name of a feature, where it isn't the table's name in small letters. */
const FEATURE_FLAGS = {
  CMPXCHG16B: "cx16",
  LZCNT: "abm",
  SSE3: "pni",
  "SSE4.1": "sse4_1",
  "SSE4.2": "sse4_2",
};

/** What the host's processor is: vendor, model and its flags. */
export function describeHost() {
  const text = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
  const field = (name) => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(text)?.[1] ?? "unknown";
  return {
    vendor: field("vendor_id"),
    model: `${field("vendor_id")} family ${field("cpu family")} model ${field("model")}, ${field("model name")}`,
    flags: new Set(field("flags").split(" ")),
  };
}

/** Whether the host has what a row needs. */
export function hostHas(host, row) {
  return row.feature === "" || host.flags.has(FEATURE_FLAGS[row.feature] ?? row.feature.toLowerCase());
}

/**
 * Builds the harness into .cache/ (once per version of its source). Returns `{ path }` or `{ reason }` why this host
 * cannot judge.
 */
export function buildHarness() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return { reason: `the harness needs Linux on x86-64, this is ${process.platform} on ${process.arch}` };
  }
  const source = join(here, "harness.c");
  const version = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16);
  const folder = join(root, ".cache", "silicon");
  const path = join(folder, `harness-${version}`);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const fresh = `${path}.${process.pid}`;
    try {
      execFileSync(
        "gcc",
        ["-O2", "-Wall", "-mfsgsbase", "-fno-stack-protector", "-fpie", "-pie", "-o", fresh, source],
        {
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
    } catch (error) {
      return { reason: error.code === "ENOENT" ? "gcc is not installed" : `gcc failed: ${error.stderr ?? error}` };
    }
    renameSync(fresh, path);
  }
  const probe = spawnSync(path, { input: "" });
  if (probe.status !== 0)
    return { reason: String(probe.stderr).trim() || `the harness ended with ${probe.status ?? probe.signal}` };
  return { path };
}

/**
 * Runs programs on the processor. Returns one `{ words, starts }` a program: outcomes, normalised, and where each
 * begins. Throws when the harness dies, naming the program.
 */
export function runNatively(path, programs, vendor) {
  const chunks = [];
  let outcomeCount = 0;
  for (const program of programs) {
    chunks.push(Buffer.from(new Uint32Array([MAGIC, program.inputs.count]).buffer), program.image, program.background);
    chunks.push(Buffer.from(program.inputs.words.buffer), Buffer.from(program.inputs.vectors.buffer));
    outcomeCount += program.inputs.count;
  }
  const result = spawnSync(path, { input: Buffer.concat(chunks), maxBuffer: 2 ** 30, timeout: 20_000 });
  if (result.status !== 0) {
    const names = programs.map((program) => program.name).join(", ");
    throw new Error(
      `harness: ${result.error ?? result.signal ?? result.status} ${result.stderr} while running ${names}`,
    );
  }
  const { buffer, byteOffset, byteLength } = result.stdout;
  const words = new Uint32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  let at = 0;
  return programs.map((program) => {
    const starts = new Uint32Array(program.inputs.count);
    for (let i = 0; i < program.inputs.count; i++) {
      starts[i] = at;
      const next = at + outcomeLength(words, at);
      const shape = program.shapes[program.slotOf[i]];
      normalise(words, at, shape, program.inputs, i, vendor);
      // Silicon has pushed before it finds the last of ENTER's faults; we check first and change nothing.
      if (shape.form.row.semanticKey === "enter" && words[at + OUT_VECTOR] !== COMPLETED)
        words[at + OUT_CHANGE_COUNT] = 0;
      at = next;
    }
    return { words, starts };
  });
}
