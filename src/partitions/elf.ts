/**
 * ELF64 reader: program files to segments, entry point and function symbols. The file is taken to be hostile.
 *
 * Accepts what a partition can run: x86-64, little-endian, ET_EXEC, or ET_DYN as a static position-independent program
 * (loaded at PROGRAM_BASE, its R_X86_64_RELATIVE relocations applied here). Everything else is refused with a reason.
 * Invariant of an accepted program: segments are sorted, do not overlap, lie in PROGRAM_BASE to PROGRAM_LIMIT, are
 * never writable and executable, and hold in all no more file bytes than the file has; the entry is executable.
 * Specification: System V ABI, "Object Files" (gABI) and the AMD64 supplement.
 *
 * A segment without rights keeps its addresses free, and nothing is mapped there.
 *
 * NOT SUPPORTED, each refused by name: dynamic linking (PT_INTERP, DT_NEEDED), thread-local storage (PT_TLS), text
 * relocations, relocation kinds other than RELATIVE, packed relocations (DT_RELR), executable stacks.
 */
import { hex } from "../hex.js";
import { PROGRAM_BASE, PROGRAM_LIMIT } from "../abi/index.js";
import { PAGE_SIZE_BYTES } from "../units.js";
import { isForLinux, readAbiVersion } from "./elf-notes.js";
import { applyRelocations, refuseLeftRelocations } from "./elf-relocations.js";
import { readCodeSections, readFunctionSymbols } from "./elf-symbols.js";
import { isExecutable, refuse, type ElfFile, type Program, type ProgramHeader, type ElfSegment } from "./elf-types.js";

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
/** Far more than linkers make, and few enough that comparing all pairs is nothing. */
const MAX_PROGRAM_HEADERS = 64;
/** No machine has more memory. */
const MAX_MEMORY_BYTES = 2 * 1024 * 1024 * 1024;
const MAX_ALIGN_BYTES = 2n * 1024n * 1024n;

const enum FileType {
  Relocatable = 1,
  Executable = 2,
  Dynamic = 3,
  Core = 4,
}
const MACHINE_X86_64 = 62;

const enum SegmentType {
  Load = 1,
  Dynamic = 2,
  Interpreter = 3,
  Note = 4,
  ThreadLocal = 7,
  GnuStack = 0x6474e551,
}
const enum SegmentFlag {
  Execute = 1,
  Write = 2,
  Read = 4,
}
const ANY_RIGHT = SegmentFlag.Execute | SegmentFlag.Write | SegmentFlag.Read;

const MACHINE_NAMES: ReadonlyMap<number, string> = new Map([
  [3, "32-bit x86"],
  [8, "MIPS"],
  [20, "PowerPC"],
  [21, "64-bit PowerPC"],
  [22, "IBM S/390"],
  [40, "32-bit Arm"],
  [183, "64-bit Arm"],
  [243, "RISC-V"],
]);

