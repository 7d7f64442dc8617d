/**
 * Programs that were built for another version of the binary interface are refused: they would misread what they get.
 */
import { ABI_VERSION } from "../abi/index.js";
import { ConfigError } from "../errors.js";
import type { Program } from "../partitions/elf-types.js";

/** `subject` begins the sentence of what is wrong: 'program "a.elf" ', or "" where the place says it. */
export function checkAbiVersion({ file, abiVersion }: Program, subject: string): void {
  if (abiVersion === ABI_VERSION) return;
  throw new ConfigError(
    { file, line: 0, column: 0 },
    abiVersion === null
      ? `${subject}was built for version 1 of the binary interface, or without the SDK; this is version ${ABI_VERSION}`
      : `${subject}was built for version ${abiVersion} of the binary interface; this is version ${ABI_VERSION}`,
    'Build it again with the SDK of this Hallows, as "hallows cc" does. A program without it needs the note of abi.md.',
  );
}
