/**
 * From a description with its programs to a plan.
 *
 * Reads nothing by itself: file contents come from the caller, so that this runs wherever there are bytes.
 */
import { ConfigError, type ConfigProblem, type SourcePlace, printable } from "../errors.js";
import type { SystemPlan } from "../kernel/plan.js";
import { readElf } from "../partitions/elf.js";
import type { Program } from "../partitions/elf-types.js";
import type { Description, PartitionDescription } from "./description/description.js";
import type { Places } from "./description/locator.js";
import {
  createProblems,
  placeProblems,
  throwProblems,
  translateProblems,
  type Problems,
} from "./description/problems.js";
import { readDescription } from "./description/read-description.js";
import { resolvePlan } from "./plan/resolve.js";
import { adviseTimes } from "./plan/time-advice.js";
import { judgePlan } from "./plan/verify.js";
import { checkAbiVersion } from "./abi-version.js";
import { checkInstructions, type InstructionOptions } from "./instructions.js";
import { systemName } from "./program.js";

/** Contents of a file, by its path as the description writes it. Throws when it cannot be read. */
export type ReadFile = (path: string) => Uint8Array;

export interface LoadOptions extends InstructionOptions {
  readonly readFile: ReadFile;
  /** Replaces the seed of the description. */
  readonly seed?: number;
  /** Told of times that the kernel takes a large share of, in the order of the file. */
  readonly onTimeWarning?: (warning: ConfigProblem) => void;
}

/** Throws ConfigError, and nothing else, for whatever is wrong with the text or the programs: all of it at once. */
export function loadSystem(text: string, file: string, options: LoadOptions): SystemPlan {
  const { description, problems, places } = readDescription(text, file, systemName(file));
  const { seed } = options;
  const seeded: Description =
    seed === undefined ? description : { ...description, machine: { ...description.machine, seed } };
  const programs = loadPrograms(seeded.partitions, options, problems, places);
  const { plan, sourcePath } = resolvePlan(seeded, programs, problems);
  judgePlan(plan, translateProblems(problems, sourcePath));
  throwProblems(problems.found, places);
  if (options.onTimeWarning !== undefined) {
    const advice = createProblems();
    adviseTimes(plan, translateProblems(advice, sourcePath));
    for (const warning of placeProblems(advice.found, places)) options.onTimeWarning(warning);
  }
  return plan;
}

/** Each file is read once, and what is wrong with it told once. */
function loadPrograms(
  partitions: readonly PartitionDescription[],
  options: LoadOptions,
  problems: Problems,
  places: Places,
): (Program | null)[] {
  const programs = new Map<string, Program | null>();
  return partitions.map(({ path, program: file }) => {
    const known = programs.get(file);
    const programPath = [...path, "program"];
    if (known !== undefined || problems.isSpoilt(programPath)) {
      if (known === null) problems.spoil(programPath);
      return known ?? null;
    }
    let program: Program | null = null;
    try {
      program = loadProgram(file, places(programPath), options);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.add(programPath, error.problem, error.hint);
    }
    programs.set(file, program);
    return program;
  });
}

/** Throws ConfigError, whose place says nothing; `place` is that of warnings. */
function loadProgram(file: string, place: SourcePlace, options: LoadOptions): Program {
  const bytes = readBytes(file, options.readFile);
  const name = `program "${printable(file)}"`;
  let program: Program;
  try {
    program = readElf(bytes, file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.place, `${name} can't be loaded: ${error.problem}`, error.hint);
  }
  checkAbiVersion(program, `${name} `);
  checkInstructions(program, `${name} `, place, options);
  return program;
}

function readBytes(file: string, readFile: ReadFile): Uint8Array {
  try {
    return readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? printable(error.message) : "";
    throw new ConfigError(
      { file, line: 0, column: 0 },
      `cannot read program "${printable(file)}"${reason === "" ? "" : `: ${reason}`}`,
      "Paths are relative to the description's folder.",
    );
  }
}