const SDK_HINT = "Link it with the SDK in place of the C library: see docs/guest-programs.md.";
const STATIC_HINT =
  "Link it with -static or -static-pie, and with the SDK in place of a C library: see docs/guest-programs.md.";

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** Whether bytes begin as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Throws ConfigError, and nothing else, when the bytes are not a program that a partition can run. */
export function readElf(fileBytes: Uint8Array, file: string): Program {
  // Subclasses of Uint8Array may slice without copying.
  const bytes = new Uint8Array(fileBytes.buffer, fileBytes.byteOffset, fileBytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { type, entry } = readHeader(view, bytes, file);
  const headers = readProgramHeaders(view, file);
  checkHeaders(headers, isForLinux(view, headers), file);
  const loads = headers.filter((header) => header.type === SegmentType.Load && header.memoryBytes > 0);
  loads.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  if (loads.length === 0) refuse(file, "it has no segment to load", "Is it a program?");
  const bias = type === FileType.Dynamic ? chooseBias(loads, file) : 0n;
  const allSegments = loads.map((header) => readSegment(bytes, header, bias, file));
  checkSegments(allSegments, file);
  const segments = allSegments.filter((_, index) => (loads[index].flags & ANY_RIGHT) !== 0);
  const elf: ElfFile = { file, view, bytes, bias };
  const dynamic = headers.find((header) => header.type === SegmentType.Dynamic);
  if (dynamic !== undefined) applyRelocations(elf, dynamic, segments);
  else refuseLeftRelocations(elf);
  const entryAt = entry + bias;
  if (entry === 0n || !isExecutable(segments, entryAt)) {
    refuse(
      file,
      entry === 0n ? "it has no entry point" : `its entry point ${hex(entryAt)} is not in an executable segment`,
      "Link it with a start function: -Wl,-e,_start. A shared library is not a program.",
    );
  }
  const codeSections = readCodeSections(elf, segments);
  return {
    file,
    entry: entryAt,
    segments,
    symbols: readFunctionSymbols(elf, segments),
    codeSections,
    isPositionIndependent: type === FileType.Dynamic,
    abiVersion: readAbiVersion(view, headers),
  };
}

function readHeader(
  view: DataView,
  bytes: Uint8Array,
  file: string,
): { readonly type: FileType; readonly entry: bigint } {
  if (!isElf(bytes)) {
    refuse(file, "it is not an ELF file", "Give a program built by gcc or clang for x86-64.");
  }
  if (bytes.length < HEADER_BYTES) refuse(file, `it is cut off: ${bytes.length} bytes`, "Build it again.");
  if (bytes[4] !== 2) refuse(file, "it is a 32-bit program", "Compile it with -m64.");
  if (bytes[5] !== 1) refuse(file, "it is big-endian", "Compile it for x86-64.");
  if (bytes[6] !== 1 || view.getUint32(20, true) !== 1) refuse(file, "it has an ELF version that does not exist", "");
  const machine = view.getUint16(18, true);
  if (machine !== MACHINE_X86_64) {
    const name = MACHINE_NAMES.get(machine) ?? `machine number ${machine}`;
    refuse(file, `it is a program for ${name}`, "Compile it for x86-64.");
  }
  const type = view.getUint16(16, true);
  if (type === FileType.Relocatable) refuse(file, "it is an object file", "Link it into a program first.");
  if (type === FileType.Core) refuse(file, "it is a core dump", "Give the program itself.");
  if (type !== FileType.Executable && type !== FileType.Dynamic) {
    refuse(file, `it has ELF file type ${type}`, "Give a linked program.");
  }
  return { type, entry: view.getBigUint64(24, true) };
}

function readProgramHeaders(view: DataView, file: string): ProgramHeader[] {
  const tableAt = view.getBigUint64(32, true);
  const entryBytes = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (count === 0) refuse(file, "it has no program headers", "Link it into a program first.");
  if (count > MAX_PROGRAM_HEADERS)
    refuse(file, `it has ${count} program headers`, `At most ${MAX_PROGRAM_HEADERS} are taken.`);
  if (entryBytes !== PROGRAM_HEADER_BYTES)
    refuse(file, `its program headers have ${entryBytes} bytes each, not 56`, "");
  if (tableAt + BigInt(count * PROGRAM_HEADER_BYTES) > BigInt(view.byteLength)) {
    refuse(file, "it is cut off: its program headers lie behind its end", "Build it again.");
  }
  return Array.from({ length: count }, (_, index) => {
    const at = Number(tableAt) + index * PROGRAM_HEADER_BYTES;
    return readProgramHeader(view, at, index, file);
  });
}

function readProgramHeader(view: DataView, at: number, index: number, file: string): ProgramHeader {
  const type = view.getUint32(at, true);
  const fileOffset = view.getBigUint64(at + 8, true);
  const fileBytes = view.getBigUint64(at + 32, true);
  const memoryBytes = view.getBigUint64(at + 40, true);
  const isInFile = fileOffset + fileBytes <= BigInt(view.byteLength);
  const isUsed = type === SegmentType.Load || type === SegmentType.Dynamic || (type === SegmentType.Note && isInFile);
  // One without bytes in the file may be anywhere.
  if (isUsed && fileBytes > 0n && !isInFile) {
    refuse(file, `it is cut off: segment ${index} ends behind its end`, "Build it again.");
  }
  if (isUsed && type !== SegmentType.Note && fileBytes > memoryBytes)
    refuse(file, `segment ${index} is larger in the file than in memory`, "");
  if (type === SegmentType.Load && memoryBytes > BigInt(MAX_MEMORY_BYTES)) {
    refuse(file, `segment ${index} takes ${memoryBytes} bytes of memory`, "No machine here has more than 2 GiB.");
  }
  return {
    type,
    flags: view.getUint32(at + 4, true),
    // Bounded by the checks where it is used; other kinds of segment are never read.
    fileOffset: isUsed && isInFile ? Number(fileOffset) : 0,
    at: view.getBigUint64(at + 16, true),
    fileBytes: isUsed ? Number(fileBytes) : 0,
    memoryBytes: memoryBytes > BigInt(MAX_MEMORY_BYTES) ? MAX_MEMORY_BYTES : Number(memoryBytes),
    alignBytes: view.getBigUint64(at + 48, true),
  };
}

/** What headers alone can show to be beyond us. */
function checkHeaders(headers: readonly ProgramHeader[], forLinux: boolean, file: string): void {
  for (const header of headers) {
    if (header.type === SegmentType.Interpreter) refuse(file, "it is dynamically linked (PT_INTERP)", STATIC_HINT);
    if (header.type === SegmentType.ThreadLocal && header.memoryBytes > 0) {
      // Such a one may have no thread_local of its own: the C library has.
      if (forLinux) {
        refuse(file, "it is a program for Linux: its C library (glibc) needs a Linux kernel", SDK_HINT);
      }
      refuse(
        file,
        `it has ${header.memoryBytes} bytes of thread-local storage (PT_TLS), which partitions do not have`,
        "Remove thread_local, __thread and errno; give each thread its own data by its index.",
      );
    }
    if (header.type === SegmentType.GnuStack && (header.flags & SegmentFlag.Execute) !== 0) {
      refuse(
        file,
        "it asks for an executable stack (PT_GNU_STACK)",
        "Link it with -Wl,-z,noexecstack; an assembly file needs a section .note.GNU-stack.",
      );
    }
  }
  const dynamics = headers.filter((header) => header.type === SegmentType.Dynamic);
  if (dynamics.length > 1) refuse(file, "it has more than one dynamic segment", "");
  // Segments that repeat the same file bytes could make a small file fill the memory of the host.
  const inFile = headers.filter((header) => header.type === SegmentType.Load && header.fileBytes > 0);
  inFile.sort((a, b) => a.fileOffset - b.fileOffset);
  inFile.forEach((header, index) => {
    const previous = inFile[index - 1];
    if (previous !== undefined && previous.fileOffset + previous.fileBytes > header.fileOffset) {
      refuse(file, "two of its segments use the same bytes of the file", "Link it without -N and --omagic.");
    }
  });
}

/** Position-independent programs start at PROGRAM_BASE, which is aligned to any alignment that they may ask for. */
function chooseBias(loads: readonly ProgramHeader[], file: string): bigint {
  const pageMask = BigInt(PAGE_SIZE_BYTES - 1);
  for (const { alignBytes } of loads) {
    if (alignBytes > MAX_ALIGN_BYTES)
      refuse(file, `a segment asks for alignment to ${alignBytes} bytes`, "At most 2 MiB.");
  }
  const first = loads[0].at & ~pageMask;
  return PROGRAM_BASE - (first - (first % MAX_ALIGN_BYTES));
}

function readSegment(bytes: Uint8Array, header: ProgramHeader, bias: bigint, file: string): ElfSegment {
  const write = (header.flags & SegmentFlag.Write) !== 0;
  const execute = (header.flags & SegmentFlag.Execute) !== 0;
  const at = header.at + bias;
  const endAt = at + BigInt(header.memoryBytes);
  if (at < PROGRAM_BASE || endAt > PROGRAM_LIMIT) {
    refuse(
      file,
      `its segment at ${hex(at)} to ${hex(endAt)} is outside of where programs may be`,
      `Link it between ${hex(PROGRAM_BASE)} and ${hex(PROGRAM_LIMIT)}, or with -static-pie.`,
    );
  }
  if (write && execute) {
    refuse(
      file,
      `its segment at ${hex(at)} is both writable and executable`,
      "Link it with -Wl,-z,separate-code, without -N, and with separate sections for code and data.",
    );
  }
  const contents = bytes.slice(header.fileOffset, header.fileOffset + header.fileBytes);
  return { at, sizeBytes: header.memoryBytes, write, execute, contents };
}

/** No overlap, not even on a page where one is writable and the other executable. `segments` are sorted. */
function checkSegments(segments: readonly ElfSegment[], file: string): void {
  const pageBits = 12n;
  let totalBytes = 0;
  segments.forEach((segment, index) => {
    totalBytes += segment.sizeBytes;
    if (totalBytes > MAX_MEMORY_BYTES) refuse(file, "it takes more than 2 GiB of memory", "No machine here has more.");
    for (const later of segments.slice(index + 1)) {
      const endAt = segment.at + BigInt(segment.sizeBytes);
      if (later.at < endAt) refuse(file, `its segments at ${hex(segment.at)} and ${hex(later.at)} overlap`, "");
      const sharesPage = (endAt - 1n) >> pageBits === later.at >> pageBits;
      if (sharesPage && ((segment.write && later.execute) || (segment.execute && later.write))) {
        refuse(
          file,
          `its segments at ${hex(segment.at)} and ${hex(later.at)} share a page, one writable and the other executable`,
          "Link it with -Wl,-z,separate-code, or align the sections of the linker script to 4096.",
        );
      }
    }
  });
}
