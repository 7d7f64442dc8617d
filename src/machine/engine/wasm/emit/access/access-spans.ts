/**
 * Which accesses of a block share one look at the TLB: those at constant distances from each other, such as what is
 * pushed or lies in one frame of the stack. The first of them compares the entry for all bytes between the lowest and
 * the highest, and keeps where they are in RAM; the others only ask whether that was so.
 *
 * Invariant: where it was not, each access goes its own slow way, before its own instruction. What a page leads to does
 * not change within a block: tables and frames are changed by who calls translated code.
 */
import type { I32, Local } from "../../assembler/index.js";
import { TlbKind } from "../../../../memory/tlb.js";
import { constantOf, type SsaNode } from "../../../ssa/index.js";

/** Most bytes between the lowest and the highest: one that crosses pages is slow for all of its accesses. */
const MAX_SPAN_BYTES = 256;

export interface Span {
  /** Write where one of them stores: what can be written can be read. */
  kind: TlbKind.Read | TlbKind.Write;
  /** From the base, and behind the last byte. */
  low: bigint;
  high: bigint;
  readonly first: SsaNode;
  accesses: number;
  /** The offset in RAM of the lowest byte, or below 0; defined by the first access. */
  host: Local<I32> | null;
}

/** An access that is in a span. */
export interface SpanMember {
  readonly span: Span;
  /** From the base. */
  readonly at: bigint;
}

/** An address as a node and a distance from it; null for a constant alone. */
function split(address: SsaNode): { readonly base: SsaNode | null; readonly at: bigint } {
  let base = address;
  let at = 0n;
  for (;;) {
    const constant = constantOf(base);
    if (constant !== null) return { base: null, at: BigInt.asIntN(64, at + constant) };
    const [inner, added] = base.args;
    if (base.op !== "add" && base.op !== "sub") break;
    const distance = constantOf(added);
    if (distance === null) break;
    at += base.op === "add" ? distance : -distance;
    base = inner;
  }
  return { base, at: BigInt.asIntN(64, at) };
}

/** Finds the loads and stores of a block, given in their order, that share a span with others. */
export function findSpans(nodes: readonly SsaNode[]): ReadonlyMap<SsaNode, SpanMember> {
  const open = new Map<SsaNode | null, Span>();
  const members = new Map<SsaNode, SpanMember>();
  for (const node of nodes) {
    const isStore = node.op === "store" || node.op === "loadForUpdate";
    if (!isStore && node.op !== "load") continue;
    const { base, at } = split(node.args[0]);
    const end = at + BigInt((node.op === "store" ? node.args[1].width : node.width) / 8);
    let span = open.get(base);
    const low = span !== undefined && span.low < at ? span.low : at;
    const high = span !== undefined && span.high > end ? span.high : end;
    if (span === undefined || high - low > MAX_SPAN_BYTES) {
      span = { kind: TlbKind.Read, low: at, high: end, first: node, accesses: 0, host: null };
      open.set(base, span);
    } else {
      span.low = low;
      span.high = high;
    }
    span.accesses++;
    if (isStore) span.kind = TlbKind.Write;
    members.set(node, { span, at });
  }
  for (const [node, { span }] of members) if (span.accesses === 1) members.delete(node);
  return members;
}
