/**
 * Which operations of the SSA translated code does. An instruction that needs one of the others is the reference
 * engine's.
 */
import type { EffectOp, PureOp, SsaNode, SsaOp } from "../../ssa/index.js";

/** Who does a pure operation: translated code (pure-code.ts), or the reference engine. */
export const PURE_OPERATIONS = {
  constant: "translated",
  add: "translated",
  sub: "translated",
  mul: "translated",
  mulHighUnsigned: "translated",
  mulHighSigned: "translated",
  and: "translated",
  or: "translated",
  xor: "translated",
  not: "translated",
  neg: "translated",
  shl: "translated",
  shr: "translated",
  sar: "translated",
  rotateLeft: "translated",
  rotateRight: "translated",
  equal: "translated",
  lessUnsigned: "translated",
  lessSigned: "translated",
  isZero: "translated",
  sign: "translated",
  bit: "translated",
  select: "translated",
  zeroExtend: "translated",
  signExtend: "translated",
  truncate: "translated",
  insert: "translated",
  populationCount: "translated",
  countLeadingZeros: "translated",
  countTrailingZeros: "translated",
  byteSwap: "translated",
  depositBits: "translated",
  extractBits: "translated",
  isCanonical: "translated",
  remainder: "translated",
  upperHalf: "translated",
  repeated: "translated",
  coreNumber: "translated",
  cpuid: "translated",
  selectorValid: "reference",
  selectorValue: "reference",
  lanes: "translated",
  mapLanes: "translated",
  shiftLanes: "translated",
  shuffleBytes: "translated",
  selectBits: "translated",
  extractLane: "translated",
  insertLane: "translated",
  laneSigns: "translated",
  crc32: "translated",
  compareStrings: "translated",
} as const satisfies Record<PureOp, "translated" | "reference">;

/**
 * Who does an effect: translated code (effect-code.ts), native float instructions under a guard (float-values.ts), the
 * reference engine, or the sync points, at which registers and flags are brought up to date.
 */
export const EFFECT_OPERATIONS = {
  load: "translated",
  store: "translated",
  loadForUpdate: "translated",
  storeUpdate: "translated",
  loadPairForUpdate: "translated",
  storePairUpdate: "translated",
  trapIf: "translated",
  leaveIf: "translated",
  divideUnsigned: "translated",
  divideSigned: "translated",
  repeat: "translated",
  fence: "translated",
  readTimestamp: "translated",
  getSelector: "reference",
  setSelector: "reference",
  getMxcsr: "translated",
  setMxcsr: "translated",
  storeVectors: "translated",
  floatUnary: "guarded",
  floatBinary: "guarded",
  floatConvert: "guarded",
  floatRelation: "guarded",
  write: "synchronised",
} as const satisfies Record<EffectOp, "translated" | "guarded" | "reference" | "synchronised">;

type DoneBy<Table extends Readonly<Record<string, string>>, Who> = {
  [Word in keyof Table]: Table[Word] extends Who ? Word : never;
}[keyof Table];

export type TranslatedPureOp = DoneBy<typeof PURE_OPERATIONS, "translated">;
export type TranslatedEffectOp = DoneBy<typeof EFFECT_OPERATIONS, "translated">;
export type GuardedEffectOp = DoneBy<typeof EFFECT_OPERATIONS, "guarded">;

function wordsDoneBy(...who: string[]): ReadonlySet<SsaOp> {
  const all = Object.entries({ ...PURE_OPERATIONS, ...EFFECT_OPERATIONS });
  return new Set(all.filter(([, by]) => who.includes(by)).map(([word]) => word as SsaOp));
}

const LEFT_TO_REFERENCE = wordsDoneBy("reference");
const GUARDED = wordsDoneBy("guarded");
const EFFECTS: ReadonlySet<SsaOp> = new Set(
  [...wordsDoneBy("translated", "guarded")].filter((word) => word in EFFECT_OPERATIONS),
);

/** Whether the reference engine has to do the instruction that needs it. */
export function isLeftToReference({ op }: SsaNode): boolean {
  return LEFT_TO_REFERENCE.has(op);
}

/** Whether it happens for its own sake and in order, in translated code. */
export function isEffect({ op }: SsaNode): boolean {
  return EFFECTS.has(op);
}

export function isFloatEffect({ op }: SsaNode): boolean {
  return GUARDED.has(op);
}
