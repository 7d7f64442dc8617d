/**
 * Removes what nothing needs: pure nodes and reads that lead to no effect, exit or terminator. With flags kept as
 * thunks this is what keeps unused results and unused old flags out of a block.
 */
import type { EffectOp, SsaExit, SsaNode, SsaOp, Terminator } from "./ssa.js";

const EFFECTS: ReadonlySet<SsaOp> = new Set<EffectOp>([
  "load",
  "store",
  "loadForUpdate",
  "storeUpdate",
  "loadPairForUpdate",
  "storePairUpdate",
  "trapIf",
  "divideUnsigned",
  "divideSigned",
  "repeat",
  "fence",
  "readTimestamp",
  "getSelector",
  "setSelector",
  "getMxcsr",
  "setMxcsr",
  "storeVectors",
  "floatUnary",
  "floatBinary",
  "floatConvert",
  "floatRelation",
  "write",
]);

/** Whether a node happens for its own sake, and in order. */
export function isEffect(node: SsaNode): boolean {
  return EFFECTS.has(node.op);
}

/** Adds to `live` all that the given nodes need, themselves included. */
export function markLive(live: Set<SsaNode>, roots: Iterable<SsaNode>): void {
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (live.has(node)) continue;
    live.add(node);
    pending.push(...node.args);
    if (node.detail.kind === "repeat") pending.push(...node.detail.body.filter(isEffect));
  }
}

export function terminatorValues(terminator: Terminator): SsaNode[] {
  if (terminator.kind === "jump") return [terminator.target];
  return terminator.kind === "branch" ? [terminator.condition, terminator.target] : [];
}

/** The nodes of a block that something needs, with everything they need marked in `live`. */
export function liveNodes(
  nodes: readonly SsaNode[],
  exits: readonly SsaExit[],
  terminator: Terminator,
  live: Set<SsaNode>,
): SsaNode[] {
  markLive(live, nodes.filter(isEffect));
  for (const exit of exits) markLive(live, exit.words.values());
  markLive(live, terminatorValues(terminator));
  return nodes.filter((node) => live.has(node));
}
