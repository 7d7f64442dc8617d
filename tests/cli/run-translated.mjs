/**
 * Runs a program on an engine in this process, translated from the first block on, and prints as JSON: its output, exit
 * code, cycles and hash, and the share of its instructions that retired in translated code.
 *
 *   node [flags of V8] run-translated.mjs PROGRAM ENGINE
 */
import { readFileSync } from "node:fs";
import { createSession, planForProgram } from "../../dist/system/index.js";

const [path, engine] = process.argv.slice(2);
let text = "";
const session = createSession(planForProgram(readFileSync(path), path), {
  engine,
  hotRuns: 1,
  onConsole: (_, bytes) => (text += new TextDecoder().decode(bytes)),
});
session.run({ until: 100_000_000 });
const instructions = session.retired().reduce((sum, count) => sum + count, 0);
const share = (session.hal.machine.engine.counts?.translated ?? 0) / instructions;
const { exitCode } = session.kernel.view().partitions[0];
const result = { text, exitCode, cycles: session.now(), instructions, hash: session.hashes().system };
console.log(JSON.stringify({ result, share }));
