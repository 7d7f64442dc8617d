/**
 * Floats on the host's processor: builds harness.c with gcc for the rows of forms.mjs, feeds it cases, returns
 * outcomes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { floatForms } from "./forms.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "..", "..", "..", ".cache", "silicon");
/** An outcome: xmm0 low and high, rax, then mxcsr | ah << 32 | raised << 40. */
const OUTCOME_WORDS = 4;

/**
 * Builds the harness once per version of its sources. Returns `{ path }`, or `{ reason }` why this host can't judge.
 */
export function buildFloatHarness() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return { reason: `the float harness needs Linux on x86-64, this is ${process.platform} on ${process.arch}` };
  }
  const source = join(here, "harness.c");
  const forms = floatForms.map((form, number) => `FORM(${number}, "${form.instruction}")\n`).join("");
  const version = createHash("sha256").update(readFileSync(source)).update(forms).digest("hex").slice(0, 16);
  const path = join(folder, `float-${version}`);
  if (existsSync(path)) return { path };
  mkdirSync(folder, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const list = `${fresh}.h`;
  writeFileSync(list, forms);
  try {
    const words = ["-O1", "-Wall", "-mno-red-zone", `-DFORMS="${list}"`, "-o", fresh, source];
    execFileSync("gcc", words, { stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    rmSync(list);
    return { reason: error.code === "ENOENT" ? "gcc is not installed" : `gcc failed: ${error.stderr ?? error}` };
  }
  rmSync(list);
  renameSync(fresh, path);
  return { path };
}

/** `cases` of one form (operands.mjs). Returns one `{ lanes, rax, ah, mxcsr, raised }` a case, by index. */
export function runFloatsNatively(path, cases) {
  const input = Buffer.from(cases.buffer, cases.byteOffset, cases.byteLength);
  const result = spawnSync(path, { input, maxBuffer: 2 ** 30, timeout: 60_000 });
  if (result.status !== 0)
    throw new Error(`float harness: ${result.error ?? result.signal ?? result.status} ${result.stderr}`);
  const { buffer, byteOffset, byteLength } = result.stdout;
  const words = new BigUint64Array(buffer.slice(byteOffset, byteOffset + byteLength));
  return {
    count: words.length / OUTCOME_WORDS,
    at(index) {
      const [low, high, rax, rest] = words.subarray(index * OUTCOME_WORDS, (index + 1) * OUTCOME_WORDS);
      return {
        xmm: low | (high << 64n),
        rax,
        mxcsr: Number(rest & 0xffffffffn),
        ah: (rest >> 32n) & 0xffn,
        raised: ((rest >> 40n) & 1n) !== 0n,
      };
    },
  };
}
