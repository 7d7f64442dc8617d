/** The guest side: programs, what they find at their start, and the devices that they talk to. */
export * from "./boot-info.js";
export * from "./console.js";
export * from "./elf.js";
export * from "./elf-types.js";
export * from "./program.js";
export * from "./ring-pages.js";
