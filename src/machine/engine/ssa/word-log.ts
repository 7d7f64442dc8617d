/**
 * The log of a block's writes to registers, so that what each exit has to put in its place can be told from the ones before it.
 */
import { WORD_NAMES, type WordName } from "./names.js";
import type { SsaNode } from "./node.js";

/** Writes of registers in the order in which they happened. */
export class WordLog {
  readonly places: number[] = [];
  readonly values: SsaNode[] = [];
  /** By place, the visit that saw it last. */
  private readonly seen = new Uint32Array(WORD_NAMES.length);
  private visits = 0;

  add(place: number, value: SsaNode): void {
    this.places.push(place);
    this.values.push(value);
  }

  /** The last write of each register among the entries from `from` to before `to`. */
  visitLast(from: number, to: number, visit: (place: number, value: SsaNode) => void): void {
    const { places, values, seen } = this;
    const visited = ++this.visits;
    for (let at = to - 1; at >= from; at--) {
      const place = places[at];
      if (seen[place] === visited) continue;
      seen[place] = visited;
      visit(place, values[at]);
    }
  }

  /** What entries from `from` to before `to` leave in registers. */
  between(from: number, to: number): ReadonlyMap<WordName, SsaNode> {
    const words = new Map<WordName, SsaNode>();
    for (let at = from; at < to; at++) words.set(WORD_NAMES[this.places[at]], this.values[at]);
    return words;
  }
}
