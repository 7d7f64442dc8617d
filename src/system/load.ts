/**
 * From a description with its programs to a plan.
 *
 * Reads nothing by itself: file contents come from the caller, so that this runs wherever there are bytes.
 */
import { ConfigError } from "../errors.js";
import type { SystemPlan } from "../kernel/plan.js";
import { readElf } from "../partitions/elf.js";
import type { Program } from "../partitions/elf-types.js";
import { checkDescription } from "./plan/check.js";
import type { Description, PartitionDescription } from "./description/description.js";
import type { Places } from "./description/locator.js";
import { printable } from "./description/names.js";
import { resolvePlan } from "./plan/resolve.js";
import { checkInstructions, systemName, type FindMissingInstructions } from "./program.js";
import { readDescription } from "./description/read-description.js";

/** Contents of a file, by its path as the description writes it. Throws when it cannot be read. */
export type ReadFile = (path: string) => Uint8Array;

export interface LoadOptions {
  readonly readFile: ReadFile;
  /** Replaces the sweep over the programs' code. */
  readonly findMissingInstructions?: FindMissingInstructions;
  /** Replaces the seed of the description. */
  readonly seed?: number;
}

/** Throws ConfigError, and nothing else, for whatever is wrong with the text or the programs. */
export function loadSystem(text: string, file: string, options: LoadOptions): SystemPlan {
  const { description, places } = readDescription(text, file, systemName(file));
  checkDescription(description, places);
  const { seed } = options;
  const seeded: Description =
    seed === undefined ? description : { ...description, machine: { ...description.machine, seed } };
  const programs = loadPrograms(seeded.partitions, places, options);
  return resolvePlan(seeded, programs, places);
}

function loadPrograms(partitions: readonly PartitionDescription[], places: Places, options: LoadOptions): Program[] {
  const programs = new Map<string, Program>();
  return partitions.map(({ path, program: file }) => {
    const known = programs.get(file);
    if (known !== undefined) return known;
    const place = places([...path, "program"]);
    const bytes = readBytes(file, place, options.readFile);
    const program = at(place, file, () => readElf(bytes, file));
    checkInstructions(program, options.findMissingInstructions, `program "${printable(file)}" `, place);
    programs.set(file, program);
    return program;
  });
}

function readBytes(file: string, place: ConfigError["place"], readFile: ReadFile): Uint8Array {
  try {
    return readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? printable(error.message) : "";
    throw new ConfigError(
      place,
      `cannot read program "${printable(file)}"${reason === "" ? "" : `: ${reason}`}`,
      "Paths are relative to the description's folder.",
    );
  }
}

/** A program's error, told at the place of the description that names the program. */
function at<T>(place: ConfigError["place"], file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(place, `program "${printable(file)}" can't be loaded: ${error.problem}`, error.hint);
  }
}
