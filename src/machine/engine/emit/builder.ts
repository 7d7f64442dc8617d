/**
 * Makes nodes: folds, numbers equal values once, and keeps them in order.
 *
 * Invariant: of two pure nodes with the same operation and arguments only one exists where both could be seen. Inside
 * the body of a repetition, and in the cold code of an exit, nodes of the outside are visible, not the reverse.
 */
import type { ValueWidth } from "../../isa/operations.js";
import { fold } from "./fold.js";
import type { Detail, EffectOp, PureOp, SsaNode, SsaOp, SsaWidth } from "./ssa.js";

export const NO_DETAIL: Detail = { kind: "none" };

export interface Builder {
  /** Position of the instruction that is being built, for the nodes that it makes. */
  step: number;
  constant(width: ValueWidth, value: bigint): SsaNode;
  pure(op: PureOp, width: SsaWidth, args: readonly SsaNode[], detail?: Detail): SsaNode;
  /** Effects and reads: never merged, kept in order. */
  ordered(op: EffectOp | "read", width: SsaWidth, args: readonly SsaNode[], detail?: Detail, exit?: number): SsaNode;
  /** Runs `build` with a list of its own and gives that list. `sees` says whether outer values may be used again. */
  within(sees: "outer" | "nothing", build: () => void): SsaNode[];
  /** The outermost list, of which nothing has been removed. */
  readonly nodes: SsaNode[];
}

/**
 * Semantics must treat values as opaque (operations.ts, rule 1); one that does arithmetic on them in JavaScript, compares
 * them by size or prints them fails here at once.
 */
class Node implements SsaNode {
  constructor(
    readonly id: number,
    readonly op: SsaOp,
    readonly width: SsaWidth,
    readonly args: readonly SsaNode[],
    readonly detail: Detail,
    readonly step: number,
    readonly exit: number,
  ) {}

  [Symbol.toPrimitive](): never {
    throw new TypeError("a node of the SSA has no value in JavaScript: use the operations");
  }
}

function keyOf(op: SsaOp, width: SsaWidth, args: readonly SsaNode[], detail: Detail): string {
  let key = `${op}.${width}`;
  for (const argument of args) key += `,${argument.id}`;
  if (detail.kind === "constant") key += `=${detail.value}`;
  else if (detail.kind === "position") key += `@${detail.position}`;
  else if (detail.kind === "selector") key += `?${detail.question}`;
  else if (detail.kind === "lanes") key += `:${detail.operation}.${detail.laneWidth}@${detail.lane}`;
  else if (detail.kind === "bytes") key += `[${detail.indices.join(" ")}]`;
  return key;
}

export function createBuilder(): Builder {
  const nodes: SsaNode[] = [];
  let list = nodes;
  let known = new Map<string, SsaNode>();
  let nextId = 0;

  function create(op: SsaOp, width: SsaWidth, args: readonly SsaNode[], detail: Detail, exit: number): SsaNode {
    const node = new Node(nextId++, op, width, args, detail, builder.step, exit);
    list.push(node);
    return node;
  }

  function pure(op: PureOp, width: SsaWidth, args: readonly SsaNode[], detail: Detail = NO_DETAIL): SsaNode {
    const folded = fold(op, width, args, detail);
    if (folded?.kind === "node") return folded.node;
    if (folded?.kind === "constant") return builder.constant(width as ValueWidth, folded.value);
    if (folded?.kind === "replace") return pure(folded.op, width, folded.args, detail);
    const key = keyOf(op, width, args, detail);
    let node = known.get(key);
    if (node === undefined) {
      node = create(op, width, args, detail, -1);
      known.set(key, node);
    }
    return node;
  }

  const builder: Builder = {
    step: 0,
    nodes,
    constant: (width, value) => pure("constant", width, [], { kind: "constant", value: BigInt.asUintN(width, value) }),
    pure,
    ordered: (op, width, args, detail = NO_DETAIL, exit = -1) => create(op, width, args, detail, exit),
    within(sees, build) {
      const outer = { list, known };
      list = [];
      known = sees === "outer" ? new Map(known) : new Map();
      build();
      const built = list;
      ({ list, known } = outer);
      return built;
    },
  };
  return builder;
}
