/** Names in system descriptions: what is allowed, and what was probably meant by one that is unknown. Pure. */
import { printable } from "../../errors.js";
import { MAX_NAME_BYTES } from "../../abi/index.js";

/** Bounds of the search for a similar name: programs may have many symbols. */
const MAX_COMPARED_LENGTH = 64;
const MAX_COMPARED_NAMES = 4096;

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Why a name of a partition, thread or channel can't be, or null. Names are ASCII, so characters are bytes. */
export function nameProblem(name: string): { readonly problem: string; readonly hint: string } | null {
  if (!NAME.test(name)) {
    return {
      problem: `"${printable(name)}" can't be a name`,
      hint: "A name begins with a letter and goes on with letters, digits, - and _.",
    };
  }
  if (name.length > MAX_NAME_BYTES) {
    return {
      problem: `the name "${printable(name)}" has ${name.length} characters`,
      hint: `Names have at most ${MAX_NAME_BYTES}.`,
    };
  }
  return null;
}

/** '"realtime" or "backend"': the words that a value may be. */
export function listWords(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(" or ");
}

/** "Did you mean "sensor"?" or "Known are: a, b." or, when there are none, "". */
export function suggestName(wanted: string, known: readonly string[], what = "Known"): string {
  const nearest = nearestName(wanted, known);
  if (nearest !== null) return `Did you mean "${nearest}"?`;
  if (known.length === 0) return "";
  const shown = known.slice(0, 12).map(printable).join(", ");
  return `${what} are: ${shown}${known.length > 12 ? ", and more" : ""}.`;
}

/** The nearest known name that differs in at most a third of its characters, or null. */
export function nearestName(wanted: string, known: readonly string[]): string | null {
  if (wanted.length > MAX_COMPARED_LENGTH) return null;
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const name of known.slice(0, MAX_COMPARED_NAMES)) {
    const most = Math.floor(Math.max(wanted.length, name.length) / 3);
    if (Math.abs(name.length - wanted.length) > Math.min(most, bestDistance)) continue;
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
    if (distance <= most && distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Characters to insert, delete, replace or swap with their neighbour (optimal string alignment), a row at a time. The
 * caller bounds the lengths.
 */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(replace, row[j] + 1, next[j - 1] + 1, isSwapped ? before[j - 2] + 1 : Infinity));
    }
    before = row;
    row = next;
  }
  return row[b.length];
}
