/**
 * Function symbols and executable sections of an ELF file, for reports, profiles and thread entries.
 *
 * A program runs without them, so nothing here is refused: a section table or symbol that makes no sense is left out.
 * Specification: gABI chapter 4, "Sections" and "Symbol Table".
 */
import { isExecutable, type CodeRange, type ElfFile, type ElfSymbol, type Segment } from "./elf-types.js";

interface Section {
  readonly type: number;
  readonly flags: bigint;
  readonly at: bigint;
  readonly fileOffset: number;
  readonly sizeBytes: number;
  readonly link: number;
}

const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const SECTION_SYMBOLS = 2;
const SECTION_NO_BITS = 8;
const SECTION_FLAG_ALLOCATED_CODE = 0x6n;
const SYMBOL_NO_TYPE = 0;
const SYMBOL_FUNCTION = 2;
const MAX_SECTIONS = 4096;
const MAX_SYMBOLS = 65536;
const MAX_NAME_BYTES = 255;

/** Sorted by address, then by name. At most 65536. */
export function readFunctionSymbols(elf: ElfFile, segments: readonly Segment[]): ElfSymbol[] {
  const sections = readSections(elf);
  const table = sections.find((section) => section.type === SECTION_SYMBOLS);
  const strings = table === undefined ? undefined : sections[table.link];
  if (table === undefined || strings === undefined) return [];
  const symbols: ElfSymbol[] = [];
  const count = Math.min(MAX_SYMBOLS, Math.floor(table.sizeBytes / SYMBOL_BYTES));
  for (let index = 1; index < count; index++) {
    const symbol = readSymbol(elf, table.fileOffset + index * SYMBOL_BYTES, strings);
    if (symbol !== null && isExecutable(segments, symbol.at)) symbols.push(symbol);
  }
  return symbols.toSorted((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  );
}

/** Sections that hold code, within executable segments; sorted by address. */
export function readCodeSections(elf: ElfFile, segments: readonly Segment[]): CodeRange[] {
  return readSections(elf)
    .filter((section) => (section.flags & SECTION_FLAG_ALLOCATED_CODE) === SECTION_FLAG_ALLOCATED_CODE)
    .map((section) => ({ at: section.at + elf.bias, sizeBytes: section.sizeBytes }))
    .filter(
      ({ at, sizeBytes }) =>
        sizeBytes > 0 && isExecutable(segments, at) && isExecutable(segments, at + BigInt(sizeBytes) - 1n),
    )
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** All sections that lie in the file; one that does not stands as an empty one, so that indices stay right. */
function readSections(elf: ElfFile): Section[] {
  const { view } = elf;
  const tableAt = view.getBigUint64(40, true);
  const count = view.getUint16(60, true);
  const isUsable = view.getUint16(58, true) === SECTION_HEADER_BYTES && count <= MAX_SECTIONS;
  if (!isUsable || tableAt + BigInt(count * SECTION_HEADER_BYTES) > BigInt(view.byteLength)) return [];
  return Array.from({ length: count }, (_, index) => {
    const at = Number(tableAt) + index * SECTION_HEADER_BYTES;
    const type = view.getUint32(at + 4, true);
    const fileOffset = view.getBigUint64(at + 24, true);
    const sizeBytes = view.getBigUint64(at + 32, true);
    const isInFile = type !== SECTION_NO_BITS && fileOffset + sizeBytes <= BigInt(view.byteLength);
    return {
      type: isInFile ? type : SECTION_NO_BITS,
      flags: isInFile ? view.getBigUint64(at + 8, true) : 0n,
      at: view.getBigUint64(at + 16, true),
      fileOffset: isInFile ? Number(fileOffset) : 0,
      sizeBytes: isInFile ? Number(sizeBytes) : 0,
      link: view.getUint32(at + 40, true),
    };
  });
}

/** Null for what is no function: data, files, undefined symbols, local labels, unprintable names. */
function readSymbol(elf: ElfFile, at: number, strings: Section): ElfSymbol | null {
  const { view } = elf;
  const information = view.getUint8(at + 4);
  const type = information & 0xf;
  const isGlobal = information >> 4 !== 0;
  const isDefined = view.getUint16(at + 6, true) !== 0;
  // Functions of assembly files often have no type; their local labels are no functions.
  const isFunction = type === SYMBOL_FUNCTION || (type === SYMBOL_NO_TYPE && isGlobal);
  if (!isDefined || !isFunction) return null;
  const name = readName(elf, strings, view.getUint32(at, true));
  if (name === "") return null;
  const sizeBytes = view.getBigUint64(at + 16, true);
  return {
    name,
    at: view.getBigUint64(at + 8, true) + elf.bias,
    sizeBytes: sizeBytes > BigInt(view.byteLength) ? 0 : Number(sizeBytes),
    isGlobal,
  };
}

/** A zero-terminated name of 1 to 255 printable ASCII characters, or "". */
function readName(elf: ElfFile, strings: Section, offset: number): string {
  if (offset >= strings.sizeBytes) return "";
  const start = strings.fileOffset + offset;
  const end = Math.min(strings.fileOffset + strings.sizeBytes, start + MAX_NAME_BYTES + 1);
  let name = "";
  for (let at = start; at < end; at++) {
    const character = elf.bytes[at];
    if (character === 0) return name;
    if (character < 0x21 || character > 0x7e) return "";
    name += String.fromCharCode(character);
  }
  return "";
}
