/**
 * Finding polling loops, so that waiting costs no host time.
 *
 * A pass from an instruction back to itself that leaves registers, flags and hash as they were, wrote nothing new, read
 * no clock, and read only synchronising words that still hold what it read, will repeat exactly until one of these
 * words is written or an event comes. The engine then reports the loop and the machine charges whole passes at once.
 *
 * The anchor is an instruction that reads a synchronising word. Loops with inner loops pass it several times per pass
 * with other registers, so a snapshot is kept for 1, 2, 4 … 64 arrivals before it is taken anew (after R. Brent's
 * cycle finding).
 */
import type { Cycles, PhysicalAddress } from "../../../units.js";
import type { Polling } from "../engine.js";
import type { BlockEntry } from "../code/block.js";

interface WordRead {
  readonly physical: PhysicalAddress;
  readonly sizeBytes: number;
  readonly value: bigint;
}

/** What must be equal at both ends of a pass, and the clocks. Filled by the engine. */
export interface PollSnapshot {
  /** rax … r15, rflags, fs base, gs base, both hash lanes. */
  readonly values: readonly bigint[];
  readonly now: Cycles;
  readonly retired: number;
}

const MAX_READS = 64;
const MAX_ARRIVALS = 64;

export class PollTracker {
  /** Stores matter to the record being kept. */
  active = false;
  anchor: BlockEntry | null = null;
  private spoiled = false;
  private snapshot: PollSnapshot | null = null;
  private reads: WordRead[] = [];
  private arrivals = 0;
  private arrivalLimit = 1;
  private strays = 0;

  /** Something else than guest code happened: the next pass starts from nothing. */
  reset(): void {
    this.active = false;
    this.snapshot = null;
    this.anchor = null;
    this.arrivalLimit = 1;
  }

  /** The current pass did something that a repetition would not repeat unseen. */
  spoil(): void {
    this.spoiled = true;
  }

  read(physical: PhysicalAddress, sizeBytes: number, value: bigint): void {
    if (!this.active) return;
    if (this.reads.length >= MAX_READS) this.spoiled = true;
    else this.reads.push({ physical, sizeBytes, value });
  }

  /** An instruction that read a synchronising word has retired. */
  noteReader(entry: BlockEntry): void {
    if (this.anchor === entry) {
      this.strays = 0;
      return;
    }
    if (this.anchor === null || ++this.strays > MAX_ARRIVALS) {
      this.reset();
      this.anchor = entry;
      this.strays = 0;
    }
  }

  /**
   * The anchor is about to run. `here` is the state now; `current` reads a word of RAM. Returns the loop when a whole
   * pass changed nothing.
   */
  arrive(here: PollSnapshot, current: (physical: PhysicalAddress, sizeBytes: number) => bigint): Polling | null {
    const start = this.snapshot;
    if (start !== null && !this.spoiled) {
      const repeats =
        this.reads.length > 0 &&
        here.now > start.now &&
        here.values.every((value, i) => value === start.values[i]) &&
        this.reads.every((word) => current(word.physical, word.sizeBytes) === word.value);
      if (repeats) {
        const polling: Polling = {
          startedAt: here.now,
          passCycles: here.now - start.now,
          passInstructions: here.retired - start.retired,
          words: this.reads,
        };
        this.reset();
        return polling;
      }
      if (++this.arrivals < this.arrivalLimit) return null;
      this.arrivalLimit = Math.min(this.arrivalLimit * 2, MAX_ARRIVALS);
    }
    this.snapshot = here;
    this.reads = [];
    this.arrivals = 0;
    this.spoiled = false;
    this.active = true;
    return null;
  }
}
