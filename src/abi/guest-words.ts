/** What the tables of numbered words share: how guests see a word, in C and in the document. */

export interface GuestWord {
  readonly number: number;
  /** A full sentence. */
  readonly meaning: string;
}

/** "cold-start" becomes COLD_START: a word as C and the document write it. */
export function toConstantName(word: string): string {
  return word.replaceAll("-", "_").toUpperCase();
}
