/**
 * An ELF64 executable: code, constants and one page of variables, each in a segment of its own, a note that says for
 * which ABI it is, and symbols. Specification: gABI chapters 4 and 5; System V ABI, AMD64 supplement.
 *
 *   file    | headers, to 0x1000 | code, constants | symbols, strings, section headers |
 *   memory                         0x400000 code, then constants, then variables, from pages of their own
 */
import { ABI_NOTE_NAME, ABI_NOTE_TYPE, ABI_VERSION } from "../abi/index.js";

export const CODE_ADDRESS = 0x40_0000;
export const PAGE_BYTES = 4096;
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;

export interface Layout {
  /** From CODE_ADDRESS on: code, and constants that begin with the note. */
  readonly bytes: Uint8Array;
  readonly constantsAddress: number;
  readonly variablesAddress: number;
  readonly entry: number;
  /** Functions with their addresses, in the order of these. */
  readonly functions: readonly { readonly name: string; readonly address: number; readonly sizeBytes: number }[];
}

/** The note, which is 4-aligned. */
export function abiNote(): readonly number[] {
  const name = [...`${ABI_NOTE_NAME}\0`].map((each) => each.charCodeAt(0));
  while (name.length % 4 !== 0) name.push(0);
  const word = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
  return [...word(ABI_NOTE_NAME.length + 1), ...word(4), ...word(ABI_NOTE_TYPE), ...name, ...word(ABI_VERSION)];
}

export function writeElf({ bytes, constantsAddress, variablesAddress, entry, functions }: Layout): Uint8Array {
  const names = createStrings();
  const sections = createStrings();
  const fileOffset = (address: number): number => address - CODE_ADDRESS + PAGE_BYTES;
  const symbolsAt = Math.ceil((PAGE_BYTES + bytes.length) / 8) * 8;
  const symbolBytes = (functions.length + 1) * SYMBOL_BYTES;
  const symbolNames = functions.map(({ name }) => names.add(name));
  const sectionNames = [".text", ".rodata", ".symtab", ".strtab", ".shstrtab"].map((name) => sections.add(name));
  const namesAt = symbolsAt + symbolBytes;
  const sectionNamesAt = namesAt + names.bytes.length;
  const headersAt = Math.ceil((sectionNamesAt + sections.bytes.length) / 8) * 8;
  const file = new Uint8Array(headersAt + 6 * SECTION_HEADER_BYTES);
  const view = new DataView(file.buffer);
  const word16 = (at: number, ...values: readonly number[]): void =>
    values.forEach((value, index) => view.setUint16(at + 2 * index, value, true));
  const word32 = (at: number, ...values: readonly number[]): void =>
    values.forEach((value, index) => view.setUint32(at + 4 * index, value, true));
  const word64 = (at: number, ...values: readonly number[]): void =>
    values.forEach((value, index) => view.setBigUint64(at + 8 * index, BigInt(value), true));

  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  word16(16, 2, 62);
  word32(20, 1);
  word64(24, entry, HEADER_BYTES, headersAt);
  word16(52, HEADER_BYTES, PROGRAM_HEADER_BYTES, 4, SECTION_HEADER_BYTES, 6, 5);

  const end = CODE_ADDRESS + bytes.length;
  /** type, flags, address, bytes in the file, in memory, alignment */
  const segments = [
    [1, 5, CODE_ADDRESS, constantsAddress - CODE_ADDRESS, constantsAddress - CODE_ADDRESS, PAGE_BYTES],
    [1, 4, constantsAddress, end - constantsAddress, end - constantsAddress, PAGE_BYTES],
    [1, 6, variablesAddress, 0, PAGE_BYTES, PAGE_BYTES],
    [4, 4, constantsAddress, abiNote().length, abiNote().length, 4],
  ] as const;
  for (const [index, [type, flags, address, fileBytes, memoryBytes, alignment]] of segments.entries()) {
    const at = HEADER_BYTES + index * PROGRAM_HEADER_BYTES;
    word32(at, type, flags);
    word64(at + 8, fileBytes === 0 ? 0 : fileOffset(address), address, address, fileBytes, memoryBytes, alignment);
  }

  file.set(bytes, PAGE_BYTES);
  for (const [index, { address, sizeBytes }] of functions.entries()) {
    const at = symbolsAt + (index + 1) * SYMBOL_BYTES;
    word32(at, symbolNames[index]);
    file[at + 4] = 0x12;
    word16(at + 6, 1);
    word64(at + 8, address, sizeBytes);
  }
  file.set(names.bytes, namesAt);
  file.set(sections.bytes, sectionNamesAt);
  /** type, flags, address, offset, bytes, link, info, alignment, bytes an entry */
  const headers = [
    [1, 6, CODE_ADDRESS, PAGE_BYTES, constantsAddress - CODE_ADDRESS, 0, 0, 16, 0],
    [1, 2, constantsAddress, fileOffset(constantsAddress), end - constantsAddress, 0, 0, 8, 0],
    [2, 0, 0, symbolsAt, symbolBytes, 4, 1, 8, SYMBOL_BYTES],
    [3, 0, 0, namesAt, names.bytes.length, 0, 0, 1, 0],
    [3, 0, 0, sectionNamesAt, sections.bytes.length, 0, 0, 1, 0],
  ] as const;
  for (const [index, [type, flags, address, offset, size, link, info, alignment, entryBytes]] of headers.entries()) {
    const at = headersAt + (index + 1) * SECTION_HEADER_BYTES;
    word32(at, sectionNames[index], type);
    word64(at + 8, flags, address, offset, size);
    word32(at + 40, link, info);
    word64(at + 48, alignment, entryBytes);
  }
  return file;
}

/** A string table: the first byte is 0. */
function createStrings() {
  const bytes: number[] = [0];
  return {
    bytes,
    add(text: string): number {
      const at = bytes.length;
      bytes.push(...[...text].map((each) => each.charCodeAt(0)), 0);
      return at;
    },
  };
}
