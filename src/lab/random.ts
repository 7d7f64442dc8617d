/** Random choices of a lab's instance: by its name and the learner's seed, the same on every host. */

export interface LabRandom {
  /** A whole number, both ends included. */
  integer(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
  /** All of them, in some order. */
  shuffle<T>(list: readonly T[]): T[];
}

export function createLabRandom(name: string, seed: number): LabRandom {
  let state = (Math.imul(seed | 0, 0x9e3779b9) ^ Math.floor(seed / 2 ** 32) ^ hashOf(name)) | 0;
  /** 0 to 2^32 - 1: Weyl's sequence, mixed (splitmix32). */
  function next(): number {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
  const integer = (low: number, high: number): number => low + Math.floor((next() / 2 ** 32) * (high - low + 1));
  return {
    integer,
    pick: (list) => list[integer(0, list.length - 1)],
    shuffle(list) {
      const left = [...list];
      return list.map(() => left.splice(integer(0, left.length - 1), 1)[0]);
    },
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash;
}
