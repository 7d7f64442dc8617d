/**
 * What the notes of an ELF file tell. glibc's start-up code marks every program that it is linked into with the oldest
 * Linux kernel that it runs on; our SDK with the version of the binary interface that it is written against.
 * Specification: gABI chapter 5, "Note Section"; Linux Standard Base, ".note.ABI-tag".
 */
import { ABI_NOTE_NAME, ABI_NOTE_TYPE } from "../abi/index.js";
import type { ProgramHeader } from "./elf-types.js";

const NOTE_SEGMENT = 4;
const NOTE_HEADER_BYTES = 12;
const LINUX_TAG_TYPE = 1;
const LINUX = 0;
/** Notes are short; a hostile file may have millions. */
const MAX_NOTE_BYTES = 64 * 1024;

/** Whether the program says that it runs on a Linux kernel. */
export function isForLinux(view: DataView, headers: readonly ProgramHeader[]): boolean {
  return firstWord(view, headers, "GNU", LINUX_TAG_TYPE) === LINUX;
}

/** The version of our binary interface for which a program says that it was built; null when it says nothing. */
export function readAbiVersion(view: DataView, headers: readonly ProgramHeader[]): number | null {
  return firstWord(view, headers, ABI_NOTE_NAME, ABI_NOTE_TYPE);
}

/** The first word of the content of the first such note. */
function firstWord(view: DataView, headers: readonly ProgramHeader[], name: string, type: number): number | null {
  for (const header of headers) {
    if (header.type !== NOTE_SEGMENT) continue;
    const word = findNote(view, header, `${name}\0`, type);
    if (word !== null) return word;
  }
  return null;
}

function findNote(view: DataView, header: ProgramHeader, name: string, type: number): number | null {
  const end = header.fileOffset + Math.min(header.fileBytes, MAX_NOTE_BYTES);
  for (let at = header.fileOffset; at + NOTE_HEADER_BYTES <= end;) {
    const nameBytes = view.getUint32(at, true);
    const contentBytes = view.getUint32(at + 4, true);
    const nameAt = at + NOTE_HEADER_BYTES;
    const contentAt = nameAt + roundUpToWord(nameBytes);
    const next = contentAt + roundUpToWord(contentBytes);
    const isOne = view.getUint32(at + 8, true) === type && nameBytes === name.length && contentBytes >= 4;
    if (isOne && next <= end && hasText(view, nameAt, name)) return view.getUint32(contentAt, true);
    at = next;
  }
  return null;
}

function hasText(view: DataView, at: number, text: string): boolean {
  return [...text].every((character, index) => view.getUint8(at + index) === character.charCodeAt(0));
}

function roundUpToWord(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 4) * 4;
}
