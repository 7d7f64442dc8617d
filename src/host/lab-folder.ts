/**
 * Labs and learners' work as files: labs that ship and labs of an author's own; for each learner a folder with the
 * files of the instance, and in `lab.json` the seed and what was predicted.
 *
 * What a learner's folder holds is not trusted: files have a limit, and `lab.json` is checked.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ConfigError, printable } from "../errors.js";
import {
  createLabKit,
  createLabRandom,
  type Lab,
  type LabFiles,
  type LabInstance,
  type LabModule,
  type Predictions,
} from "../lab/index.js";
import { fileError, fileProblem } from "./file-error.js";

// As deep in dist/ as in the bundle.
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LABS = join(ROOT, "labs");
const PROGRAMS = join(ROOT, "images/labs");
const STATE_FILE = "lab.json";
/** Of a file that a learner changes: descriptions and small sources. */
const MOST_FILE_BYTES = 1024 * 1024;
const MOST_STATE_BYTES = 64 * 1024;

export interface LabPlace {
  /** 0 for an author's own. */
  readonly number: number;
  readonly name: string;
  readonly path: string;
}

/** The labs that ship, by number. */
export function shippedLabs(): LabPlace[] {
  return readdirSync(LABS)
    .flatMap((entry) => {
      const [, number, name] = /^([0-9]+)-([a-z-]+)$/.exec(entry) ?? [];
      return name === undefined ? [] : [{ number: Number(number), name, path: join(LABS, entry) }];
    })
    .toSorted((a, b) => a.number - b.number);
}

/** A lab by its number, its name, or the path of its folder. Throws ConfigError. */
export function findLab(word: string): LabPlace {
  const shipped = shippedLabs();
  const found = shipped.find(({ number, name }) => word === String(number) || word === name);
  if (found !== undefined) return found;
  if (existsSync(join(word, "lab.js"))) return { number: 0, name: basename(resolve(word)), path: resolve(word) };
  const names = shipped.map(({ number, name }) => `${number} (${name})`).join(", ");
  throw new ConfigError(
    { file: "lab", line: 0, column: 0 },
    `there is no lab "${printable(word)}"`,
    `There are ${names}; a folder with lab.js and lab.md is one, too.`,
  );
}

export async function loadLab({ path }: LabPlace): Promise<{ readonly lab: Lab; readonly text: string }> {
  const module = (await import(pathToFileURL(join(path, "lab.js")).href)) as LabModule;
  const kit = createLabKit((name) => {
    const own = join(path, `${name}.elf`);
    return readFileSync(existsSync(own) ? own : join(PROGRAMS, `${name}.elf`));
  });
  return { lab: module.default(kit), text: readFileSync(join(path, "lab.md"), "utf8") };
}

export function createInstance(lab: Lab, { name }: LabPlace, seed: number): LabInstance {
  return lab.create(createLabRandom(name, seed));
}

/** What a learner has done so far. */
export interface LabState {
  readonly lab: string;
  readonly seed: number;
  readonly predictions: Predictions;
  readonly isRevealed: boolean;
}

/** The folder of a learner's work on a lab; `below`: where the learner keeps them all. */
export function workFolder(below: string, { number, name }: LabPlace): string {
  return join(below, number === 0 ? name : `${String(number).padStart(2, "0")}-${name}`);
}

/** Null where the lab was not opened yet. Throws ConfigError. */
export function readState(folder: string): LabState | null {
  const path = join(folder, STATE_FILE);
  if (!existsSync(path)) return null;
  const state: unknown = parseJson(path, decode(readBounded(path, MOST_STATE_BYTES)));
  if (!isState(state)) throw fileProblem(path, "is no state of a lab", "Remove it, and open the lab again.");
  return state;
}

function isState(value: unknown): value is LabState {
  if (typeof value !== "object" || value === null) return false;
  const { lab, seed, predictions, isRevealed } = value as Record<string, unknown>;
  return (
    typeof lab === "string" &&
    Number.isSafeInteger(seed) &&
    typeof isRevealed === "boolean" &&
    typeof predictions === "object" &&
    predictions !== null &&
    Object.values(predictions).every((text) => typeof text === "string" && text.length < 100)
  );
}

/** Throws ConfigError. */
export function writeState(folder: string, state: LabState): void {
  writeWhole(join(folder, STATE_FILE), `${JSON.stringify(state, null, 2)}\n`);
}

/** The learner's folder as it begins; files that are there already stay as they are. Throws ConfigError. */
export function createWork(folder: string, files: LabFiles): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileError(folder, error, "write");
  }
  for (const [name, bytes] of Object.entries(files))
    if (!existsSync(join(folder, name))) writeWhole(join(folder, name), bytes);
}

/** The learner's versions of these files; those that are not there are left out. Throws ConfigError. */
export function readEdits(folder: string, names: readonly string[]): LabFiles {
  const present = names.filter((name) => existsSync(join(folder, name)));
  return Object.fromEntries(present.map((name) => [name, readBounded(join(folder, name), MOST_FILE_BYTES)]));
}

/** Puts the beginning of a file back. Throws ConfigError. */
export function resetFile(folder: string, name: string, bytes: Uint8Array): void {
  writeWhole(join(folder, name), bytes);
}

function readBounded(path: string, mostBytes: number): Uint8Array {
  try {
    const status = statSync(path);
    if (!status.isFile()) throw fileProblem(path, "is no file", "Remove it, and open the lab again.");
    if (status.size > mostBytes) throw fileProblem(path, `has more than ${mostBytes} bytes`, "A lab needs far less.");
    return readFileSync(path);
  } catch (error) {
    throw error instanceof ConfigError ? error : fileError(path, error, "read");
  }
}

function writeWhole(path: string, data: string | Uint8Array): void {
  try {
    writeFileSync(`${path}.part`, data);
    renameSync(`${path}.part`, path);
  } catch (error) {
    throw fileError(path, error, "write");
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fileProblem(path, "is no JSON", "Remove it, and open the lab again.");
  }
}
