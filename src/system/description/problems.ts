/**
 * What is wrong with a system, gathered, so that a person reads of all independent mistakes at once.
 *
 * A mistake is told once. What rests on a value that is wrong by itself is not judged: a window whose length can't be
 * read ends nowhere. So whoever finds something says which values it rests on, and goes from the simple to the derived.
 */
import { ConfigError, type ConfigProblem } from "../../errors.js";
import type { KeyPath, PlacePart, Places } from "./locator.js";

export interface Problem {
  readonly path: KeyPath;
  readonly part: PlacePart;
  readonly problem: string;
  readonly hint: string;
}

export interface ProblemDetails {
  /** What the place points at: the value (as by default) or its key. */
  readonly part?: PlacePart;
  /** Values that the problem would not be one without. */
  readonly restsOn?: readonly KeyPath[];
  /** Whether the value at the path can't be used, so that nothing is judged by it; so when `part` is "value". */
  readonly spoils?: boolean;
}

export interface Problems {
  readonly found: readonly Problem[];
  add(path: KeyPath, problem: string, hint: string, details?: ProblemDetails): void;
  /** Says that a value can't be used, where something else has been told that explains it. */
  spoil(path: KeyPath): void;
  /** Whether a value, the table that it stands in, or a part of it can't be used. */
  isSpoilt(path: KeyPath): boolean;
}

/** Problems that are kept at most: a file of many mistakes is the wrong file. */
const MAX_PROBLEMS = 1000;

export function createProblems(): Problems {
  const found: Problem[] = [];
  const spoilt: KeyPath[] = [];
  const isSpoilt = (path: KeyPath): boolean => spoilt.some((other) => isWithin(path, other) || isWithin(other, path));
  return {
    found,
    isSpoilt,
    spoil: (path) => void spoilt.push(path),
    add(path, problem, hint, { part = "value", restsOn = [], spoils = part === "value" } = {}) {
      if (found.length >= MAX_PROBLEMS || spoilt.some((other) => isWithin(path, other)) || restsOn.some(isSpoilt))
        return;
      found.push({ path, part, problem, hint });
      if (spoils) spoilt.push(path);
    },
  };
}

/** The same list for whoever writes paths in another way; `translate` leads from theirs to the list's. */
export function translateProblems(problems: Problems, translate: (path: KeyPath) => KeyPath): Problems {
  return {
    found: problems.found,
    spoil: (path) => problems.spoil(translate(path)),
    isSpoilt: (path) => problems.isSpoilt(translate(path)),
    add(path, problem, hint, details = {}) {
      problems.add(translate(path), problem, hint, { ...details, restsOn: details.restsOn?.map(translate) });
    },
  };
}

/** Whether `path` is `table` or leads into it. */
function isWithin(path: KeyPath, table: KeyPath): boolean {
  return table.length <= path.length && table.every((key, index) => String(key) === String(path[index]));
}

/** Where they stand, in the order of the file. */
export function placeProblems(problems: readonly Problem[], places: Places): ConfigProblem[] {
  return problems
    .map(({ path, part, problem, hint }): ConfigProblem => ({ place: places(path, part), problem, hint }))
    .toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}

/** Throws ConfigError, in the order of the file, when there are any. */
export function throwProblems(problems: readonly Problem[], places: Places): void {
  const told = placeProblems(problems, places);
  if (told.length === 0) return;
  const [{ place, problem, hint }, ...others] = told;
  throw new ConfigError(place, problem, hint, others);
}
