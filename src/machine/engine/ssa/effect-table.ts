/**
 * Effects, one row a word: they happen for their own sake and in the order of the block.
 */
interface EffectRow {
  /** The first argument is an address of memory. */
  readonly accesses: boolean;
}

const MEMORY: EffectRow = { accesses: true };
const OTHER: EffectRow = { accesses: false };

export const EFFECTS = {
  load: MEMORY,
  store: MEMORY,
  /** The two halves of `modify` and `modifyPair`: nothing may come between them on a locked access. */
  loadForUpdate: MEMORY,
  storeUpdate: MEMORY,
  loadPairForUpdate: MEMORY,
  storePairUpdate: MEMORY,
  trapIf: OTHER,
  /** The block is left before the instruction, which others do, where the argument is true. */
  leaveIf: OTHER,
  /** Gives the quotient. Arguments: high, low, divisor. */
  divideUnsigned: OTHER,
  divideSigned: OTHER,
  repeat: OTHER,
  fence: OTHER,
  readTimestamp: OTHER,
  getSelector: OTHER,
  setSelector: OTHER,
  getMxcsr: OTHER,
  setMxcsr: OTHER,
  /** Arguments: the address, then adjacent values of width 128. */
  storeVectors: MEMORY,
  /** They take MXCSR as it is, set its flags and may raise #XM. `float` in the detail says which. */
  floatUnary: OTHER,
  floatBinary: OTHER,
  floatConvert: OTHER,
  floatRelation: OTHER,
  write: OTHER,
} as const satisfies Readonly<Record<string, EffectRow>>;

export type EffectOp = keyof typeof EFFECTS;

const WORDS: ReadonlySet<string> = new Set(Object.keys(EFFECTS));

export function isEffectWord(word: string): word is EffectOp {
  return WORDS.has(word);
}
