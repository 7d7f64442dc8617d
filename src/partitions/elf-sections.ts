/**
 * The section table of an ELF file. A program runs without one, so nothing here is refused: what makes no sense is left
 * out. Specification: gABI chapter 4, "Sections".
 */
import type { ElfFile } from "./elf-types.js";

export interface Section {
  readonly type: number;
  readonly flags: bigint;
  readonly at: bigint;
  readonly fileOffset: number;
  readonly sizeBytes: number;
  readonly link: number;
}

export const enum SectionType {
  Symbols = 2,
  Relocations = 4,
  NoBits = 8,
}

const SECTION_HEADER_BYTES = 64;
const MAX_SECTIONS = 4096;

/** All sections that lie in the file; one that does not stands as an empty one, so that indices stay right. */
export function readSections(elf: ElfFile): Section[] {
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
    const isInFile = type !== SectionType.NoBits && fileOffset + sizeBytes <= BigInt(view.byteLength);
    return {
      type: isInFile ? type : SectionType.NoBits,
      flags: isInFile ? view.getBigUint64(at + 8, true) : 0n,
      at: view.getBigUint64(at + 16, true),
      fileOffset: isInFile ? Number(fileOffset) : 0,
      sizeBytes: isInFile ? Number(sizeBytes) : 0,
      link: view.getUint32(at + 40, true),
    };
  });
}
