/** Small ELF64 files made field by field, so that a test can say which one is wrong. */

import { ABI_NOTE_NAME, ABI_NOTE_TYPE, ABI_VERSION } from "../../dist/abi/index.js";

export const LOAD = 1;
export const NOTE = 4;
export const DYNAMIC = 2;
export const R = 4;
export const RW = 6;
export const RX = 5;
export const RWX = 7;

export interface SegmentSpec {
  readonly type?: number;
  readonly flags: number;
  readonly at: bigint;
  readonly contents?: Uint8Array;
  /** Default: as many as the contents. */
  readonly memoryBytes?: bigint;
  readonly fileBytes?: bigint;
  readonly fileOffset?: bigint;
  readonly alignBytes?: bigint;
}

export interface SymbolSpec {
  readonly name: string;
  readonly at: bigint;
  readonly sizeBytes?: number;
  /** STT_FUNC and global by default. */
  readonly information?: number;
  readonly section?: number;
}

export interface ElfSpec {
  readonly type?: number;
  readonly machine?: number;
  readonly entry?: bigint;
  readonly segments: readonly SegmentSpec[];
  readonly symbols?: readonly SymbolSpec[];
  /** Executable sections, named in the section table. */
  readonly codeSections?: readonly { readonly at: bigint; readonly sizeBytes: number }[];
  /**
   * Address and type of each relocation in a section that is loaded, as static programs at fixed addresses have one.
   */
  readonly leftRelocations?: readonly (readonly [at: bigint, type: number])[];
  /** What its note says, the last segment; null for none. */
  readonly abiVersion?: number | null;
}

/** The note of the SDK: sizes of name and content, type, name, content. */
function abiNote(version: number): SegmentSpec {
  const contents = new Uint8Array(24);
  const view = new DataView(contents.buffer);
  [8, 4, ABI_NOTE_TYPE].forEach((value, index) => view.setUint32(4 * index, value, true));
  contents.set(new TextEncoder().encode(ABI_NOTE_NAME), 12);
  view.setUint32(20, version, true);
  return { type: NOTE, flags: R, at: 0n, contents };
}

/** RET, so that sweeps over it find nothing. */
export const CODE = Uint8Array.of(0x31, 0xc0, 0x0f, 0x05, 0xc3, 0x90, 0x90, 0x90);

/** A static program of one code and one data segment. */
export const SIMPLE: ElfSpec = {
  entry: 0x401000n,
  segments: [
    { flags: RX, at: 0x401000n, contents: CODE },
    { flags: RW, at: 0x402000n, contents: Uint8Array.of(1, 2, 3, 4), memoryBytes: 0x1800n },
  ],
  symbols: [
    { name: "_start", at: 0x401000n, sizeBytes: 4 },
    { name: "control_loop", at: 0x401004n, sizeBytes: 1 },
  ],
};

