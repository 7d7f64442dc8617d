/**
 * The "emit" binding of the instructions' semantics: builds the SSA of a block of instructions, in place of executing
 * them. It is the front half of a translating engine; what comes after it chooses a form for the code.
 *
 * Invariant: running the nodes in order, then the terminator, does to registers, flags and memory what executing the
 * instructions does. An effect that faults leaves through its exit, with the state before its instruction. The
 * semantics are the same functions that the reference engine runs (isa/semantics), after the rules of operations.ts
 * there.
 */
import type { FlagName, FlagThunks, Operations, ValueWidth } from "../../isa/operations.js";
import type { FlagFormula } from "../../isa/semantics/flags.js";
import type { SsaBlock, SsaStep, Terminator } from "./block.js";
import { type Build, endWithTrap, finishStep, nextAddressOf, REFUSED } from "./build.js";
import { createBuilder } from "./builder.js";
import type { NodeMaker } from "./fold.js";
import { type GivenParts, Givens } from "./givens.js";
import { isEffect, LiveNodes, terminatorValues } from "./liveness.js";
import { FLAG_NAMES } from "./names.js";
import type { SsaNode } from "./node.js";
import { createOperations, type Emission } from "./operations.js";
import type { PureOperations } from "./pure.js";
import { EmitState } from "./state.js";

/** Builds blocks, one at a time. Whoever builds many keeps it: to make one takes as long as some ten blocks. */
export interface Emitter {
  /**
   * Builds the SSA of instructions that lie in the order given, each at the address where the one before ends. The
   * block ends with the last of them, or with the first that leaves it. The state after it is written by nodes, or,
   * with `end` "exit", listed as one more exit, so that its flags stay thunks.
   */
  emitBlock(steps: readonly SsaStep[], end?: "write" | "exit"): SsaBlock;
  /** The SSA of one instruction that stands for many: what is given differs between them. Its end is an exit. */
  emitGiven(step: SsaStep, parts: GivenParts, incoming: Incoming): SsaBlock;
  /** A value of state and what is given: a condition, a flag, an address. */
  emitValue(
    parts: GivenParts,
    incoming: Incoming,
    make: (operations: Operations<SsaNode>) => SsaNode,
  ): { readonly node: SsaNode; readonly nextId: number };
  /**
   * The flags of a formula over values that are nothing but what they are: `makeOperands` gets a maker of such values,
   * and the pure operations.
   */
  emitFormula(
    formula: FlagFormula<SsaNode>,
    makeOperands: (value: (width: SsaNode["width"]) => SsaNode, pure: PureOperations) => readonly SsaNode[],
  ): ReadonlyMap<FlagName, SsaNode>;
}

/** The flags that the state lacks at the start, as thunks over values of leaves. */
export type Incoming = (
  operations: Operations<SsaNode>,
  leaf: (index: number, width: ValueWidth) => SsaNode,
  make: NodeMaker,
) => FlagThunks<SsaNode>;

export function createEmitter(): Emitter {
  const emission: Emission = { build: newBuild([], "write") };
  const operations = createOperations(emission);
  return {
    emitBlock(steps, end = "write") {
      if (steps.length === 0) throw new RangeError("a block has at least one instruction");
      return buildBlock(emission, operations, newBuild(steps, end));
    },
    emitGiven: (step, parts, incoming) =>
      buildBlock(emission, operations, beginGiven(emission, operations, [step], parts, incoming)),
    emitValue(parts, incoming, make) {
      const { builder } = beginGiven(emission, operations, [], parts, incoming);
      return { node: make(operations), nextId: builder.nextId };
    },
    emitFormula: (formula, makeOperands) => buildFormula(emission, operations, formula, makeOperands),
  };
}

/** A build with given values, which the operations make nodes for from now on. */
function beginGiven(
  emission: Emission,
  operations: Operations<SsaNode>,
  steps: readonly SsaStep[],
  parts: GivenParts,
  incoming: Incoming,
): Build {
  const build = newBuild(steps, "exit", parts);
  emission.build = build;
  build.state.begin(incoming(operations, (index, width) => (build.givens as Givens).leaf(index, width), build.builder));
  return build;
}

