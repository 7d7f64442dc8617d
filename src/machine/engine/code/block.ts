/**
 * Cost blocks: decoded instructions that are charged together.
 *
 * A cost block starts where control arrives other than by falling through, and runs to the first branch, REP, RDTSC,
 * LOCK, fence, system instruction, page end, or 64 instructions.
 */
import { PAGE_SIZE_BYTES, type Cycles, type PhysicalAddress } from "../../../units.js";
import { boundaryOf, decode, type DecodeResult } from "../../isa/index.js";
import type { Instruction } from "../../isa/instruction.js";
import { Vector } from "../../isa/operations.js";
import { RAM_BASE } from "../../state.js";
import type { TimingProfile } from "../../timing/profile.js";

// mutant block-is-one-longer: export const MAX_BLOCK_INSTRUCTIONS = 65;
export const MAX_BLOCK_INSTRUCTIONS = 64;
export const MAX_INSTRUCTION_BYTES = 15;

/** An instruction that can't run: raises this instead. `name` is the lacking instruction, or "". */
export interface Refusal {
  readonly vector: Vector;
  readonly errorCode: number | null;
  readonly name: string;
}

/** Length of an instruction as a bigint, made once. */
const LENGTHS = Array.from({ length: MAX_INSTRUCTION_BYTES + 1 }, (_, length) => BigInt(length));

export interface BlockEntry {
  /** Null where `refusal` says why. */
  readonly instruction: Instruction | null;
  readonly refusal: Refusal | null;
  readonly lengthBytes: bigint;
  /** Own share of the block's cost. */
  readonly cycles: Cycles;
  /** LOCK, or XCHG with memory: waits until the store buffer is empty. */
  readonly locks: boolean;
  /** It was seen to access a synchronising page, for who translates it. Host state. */
  isShared: boolean;
}

export interface Block {
  readonly entries: readonly BlockEntry[];
  /** The frame in which the bytes of its one instruction go on; null where it lies in one frame. */
  readonly nextFrame: PhysicalAddress | null;
  /** What a translating engine knows of it, or null. Host state. */
  translation: object | null;
  /** False once its bytes were written, or once it had to make room. */
  isValid: boolean;
}

const GENERAL_PROTECTION: Refusal = { vector: Vector.GeneralProtection, errorCode: 0, name: "" };

function refusalOf(result: DecodeResult): Refusal {
  switch (result.kind) {
    case "absent":
      return { vector: Vector.InvalidOpcode, errorCode: null, name: result.mnemonic };
    case "too-long":
      return GENERAL_PROTECTION;
    default:
      return { vector: Vector.InvalidOpcode, errorCode: null, name: "" };
  }
}

/** What an instruction of the table does instead of running, if anything. */
function refusalOfRow(instruction: Instruction): Refusal | null {
  const { row } = instruction;
  if (row.ring3 === "#GP") return { ...GENERAL_PROTECTION, name: row.mnemonic };
  // UD0, UD1 and UD2 are there to raise #UD: nothing is lacking.
  if (row.ring3 === "#UD" || row.semantics === null)
    return { vector: Vector.InvalidOpcode, errorCode: null, name: row.semanticKey === "ud" ? "" : row.mnemonic };
  return null;
}

function endsBlock(instruction: Instruction): boolean {
  /* mutant lock-does-not-end-a-block:
     return !["none", "lock"].includes(boundaryOf(instruction)) || instruction.row.ring3 !== "runs"; */
  return boundaryOf(instruction) !== "none" || instruction.row.ring3 !== "runs";
}

/** Makes a block of decoded instructions, behind which may stand bytes that are refused. */
function makeBlock(
  instructions: readonly Instruction[],
  refusal: Refusal | null,
  profile: TimingProfile,
  nextFrame: PhysicalAddress | null,
): Block {
  const prefix = profile.blockPrefixCycles(instructions);
  const entries: BlockEntry[] = instructions.map((instruction, i) => ({
    instruction,
    refusal: refusalOfRow(instruction),
    lengthBytes: LENGTHS[instruction.lengthBytes],
    cycles: prefix[i + 1] - prefix[i],
    locks: boundaryOf(instruction) === "lock",
    isShared: false,
  }));
  if (refusal !== null)
    entries.push({ instruction: null, refusal, lengthBytes: LENGTHS[1], cycles: 0, locks: false, isShared: false });
  return { entries, nextFrame, translation: null, isValid: true };
}

/**
 * Decodes a block that lies in one frame from `physical` on. Null when its very first instruction crosses the page's
 * end. `share`: an instruction that was decoded from the same bytes before, or the given one; `at` is where in `memory`
 * they are.
 */
export function decodeBlock(
  memory: Uint8Array,
  physical: PhysicalAddress,
  profile: TimingProfile,
  share: (instruction: Instruction, at: number) => Instruction,
): Block | null {
  const frameEnd = RAM_BASE + physical - (physical % PAGE_SIZE_BYTES) + PAGE_SIZE_BYTES;
  const instructions: Instruction[] = [];
  let refusal: Refusal | null = null;
  for (let at = RAM_BASE + physical; at < frameEnd && instructions.length < MAX_BLOCK_INSTRUCTIONS;) {
    const result = decode(memory, at, frameEnd - at);
    if (result.kind === "incomplete") break;
    if (result.kind !== "instruction") {
      refusal = refusalOf(result);
      break;
    }
    const instruction = share(result.instruction, at);
    instructions.push(instruction);
    at += instruction.lengthBytes;
    if (endsBlock(instruction)) break;
  }
  return instructions.length === 0 && refusal === null ? null : makeBlock(instructions, refusal, profile, null);
}

/** A block of one instruction at `physical` whose bytes go on at the start of another frame. */
export function decodeCrossing(
  memory: Uint8Array,
  physical: PhysicalAddress,
  nextFrame: PhysicalAddress,
  profile: TimingProfile,
): Block {
  const here = PAGE_SIZE_BYTES - (physical % PAGE_SIZE_BYTES);
  const bytes = new Uint8Array(MAX_INSTRUCTION_BYTES);
  bytes.set(memory.subarray(RAM_BASE + physical, RAM_BASE + physical + Math.min(here, MAX_INSTRUCTION_BYTES)));
  bytes.set(memory.subarray(RAM_BASE + nextFrame, RAM_BASE + nextFrame + MAX_INSTRUCTION_BYTES - here), here);
  const result = decode(bytes, 0, bytes.length);
  if (result.kind === "instruction") return makeBlock([result.instruction], null, profile, nextFrame);
  return makeBlock([], refusalOf(result), profile, nextFrame);
}
