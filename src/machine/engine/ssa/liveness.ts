/**
 * Removes what nothing needs: pure nodes and reads that lead to no effect, exit or terminator. With flags kept as
 * thunks this is what keeps unused results and unused old flags out of a block.
 */
import type { Terminator } from "./block.js";
import { isEffectWord } from "./effect-table.js";
import type { SsaNode } from "./node.js";

/** Whether a node happens for its own sake, and in order. */
export function isEffect(node: SsaNode): boolean {
  return isEffectWord(node.op);
}

/** Which nodes of a block something needs, by id. Nodes that are made later are not in it. */
export class LiveNodes {
  private readonly marks: Uint8Array;
  private readonly pending: SsaNode[] = [];

  constructor(nodeCount: number) {
    this.marks = new Uint8Array(nodeCount);
  }

  has({ id }: SsaNode): boolean {
    return this.marks[id] === 1;
  }

  /** Marks all that a node needs, itself included. */
  mark(root: SsaNode): void {
    const { marks, pending } = this;
    pending.push(root);
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (marks[node.id] === 1) continue;
      marks[node.id] = 1;
      for (const argument of node.args) pending.push(argument);
      if (node.detail.kind === "repeat") for (const inner of node.detail.body) if (isEffect(inner)) pending.push(inner);
    }
  }
}

export function terminatorValues(terminator: Terminator): SsaNode[] {
  if (terminator.kind === "jump") return [terminator.target];
  return terminator.kind === "branch" ? [terminator.condition, terminator.target] : [];
}
