/**
 * The guest side: what a partition is given, its program and its boot information.
 *
 * `readElf` takes hostile bytes; `programRegions` and `bootInfoPages` turn what is known into pages.
 */
export {
  bootInfoBytes,
  bootInfoPages,
  partitionSeed,
  type BootChannel,
  type BootInfo,
  type BootLink,
  type BootPool,
} from "./boot-info.js";
export { isElf, readElf } from "./elf.js";
export {
  findSegment,
  isExecutable,
  type CodeRange,
  type ElfSymbol,
  type Program,
  type ElfSegment,
} from "./elf-types.js";
export { programRegions, type ProgramRegion } from "./program.js";
