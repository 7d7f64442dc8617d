/**
 * Which instructions of a program Hallows does not have: a linear sweep over its functions with the machine's decoder.
 *
 * A sweep sees code only where the file says that code is: functions with sizes, or else executable sections; a file
 * stripped of both is not looked through, and raises #UD when it gets there. A byte sequence that is no instruction of
 * any processor ends the sweep of its function, since data may lie there. So a finding is an instruction that stands in
 * the code, though perhaps on a path that is never taken: that is told, and refused only where somebody wants it so.
 * One that is executed raises #UD, and the fault names it.
 */
import { hex } from "../hex.js";
import { decode } from "../machine/isa/index.js";
import { ConfigError, type ConfigProblem, type SourcePlace } from "../errors.js";
import type { PartitionPlan } from "../kernel/plan.js";
import { findSegment, type CodeRange, type Program } from "../partitions/elf-types.js";
import type { VirtualAddress } from "../units.js";

export interface MissingInstruction {
  readonly at: VirtualAddress;
  /** Mnemonic, such as "VMULSD". */
  readonly name: string;
  /** CPUID feature or family, such as "AVX". */
  readonly feature: string;
  /** The function that it is in, or "". */
  readonly function: string;
}

/** How a program is built without a family of instructions; the default is at the end. */
const WAYS_OUT: readonly (readonly [RegExp, string])[] = [
  [/^x87$/, "Compile all of it, libraries too, without long double (-mlong-double-64) and with -mfpmath=sse."],
  // What is left of SSE are its forms on MMX registers.
  [/^(SSE|SSSE|MMX|3DNow)/, "Compile all of it, libraries too, with -mno-mmx, and use SSE2 instead of MMX intrinsics."],
];
const OTHER_WAY_OUT =
  "Compile all of it, libraries too, with -march=x86-64-v2 (-C target-cpu=x86-64-v2 for rustc), without -mavx, -mfma and the like.";

/** Bytes of code that are looked at in all: the sweep takes about 2 µs an instruction. */
const MAX_SWEPT_BYTES = 16 * 1024 * 1024;
export const MAX_FINDINGS = 10_000;

export function wayOut(missing: MissingInstruction): string {
  return WAYS_OUT.find(([feature]) => feature.test(missing.feature))?.[1] ?? OTHER_WAY_OUT;
}

/** What a program lacks of one feature. */
export interface MissingFeature {
  readonly feature: string;
  readonly wayOut: string;
  readonly count: number;
  /** How often each instruction occurs, the most frequent first. */
  readonly names: readonly (readonly [name: string, count: number])[];
  readonly instructions: readonly MissingInstruction[];
}

/** By feature, that with the most findings first. */
export function groupMissingInstructions(missing: readonly MissingInstruction[]): MissingFeature[] {
  const groups = new Map<string, MissingInstruction[]>();
  for (const one of missing) {
    const group = groups.get(one.feature);
    if (group === undefined) groups.set(one.feature, [one]);
    else group.push(one);
  }
  return [...groups]
    .map(([feature, instructions]) => {
      const counts = new Map<string, number>();
      for (const { name } of instructions) counts.set(name, (counts.get(name) ?? 0) + 1);
      const names = [...counts].toSorted((a, b) => b[1] - a[1]);
      return { feature, wayOut: wayOut(instructions[0]), count: instructions.length, names, instructions };
    })
    .toSorted((a, b) => b.count - a.count);
}

/** What is swept: the code of a program, and what of it is functions. */
export type SweptProgram = Pick<Program, "segments" | "symbols" | "codeSections">;
export type FindMissingInstructions = (program: SweptProgram) => readonly MissingInstruction[];

/** What becomes of a program that has instructions which the machine lacks. */
export interface InstructionOptions {
  /** Replaces the sweep over the programs' code. */
  readonly findMissingInstructions?: FindMissingInstructions;
  /** Refuse it. */
  readonly strict?: boolean;
  /** Told of it otherwise. */
  readonly onWarning?: (warning: ConfigProblem) => void;
}

/** Warns, or throws ConfigError, at `place`. `subject` is "" or ends in a space. */
export function checkInstructions(
  program: SweptProgram,
  subject: string,
  place: SourcePlace,
  { findMissingInstructions: find = findMissingInstructions, strict, onWarning }: InstructionOptions,
): void {
  if (strict !== true && onWarning === undefined) return;
  const [first, ...rest] = find(program);
  if (first === undefined) return;
  const where = first.function === "" ? "" : ` in ${first.function}`;
  const more = rest.length === 0 ? "" : `, and ${rest.length} more such instructions`;
  const uses = `${subject}uses ${first.name} (${first.feature}) at ${hex(first.at)}${where}${more}`;
  if (strict === true) throw new ConfigError(place, `${uses}: the machine has no such instruction`, wayOut(first));
  onWarning?.({
    place,
    problem: `${uses}: the machine has no such instruction, and raises #UD where one is executed`,
    hint: wayOut(first),
  });
}

/** The program of a partition as a plan has it: its sections are lost, so that it is swept by its functions. */
export function sweptProgramOf({ regions, symbols }: PartitionPlan): SweptProgram {
  return {
    segments: regions
      .filter(({ kind }) => kind === "program")
      .map(({ at, sizeBytes, rights, contents }) => ({ at, sizeBytes, ...rights, contents })),
    symbols: symbols.map((symbol) => ({ ...symbol, isGlobal: true })),
    codeSections: [],
  };
}

/** Sorted by address; at most `MAX_FINDINGS`. */
export function findMissingInstructions(program: SweptProgram): MissingInstruction[] {
  const found: MissingInstruction[] = [];
  let sweptBytes = 0;
  let sweptTo = 0n;
  for (const { at, sizeBytes, name } of codeRanges(program)) {
    // Functions may share code under two names, or overlap in a hostile file: no byte is looked at twice.
    const start = at < sweptTo ? sweptTo : at;
    const end = at + BigInt(sizeBytes);
    if (start >= end) continue;
    sweptTo = end;
    sweptBytes += Number(end - start);
    if (sweptBytes > MAX_SWEPT_BYTES || found.length >= MAX_FINDINGS) break;
    sweep(program, start, Number(end - start), name, found);
  }
  return found;
}

function codeRanges(program: SweptProgram): readonly (CodeRange & { readonly name: string })[] {
  const functions = program.symbols.filter(({ sizeBytes }) => sizeBytes > 0);
  return functions.length > 0 ? functions : program.codeSections.map((range) => ({ ...range, name: "" }));
}

function sweep(
  program: SweptProgram,
  at: VirtualAddress,
  sizeBytes: number,
  name: string,
  found: MissingInstruction[],
): void {
  const segment = findSegment(program.segments, at);
  if (segment === undefined || !segment.execute) return;
  const start = Number(at - segment.at);
  const end = Math.min(start + sizeBytes, segment.contents.length);
  let offset = start;
  while (offset < end && found.length < MAX_FINDINGS) {
    const result = decode(segment.contents, offset, end - offset);
    if (result.kind === "instruction") {
      offset += result.instruction.lengthBytes;
    } else if (result.kind === "absent" && result.feature !== "64-bit" && result.lengthBytes > 0) {
      found.push({ at: segment.at + BigInt(offset), name: result.mnemonic, feature: result.feature, function: name });
      offset += result.lengthBytes;
    } else {
      return;
    }
  }
}
