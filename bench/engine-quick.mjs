// Programs of images/programs on both engines: millions of instructions a second, the share retired in translated
// code, and whether both leave the same hash. Run after `npm run build`: node bench/engine-quick.mjs [PROGRAM…]
import { readFileSync, readdirSync } from "node:fs";
import { createSession, planForProgram } from "../dist/system/index.js";

const DIRECTORY = new URL("../images/programs/", import.meta.url);
const LIMIT_CYCLES = Number(process.env["LIMIT_CYCLES"] ?? 20_000_000);
const NEEDS_SYSTEM = /^(ping|pong|periodic|restart|threads)/;

function measure(name, engine, limit) {
  const plan = planForProgram(readFileSync(new URL(name, DIRECTORY)), name, {});
  let console = "";
  const session = createSession(plan, { engine, hotRuns: 20, onConsole: (_, text) => (console += text) });
  const start = performance.now();
  session.run({ until: limit, maxInstructions: Infinity });
  const ms = performance.now() - start;
  const retired = session.retired().reduce((a, b) => a + b, 0);
  const { counts } = session.hal.machine.engine;
  return { ms, retired, hash: session.hashes().system, now: session.now(), console, counts };
}

const wanted = process.argv.slice(2);
const names = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith(".elf") && !NEEDS_SYSTEM.test(name))
  .filter((name) => wanted.length === 0 || wanted.includes(name.slice(0, -4)));
let differences = 0;
console.log("program          instructions  reference MIPS   wasm MIPS   ratio  translated  regions  calls");
for (const name of names) {
  const reference = measure(name, "reference", LIMIT_CYCLES);
  const wasm = measure(name, "wasm", LIMIT_CYCLES);
  const same =
    reference.hash === wasm.hash &&
    reference.retired === wasm.retired &&
    reference.now === wasm.now &&
    reference.console === wasm.console;
  if (!same) differences++;
  const mips = ({ retired, ms }) => retired / ms / 1000;
  const columns = [
    name.slice(0, -4).padEnd(16),
    String(reference.retired).padStart(12),
    mips(reference).toFixed(2).padStart(15),
    mips(wasm).toFixed(1).padStart(11),
    (mips(wasm) / mips(reference)).toFixed(1).padStart(7),
    `${((100 * wasm.counts.translated) / Math.max(1, wasm.retired)).toFixed(2)} %`.padStart(11),
    String(wasm.counts.regions).padStart(8),
    String(wasm.counts.calls).padStart(6),
    same
      ? ""
      : `  DIFFERENT ${reference.hash} ${wasm.hash} ${reference.retired} ${wasm.retired} ${reference.now} ${wasm.now}`,
  ];
  console.log(columns.join(" "));
}
process.exitCode = differences === 0 ? 0 : 1;
