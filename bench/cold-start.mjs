/**
 * Cold start: what `hallows run` of a program that only says hello takes from nothing to the end of its process, beyond
 * what Node itself takes. Both are started in turns, so that a host that slows down slows down both.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Bench } from "tinybench";
import { commandLineProgram, figure, imagesFolder, median, table } from "./paths.mjs";

export const COLD_START_AIM_MILLISECONDS = 60;
const WARM_UPS = 2;

/** @param {readonly string[]} words for Node */
function startNode(words) {
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${words.join(" ")} ended with ${status}: ${stderr}`);
}

/**
 * Milliseconds of whole processes: medians, and all samples.
 * @param {readonly string[]} words a command line of Hallows, with its executable
 * @param {number} iterations
 */
export function measureColdStart(words, iterations) {
  const rounds = Array.from({ length: WARM_UPS + iterations }, () => {
    // A bench runs all of a task's iterations before the next task: to take turns, each round is a bench of its own.
    const bench = new Bench({ time: 0, iterations: 1, warmup: false, throws: true });
    bench.add("node -e 0", () => startNode(["-e", "0"]));
    bench.add("hallows", () => startNode(words));
    return bench.runSync().map(({ result }) => /** @type {any} */ (result).latency.p50);
  }).slice(WARM_UPS);
  const samples = { bare: rounds.map(([bare]) => bare), whole: rounds.map(([, whole]) => whole) };
  return { bare: median(samples.bare), whole: median(samples.whole), samples };
}

/** `npm run bench:engine -- --cold`: also the commands that have no aim. */
export function printColdStart(iterations = 15) {
  const hello = join(imagesFolder, "programs/hello.elf");
  const tour = join(imagesFolder, "tour/system.toml");
  const commands = [
    ...["reference", "wasm"].map((engine) => ["run", "--engine", engine, hello]),
    ["--help"],
    ["check", "-q", tour],
    ["boot", tour, "--headless", "--for", "1000 cycles"],
  ];
  const rows = commands.map((words) => {
    const { bare, whole, samples } = measureColdStart([commandLineProgram, ...words], iterations);
    const beyond = whole - bare;
    const isAimed = words[0] === "run";
    return [
      `hallows ${words.map((word) => word.replace(imagesFolder, "images")).join(" ")}`,
      ...[bare, whole, Math.min(...samples.whole) - Math.min(...samples.bare), beyond].map(figure),
      isAimed ? `${COLD_START_AIM_MILLISECONDS}` : "",
      isAimed ? (beyond <= COLD_START_AIM_MILLISECONDS ? "met" : "missed") : "",
    ];
  });
  console.log(`cold start: whole processes in turns, milliseconds, medians of ${iterations}`);
  console.log(table([["", "node -e 0", "hallows", "beyond, of the least", "beyond", "aim", ""], ...rows]));
}
