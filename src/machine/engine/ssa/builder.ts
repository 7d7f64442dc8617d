/**
 * Makes nodes: folds, numbers equal values once, and keeps them in order.
 *
 * Invariant: of two pure nodes with the same operation and arguments only one exists where both could be seen. Inside
 * the body of a repetition, and in the cold code of an exit, nodes of the outside are visible, not the reverse.
 */
import type { ValueWidth } from "../../isa/operations.js";
import { fold, type NodeMaker } from "./fold.js";
import type { EffectOp } from "./effect-table.js";
import { type Detail, NO_DETAIL, type SsaNode, type SsaOp, type SsaWidth } from "./node.js";
import type { PureOp } from "./pure-table.js";

export interface Builder extends NodeMaker {
  /** Position of the instruction that is being built, for the nodes that it makes. */
  step: number;
  /** Effects and reads: never merged, kept in order. */
  ordered(op: EffectOp | "read", width: SsaWidth, args: readonly SsaNode[], detail?: Detail, exit?: number): SsaNode;
  /** Runs `build` with a list of its own and gives that list. `sees` says whether outer values may be used again. */
  within(sees: "outer" | "nothing", build: () => void): SsaNode[];
  /** The outermost list, of which nothing has been removed. */
  readonly nodes: SsaNode[];
  /** Ids are below it. */
  readonly nextId: number;
}

/**
 * Semantics must treat values as opaque (operations.ts, rule 1); one that does arithmetic on them in JavaScript,
 * compares them by size or prints them fails here at once.
 */
class Node implements SsaNode {
  /** The pure nodes that have this one as their first argument, the latest first. */
  firstUser: Node | null = null;
  nextUser: Node | null = null;

  constructor(
    readonly id: number,
    readonly op: SsaOp,
    readonly width: SsaWidth,
    readonly args: readonly SsaNode[],
    readonly detail: Detail,
    readonly step: number,
    readonly exit: number,
    /** Number of the list that it is in. */
    readonly scope: number,
  ) {}

  [Symbol.toPrimitive](): never {
    throw new TypeError("a node of the SSA has no value in JavaScript: use the operations");
  }
}

function isSameDetail(a: Detail, b: Detail): boolean {
  switch (a.kind) {
    case "position":
      return b.kind === "position" && a.position === b.position;
    case "selector":
      return b.kind === "selector" && a.question === b.question;
    case "lanes":
      return b.kind === "lanes" && a.operation === b.operation && a.laneWidth === b.laneWidth && a.lane === b.lane;
    case "bytes":
      return b.kind === "bytes" && a.indices.every((index, i) => index === b.indices[i]);
    default:
      return a.kind === b.kind;
  }
}

export function createBuilder(): Builder {
  const nodes: SsaNode[] = [];
  let list = nodes;
  /** Pure nodes without arguments, constants above all. */
  const leaves: Node[] = [];
  let scope = 0;
  let nextScope = 1;
  /** Scopes whose nodes may be used again, the innermost first. */
  let visible: readonly number[] = [0];
  let nextId = 0;

  function create(op: SsaOp, width: SsaWidth, args: readonly SsaNode[], detail: Detail, exit: number): Node {
    const node = new Node(nextId++, op, width, args, detail, builder.step, exit, scope);
    list.push(node);
    return node;
  }

  function isVisible(node: Node): boolean {
    return node.scope === scope || (visible.length > 1 && visible.includes(node.scope));
  }

  function constant(width: ValueWidth, value: bigint): SsaNode {
    const masked = BigInt.asUintN(width, value);
    for (const node of leaves)
      if (node.detail.kind === "constant" && node.width === width && node.detail.value === masked && isVisible(node))
        return node;
    const node = create("constant", width, [], { kind: "constant", value: masked }, -1);
    leaves.push(node);
    return node;
  }

  function find(
    op: PureOp,
    width: SsaWidth,
    args: readonly SsaNode[],
    detail: Detail,
    first: Node | null,
  ): Node | null {
    for (let node = first; node !== null; node = node.nextUser) {
      if (node.op !== op || node.width !== width || node.args.length !== args.length) continue;
      if (args.length > 1 && node.args[1] !== args[1]) continue;
      if (args.length > 2 && !args.every((argument, i) => node?.args[i] === argument)) continue;
      if (isSameDetail(detail, node.detail) && isVisible(node)) return node;
    }
    return null;
  }

  function pure(op: PureOp, width: SsaWidth, args: readonly SsaNode[], detail: Detail = NO_DETAIL): SsaNode {
    if (args.length === 0) {
      const known = leaves.find((node) => node.op === op && node.width === width && isVisible(node));
      if (known !== undefined) return known;
      const made = create(op, width, args, detail, -1);
      leaves.push(made);
      return made;
    }
    const folded = fold(builder, op, width, args, detail);
    if (folded !== null) return folded;
    // All nodes are this builder's.
    const first = args[0] as Node;
    const known = find(op, width, args, detail, first.firstUser);
    if (known !== null) return known;
    const node = create(op, width, args, detail, -1);
    node.nextUser = first.firstUser;
    first.firstUser = node;
    return node;
  }

  const builder: Builder = {
    step: 0,
    nodes,
    get nextId() {
      return nextId;
    },
    constant,
    pure,
    ordered: (op, width, args, detail = NO_DETAIL, exit = -1) => create(op, width, args, detail, exit),
    within(sees, build) {
      const outer = { list, scope, visible };
      list = [];
      scope = nextScope++;
      visible = sees === "outer" ? [scope, ...visible] : [scope];
      build();
      const built = list;
      ({ list, scope, visible } = outer);
      return built;
    },
  };
  return builder;
}
