/**
 * `npm run bench:engine -- --table`: seconds of whole processes of short programs, from a cold start, on each Node,
 * beside qemu-user and the host. Most are over before a translator has done much; what they take is what a user waits
 * for.
 */
import { spawnSync } from "node:child_process";
import { buildShortProgram, withParameters } from "./build.mjs";
import { createForecast } from "./forecast.mjs";
import { runWorker } from "./measure.mjs";
import { commandLineProgram, figure, median, table } from "./paths.mjs";

const LIMIT_MILLISECONDS = 120_000;
const FORMS = ["sar", "dpps", "haddps", "rdtsc", "crc32", "pcmpistri", "popf", "cpuid"];

/** Rounds come on top of the first. */
const PROGRAMS = [
  { name: "three", what: "three workloads, 8,000 instructions of code", rounds: 315 },
  { name: "fibonacci", what: "recursive Fibonacci of 27, ten times", rounds: 0 },
  { name: "heap", what: "heap sort, 30 rounds of 20,000", rounds: 0 },
  { name: "hash", what: "hash table, 2 M operations", rounds: 120 },
  { name: "bigint", what: "big integers, 128-bit products and divisions", rounds: 300 },
  ...FORMS.map((name) => ({ name, what: `1 M times ${name}`, rounds: 0 })),
];

export const shortProgramNames = () => PROGRAMS.map(({ name }) => name);

/**
 * @param {{ programs: readonly string[], nodes: readonly { name: string, node: string }[],
 * rivals: readonly import("./rivals.mjs").Rival[], repeat: number }} options
 */
export function printShortPrograms({ programs, nodes, rivals, repeat }) {
  const beside = rivals.filter(({ name, missing }) => ["qemu-user", "native"].includes(name) && missing === null);
  const runners = [
    ...nodes.map(({ name, node }) => ({
      name,
      form: /** @type {const} */ ("hallows"),
      command: (/** @type {string} */ path) => [node, commandLineProgram, "run", path],
    })),
    ...beside.toReversed(),
  ];
  const chosen = PROGRAMS.filter(({ name }) => programs.includes(name));
  const forecast = createForecast("short programs", chosen.length);
  const rows = chosen.map(({ name, what, rounds }) => {
    const program = buildShortProgram(name);
    const parameters = rounds === 0 ? { rounds: 1, batches: 0 } : { rounds, batches: 1 };
    const files = { hallows: "", linux: "", boot: "" };
    for (const form of /** @type {const} */ (["hallows", "linux"]))
      files[form] = withParameters(program[form], parameters, "table");
    const { retired } = runWorker("hallows-worker.mjs", {
      mode: "count",
      path: program.hallows,
      engine: "wasm",
      ...parameters,
    });
    /** @type {Record<string, number[]>} */
    const samples = {};
    /** @type {Set<string>} */
    const printed = new Set();
    for (let turn = 0; turn < repeat; turn++)
      for (const runner of runners) {
        // In a virtual machine the hypervisor answers, and a million answers take a minute.
        if (name === "cpuid" && runner.name === "native") continue;
        forecast.now(`${name} on ${runner.name}`);
        const [file, ...words] = runner.command(files[runner.form]);
        const began = performance.now();
        const { stdout, status } = spawnSync(file, words, { encoding: "latin1", timeout: LIMIT_MILLISECONDS });
        (samples[runner.name] ??= []).push((performance.now() - began) / 1000);
        printed.add(status === 0 ? stdout : `${runner.name} failed`);
      }
    forecast.done(name);
    const seconds = runners.map((runner) =>
      samples[runner.name] === undefined ? "-" : figure(median(samples[runner.name])),
    );
    return [what, figure(retired / 1e6), ...seconds, printed.size === 1 ? "" : `differ: ${[...printed].join(", ")}`];
  });
  console.log(`short programs: seconds of whole processes from a cold start, medians of ${repeat}`);
  console.log(table([["program", "M instructions", ...runners.map(({ name }) => name), ""], ...rows]));
}
