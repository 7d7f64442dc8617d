/**
 * Random programs of Parseltongue: the interpreter, and the compiled program on both engines, must do the same.
 *
 *   npm run fuzz:parseltongue -- [--seed NUMBER] [--count NUMBER]
 */
import { parseArgs } from "node:util";
import { allOutcomes } from "./parseltongue/outcomes.mjs";
import { randomProgram } from "./parseltongue/programs.mjs";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, count: { type: "string", default: "1000" } },
});
const first = Number(values.seed);
const count = Number(values.count);
const faults = new Map();
const started = Date.now();
let last = started;
for (let seed = first; seed < first + count; seed++) {
  const text = randomProgram(seed);
  const { meaning, ...others } = allOutcomes(text);
  for (const [engine, outcome] of Object.entries(others))
    if (JSON.stringify(outcome) !== JSON.stringify(meaning)) {
      console.log(`${text}\nseed ${seed}, ${engine}: ${JSON.stringify(outcome)}\nmeaning: ${JSON.stringify(meaning)}`);
      process.exit(1);
    }
  const word = meaning.fault ?? "none";
  faults.set(word, (faults.get(word) ?? 0) + 1);
  if (Date.now() - last > 5000) {
    last = Date.now();
    const done = seed - first + 1;
    const left = Math.round((((last - started) / done) * (count - done)) / 1000);
    console.log(`${done} of ${count}, about ${left} s left`);
  }
}
const found = [...faults].map(([word, number]) => `${word} ${number}`).join(", ");
console.log(`${count} programs from seed ${first} agree; faults: ${found}`);
