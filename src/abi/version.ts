/** Raised when a value, an offset or a meaning changes for programs that exist. CHANGES.md says what each did. */
export const ABI_VERSION = 1;
