/**
 * `npm run campaign:store -- [--seed N] [--cuts N] [--for SECONDS] [--whole]`
 *
 * Cuts the power of the journal in images/store at random writes, 100,000 times unless told otherwise, and looks at
 * what is left of its disk: tools/power-cuts/campaign.mjs says how. --whole: sectors are never torn within. The first
 * failure is printed with what repeats it, and ends the run with exit code 1.
 */
import { readFileSync } from "node:fs";
import { readOptions } from "./options.mjs";
import { cutPowers } from "./power-cuts/campaign.mjs";
import { loadLibrary } from "./power-cuts/library.mjs";

const options = readOptions(import.meta.url, {
  seed: { type: "string", default: String(Date.now() % 1_000_000) },
  cuts: { type: "string", default: "100000" },
  for: { type: "string", default: "86400" },
  whole: { type: "boolean", default: false },
});
const [seed, cuts, seconds] = [options.seed, options.cuts, options.for].map(Number);
if (![seed, cuts].every(Number.isSafeInteger) || !(cuts > 0) || !(seconds > 0)) {
  console.error("campaign:store: --seed, --cuts and --for take whole numbers");
  process.exit(2);
}

const PROGRESS_MILLISECONDS = 10_000;
const journal = readFileSync(new URL("../images/store/journal.elf", import.meta.url));
const startedAt = Date.now();
let saidAt = startedAt;
console.log(`campaign:store: seed ${seed}, ${cuts} losses of power`);

function say({ cuts: done, states, lives }) {
  const elapsed = (Date.now() - startedAt) / 1000;
  const perSecond = done / elapsed;
  const left = Math.ceil((cuts - done) / perSecond);
  const forecast = done < cuts ? `, ${left} s to go` : "";
  console.log(`${done} cuts, ${states} states, ${lives} lives, ${Math.round(perSecond)} cuts/s${forecast}`);
}

const result = cutPowers({
  library: await loadLibrary((file) => import(new URL(`../dist/${file}`, import.meta.url).href)),
  readProgram: () => journal,
  seed,
  cuts,
  torn: !options.whole,
  shouldStop: () => Date.now() - startedAt > seconds * 1000,
  onLife(progress) {
    if (Date.now() - saidAt < PROGRESS_MILLISECONDS) return;
    saidAt = Date.now();
    say(progress);
  },
});
say(result);
if (result.failure !== null) {
  console.error(`${result.failure}\nTo repeat: --seed ${seed}`);
  process.exit(1);
}
console.log("no state that the order of writes forbids, and no promised record lost");
