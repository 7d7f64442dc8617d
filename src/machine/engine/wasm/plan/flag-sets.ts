/**
 * Sets of flags while a block is planned: who wrote them, which a value reads. A set is a number, bit i for
 * ARITHMETIC_FLAGS[i].
 */
import type { FlagName } from "../../../isa/index.js";
import { type FlagFormula, formulaOf } from "../../../isa/semantics/flags.js";
import { FLAG_NAMES, type FlagWriters, type SsaNode } from "../../ssa/index.js";

/** All of FLAG_NAMES but DF, in its order. */
export const ARITHMETIC_FLAGS: readonly FlagName[] = FLAG_NAMES.filter((name) => name !== "df");

/** Sets of arithmetic flags by their bits, bit i for ARITHMETIC_FLAGS[i]. */
export const FLAG_SETS: readonly ReadonlySet<FlagName>[] = Array.from(
  { length: 1 << ARITHMETIC_FLAGS.length },
  (_, bits) => new Set(ARITHMETIC_FLAGS.filter((_flag, index) => ((bits >> index) & 1) === 1)),
);
export const ALL_FLAGS = FLAG_SETS.length - 1;
/** Index of DF, which comes behind the others in FLAG_NAMES. */
export const DIRECTION = FLAG_NAMES.indexOf("df");

export function bitsOf(writers: FlagWriters): number {
  let bits = 0;
  for (let index = 0; index < ARITHMETIC_FLAGS.length; index++) if (writers[index] !== null) bits |= 1 << index;
  return bits;
}

export function areSameArithmetic(a: FlagWriters, b: FlagWriters): boolean {
  if (a === b) return true;
  for (let index = 0; index < ARITHMETIC_FLAGS.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The formula that all these flags come from, where they come from one. */
export function commonFormula(writers: FlagWriters): FlagFormula<SsaNode> | null {
  let common: FlagWriters[number] = null;
  for (let index = 0; index < ARITHMETIC_FLAGS.length; index++) {
    const writer = writers[index];
    if (writer === null || writer === common) continue;
    if (common !== null) return null;
    common = writer;
  }
  return common === null ? null : formulaOf(common);
}

/** Adds the flags that are read on the way to a value: bits as in FLAG_SETS. */
export function flagsReadBy(node: SsaNode, isListed: (node: SsaNode) => boolean): number {
  if (node.op === "read") return bitOfRead(node);
  let bits = 0;
  // What is listed is looked at once for all.
  for (const argument of node.args) if (!isListed(argument)) bits |= flagsReadBy(argument, isListed);
  return bits;
}

export function bitOfRead({ detail }: SsaNode): number {
  const index = detail.kind === "state" ? (ARITHMETIC_FLAGS as readonly string[]).indexOf(detail.state) : -1;
  return index < 0 ? 0 : 1 << index;
}
