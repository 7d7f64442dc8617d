/**
 * Reads single values of a description. What can't be read is noted with its path, and a value of the right kind is
 * returned in its place.
 */
import { printable } from "../../errors.js";
import type { Cycles } from "../../units.js";
import type { SizeLimits } from "../limits.js";
import type { KeyPath } from "./locator.js";
import { listWords, suggestName } from "./names.js";
import type { ProblemDetails, Problems } from "./problems.js";
import { isUnitProblem, parseDuration, parseSize, toCycles, type UnitProblem } from "./units.js";

/** Turns single values into base units, and complains at their place. */
export interface ValueReader {
  fail(path: KeyPath, problem: string, hint: string, details?: ProblemDetails): void;
  size(path: KeyPath, text: string | undefined, otherwise: number, limits: SizeLimits, hint: string): number;
  cycles(path: KeyPath, text: string, frequencyHz: number, least: number): Cycles;
  choose<T extends string>(
    path: KeyPath,
    what: string,
    word: string,
    built: readonly T[],
    notBuilt: readonly string[],
  ): T;
}

export function createValueReader(problems: Problems): ValueReader {
  const fail: ValueReader["fail"] = (path, problem, hint, details) => problems.add(path, problem, hint, details);
  const frequency: ProblemDetails = { restsOn: [["machine", "frequency"]] };
  return {
    fail,
    size(path, text, otherwise, { least, most, multiple }, hint) {
      if (text === undefined) return otherwise;
      const sizeBytes = parseSize(text);
      const key = path[path.length - 1];
      if (isUnitProblem(sizeBytes)) fail(path, sizeBytes.problem, sizeBytes.hint);
      else if (sizeBytes < least || sizeBytes > most) fail(path, `${key} can't be "${text}"`, hint);
      else if (sizeBytes % multiple !== 0) fail(path, `${key} "${text}" is not a multiple of ${multiple} bytes`, hint);
      else return sizeBytes;
      return otherwise;
    },
    cycles(path, text, frequencyHz, least) {
      const duration = parseDuration(text);
      const cycles: Cycles | UnitProblem = isUnitProblem(duration) ? duration : toCycles(duration, frequencyHz);
      if (isUnitProblem(cycles)) fail(path, cycles.problem, cycles.hint, cycles === duration ? {} : frequency);
      else if (cycles < least)
        fail(path, `${path[path.length - 1]} can't be "${text}"`, "It must be longer than nothing.");
      else return cycles;
      return least;
    },
    choose(path, what, word, built, notBuilt) {
      const found = built.find((candidate) => candidate === word);
      if (found !== undefined) return found;
      const listed = listWords(built);
      if (notBuilt.includes(word)) {
        fail(path, `${what} "${word}" is not built yet`, `Use ${listed}.`);
      } else {
        const suggestion = suggestName(word, [...built, ...notBuilt], "Known");
        fail(path, `unknown ${what} "${printable(word)}"`, `${suggestion} Use ${listed}.`);
      }
      return built[0];
    },
  };
}
