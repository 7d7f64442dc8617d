/**
 * The guest side: what a partition is given, its program and its boot information.
 *
 * `readElf` takes hostile bytes; `programRegions` and `bootInfoPage` turn what is known into pages.
 */
export { bootInfoPage, partitionSeed, type BootChannel, type BootInfo } from "./boot-info.js";
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
