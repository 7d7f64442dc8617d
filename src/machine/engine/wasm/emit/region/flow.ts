/**
 * The shape of a region's control flow: reverse postorder, dominators, and which edges can't be written with structured
 * control flow. After N. Ramsey, "Beyond Relooper" (ICFP 2022), and Cooper, Harvey and Kennedy, "A Simple, Fast
 * Dominance Algorithm" (2001).
 */

/** Blocks are numbered in reverse postorder from 0, the entry; unreachable ones are left out. */
export interface Flow {
  /** Number in the input of block i. */
  readonly order: readonly number[];
  readonly successors: readonly (readonly number[])[];
  /** Immediate dominator; the entry's is itself. */
  readonly dominator: readonly number[];
  readonly isLoopHead: readonly boolean[];
  /** Has two or more forward edges. */
  readonly isMerge: readonly boolean[];
  /** Blocks that the block immediately dominates, ascending. */
  readonly children: readonly (readonly number[])[];
}

function reversePostorder(successors: readonly (readonly number[])[]): number[] {
  const seen = new Set<number>([0]);
  const order: number[] = [];
  const stack: { block: number; next: number }[] = [{ block: 0, next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const list = successors[top.block];
    // The last successor is visited first, so that the first comes first in the reverse order.
    if (top.next < list.length) {
      const target = list[list.length - 1 - top.next++];
      if (!seen.has(target)) {
        seen.add(target);
        stack.push({ block: target, next: 0 });
      }
    } else {
      order.push(top.block);
      stack.pop();
    }
  }
  return order.toReversed();
}

function dominators(predecessors: readonly (readonly number[])[]): number[] {
  const dominator = predecessors.map(() => -1);
  dominator[0] = 0;
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (a > b) a = dominator[a];
      while (b > a) b = dominator[b];
    }
    return a;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (let block = 1; block < predecessors.length; block++) {
      let found = -1;
      for (const from of predecessors[block]) if (dominator[from] >= 0) found = found < 0 ? from : meet(from, found);
      if (dominator[block] !== found) {
        dominator[block] = found;
        changed = true;
      }
    }
  }
  return dominator;
}

/** `successors` by input number, the entry is 0. Edges for which `cut` is called are taken out: they become exits. */
export function analyse(input: readonly (readonly number[])[], cut: (from: number, to: number) => void): Flow {
  const edges = input.map((list) => [...list]);
  for (;;) {
    const order = reversePostorder(edges);
    const numberOf = new Map(order.map((block, index) => [block, index]));
    const successors = order.map((block) => edges[block].map((target) => numberOf.get(target) as number));
    const predecessors: number[][] = order.map(() => []);
    successors.forEach((list, from) => list.forEach((to) => predecessors[to].push(from)));
    const dominator = dominators(predecessors);
    const dominates = (a: number, b: number): boolean => {
      let at = b;
      while (at > a) at = dominator[at];
      return at === a;
    };
    const bad: [number, number][] = [];
    successors.forEach((list, from) =>
      list.forEach((to) => {
        // mutant irreducible-flow-is-reducible: if (false) bad.push([order[from], order[to]]);
        if (to <= from && !dominates(to, from)) bad.push([order[from], order[to]]);
      }),
    );
    if (bad.length > 0) {
      for (const [from, to] of bad) {
        edges[from] = edges[from].filter((target) => target !== to);
        cut(from, to);
      }
      continue;
    }
    const children: number[][] = order.map(() => []);
    for (let block = 1; block < order.length; block++) children[dominator[block]].push(block);
    return {
      order,
      successors,
      dominator,
      isLoopHead: order.map((_, block) => predecessors[block].some((from) => from >= block)),
      isMerge: order.map((_, block) => predecessors[block].filter((from) => from < block).length >= 2),
      children,
    };
  }
}
