/**
 * Function symbols and executable sections of an ELF file, for reports, profiles and thread entries.
 *
 * A program runs without them, so nothing here is refused: a section table or symbol that makes no sense is left out.
 * Specification: gABI chapter 4, "Sections" and "Symbol Table".
 */
import { readSections, SectionType, type Section } from "./elf-sections.js";
import { isExecutable, type CodeRange, type ElfFile, type ElfSymbol, type ElfSegment } from "./elf-types.js";

const SYMBOL_BYTES = 24;
const SECTION_FLAG_ALLOCATED_CODE = 0x6n;
const SYMBOL_NO_TYPE = 0;
const SYMBOL_FUNCTION = 2;
const MAX_SYMBOLS = 65536;
const MAX_NAME_BYTES = 255;

/** Sorted by address, then by name. At most 65536. */
export function readFunctionSymbols(elf: ElfFile, segments: readonly ElfSegment[]): ElfSymbol[] {
  const sections = readSections(elf);
  const table = sections.find((section) => section.type === SectionType.Symbols);
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
export function readCodeSections(elf: ElfFile, segments: readonly ElfSegment[]): CodeRange[] {
  return readSections(elf)
    .filter((section) => (section.flags & SECTION_FLAG_ALLOCATED_CODE) === SECTION_FLAG_ALLOCATED_CODE)
    .map((section) => ({ at: section.at + elf.bias, sizeBytes: section.sizeBytes }))
    .filter(
      ({ at, sizeBytes }) =>
        sizeBytes > 0 && isExecutable(segments, at) && isExecutable(segments, at + BigInt(sizeBytes) - 1n),
    )
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
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
