/**
 * The guest side: what a partition is given (program, boot information, rings), and the devices that it talks to.
 *
 * `readElf` takes hostile bytes; `programRegions`, `bootInfoPage` and `ringParts` turn what is known into pages;
 * `createConsole` is the device behind each partition's first channel end.
 */
export { bootInfoPage, CONSOLE_NAME, partitionSeed, type BootChannel, type BootInfo } from "./boot-info.js";
export { createConsole, type ConsoleListener, type ConsoleOptions } from "./console.js";
export { isElf, readElf } from "./elf.js";
export {
  findSegment,
  hex,
  isExecutable,
  type CodeRange,
  type ElfSymbol,
  type Program,
  type Segment,
} from "./elf-types.js";
export { programRegions, type ProgramRegion } from "./program.js";
export { MAX_RING_BYTES, ringParts, type RingPart } from "./ring-pages.js";
