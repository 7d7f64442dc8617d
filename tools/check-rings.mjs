/**
 * `npm run check:rings -- [--only TEXT] [--states N] [--seed N] [--no-mutants] [--long]`
 *
 * Explores every interleaving of the shipped, compiled ring code (tools/check-rings, docs/rings-checked.md): honest
 * partitions with store buffers and restarts, each side against a hostile peer, and copies of the code with bugs in
 * them, each of which must be found. --only: the checks whose names contain the text. --states: no more than so many in
 * a check (4,000,000 unless told otherwise); one that has more is said not to be whole. --seed: of the random value
 * that a hostile peer writes. --long: with those that take many minutes. A failure is printed with the steps that lead
 * to it, and the exit code is 1.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { checkHonest, checkHostile, hostileChecks } from "./check-rings/checks.mjs";
import { loadLibrary } from "./check-rings/library.mjs";
import { buildMutant, RING_MUTANTS } from "./check-rings/mutants.mjs";
import { SCENARIOS } from "./check-rings/scenarios.mjs";
import { readOptions } from "./options.mjs";

const options = readOptions(import.meta.url, {
  only: { type: "string", default: "" },
  states: { type: "string", default: "4000000" },
  seed: { type: "string", default: "1" },
  "no-mutants": { type: "boolean", default: false },
  long: { type: "boolean", default: false },
});
const [mostStates, seed] = [options.states, options.seed].map(Number);
if (![mostStates, seed].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error("check:rings: --states and --seed take whole numbers");
  process.exit(2);
}

const PROGRESS_MILLISECONDS = 5000;
const library = await loadLibrary((file) => import(new URL(`../dist/${file}`, import.meta.url).href));
const readProgram = (path) => readFileSync(new URL(`../images/rings/${path}`, import.meta.url));
const random = Math.imul(seed, 0x9e3779b1) >>> 0;
const startedAt = Date.now();
let failures = 0;
let saidAt = startedAt;

const number = (value) => value.toLocaleString("en-US");
const row = (name, cells) =>
  console.log(name.padEnd(58) + cells.map((cell, i) => cell.padStart([12, 12, 9, 10][i])).join(""));

function onProgress({ states, left }) {
  if (Date.now() - saidAt < PROGRESS_MILLISECONDS) return;
  saidAt = Date.now();
  console.error(`  ${number(states)} states, ${number(left)} of them not yet looked at`);
}

function say(name, { states, steps, places, seconds, isWhole, wrong }) {
  const verdict = wrong !== null ? "  WRONG" : isWhole ? "" : "  not whole";
  row(name, [number(states), number(steps), number(places), `${seconds.toFixed(1)} s`, verdict]);
}

function fail({ reason, steps }) {
  failures++;
  console.log(`  ${reason}\n${steps.map((step) => `    ${step}\n`).join("")}`);
}

/** The rows of a table, of which some are asked for. */
function table(title, names, check) {
  const chosen = names.filter((name) => name.includes(options.only));
  if (chosen.length === 0) return;
  console.log(`\n${title}`);
  row("", ["states", "steps", "places", "time"]);
  chosen.forEach((name, index) => {
    check(name);
    const elapsed = (Date.now() - startedAt) / 1000;
    if (index % 5 === 4) console.error(`  ${index + 1} of ${chosen.length} done, ${Math.round(elapsed)} s so far`);
  });
}

const isWanted = (name) => options.long || SCENARIOS[name].isLong !== true;
table("Honest partitions", Object.keys(SCENARIOS).filter(isWanted), (name) => {
  const outcome = checkHonest(library, name, readProgram, { mostStates, onProgress });
  say(name, outcome);
  if (outcome.wrong !== null) fail(outcome.wrong);
});

const hostile = new Map(hostileChecks().map((check) => [`${check.name}: ${check.honest} honest, peer hostile`, check]));
table("Hostile peers", [...hostile.keys()], (title) => {
  const { name, honest } = hostile.get(title);
  const most = Math.min(mostStates, options.long ? mostStates : 200_000);
  const outcome = checkHostile(library, name, honest, readProgram, { mostStates: most, random, onProgress });
  say(title, outcome);
  if (outcome.wrong !== null) fail(outcome.wrong);
});

function checkMutant(title) {
  const mutant = RING_MUTANTS[title];
  const { program } = SCENARIOS[mutant.honest ?? mutant.hostile[0]];
  const elf = buildMutant(mutant, program);
  const check = (more) =>
    mutant.honest === undefined
      ? checkHostile(library, ...mutant.hostile, () => elf, { mostStates, random, ...more })
      : checkHonest(library, mutant.honest, () => elf, { mostStates, ...more });
  const outcome = check({});
  row(title, [
    number(outcome.states),
    number(outcome.steps),
    number(outcome.places),
    `${outcome.seconds.toFixed(1)} s`,
  ]);
  console.log(`  ${outcome.wrong === null ? "NOT FOUND" : `found: ${outcome.wrong.reason}`}`);
  if (outcome.wrong === null) failures++;
  if (!mutant.onlyBuffered) return;
  const { wrong, states } = check({ buffered: false });
  console.log(
    `  without store buffers: ${wrong === null ? `nothing is wrong in ${number(states)} states` : wrong.reason}`,
  );
  if (wrong !== null) failures++;
}

if (!options["no-mutants"]) {
  if (spawnSync("gcc", ["--version"]).status === 0)
    table("Bugs put in by hand", Object.keys(RING_MUTANTS), checkMutant);
  else console.log("\nskipped: bugs put in by hand (gcc is not here)");
}
console.log(
  `\n${failures === 0 ? "nothing is wrong" : `${failures} failures`}, ${Math.round((Date.now() - startedAt) / 1000)} s`,
);
process.exit(failures === 0 ? 0 : 1);
