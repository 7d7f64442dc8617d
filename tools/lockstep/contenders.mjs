/** Who is compared: builds and settings of the machine. */

/** The front doors of a build. `load` imports a module by its path in dist/. */
export async function loadLibrary(load = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href)) {
  return { machine: await load("machine/index.js"), isa: await load("machine/isa/index.js") };
}

/** Settings that change no result. They alternate from program to program. */
const HARMLESS = [
  { runAheadCycles: 1, skipPolling: false },
  { runAheadCycles: 37, skipPolling: true },
];

/**
 * Runs of a block before it is translated: soon, so that short programs are, and as late as by default. Some programs
 * are translated in far regions alone, which others come to in their hottest loops; some of these block by block, so
 * that modules are brought together. Modules share a table, or each has its own. Near regions are made of templates, or
 * every other block of them, or none.
 */
const EAGER = [
  { hotRuns: 2, sharesTable: true },
  { hotRuns: 2, farCalls: 0, sharesTable: false },
  { hotRuns: 2, templates: "some", sharesTable: false },
  { hotRuns: 2, farCalls: 0, batchBlocks: 1, sharesTable: false },
  { hotRuns: 2, batchBlocks: 1, sharesTable: true, templates: false },
];
const LAZY_IN = 12;

/**
 * The reference engine on the left; on the right `engine`, or the reference engine again with harmless changes.
 * `other` is another build for the right side, such as a mutant; `settings` are more options of its machine, which
 * replace those that are chosen here.
 */
export function createContenders(library, engine, other = library, settings = {}) {
  const left = { name: "reference", build: library, options: () => ({}) };
  const options =
    engine === "reference"
      ? ({ index }) => ({ ...HARMLESS[index % HARMLESS.length], ...settings })
      : ({ index }) => ({ engine, ...(index % LAZY_IN === 0 ? {} : EAGER[index % EAGER.length]), ...settings });
  const name = engine === "reference" ? "reference, cut differently" : engine;
  return [left, { name, build: other, options }];
}
