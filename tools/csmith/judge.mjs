/**
 * One random program at all levels: the host, the reference engine and the translating engine must print the same and
 * end alike; both engines must leave the same hash at the same cycle, with as many instructions.
 *
 * A program may run long or for ever. What the host doesn't end in time is passed over; what needs more than
 * MOST_CYCLES is compared at that cycle, and its checksum is not.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const HOST_MILLISECONDS = 500;
/** About two seconds of the reference engine. */
const MOST_CYCLES = 6_000_000;
/**
 * csmith makes many programs of hardly any code, which are not worth a run, and some that compilers need minutes for.
 */
const LEAST_CHARACTERS = 6000;
const MOST_CHARACTERS = 200_000;

/** Runs of a block before it is translated: at once, soon, and as by default. */
const HOT_RUNS = [1, 4, undefined];

/**
 * @typedef {object} Counts of programs: all, with hardly any code, too large, without an end natively, cut off here
 * @property {number} programs
 * @property {number} builds
 * @property {number} trivial
 * @property {number} huge
 * @property {number} endless
 * @property {number} cut
 * @property {number} instructions
 * @property {number} translated
 */

/** @returns {Counts} */
export const createCounts = () => ({
  programs: 0,
  builds: 0,
  trivial: 0,
  huge: 0,
  endless: 0,
  cut: 0,
  instructions: 0,
  translated: 0,
});

/**
 * @param {Counts} into
 * @param {Counts} more
 */
export function addCounts(into, more) {
  for (const key of /** @type {(keyof Counts)[]} */ (Object.keys(into))) into[key] += more[key];
}

/**
 * What a program prints and how it ends on the host; null when it doesn't in time.
 * @param {string} path
 */
function runOnHost(path) {
  const { status, signal, stdout, error } = spawnSync(path, [], { encoding: "latin1", timeout: HOST_MILLISECONDS });
  if (signal === "SIGKILL" || signal === "SIGTERM" || error !== undefined) return null;
  return { text: stdout, end: signal ?? status };
}

/**
 * @param {any} system dist/system/running.js
 * @param {string} path
 * @param {object} options of the session
 */
function runOnEngine({ createSession, planForProgram }, path, options) {
  let text = "";
  const session = createSession(planForProgram(readFileSync(path), path, {}), {
    ...options,
    onConsole: (/** @type {number} */ _, /** @type {Uint8Array} */ bytes) =>
      (text += Buffer.from(bytes).toString("latin1")),
  });
  const isStopped = () => session.kernel.view().partitions[0].state === "stopped";
  while (!isStopped() && session.now() < MOST_CYCLES) {
    const end = session.run({ until: Math.min(MOST_CYCLES, session.now() + 500_000) });
    if (end === "quiet") break;
  }
  const [partition] = session.kernel.view().partitions;
  const isEnded = isStopped();
  return {
    state: {
      text,
      isEnded,
      exitCode: partition.exitCode,
      cycle: session.now(),
      instructions: session.retired()[0],
      hash: session.hashes().system,
    },
    translated: session.hal.machine.engine.counts?.translated ?? 0,
  };
}

/**
 * @param {any} system dist/system/running.js
 * @param {ReturnType<import("./build.mjs").createBuilder>} builder
 * @param {readonly string[]} levels
 * @param {() => void} [onBuild] called before each level
 */
export function createJudge(system, builder, levels, onBuild = () => {}) {
  /**
   * The difference as text, or null; undefined for a program without an end.
   * @param {string} level
   * @param {number | undefined} hotRuns
   * @param {Counts} counts
   */
  function judgeBuild(level, hotRuns, counts) {
    const { guest, host } = builder.build(level);
    const native = runOnHost(host);
    if (native === null) {
      counts.endless++;
      return undefined;
    }
    const reference = runOnEngine(system, guest, { engine: "reference" });
    const translating = runOnEngine(system, guest, { engine: "wasm", hotRuns });
    counts.builds++;
    counts.instructions += reference.state.instructions;
    counts.translated += translating.translated;
    const [left, right] = [reference.state, translating.state].map((state) => JSON.stringify(state, null, 1));
    if (left !== right)
      return `-${level}, translated after ${hotRuns ?? "the default of"} runs\nreference ${left}\nwasm ${right}`;
    const { text, isEnded, exitCode } = reference.state;
    if (!isEnded) counts.cut++;
    else if (text !== native.text || exitCode !== native.end)
      return `-${level}\nhost ${JSON.stringify(native)}\nHallows ${left}`;
    return null;
  }

  /**
   * @param {number} seed of the program
   * @param {Counts} counts
   * @returns {string | null} the first difference
   */
  return (seed, counts) => {
    const { length } = builder.generate(seed);
    if (length < LEAST_CHARACTERS || length > MOST_CHARACTERS) {
      counts[length < LEAST_CHARACTERS ? "trivial" : "huge"]++;
      return null;
    }
    counts.programs++;
    for (const [index, level] of levels.entries()) {
      onBuild();
      const difference = judgeBuild(level, HOT_RUNS[(seed + index) % HOT_RUNS.length], counts);
      if (difference !== null) return difference ?? null;
    }
    return null;
  };
}
