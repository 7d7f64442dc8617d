/**
 * Campaign of admission: random systems whose bounds are compared with what the `model` HAL shows. Stops at the first
 * response above its bound, with the seed that shows it.
 *
 *   npm run campaign:admission -- [--count 100000] [--seed 1]
 */
import { parseArgs } from "node:util";
import { findViolation } from "./admission/campaign.mjs";

const { values } = parseArgs({
  options: { count: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const [count, first] = [Number(values.count), Number(values.seed)];
const TELL_MILLISECONDS = 5_000;

const started = performance.now();
let told = started;
/** @typedef {{ admitted: number, refused: number, refusedAndMissed: number, bounds: number, ratios: number[] }} Sum */
/** @type {Record<string, Sum>} */
const sums = {};
for (let done = 0; done < count; done++) {
  const found = findViolation(first + done);
  if (found.violation !== "") {
    console.log(found.violation);
    process.exit(1);
  }
  const policy = found.isFixed ? "fixed priority" : "earliest deadline";
  const sum = (sums[policy] ??= { admitted: 0, refused: 0, refusedAndMissed: 0, bounds: 0, ratios: [] });
  if (found.isAdmitted) sum.admitted++;
  else sum.refused++;
  if (!found.isAdmitted && found.hasMissed) sum.refusedAndMissed++;
  sum.bounds += found.bounds;
  if (found.isFixed) sum.ratios.push(...found.ratios);
  const now = performance.now();
  if (now - told < TELL_MILLISECONDS) continue;
  told = now;
  const left = ((now - started) / (done + 1)) * (count - done - 1);
  console.error(`${done + 1} of ${count}, about ${Math.round(left / 1000)} s left`);
}
for (const [policy, { admitted, refused, refusedAndMissed, bounds, ratios }] of Object.entries(sums)) {
  const sorted = ratios.toSorted((a, b) => a - b);
  const median = sorted.length === 0 ? "" : `, bound / observed: median ${sorted[sorted.length >> 1].toFixed(2)}`;
  console.log(
    `${policy}: ${admitted} admitted, none above one of ${bounds} bounds${median}; ` +
      `${refused} refused, of which ${refusedAndMissed} really missed a deadline`,
  );
}
