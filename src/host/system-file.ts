/**
 * From a path to a plan: system descriptions with the programs beside them, images, and programs.
 */
import { dirname, resolve } from "node:path";
import { ConfigError, type ConfigProblem } from "../errors.js";
import type { SystemPlan } from "../kernel/index.js";
import { isElf } from "../partitions/index.js";
import {
  adviseImage,
  checkInstructions,
  isImage,
  loadSystem,
  sweptProgramOf,
  unpackImage,
  type ImageDescription,
} from "../system/index.js";
import type { HostFiles } from "./files.js";

export interface LoadedSystem {
  readonly plan: SystemPlan;
  /** The text that the plan was made of. */
  readonly description: ImageDescription;
  readonly from: "description" | "image";
  /** What it may be run with all the same. */
  readonly warnings: readonly ConfigProblem[];
  /** Times that the kernel takes a large share of. */
  readonly timeWarnings: readonly ConfigProblem[];
}

export interface SystemFileOptions {
  readonly seed?: number;
  /** Refuse what there would be warnings of. */
  readonly strict?: boolean;
}

/** Throws ConfigError. */
export function loadSystemFile(files: HostFiles, path: string, options: SystemFileOptions = {}): LoadedSystem {
  return loadSystemBytes(files, files.readWhole(path), path, options);
}

/** `bytes` are what `path` holds. Programs are looked for relative to its folder. Throws ConfigError. */
export function loadSystemBytes(
  files: HostFiles,
  bytes: Uint8Array,
  path: string,
  { seed, strict }: SystemFileOptions = {},
): LoadedSystem {
  if (isElf(bytes)) {
    throw problem(
      path,
      "is a program, not a system",
      `"hallows run ${path}" runs it; "hallows boot" takes a description or an image.`,
    );
  }
  const warnings: ConfigProblem[] = [];
  const options = { strict, onWarning: (warning: ConfigProblem) => void warnings.push(warning) };
  if (isImage(bytes)) {
    const { plan, description } = unpackImage(bytes, path);
    if (seed !== undefined && seed !== plan.machine.seed) {
      throw problem(
        path,
        `is an image, made with seed ${plan.machine.seed}`,
        "Boot the description with --seed, or pack it again.",
      );
    }
    for (const partition of plan.partitions) {
      const place = { file: path, line: 0, column: 0 };
      checkInstructions(sweptProgramOf(partition), `partition "${partition.name}" `, place, options);
    }
    return { plan, description, from: "image", warnings, timeWarnings: adviseImage(plan, path) };
  }
  const text = decodeText(bytes, path);
  const folder = dirname(path);
  const readFile = (name: string): Uint8Array => readProgram(files, resolve(folder, name));
  const timeWarnings: ConfigProblem[] = [];
  const onTimeWarning = (warning: ConfigProblem): void => void timeWarnings.push(warning);
  const plan = loadSystem(text, path, { readFile, seed, onTimeWarning, ...options });
  return { plan, description: { file: path, text }, from: "description", warnings, timeWarnings };
}

/** The reason alone: the caller names the program and the place that names it. */
function readProgram(files: HostFiles, path: string): Uint8Array {
  try {
    return files.readWhole(path);
  } catch (error) {
    throw error instanceof ConfigError ? new Error(error.problem) : error;
  }
}

function decodeText(bytes: Uint8Array, path: string): string {
  // A description's first characters are ASCII: in UTF-16 a byte order mark or a NUL stands there.
  const isUtf16 = bytes.subarray(0, 2).some((byte) => byte === 0 || byte === 0xff);
  if (isUtf16) throw problem(path, "is no text in UTF-8", "If it is a description in UTF-16, save it as UTF-8.");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw problem(path, "is neither a description (text), nor an image, nor a program", "Its bytes are no UTF-8 text.");
  }
}

function problem(file: string, what: string, hint: string): ConfigError {
  return new ConfigError({ file, line: 0, column: 0 }, what, hint);
}
