/**
 * Turns: the one exact order between cores, and how far a core may run within it.
 *
 * A turn is a cycle and the core that has it. Turns are ordered by cycle, and in the same cycle by the core's number:
 * what happens in a system happens in the order of turns, however the host comes to run it.
 */
import type { CoreId, Cycles } from "../units.js";

/** Changed in place: none is made while cores run. */
export interface Turn {
  at: Cycles;
  core: CoreId;
}

/**
 * Whether a core at a cycle comes before a turn. No core has two turns in a cycle: a core doesn't come before itself.
 */
export function comesBefore(at: Cycles, core: CoreId, turn: Turn): boolean {
  // mutant tie-goes-wrong: return at <= turn.at;
  return at < turn.at || (at === turn.at && core < turn.core);
}

export function setTurn(turn: Turn, at: Cycles, core: CoreId): void {
  turn.at = at;
  turn.core = core;
}

/**
 * How far a core may run in one slice. An instruction starts only while the core's clock is below `until`; a
 * synchronising access happens only while the core comes before `nextAccess`.
 */
export interface Slice {
  until: Cycles;
  /** The first turn of the other cores. */
  readonly nextCore: Turn;
  /**
   * `nextCore`, or earlier: the turn of a store that waits (ahead.ts). Set by engines whose accesses come after such
   * stores.
   */
  readonly nextAccess: Turn;
  /** Instructions that may still retire; Infinity for no limit. */
  instructions: number;
  /** Nothing happens at `until`: once the core has come forward, the slice may as well end earlier. */
  isSoft: boolean;
  /** Some core stands in a polling loop: the observer has to hear of stores to synchronising pages. */
  isWatched: boolean;
  /**
   * Another core waits in the middle of its slice: what it runs must be left as it is, so nothing is translated or
   * dropped.
   */
  readonly isNested: boolean;
}

/** A slice of a core that is alone in the machine and has no limit but `instructions`. */
export function createSlice({ instructions = Infinity, isNested = false } = {}): Slice {
  return {
    until: Infinity,
    nextCore: { at: Infinity, core: 0 },
    nextAccess: { at: Infinity, core: 0 },
    instructions,
    isSoft: false,
    isWatched: false,
    isNested,
  };
}

/** A slice with the limits of another, which it doesn't share: for who runs a slice twice or in parts. */
export function copySlice(slice: Slice): Slice {
  return { ...slice, nextCore: { ...slice.nextCore }, nextAccess: { ...slice.nextAccess } };
}
