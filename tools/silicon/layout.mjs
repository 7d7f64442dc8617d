/**
 * The little world in which a test case runs, and the two records that describe a case: what goes in, what came out.
 *
 * The same addresses hold natively and in our machine, so a register may hold a pointer:
 *
 *   0x10000000  code      5 pages, 64 slots of 320 bytes, everything else INT3; nothing is mapped behind it
 *   0x11000000  landing   1 page of INT3: where branches go
 *   0x20000000            not mapped
 *   0x20001000  window    2 pages, read and write
 *   0x20003000  read-only 1 page
 *   0x20004000            not mapped
 *
 * Records are little-endian 32-bit words; harness.c has the same as C structures.
 */
export const MAGIC = 0x57414c48;

export const CODE_BASE = 0x10000000;
export const CODE_BYTES = 20480;
export const SLOT_COUNT = 64;
export const SLOT_BYTES = 320;
/** Where an instruction stands in its slot: a short branch of -128 to 127 stays among INT3. */
export const SLOT_START = 160;
export const LANDING_BASE = 0x11000000;
export const LANDING_BYTES = 4096;
export const WINDOW_BASE = 0x20001000;
export const WINDOW_BYTES = 8192;
export const READ_ONLY_BASE = WINDOW_BASE + WINDOW_BYTES;
export const READ_ONLY_BYTES = 4096;
/** `jmp [CONTEXT.leave]`: brings the native harness back; our machine never gets there. */
export const TRAILER = [0xff, 0x24, 0x25, 0xa0, 0x00, 0x00, 0x30];

/** Input record, in words. Registers in ModRM order, then RFLAGS, FS base, GS base, two words each. */
export const INPUT_WORDS = 64;
export const IN_FLAGS = 32;
export const IN_FS = 34;
export const IN_GS = 36;
export const IN_CODE_OFFSET = 38;
export const IN_PATCH_COUNT = 39;
/** Four patches of six words: offset into the window, length in bytes, 16 bytes. */
export const IN_PATCHES = 40;
export const PATCH_WORDS = 6;
export const PATCH_LIMIT = 4;

/**
 * Vector record, which stands beside the input record of a case, in words: XMM0 to XMM15, MXCSR, and one bit for each
 * XMM register that counts as changed whatever it holds.
 */
export const VECTOR_WORDS = 68;
export const IN_MXCSR = 64;
export const IN_REPORTED = 65;
/** Every exception masked, to nearest, no flag: what instructions on other registers run with. */
export const INITIAL_MXCSR = 0x1f80;

/** Output record, in words; `OUT_CHANGE_COUNT` changes of four words follow: word index, 0, value. */
export const OUTPUT_WORDS = 46;
export const OUT_FLAGS = 32;
export const OUT_FS = 34;
export const OUT_GS = 36;
export const OUT_RIP = 38;
export const OUT_CR2 = 40;
export const OUT_VECTOR = 42;
export const OUT_ERROR_CODE = 43;
export const OUT_CHANGE_COUNT = 44;
export const CHANGE_WORDS = 4;
/** As word index of a change: the halves of XMM0 to XMM15 from here on, then MXCSR. */
export const CHANGED_XMM = 0x10000;
export const CHANGED_MXCSR = CHANGED_XMM + 32;
export const CHANGED_VECTORS_LIMIT = 33;
/** The vector of a case that raised nothing. */
export const COMPLETED = 0xffffffff;

export const FLAG_BITS = { c: 1 << 0, p: 1 << 2, a: 1 << 4, z: 1 << 6, s: 1 << 7, d: 1 << 10, o: 1 << 11 };
/** What is compared of RFLAGS: the arithmetic flags, DF, NT, AC and ID. IF, IOPL and RF belong to the host's kernel. */
export const COMPARED_FLAGS = 0xcd5 | (1 << 14) | (1 << 18) | (1 << 21);

export const REGISTER_NAMES = [
  "rax",
  "rcx",
  "rdx",
  "rbx",
  "rsp",
  "rbp",
  "rsi",
  "rdi",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
];

/** A set of flags, such as "oszapc", as a mask of RFLAGS bits. */
export function flagMask(letters) {
  let mask = 0;
  for (const letter of letters) mask |= FLAG_BITS[letter];
  return mask;
}