function newBuild(steps: readonly SsaStep[], end: "write" | "exit", parts: GivenParts | null = null): Build {
  const builder = createBuilder();
  return {
    givens: parts === null ? null : new Givens(builder, parts),
    steps,
    builder,
    state: new EmitState(builder),
    exits: [],
    end,
    terminator: null,
    exitOfStep: -1,
    passed: new Set(),
    trappedAt: Infinity,
  };
}

/** Has the operations make nodes for `build` while `run` runs. */
function during<Result>(emission: Emission, build: Build, run: () => Result): Result {
  const before = emission.build;
  emission.build = build;
  const result = run();
  emission.build = before;
  return result;
}

function buildFormula(
  emission: Emission,
  operations: Operations<SsaNode>,
  formula: FlagFormula<SsaNode>,
  makeOperands: (value: (width: SsaNode["width"]) => SsaNode, pure: PureOperations) => readonly SsaNode[],
): ReadonlyMap<FlagName, SsaNode> {
  const build = newBuild([], "write");
  const flags = new Map<FlagName, SsaNode>();
  during(emission, build, () => {
    const operands = makeOperands((width) => build.builder.ordered("read", width, []), operations);
    const thunks = formula.over(operations, operands);
    for (const name of FLAG_NAMES) {
      const flag = thunks[name]?.();
      if (flag !== undefined) flags.set(name, flag);
    }
  });
  return flags;
}

function buildBlock(emission: Emission, operations: Operations<SsaNode>, build: Build): SsaBlock {
  const { steps, end } = build;
  emission.build = build;
  const incoming = build.state.flagWriters;
  runSteps(build, operations);
  const terminator: Terminator = build.terminator ?? { kind: "next", address: nextAddressOf(build) };
  const { builder, state, exits } = build;
  let endExit = -1;
  if (end === "exit") {
    endExit = exits.length;
    exits.push(state.exit(builder.step, nextAddressOf(build)));
  } else {
    state.flush();
  }
  const live = findLiveNodes(build, terminator);
  const listed = builder.nextId;
  const isListed = (node: SsaNode): boolean => node.id < listed && live.has(node);
  return {
    steps: steps.slice(0, builder.step + 1),
    nodes: builder.nodes.filter((node) => live.has(node)),
    exits,
    terminator,
    endExit,
    incoming,
    log: state.log,
    buildExitFlags: (exit) => during(emission, build, () => buildFlags(build, exit, isListed)),
    isListed,
    nextId: () => builder.nextId,
  };
}

/** Has each instruction's meaning make its nodes, up to the first that leaves the block. */
function runSteps(build: Build, operations: Operations<SsaNode>): void {
  const { steps, builder } = build;
  for (let index = 0; index < steps.length && build.terminator === null; index++) {
    builder.step = index;
    build.exitOfStep = -1;
    const { row } = steps[index].instruction;
    if (row.semantics === null) endWithTrap(build, REFUSED[row.ring3]);
    else row.semantics(operations, steps[index].instruction);
    finishStep(build);
  }
}

/** What effects, exits and the terminator need. */
function findLiveNodes({ builder, state, exits }: Build, terminator: Terminator): LiveNodes {
  const live = new LiveNodes(builder.nextId);
  for (const node of builder.nodes) if (isEffect(node)) live.mark(node);
  let written = 0;
  for (const { written: until } of exits) {
    state.log.visitLast(written, until, (_word, value) => live.mark(value));
    written = until;
  }
  for (const node of terminatorValues(terminator)) live.mark(node);
  return live;
}

/** The flags of an exit, and the nodes that only they need: SsaBlock.buildExitFlags. */
function buildFlags(
  { builder, exits }: Build,
  exit: number,
  isListed: (node: SsaNode) => boolean,
): ReturnType<SsaBlock["buildExitFlags"]> {
  const flags = new Map<FlagName, SsaNode>();
  builder.step = exits[exit].step;
  const made = builder.within("nothing", () => {
    for (const [flag, make] of exits[exit].flags) flags.set(flag, make());
  });
  return {
    flags,
    get nodes() {
      const needed = new LiveNodes(builder.nextId);
      for (const node of flags.values()) needed.mark(node);
      // What was made with the block, but is needed by nothing else, comes before what was made now.
      const before = builder.nodes.filter((node) => needed.has(node) && !isListed(node));
      return [...before, ...made.filter((node) => needed.has(node))];
    },
  };
}
