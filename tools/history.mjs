/**
 * `npm run campaign:history -- [--seed N] [--points N] [--for SECONDS] [--engine NAME]`
 *
 * Steps back from random points of the tour, 10,000 unless told otherwise, by instruction, call and event on all cores,
 * and compares each state with the one that a forward run passes through: tools/history/campaign.mjs says how. The
 * first difference is printed with what repeats it, and ends the run with exit code 1.
 */
import { readFileSync } from "node:fs";
import * as library from "../dist/system/index.js";
import { walk } from "./history/campaign.mjs";
import { readOptions } from "./options.mjs";

const options = readOptions(import.meta.url, {
  seed: { type: "string", default: String(Date.now() % 1_000_000) },
  points: { type: "string", default: "10000" },
  for: { type: "string", default: "86400" },
  engine: { type: "string", default: "wasm" },
});
const [seed, points, seconds] = [options.seed, options.points, options.for].map(Number);
if (![seed, points].every(Number.isSafeInteger) || !(points > 0) || !(seconds > 0)) {
  console.error("campaign:history: --seed, --points and --for take whole numbers");
  process.exit(2);
}

/** Points of one run. */
const ROUND_POINTS = 500;
const SECONDS_OF_TOUR = 2;
const tour = new URL("../images/tour/", import.meta.url);
const plan = library.loadSystem(readFileSync(new URL("system.toml", tour), "utf8"), "system.toml", {
  readFile: (path) => readFileSync(new URL(path, tour)),
});
const startedAt = Date.now();
const isOver = () => Date.now() - startedAt > seconds * 1000;
console.log(`campaign:history: seed ${seed}, ${points} points`);

let done = 0;
const hasMore = () => done < points && !isOver();
for (let round = 0; hasMore(); round++) {
  const difference = walk({
    library,
    plan,
    seed: seed + round,
    points: Math.min(ROUND_POINTS, points - done),
    untilCycles: SECONDS_OF_TOUR * plan.machine.frequencyHz,
    options: { engine: options.engine },
    shouldStop: isOver,
    onPoint: () => done++,
  });
  if (difference !== null) {
    console.error(`${difference}\nTo repeat: --seed ${seed + round} --engine ${options.engine}`);
    process.exit(1);
  }
  const elapsed = (Date.now() - startedAt) / 1000;
  const forecast = done < points ? `, ${Math.ceil(((points - done) * elapsed) / done)} s to go` : "";
  console.log(`${done} points, ${Math.round(elapsed)} s${forecast}`);
}
console.log("every state is one that a run passes through");
