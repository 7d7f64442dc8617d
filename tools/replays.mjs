/**
 * `npm run campaign:replays -- [--seed N] [--sessions N] [--for SECONDS]`
 *
 * Sessions with inputs at random moments, 1,000 unless told otherwise, are recorded, and replayed on both engines, with
 * other run-ahead and without skipping polls (tools/replays/session.mjs). Each must come to the hash of its session.
 * The first difference is printed with what repeats it, and ends the run with exit code 1.
 */
import { readOptions } from "./options.mjs";
import { compare, createRandom, record } from "./replays/session.mjs";

const options = readOptions(import.meta.url, {
  seed: { type: "string", default: String(Date.now() % 1_000_000) },
  sessions: { type: "string", default: "1000" },
  for: { type: "string", default: "86400" },
});
const [seed, sessions, seconds] = [options.seed, options.sessions, options.for].map(Number);
if (![seed, sessions].every(Number.isSafeInteger) || !(sessions > 0) || !(seconds > 0)) {
  console.error("campaign:replays: --seed, --sessions and --for take whole numbers");
  process.exit(2);
}

const TELL_EVERY = 10;
const startedAt = Date.now();
const elapsed = () => (Date.now() - startedAt) / 1000;
console.log(`campaign:replays: seed ${seed}, ${sessions} sessions`);
let done = 0;
for (; done < sessions && elapsed() < seconds; done++) {
  const random = createRandom(seed + done);
  const recorded = await record(seed + done, 5 + random(60));
  for (const how of [
    { engine: "wasm" },
    { engine: "reference" },
    { runAheadCycles: 1 + random(1000), skipPolling: false },
  ]) {
    const difference = compare(recorded, how);
    if (difference === null) continue;
    console.error(`${difference}, by ${JSON.stringify(how)}\nTo repeat: --seed ${seed + done} --sessions 1`);
    process.exit(1);
  }
  if ((done + 1) % TELL_EVERY === 0) {
    const left = Math.ceil(((sessions - done - 1) * elapsed()) / (done + 1));
    console.log(`${done + 1} sessions, ${Math.round(elapsed())} s, ${left} s to go`);
  }
}
console.log(`${done} sessions were replayed to their hashes`);
