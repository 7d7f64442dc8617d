/** Raised when a value, an offset or a meaning changes for programs that exist. CHANGES.md says what each did. */
export const ABI_VERSION = 2;

/**
 * How a program says for which version it was built: an ELF note of this name and type, whose content is the version
 * as a u32. Programs of version 1 have none.
 */
export const ABI_NOTE_NAME = "Hallows";
export const ABI_NOTE_TYPE = 1;
