/**
 * Cost blocks and the cache of decoded ones.
 *
 * A cost block starts where control arrives other than by falling through, and runs to the first branch, REP, RDTSC,
 * LOCK, fence, system instruction, page end, or 64 instructions. The cache is host state, keyed by the physical address
 * of the first byte; a write to a frame that code was taken from drops that frame's blocks.
 */
import type { Cycles, PhysicalAddress } from "../../../units.js";
import { boundaryOf, decode, type DecodeResult } from "../../isa/index.js";
import type { Instruction } from "../../isa/instruction.js";
import { Vector } from "../../isa/operations.js";
import { FrameFlag, RAM_BASE, type MachineState } from "../../state.js";
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
  /** False once its bytes were written. */
  isValid: boolean;
  /** How often it was entered, for who translates hot blocks; and what was made of it. Host state. */
  heat: number;
  translation: object | null;
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

/** Makes a block of decoded instructions, the last of which may be refused. */
export function makeBlock(
  instructions: readonly Instruction[],
  refused: { readonly refusal: Refusal; readonly lengthBytes: number } | null,
  profile: TimingProfile,
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
  if (refused !== null)
    entries.push({
      instruction: null,
      refusal: refused.refusal,
      lengthBytes: LENGTHS[refused.lengthBytes],
      cycles: 0,
      locks: false,
      isShared: false,
    });
  return { entries, isValid: true, heat: 0, translation: null };
}

/** Told when a frame starts to hold decoded code, and when what was decoded from it is dropped. */
export interface CodeWatcher {
  decoded(frame: PhysicalAddress): void;
  dropped(frame: PhysicalAddress): void;
}

/** Different instructions that are remembered: a few hundred bytes each. */
const MAX_KNOWN_INSTRUCTIONS = 32_768;

export class CodeCache {
  /** Instructions by their bytes: code repeats itself, and blocks overlap. */
  private readonly known = new Map<string, Instruction>();
  private readonly byAddress = new Map<PhysicalAddress, Block>();
  private readonly byFrame = new Map<number, Block[]>();
  private readonly addressesByFrame = new Map<number, PhysicalAddress[]>();

  constructor(
    private readonly state: MachineState,
    private readonly profile: TimingProfile,
    private readonly watcher: CodeWatcher,
  ) {}

  find(physical: PhysicalAddress): Block | undefined {
    return this.byAddress.get(physical);
  }

  /**
   * Decodes a block that lies in one frame from `physical` on. Null when its very first instruction crosses the page
   * end: the caller gathers its bytes and uses `decodeCrossing`.
   */
  decodeAt(physical: PhysicalAddress): Block | null {
    const { bytes } = this.state;
    const frameEnd = RAM_BASE + physical - (physical % 4096) + 4096;
    const instructions: Instruction[] = [];
    let refused: { refusal: Refusal; lengthBytes: number } | null = null;
    for (let at = RAM_BASE + physical; at < frameEnd && instructions.length < MAX_BLOCK_INSTRUCTIONS;) {
      const result = decode(bytes, at, frameEnd - at);
      if (result.kind === "incomplete") break;
      if (result.kind !== "instruction") {
        refused = { refusal: refusalOf(result), lengthBytes: 1 };
        break;
      }
      const instruction = this.share(result.instruction, at);
      instructions.push(instruction);
      at += instruction.lengthBytes;
      if (endsBlock(instruction)) break;
    }
    if (instructions.length === 0 && refused === null) return null;
    const block = makeBlock(instructions, refused, this.profile);
    this.keep(physical, block);
    return block;
  }

  /** A block of one instruction whose bytes lie in two pages; not cached. */
  decodeCrossing(bytes: Uint8Array): Block {
    const result = decode(bytes, 0, bytes.length);
    if (result.kind === "instruction") return makeBlock([result.instruction], null, this.profile);
    return makeBlock([], { refusal: refusalOf(result), lengthBytes: 1 }, this.profile);
  }

  /** The instruction that was decoded from the same bytes before, or this one. */
  private share(instruction: Instruction, at: number): Instruction {
    let bytes = "";
    for (let i = 0; i < instruction.lengthBytes; i++) bytes += String.fromCharCode(this.state.bytes[at + i]);
    const known = this.known.get(bytes);
    if (known !== undefined) return known;
    if (this.known.size >= MAX_KNOWN_INSTRUCTIONS) this.known.clear();
    this.known.set(bytes, instruction);
    return instruction;
  }

  private keep(physical: PhysicalAddress, block: Block): void {
    const frame = physical >>> 12;
    if ((this.state.frameFlags[frame] & FrameFlag.Code) === 0) {
      this.state.frameFlags[frame] |= FrameFlag.Code;
      this.watcher.decoded(frame * 4096);
    }
    this.byAddress.set(physical, block);
    const blocks = this.byFrame.get(frame);
    if (blocks === undefined) {
      this.byFrame.set(frame, [block]);
      this.addressesByFrame.set(frame, [physical]);
    } else {
      blocks.push(block);
      this.addressesByFrame.get(frame)?.push(physical);
    }
  }

  /** Drops every block of the frames that the bytes touch. */
  invalidate(physical: PhysicalAddress, sizeBytes: number): void {
    for (let frame = physical >>> 12; frame <= (physical + sizeBytes - 1) >>> 12; frame++) {
      for (const block of this.byFrame.get(frame) ?? []) block.isValid = false;
      for (const address of this.addressesByFrame.get(frame) ?? []) this.byAddress.delete(address);
      this.byFrame.delete(frame);
      this.addressesByFrame.delete(frame);
      if ((this.state.frameFlags[frame] & FrameFlag.Code) !== 0) {
        this.state.frameFlags[frame] &= ~FrameFlag.Code;
        this.watcher.dropped(frame * 4096);
      }
    }
  }
}
