/**
 * Relocations of static position-independent programs: the dynamic section, and R_X86_64_RELATIVE applied in place.
 *
 * Such a program has only addresses of its own to adjust: word at (bias + offset) = bias + addend. The loader does it,
 * so that programs need no relocating start-up code (doing it again there would write the same values).
 * Specification: gABI chapter 5, "Dynamic Section"; AMD64 supplement, table 4.9.
 */
import { hex } from "../hex.js";
import { readSections, SectionType } from "./elf-sections.js";
import { findSegment, refuse, type ElfFile, type ProgramHeader, type ElfSegment } from "./elf-types.js";

const enum Tag {
  Null = 0,
  Needed = 1,
  JumpRelocationBytes = 2,
  Rela = 7,
  RelaBytes = 8,
  RelaEntryBytes = 9,
  RelBytes = 18,
  TextRelocations = 22,
  Flags = 30,
  RelrBytes = 35,
}
const FLAG_TEXT_RELOCATIONS = 4n;
const FLAG_ALLOCATED = 2n;
const DYNAMIC_ENTRY_BYTES = 16;
const RELA_ENTRY_BYTES = 24;
const RELATIVE = 8;

const RELOCATION_NAMES: readonly string[] = [
  "R_X86_64_NONE",
  "R_X86_64_64",
  "R_X86_64_PC32",
  "R_X86_64_GOT32",
  "R_X86_64_PLT32",
  "R_X86_64_COPY",
  "R_X86_64_GLOB_DAT",
  "R_X86_64_JUMP_SLOT",
  "R_X86_64_RELATIVE",
  "R_X86_64_GOTPCREL",
  "R_X86_64_32",
  "R_X86_64_32S",
  "R_X86_64_16",
  "R_X86_64_PC16",
  "R_X86_64_8",
  "R_X86_64_PC8",
  "R_X86_64_DTPMOD64",
  "R_X86_64_DTPOFF64",
  "R_X86_64_TPOFF64",
];
const INDIRECT_RELATIVE = 37;

/** Adjusts the contents of `segments`. A program without relocations is left alone. */
export function applyRelocations(elf: ElfFile, dynamic: ProgramHeader, segments: readonly ElfSegment[]): void {
  const { file } = elf;
  const tags = readDynamic(elf, dynamic);
  const has = (tag: Tag): boolean => (tags.get(tag) ?? 0n) !== 0n;
  if (tags.has(Tag.Needed)) {
    refuse(
      file,
      "it needs a shared library (DT_NEEDED)",
      "Link it with -static or -static-pie, and without shared libraries.",
    );
  }
  if (tags.has(Tag.TextRelocations) || ((tags.get(Tag.Flags) ?? 0n) & FLAG_TEXT_RELOCATIONS) !== 0n) {
    refuse(file, "its code would have to be changed while loading (text relocations)", "Compile all of it with -fPIE.");
  }
  if (has(Tag.RelBytes)) refuse(file, "it has relocations without addends (DT_REL)", "x86-64 linkers write DT_RELA.");
  if (has(Tag.RelrBytes)) {
    refuse(file, "it has packed relocations (DT_RELR)", "Link it with -Wl,-z,nopack-relative-relocs.");
  }
  if (has(Tag.JumpRelocationBytes)) {
    refuse(
      file,
      "it has relocations of a procedure linkage table (DT_JMPREL)",
      "It calls functions that it does not contain, or chooses functions at run time (ifunc): link it without libc.",
    );
  }
  if (!has(Tag.RelaBytes)) return;
  if ((tags.get(Tag.RelaEntryBytes) ?? 0n) !== BigInt(RELA_ENTRY_BYTES))
    refuse(file, "its relocations are not 24 bytes each", "");
  applyTable(elf, tags.get(Tag.Rela) ?? 0n, tags.get(Tag.RelaBytes) ?? 0n, segments);
}

/**
 * A static program at fixed addresses has no dynamic section. What is left to relocate in it is left to its start-up
 * code, and that of the SDK relocates nothing. Found where the file has a section table.
 */
