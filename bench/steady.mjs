/**
 * Running a session in steady state: in slices of host time with V8's background work between them, as the command line
 * does it, first until it gets no faster, then for samples.
 */

import { mainThreadTime } from "./clock.mjs";

/** Host time of a slice. */
const SLICE_MILLISECONDS = 20;
const WARM_UP_SAMPLE_MILLISECONDS = 200;
const LEAST_WARM_UP_MILLISECONDS = 800;
const MOST_WARM_UP_MILLISECONDS = 4000;

/** Lets V8 install what it has compiled, and the engine what it has translated, in the background. */
export const breathe = () => new Promise((resolve) => setImmediate(resolve));

/**
 * @param {any} session
 * @param {() => number} progress what is counted: grows with the work done
 */
export function createSampler(session, progress) {
  let sliceCycles = 20_000;

  /**
   * @param {number} milliseconds of host time, at least
   * @returns {Promise<number>} progress a second of host time; breathing is not counted
   */
  async function sample(milliseconds) {
    let spent = 0;
    const before = progress();
    while (spent < milliseconds) {
      const from = mainThreadTime();
      const end = session.run({ until: session.now() + sliceCycles });
      const took = Math.max(0.01, mainThreadTime() - from);
      spent += took;
      if (end === "quiet") throw new Error("the guest stopped, or waits for ever");
      sliceCycles = Math.ceil(sliceCycles * Math.min(4, Math.max(0.25, SLICE_MILLISECONDS / took)));
      await breathe();
    }
    return ((progress() - before) / spent) * 1000;
  }

  return {
    sample,
    /** Until a sample is hardly better than the best before it. Returns the milliseconds that it took. */
    async warmUp() {
      const started = performance.now();
      for (let best = 0; ;) {
        const rate = await sample(WARM_UP_SAMPLE_MILLISECONDS);
        const elapsed = performance.now() - started;
        if (elapsed > MOST_WARM_UP_MILLISECONDS || (elapsed > LEAST_WARM_UP_MILLISECONDS && rate < best * 1.03))
          return elapsed;
        best = Math.max(best, rate);
      }
    },
    /** @param {number} repeat @param {number} seconds */
    async samples(repeat, seconds) {
      const rates = [];
      for (let time = 0; time < repeat; time++) rates.push(await sample(seconds * 1000));
      return rates;
    },
  };
}

/** Instructions retired by all cores. */
export const retiredOf = (/** @type {any} */ session) =>
  session.retired().reduce((/** @type {number} */ sum, /** @type {number} */ count) => sum + count, 0);

/** What the translating engine counts about itself (EngineCounts), or null: the reference engine counts nothing. */
export const countsOf = (/** @type {any} */ session) => structuredClone(session.hal.machine.engine.counts ?? null);

/**
 * Throws when a session does not run on the engine that it was asked for.
 * @param {any} session
 * @param {string} engine
 */
export function checkEngine(session, engine) {
  const found = countsOf(session) === null ? "reference" : "wasm";
  if (found !== engine) throw new Error(`asked for the ${engine} engine, and got the ${found} engine`);
}
