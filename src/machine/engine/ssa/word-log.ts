/**
 * The log of a block's writes to registers: which value each exit finds in a register follows from what comes before
 * it.
 */
import { WORD_NAMES, type WordName } from "./names.js";
import type { SsaNode } from "./node.js";

/** Writes of registers in the order in which they happened. */
export class WordLog {
  /** Registers by their index in WORD_NAMES, and what was written to them. */
  readonly indices: number[] = [];
  readonly values: SsaNode[] = [];
  /** By register, the visit that saw it last. */
  private readonly seen = new Uint32Array(WORD_NAMES.length);
  private visits = 0;

  add(index: number, value: SsaNode): void {
    this.indices.push(index);
    this.values.push(value);
  }

  /** The last write of each register among the entries from `from` to before `to`. */
  visitLast(from: number, to: number, visit: (index: number, value: SsaNode) => void): void {
    const { indices, values, seen } = this;
    const visited = ++this.visits;
    for (let at = to - 1; at >= from; at--) {
      const index = indices[at];
      if (seen[index] === visited) continue;
      seen[index] = visited;
      visit(index, values[at]);
    }
  }

  /** What entries from `from` to before `to` leave in registers. */
  between(from: number, to: number): ReadonlyMap<WordName, SsaNode> {
    const words = new Map<WordName, SsaNode>();
    for (let at = from; at < to; at++) words.set(WORD_NAMES[this.indices[at]], this.values[at]);
    return words;
  }
}
