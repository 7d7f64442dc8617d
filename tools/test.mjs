/**
 * `npm test`: sets up and runs the tests, and counts those that were skipped because an oracle (a compiler, tmux) is
 * not there. With CI set in the environment, a count that is not the one in tests/skipped.json is a failure.
 *
 *   npm test                          all
 *   npm test -- tests/tui             options and files of vitest; nothing is counted
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, setUp } from "./setup.mjs";

setUp();
const words = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "hallows-test-"));
const report = join(folder, "report.json");
const reporters = words.length > 0 ? [] : ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", ...reporters, ...words],
  {
    cwd: ROOT,
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
if (words.length === 0) process.exitCode = countSkipped() ? process.exitCode : process.exitCode || 1;
rmSync(folder, { recursive: true });

/** Returns false when the count is wrong and that matters. */
function countSkipped() {
  let results;
  try {
    results = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return status !== 0;
  }
  const skipped = results.testResults.flatMap((file) =>
    file.assertionResults.filter((test) => test.status === "pending" || test.status === "skipped"),
  );
  const { count: always, without } = JSON.parse(readFileSync(join(ROOT, "tests/skipped.json"), "utf8"));
  // Oracles that nobody is asked to install.
  const absent = Object.entries(without).filter(
    ([command]) => spawnSync(command, ["--version"], { cwd: folder }).status !== 0,
  );
  const count = absent.reduce((sum, [, more]) => sum + more, always);
  for (const { fullName } of skipped) console.log(`skipped: ${fullName}`);
  console.log(`Skipped where every oracle is installed: ${always}.`);
  for (const [command, more] of absent) console.log(`Skipped because there is no ${command}: ${more}.`);
  console.log(`${results.numPassedTests} passed, ${results.numFailedTests} failed, ${skipped.length} skipped`);
  if (skipped.length === count || (process.env.CI ?? "") === "") return true;
  console.error(`The number of skipped tests is ${skipped.length}, and tests/skipped.json says ${count} here.`);
  return false;
}
