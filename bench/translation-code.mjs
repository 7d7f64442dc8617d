/**
 * Machine code for measuring translation: thousands of different small functions, about as compiled code looks (loads,
 * stores, arithmetic, compare and branch, a short loop, a call of a leaf), from a generator with a fixed seed, as
 * assembler text. The loader's part is translation-worker.mjs; it puts the image at CODE_ADDRESS and runs passes over
 * groups of functions.
 *
 *   CODE_ADDRESS    driver: calls the r13 callers whose addresses begin at r12, then SYSCALL
 *   +0x1000         functions, after each FUNCTIONS_PER_CALLER of them one that calls these; then their table
 *
 *   rsi  data of 64 KiB       r14  number of the pass: branches go one way in odd passes and the other in even ones
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./paths.mjs";

export const CODE_ADDRESS = 0x400000;
export const FUNCTIONS_PER_CALLER = 10;
const LOOP_TURNS = 2;

/** Marsaglia's xorshift32. @param {number} seed */
function createRandom(seed) {
  let word = seed;
  return (/** @type {number} */ below) => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return (word >>> 0) % below;
  };
}

const SCRATCH = ["rax", "rcx", "rdx", "r8", "r9", "r10", "r11"];

/**
 * Instructions of a function, labels between them.
 * @param {(below: number) => number} random
 * @param {number} number
 */
function functionLines(random, number) {
  const register = () => `%${SCRATCH[random(SCRATCH.length)]}`;
  const place = () => `${random(8000) * 8}(%rsi)`;
  const immediate = () => `$${random(1 << 20) + 1}`;
  const operation = () => ["add", "sub", "xor", "and", "or"][random(5)];
  let label = 0;
  /** @type {string[]} */
  const leaves = [];
  /** @type {(() => string[])[]} */
  const parts = [
    () => {
      const [a, b] = [register(), register()];
      return [
        `mov ${place()}, ${a}`,
        `${operation()} ${immediate()}, ${a}`,
        `${operation()} ${b}, ${a}`,
        `mov ${a}, ${place()}`,
      ];
    },
    () => {
      const [a, b, c] = [register(), register(), register()];
      return [
        `lea ${random(4000)}(${a}, ${b}, 4), ${c}`,
        `shl $${random(30) + 1}, ${c}`,
        `imul ${immediate()}, ${c}, ${b}`,
      ];
    },
    () => {
      const [a, b] = [register(), register()];
      return [`movzbl ${place()}, %edi`, `add %rdi, ${a}`, `cmp ${immediate()}, ${a}`, `cmovb ${a}, ${b}`];
    },
    () => {
      const [a, b] = [register(), register()];
      const here = `.L${number}_${label++}`;
      return [
        "test $1, %r14b",
        `j${random(2) === 0 ? "z" : "nz"} ${here}`,
        `${operation()} ${b}, ${a}`,
        `mov ${b}, ${place()}`,
        `${here}:`,
      ];
    },
    () => {
      const a = register();
      const here = `.L${number}_${label++}`;
      const displacement = random(8000) * 8;
      return [
        `mov $${LOOP_TURNS}, %edi`,
        `${here}:`,
        `add ${displacement}(%rsi, %rdi, 8), ${a}`,
        `ror $${random(60) + 1}, ${a}`,
        "sub $1, %edi",
        `jnz ${here}`,
      ];
    },
    () => {
      const leaf = `.L${number}_${label++}`;
      leaves.push(`${leaf}:`, `add ${immediate()}, %r11`, "ret");
      return [`push ${register()}`, `call ${leaf}`, `pop ${register()}`];
    },
  ];
  // Weights: straight code is the most common.
  const weights = [0, 0, 0, 1, 1, 2, 3, 3, 4, 5];
  const lines = [];
  for (let count = 4 + random(5); count > 0; count--) lines.push(...parts[weights[random(weights.length)]]());
  return [...lines, "ret", ...leaves];
}

/**
 * @param {number} callerCount
 * @returns {{ path: string, table: number, instructions: number[] }} flat image, address of the table, and how many
 *   instructions each caller and its functions have
 */
export function buildFunctions(callerCount) {
  const random = createRandom(20);
  const families = Array.from({ length: callerCount }, (_family, caller) => {
    const first = caller * FUNCTIONS_PER_CALLER;
    const numbers = Array.from({ length: FUNCTIONS_PER_CALLER }, (_function, i) => first + i);
    const calls = numbers.map((number) => `call function${number}`);
    const functions = numbers.flatMap((number) => [
      ".balign 16",
      `function${number}:`,
      ...functionLines(random, number),
    ]);
    return [...functions, ".balign 16", `caller${caller}:`, ...calls, "ret"];
  });
  const text = [
    ".text",
    "driver:",
    "1: mov (%r12), %rbx",
    "call *%rbx",
    "add $8, %r12",
    "sub $1, %r13",
    "jnz 1b",
    "syscall",
    "jmp driver",
    ".balign 4096",
    ...families.flat(),
    ".balign 4096",
    "table:",
    ...families.map((_, caller) => `.quad caller${caller}`),
    ".quad table",
    "",
  ].join("\n");
  mkdirSync(cacheFolder, { recursive: true });
  const path = join(cacheFolder, `functions${callerCount}.bin`);
  const stamp = createHash("sha256").update(text).digest("hex");
  if (!existsSync(path) || !existsSync(`${path}.stamp`) || readFileSync(`${path}.stamp`, "utf8") !== stamp) {
    const source = join(cacheFolder, `functions${callerCount}.S`);
    writeFileSync(source, text);
    const link = [
      `-Wl,-Ttext=0x${CODE_ADDRESS.toString(16)}`,
      "-Wl,--oformat=binary",
      "-Wl,--build-id=none",
      "-Wl,-e,0",
    ];
    execFileSync(process.env.CC ?? "gcc", ["-nostdlib", "-static", "-no-pie", ...link, source, "-o", path]);
    writeFileSync(`${path}.stamp`, stamp);
  }
  // The last word says where the table is.
  const image = readFileSync(path);
  const table = Number(image.readBigUInt64LE(image.length - 8));
  const isInstruction = (/** @type {string} */ line) => !line.endsWith(":") && !line.startsWith(".");
  return { path, table, instructions: families.map((lines) => lines.filter(isInstruction).length) };
}
