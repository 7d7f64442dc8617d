/** What the parts of the ELF reader share: the shape of a program that was read, and how one is refused. */
import { ConfigError } from "../errors.js";
import type { VirtualAddress } from "../units.js";

export interface ElfSymbol {
  readonly name: string;
  readonly at: VirtualAddress;
  /** 0 when unknown. */
  readonly sizeBytes: number;
  readonly isGlobal: boolean;
}

export interface CodeRange {
  readonly at: VirtualAddress;
  readonly sizeBytes: number;
}

export interface ElfSegment {
  readonly at: VirtualAddress;
  /** In memory; what `contents` does not cover is zero. */
  readonly sizeBytes: number;
  readonly write: boolean;
  readonly execute: boolean;
  /** The bytes from the file, relocated. At most sizeBytes. A copy, owned by the segment. */
  readonly contents: Uint8Array;
}

export interface Program {
  /** As the user named it; for messages. */
  readonly file: string;
  readonly entry: VirtualAddress;
  /** Sorted by address. */
  readonly segments: readonly ElfSegment[];
  /** Functions in executable segments, sorted by address; empty when the file has been stripped. */
  readonly symbols: readonly ElfSymbol[];
  /** Executable sections where the file names them; empty otherwise. They exclude data that lies beside code. */
  readonly codeSections: readonly CodeRange[];
  readonly isPositionIndependent: boolean;
  /** Of the binary interface that it was built for; null where it does not say. */
  readonly abiVersion: number | null;
}

/** The parts of a program header (Elf64_Phdr) that matter here. */
export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly fileOffset: number;
  readonly at: bigint;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly alignBytes: bigint;
}

/** What the parts of the reader share. `bias` is what position-independent addresses are moved by. */
export interface ElfFile {
  readonly file: string;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly bias: bigint;
}

export function refuse(file: string, problem: string, hint: string): never {
  throw new ConfigError({ file, line: 0, column: 0 }, problem, hint);
}

/** The segment that holds `sizeBytes` bytes from `at`, or undefined. */
export function findSegment(segments: readonly ElfSegment[], at: bigint, sizeBytes = 1): ElfSegment | undefined {
  return segments.find(
    (segment) => at >= segment.at && at + BigInt(sizeBytes) <= segment.at + BigInt(segment.sizeBytes),
  );
}

export function isExecutable(segments: readonly ElfSegment[], at: bigint): boolean {
  return findSegment(segments, at)?.execute === true;
}