export function refuseLeftRelocations(elf: ElfFile): void {
  const tables = readSections(elf).filter(
    ({ type, flags }) => type === SectionType.Relocations && (flags & FLAG_ALLOCATED) !== 0n,
  );
  // Tables that use the same bytes of the file are those of a hostile one.
  let bytesLeft = elf.bytes.length;
  for (const { fileOffset, sizeBytes } of tables) {
    bytesLeft -= sizeBytes;
    if (bytesLeft < 0) return;
    for (let at = fileOffset; at + RELA_ENTRY_BYTES <= fileOffset + sizeBytes; at += RELA_ENTRY_BYTES) {
      const type = elf.view.getUint32(at + 8, true);
      if (type === INDIRECT_RELATIVE) refuseKind(elf.file, type, elf.view.getBigUint64(at, true));
    }
  }
}

/** First value of each tag, up to DT_NULL or the end. */
function readDynamic(elf: ElfFile, dynamic: ProgramHeader): Map<Tag, bigint> {
  const tags = new Map<Tag, bigint>();
  const count = Math.floor(dynamic.fileBytes / DYNAMIC_ENTRY_BYTES);
  for (let index = 0; index < count; index++) {
    const at = dynamic.fileOffset + index * DYNAMIC_ENTRY_BYTES;
    const tag = elf.view.getBigUint64(at, true);
    if (tag === BigInt(Tag.Null)) break;
    if (tag < 64n && !tags.has(Number(tag))) tags.set(Number(tag), elf.view.getBigUint64(at + 8, true));
  }
  return tags;
}

function applyTable(elf: ElfFile, tableAt: bigint, tableBytes: bigint, segments: readonly ElfSegment[]): void {
  const { file, bias } = elf;
  const loadedAt = tableAt + bias;
  const holder =
    tableBytes <= BigInt(elf.bytes.length) ? findSegment(segments, loadedAt, Number(tableBytes)) : undefined;
  const offset = holder === undefined ? 0 : Number(loadedAt - holder.at);
  if (holder === undefined || offset + Number(tableBytes) > holder.contents.length) {
    return refuse(file, "its relocation table is not in the file", "");
  }
  if (tableBytes % BigInt(RELA_ENTRY_BYTES) !== 0n) refuse(file, "its relocation table is cut off", "");
  // A copy: a hostile table may relocate itself.
  const table = holder.contents.slice(offset, offset + Number(tableBytes));
  const view = new DataView(table.buffer);
  let segment: ElfSegment | undefined;
  for (let at = 0; at < table.length; at += RELA_ENTRY_BYTES) {
    const target = view.getBigUint64(at, true) + bias;
    const type = view.getUint32(at + 8, true);
    const symbol = view.getUint32(at + 12, true);
    if (type === 0) continue;
    if (type !== RELATIVE || symbol !== 0) refuseKind(file, type, target);
    // Neighbours mostly share a segment.
    if (segment === undefined || target < segment.at || target >= segment.at + BigInt(segment.sizeBytes)) {
      segment = findSegment(segments, target, 8);
    }
    const targetOffset = segment === undefined ? 0 : Number(target - segment.at);
    if (segment === undefined || targetOffset + 8 > segment.contents.length) {
      return refuse(file, `a relocation changes ${hex(target)}, which is not in the file's part of a segment`, "");
    }
    if (!segment.write) {
      refuse(file, `a relocation changes ${hex(target)}, which is read-only`, "Compile all of it with -fPIE.");
    }
    const { contents } = segment;
    const targetView = new DataView(contents.buffer, contents.byteOffset + targetOffset, 8);
    targetView.setBigUint64(0, view.getBigUint64(at + 16, true) + bias, true);
  }
}

function refuseKind(file: string, type: number, target: bigint): never {
  const name =
    type === INDIRECT_RELATIVE ? "R_X86_64_IRELATIVE" : (RELOCATION_NAMES[type] ?? `relocation type ${type}`);
  const hint =
    type === INDIRECT_RELATIVE
      ? "It chooses functions at run time (ifunc): remove them, and link the SDK in place of a C library."
      : "Only R_X86_64_RELATIVE is applied: link with -static-pie, and without symbols that are missing or weak.";
  return refuse(file, `it has a ${name} relocation at ${hex(target)}`, hint);
}
