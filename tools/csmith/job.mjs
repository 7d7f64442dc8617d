/** A process of the campaign (csmith.mjs): takes seeds of programs, and answers with what was found and counted. */
import { createBuilder } from "./build.mjs";
import { createCounts, createJudge } from "./judge.mjs";

const system = await import(new URL("../../dist/system/running.js", import.meta.url).href);
const builder = createBuilder();
const judge = createJudge(system, builder, process.argv[2].split(","), () => process.send?.({ isUnderWay: true }));

process.on("message", (/** @type {number} */ seed) => {
  const counts = createCounts();
  const difference = judge(seed, counts);
  process.send?.({ seed, difference, counts });
});
process.on("exit", builder.close);
// The campaign has ended, or was stopped.
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
