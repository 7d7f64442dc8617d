/**
 * A process of the lock-step campaign (campaign.mjs): takes ranges of programs, runs them on fresh machines, and
 * answers with what was covered or with the text of the first difference. Says from time to time how far it is.
 */
import { createJudge } from "./compare.mjs";
import { createContenders, loadLibrary } from "./contenders.mjs";
import { createCoverage } from "./coverage.mjs";
import { createGenerator } from "./generator.mjs";
import { formatDifference } from "./report.mjs";

const REPORT_MS = 1000;

const library = await loadLibrary();

/** `range`: { seed, first, count, engine, hot, settings }. */
function runRange({ seed, first, count, engine, hot, settings }) {
  const contenders = createContenders(library, engine, library, settings);
  const judge = createJudge(...contenders);
  const generator = createGenerator(library, { hot });
  const coverage = createCoverage();
  let reportedAt = Date.now();
  for (let index = first; index < first + count; index++) {
    const difference = judge.run(generator.create(seed, index), coverage);
    if (difference !== null) {
      // Machines are used again within a range: say whether what came before has a part in it.
      const alone = createJudge(...contenders).run(generator.create(seed, index));
      return { difference: formatDifference(difference, library.isa), index, isAlone: alone !== null };
    }
    if (Date.now() - reportedAt > REPORT_MS) {
      reportedAt = Date.now();
      process.send({ at: index });
    }
  }
  return { summary: coverage.summarise(), names: judge.names, rows: generator.rows };
}

process.on("message", (range) => process.send({ range, ...runRange(range) }));
// The campaign was stopped.
process.on("disconnect", () => process.exit());
process.send({ ready: true });
