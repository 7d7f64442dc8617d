/** `hallows pack`: a description and its programs become one bootable file. */
import { basename } from "node:path";
import { loadSystemFile } from "../host/system-file.js";
import { createSession, packImage } from "../system/index.js";
import type { Environment } from "./environment.js";
import { sayWarning } from "./output.js";

export interface PackOptions {
  readonly output?: string;
  readonly seed?: number;
  readonly strict?: boolean;
}

/** Returns the exit code. */
export function pack(path: string, options: PackOptions, { output, files }: Environment): number {
  const { plan, description, warnings } = loadSystemFile(files, path, { seed: options.seed, strict: options.strict });
  for (const warning of warnings) sayWarning(output, warning);
  createSession(plan);
  const target = options.output ?? `${plan.name}.hallows`;
  const file = files.createWriter(target);
  // An image is the same wherever its description lay.
  const bytes = packImage({ plan, description: { file: basename(description.file), text: description.text } });
  file.write(bytes);
  file.close();
  output.result(`${target}: ${plan.partitions.length} partitions, ${bytes.length} bytes\n`);
  return 0;
}
