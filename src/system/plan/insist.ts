/** What is wrong with a plan by itself, found condition by condition. */
import type { KeyPath } from "../description/locator.js";

export interface Flaw {
  readonly path: KeyPath;
  readonly problem: string;
}

/** The problems of conditions that do not hold. */
export function* insist(
  path: KeyPath,
  conditions: readonly (readonly [holds: boolean, problem: string])[],
): Generator<Flaw> {
  for (const [holds, problem] of conditions) if (!holds) yield { path, problem };
}
