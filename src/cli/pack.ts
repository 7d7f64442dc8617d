/** `hallows pack`: a description and its programs become one bootable file. */
import { basename, resolve } from "node:path";
import { writeWholeFile } from "../host/files.js";
import { loadSystemFile } from "../host/system-file.js";
import { createSession, packImage } from "../system/index.js";
import type { Environment } from "./environment.js";
import { optionError } from "./options.js";

export interface PackOptions {
  readonly output?: string;
  readonly seed?: number;
}

/** Returns the exit code. */
export function pack(path: string, options: PackOptions, { output }: Environment): number {
  const { plan, description } = loadSystemFile(path, { seed: options.seed });
  createSession(plan);
  const target = options.output ?? `${plan.name}.hallows`;
  if (resolve(target) === resolve(path)) {
    throw optionError("--output", `${target} is the description itself`, "Name another file.");
  }
  // An image is the same wherever its description lay.
  const bytes = packImage({ plan, description: { file: basename(description.file), text: description.text } });
  writeWholeFile(target, bytes);
  output.result(`${target}: ${plan.partitions.length} partitions, ${bytes.length} bytes\n`);
  return 0;
}
