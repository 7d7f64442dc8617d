/**
 * What the notes of an ELF file tell. glibc's start-up code marks every program that it is linked into with the oldest
 * Linux kernel that it runs on. Specification: gABI chapter 5, "Note Section"; Linux Standard Base, ".note.ABI-tag".
 */
import type { ProgramHeader } from "./elf-types.js";

const NOTE_SEGMENT = 4;
const NOTE_HEADER_BYTES = 12;
const ABI_TAG = 1;
const LINUX = 0;
/** "GNU" and its zero byte. */
const GNU = 0x00554e47;
/** Notes are short; a hostile file may have millions. */
const MAX_NOTE_BYTES = 64 * 1024;

/** Whether the program says that it runs on a Linux kernel. */
export function isForLinux(view: DataView, headers: readonly ProgramHeader[]): boolean {
  return headers.some(
    ({ type, fileOffset, fileBytes }) => type === NOTE_SEGMENT && hasLinuxTag(view, fileOffset, fileBytes),
  );
}

function hasLinuxTag(view: DataView, start: number, sizeBytes: number): boolean {
  const end = start + Math.min(sizeBytes, MAX_NOTE_BYTES);
  for (let at = start; at + NOTE_HEADER_BYTES + 8 <= end;) {
    const nameBytes = view.getUint32(at, true);
    const contentBytes = view.getUint32(at + 4, true);
    const nameAt = at + NOTE_HEADER_BYTES;
    const isTag = view.getUint32(at + 8, true) === ABI_TAG && nameBytes === 4 && contentBytes >= 4;
    if (isTag && view.getUint32(nameAt, true) === GNU && view.getUint32(nameAt + 4, true) === LINUX) return true;
    at = nameAt + roundUpToWord(nameBytes) + roundUpToWord(contentBytes);
  }
  return false;
}

function roundUpToWord(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 4) * 4;
}