export function buildElf(spec: ElfSpec): Uint8Array {
  const { symbols = [], codeSections = [], leftRelocations = [], abiVersion = ABI_VERSION } = spec;
  const segments = abiVersion === null ? spec.segments : [...spec.segments, abiNote(abiVersion)];
  let next = 64 + 56 * segments.length;
  const offsets = segments.map(({ contents }) => {
    const offset = next;
    next += contents?.length ?? 0;
    return offset;
  });
  const names = ["", ...symbols.map(({ name }) => name)];
  const strings = new TextEncoder().encode(`${names.join("\0")}\0`);
  const hasSections = symbols.length > 0 || codeSections.length > 0 || leftRelocations.length > 0;
  const symbolsAt = next;
  const stringsAt = symbolsAt + 24 * (symbols.length + 1);
  const relocationsAt = stringsAt + strings.length;
  const sectionsAt = relocationsAt + 24 * leftRelocations.length;
  const sectionCount = 3 + codeSections.length + (leftRelocations.length > 0 ? 1 : 0);
  const bytes = new Uint8Array(hasSections ? sectionsAt + 64 * sectionCount : next);
  const view = new DataView(bytes.buffer);

  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, spec.type ?? 2, true);
  view.setUint16(18, spec.machine ?? 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, spec.entry ?? 0n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, segments.length, true);
  segments.forEach((segment, index) => {
    const at = 64 + 56 * index;
    const length = BigInt(segment.contents?.length ?? 0);
    view.setUint32(at, segment.type ?? LOAD, true);
    view.setUint32(at + 4, segment.flags, true);
    view.setBigUint64(at + 8, segment.fileOffset ?? BigInt(offsets[index]), true);
    view.setBigUint64(at + 16, segment.at, true);
    view.setBigUint64(at + 24, segment.at, true);
    view.setBigUint64(at + 32, segment.fileBytes ?? length, true);
    view.setBigUint64(at + 40, segment.memoryBytes ?? length, true);
    view.setBigUint64(at + 48, segment.alignBytes ?? 4096n, true);
    if (segment.contents !== undefined) bytes.set(segment.contents, offsets[index]);
  });
  if (!hasSections) return bytes;

  view.setBigUint64(40, BigInt(sectionsAt), true);
  view.setUint16(58, 64, true);
  view.setUint16(60, sectionCount, true);
  bytes.set(strings, stringsAt);
  let nameAt = 1;
  symbols.forEach((symbol, index) => {
    const at = symbolsAt + 24 * (index + 1);
    view.setUint32(at, nameAt, true);
    view.setUint8(at + 4, symbol.information ?? 0x12);
    view.setUint16(at + 6, symbol.section ?? 1, true);
    view.setBigUint64(at + 8, symbol.at, true);
    view.setBigUint64(at + 16, BigInt(symbol.sizeBytes ?? 0), true);
    nameAt += symbol.name.length + 1;
  });
  const section = (
    index: number,
    type: number,
    flags: bigint,
    at: bigint,
    offset: number,
    size: number,
    link = 0,
  ): void => {
    const header = sectionsAt + 64 * index;
    view.setUint32(header + 4, type, true);
    view.setBigUint64(header + 8, flags, true);
    view.setBigUint64(header + 16, at, true);
    view.setBigUint64(header + 24, BigInt(offset), true);
    view.setBigUint64(header + 32, BigInt(size), true);
    view.setUint32(header + 40, link, true);
  };
  section(1, 2, 0n, 0n, symbolsAt, 24 * (symbols.length + 1), 2);
  section(2, 3, 0n, 0n, stringsAt, strings.length);
  leftRelocations.forEach(([at, type], index) => {
    view.setBigUint64(relocationsAt + 24 * index, at, true);
    view.setUint32(relocationsAt + 24 * index + 8, type, true);
  });
  codeSections.forEach(({ at, sizeBytes }, index) => section(3 + index, 1, 6n, at, 64, sizeBytes));
  if (leftRelocations.length > 0)
    section(sectionCount - 1, 4, 2n, 0x400200n, relocationsAt, 24 * leftRelocations.length);
  return bytes;
}

/** A position-independent program whose data holds the given relocations: offset, type, symbol, addend. */
export function buildRelocated(
  relocations: readonly (readonly [bigint, number, number, bigint])[],
  extraTags: readonly (readonly [bigint, bigint])[] = [],
  dataFlags = RW,
): Uint8Array {
  const table = new Uint8Array(24 * relocations.length);
  const tableView = new DataView(table.buffer);
  relocations.forEach(([offset, type, symbol, addend], index) => {
    tableView.setBigUint64(24 * index, offset, true);
    tableView.setUint32(24 * index + 8, type, true);
    tableView.setUint32(24 * index + 12, symbol, true);
    tableView.setBigUint64(24 * index + 16, addend, true);
  });
  const tags: (readonly [bigint, bigint])[] = [
    [7n, 0x3000n],
    [8n, BigInt(table.length)],
    [9n, 24n],
    ...extraTags,
    [0n, 0n],
  ];
  const dynamic = new Uint8Array(16 * tags.length);
  const dynamicView = new DataView(dynamic.buffer);
  tags.forEach(([tag, value], index) => {
    dynamicView.setBigUint64(16 * index, tag, true);
    dynamicView.setBigUint64(16 * index + 8, value, true);
  });
  return buildElf({
    type: 3,
    entry: 0x1000n,
    segments: [
      { flags: RX, at: 0x1000n, contents: CODE },
      { flags: dataFlags, at: 0x2000n, contents: new Uint8Array(64), memoryBytes: 128n },
      { flags: R, at: 0x3000n, contents: table },
      { type: DYNAMIC, flags: RW, at: 0x4000n, contents: dynamic },
    ],
  });
}
