/**
 * Keeps the shadow of a machine's memory in step for `--engine both`, at the cost of what changes rather than of all of
 * it.
 *
 * Who may change what between two slices of a core, and what `update` copies for it:
 *
 *   RAM, by kernel and HAL     they tell the engine (`Engine.invalidate`): the ranges since the last update
 *   registers and TLBs         the core's whole area
 *   hashes                     all slots
 *   memory model               the core's state
 *   frame flags                all, but for whether code was decoded there: each engine has its own code
 *   RAM, by guests             nothing: each slice of any core runs on both sides
 *
 * Invariant: after `update` the shadow is what the machine is, in all that the core's slice may look at, unless engines
 * differed before. `findDifference` compares the frames that the core's write TLBs know, tables included; a store whose
 * entry another one has replaced is found by the part of RAM that it compares in turn.
 */
import { PAGE_SIZE_BYTES, type CoreId, type PhysicalAddress } from "../../../../units.js";
import { visitTables } from "../../../memory/paging.js";
import { tlbOf, TlbKind, visitFrames } from "../../../memory/tlb.js";
import {
  CORE_STRIDE,
  FrameFlag,
  HASH_BASE,
  HASH_STRIDE,
  MAX_HASH_SLOTS,
  MEMORY_MODEL_BASE,
  MEMORY_MODEL_STRIDE,
  RAM_BASE,
  REGISTER_FILE_BYTES,
  VECTOR_FILE_END,
  VECTOR_FILE_OFFSET,
  type MachineState,
} from "../../../state.js";

/** Compared after each slice, of the RAM that nobody is known to have written. */
const PATROL_BYTES = 64 * 1024;
const HASH_END = HASH_BASE + MAX_HASH_SLOTS * HASH_STRIDE;

/** `at`: where in the machine's memory, a multiple of 8. "earlier": it may be older than the last slice. */
export interface Difference {
  readonly area: "registers" | "vectors" | "hash" | "memory model" | "RAM" | "earlier";
  readonly at: number;
}

export interface Mirror {
  /** The machine's RAM changed there, or will before the next slice. */
  changed(at: PhysicalAddress, sizeBytes: number): void;
  /** Brings the shadow in step for a slice of the core, whose registers are in memory. */
  update(core: CoreId): void;
  /** The first difference after a slice, both sides' registers in memory. */
  findDifference(core: CoreId): Difference | null;
}

/** `modelBytes`: what a core's state of the memory model takes. */
export function createMirror(state: MachineState, shadow: MachineState, modelBytes: number): Mirror {
  const words = new Int32Array(state.memory.buffer);
  const shadowWords = new Int32Array(shadow.memory.buffer);
  const tlbs = [state, shadow].map((side) => side.cores.map(({ id }) => tlbOf(side, id)));
  /** Offsets in memory, [from, to). At first nothing is in step. */
  let ranges: [number, number][] = [[RAM_BASE, RAM_BASE + state.ramBytes]];
  let patrolAt = RAM_BASE;

  function copy(from: number, to: number): void {
    shadow.bytes.set(state.bytes.subarray(from, to), from);
  }

  const modelAt = (id: CoreId): number => MEMORY_MODEL_BASE + id * MEMORY_MODEL_STRIDE;

  function copyFrameFlags(): void {
    const { frameFlags } = shadow;
    for (let frame = 0; frame < frameFlags.length; frame++) {
      const other = state.frameFlags[frame] & ~FrameFlag.Code;
      frameFlags[frame] = (frameFlags[frame] & FrameFlag.Code) | other;
    }
  }

  function update(id: CoreId): void {
    for (const [from, to] of ranges) copy(from, to);
    ranges = [];
    copy(id * CORE_STRIDE, (id + 1) * CORE_STRIDE);
    copy(HASH_BASE, HASH_END);
    copy(modelAt(id), modelAt(id) + modelBytes);
    copyFrameFlags();
    Object.assign(shadow.cores[id], structuredClone(state.cores[id]));
  }

  /** Offset of the first word that differs, or -1. */
  function compare(from: number, to: number): number {
    for (let at = from / 4; at < to / 4; at++) if (words[at] !== shadowWords[at]) return (at * 4) & ~7;
    return -1;
  }

  /** Frames that either side could write without asking, and those whose A and D bits it may have set. */
  function writtenFrames(id: CoreId): Set<PhysicalAddress> {
    const frames = new Set<PhysicalAddress>();
    const add = (frame: PhysicalAddress): void => void frames.add(frame);
    for (const side of tlbs) visitFrames(side[id], TlbKind.Write, add);
    visitTables(state, state.cores[id].tableRoot, add);
    return frames;
  }

  function findDifference(id: CoreId): Difference | null {
    const registers = compare(id * CORE_STRIDE, id * CORE_STRIDE + REGISTER_FILE_BYTES);
    if (registers >= 0) return { area: "registers", at: registers };
    const vectors = compare(id * CORE_STRIDE + VECTOR_FILE_OFFSET, id * CORE_STRIDE + VECTOR_FILE_END);
    if (vectors >= 0) return { area: "vectors", at: vectors };
    const hash = compare(HASH_BASE, HASH_END);
    if (hash >= 0) return { area: "hash", at: hash };
    const model = compare(modelAt(id), modelAt(id) + modelBytes);
    if (model >= 0) return { area: "memory model", at: model };
    for (const frame of writtenFrames(id)) {
      const at = compare(RAM_BASE + frame, RAM_BASE + frame + PAGE_SIZE_BYTES);
      if (at >= 0) return { area: "RAM", at };
    }
    return patrol();
  }

  /** The next part of RAM, in turn. What the machine's owner has changed since is not in step, and left for later. */
  function patrol(): Difference | null {
    if (ranges.length > 0) return null;
    const from = patrolAt;
    const end = RAM_BASE + state.ramBytes;
    const to = Math.min(end, from + PATROL_BYTES);
    patrolAt = to === end ? RAM_BASE : to;
    const at = compare(from, to);
    return at < 0 ? null : { area: "earlier", at };
  }

  return {
    changed(at, sizeBytes) {
      ranges.push([RAM_BASE + at, Math.min(RAM_BASE + at + sizeBytes, RAM_BASE + state.ramBytes)]);
    },
    update,
    findDifference,
  };
}
