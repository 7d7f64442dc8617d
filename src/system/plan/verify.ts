/**
 * Judges a SystemPlan by itself, whoever made it: a description that was resolved, or an image, which may be forged.
 *
 * Invariant of what passes: no frame belongs to two owners, none of the kernel's is mapped, no page is writable and
 * executable, a page is shared only as an end of a channel with that end's rights, every index is in range, and what
 * partitions are told (boot information, ring configuration) is true. So a forged plan can describe another system, but
 * give no rights that a description could not give.
 */
import { ConfigError, type ConfigProblem, printable } from "../../errors.js";
import type { SystemPlan } from "../../kernel/plan.js";
import type { KeyPath } from "../description/locator.js";
import { createProblems, type Problems } from "../description/problems.js";
import { findBrokenReferences } from "./references.js";
import { checkResponses } from "./response-rules.js";
import { checkRules } from "./rules.js";
import type { Flaw } from "./insist.js";
import { findFlaws } from "./soundness.js";
import { adviseTimes } from "./time-advice.js";

/**
 * Adds what is wrong with `plan`. Of indices that lead nowhere, and of parts that no description could lead to, the
 * first only: nothing can be said of the rest.
 */
export function judgePlan(plan: SystemPlan, problems: Problems): void {
  if (addFirst(findBrokenReferences(plan), problems)) return;
  checkRules(plan, problems);
  if (problems.found.length === 0) addFirst(findFlaws(plan), problems);
  if (problems.found.length === 0) checkResponses(plan, problems);
}

function addFirst(flaws: Iterable<Flaw>, problems: Problems): boolean {
  for (const { path, problem } of flaws) {
    problems.add(path, problem, "");
    return true;
  }
  return false;
}

/** Throws ConfigError when `plan` could not have come from a description. `file` is what to blame. */
export function verifyPlan(plan: SystemPlan, file: string): void {
  const problems = createProblems();
  judgePlan(plan, problems);
  const told = problems.found.map(({ path, problem }) => ({
    place: { file, line: 0, column: 0 },
    problem: `its plan is not sound: ${nameOf(path)}: ${problem}`,
    hint: "Make the image again.",
  }));
  if (told.length === 0) return;
  const [{ place, problem, hint }, ...others] = told;
  throw new ConfigError(place, problem, hint, others);
}

/** What the times of an image's plan mean (time-advice.ts), with the paths of what it is said of. */
export function adviseImage(plan: SystemPlan, file: string): ConfigProblem[] {
  const advice = createProblems();
  adviseTimes(plan, advice);
  return advice.found.map(({ path, problem, hint }) => ({
    place: { file, line: 0, column: 0 },
    problem: `${nameOf(path)}: ${problem}`,
    hint,
  }));
}

function nameOf(path: KeyPath): string {
  return path.map((key) => printable(String(key))).join(".");
}
