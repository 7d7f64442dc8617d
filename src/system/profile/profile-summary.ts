/**
 * A profile as plain data: the call tree with its sums, and the functions by what they cost.
 *
 * Invariant: sums are exact. A function's `totalCycles` are those of its topmost nodes on each path, so that recursion
 * counts once; calls that the tree gathers because they are too deep are in no caller's total.
 */
import type { SystemPlan } from "../../kernel/index.js";
import type { Cycles, PartitionId } from "../../units.js";
import type { CallNode, NodeKind } from "./call-tree.js";
import type { GuestFunction } from "./guest-functions.js";

export interface ProfileNode {
  readonly name: string;
  readonly kind: NodeKind;
  /** -1 for the system and its cores. */
  readonly partition: PartitionId;
  /** Its own. */
  readonly cycles: Cycles;
  readonly instructions: number;
  /** With its children's. */
  readonly totalCycles: Cycles;
  readonly totalInstructions: number;
  /** How often a function was called on this path, or the kernel was entered. */
  readonly calls: number;
  /** The largest first. */
  readonly children: readonly ProfileNode[];
}

export interface FunctionProfile {
  readonly partition: PartitionId;
  readonly name: string;
  /** Its address. */
  readonly at: number;
  readonly cycles: Cycles;
  readonly instructions: number;
  readonly calls: number;
  /** With what it called: functions, and the kernel. Recursion counts once. */
  readonly totalCycles: Cycles;
}

export interface Profile {
  readonly version: 1;
  readonly system: string;
  readonly frequencyHz: number;
  /** By own cycles, the most first. */
  readonly functions: readonly FunctionProfile[];
  /** Indexed by PartitionId. */
  readonly partitions: readonly {
    readonly name: string;
    readonly program: string;
    readonly functionCycles: Cycles;
    readonly instructions: number;
    /** System calls, faults and interruptions. */
    readonly kernelCycles: Cycles;
    /** After restarts. */
    readonly reloadCycles: Cycles;
  }[];
  /** Indexed by core. */
  readonly cores: readonly {
    readonly elapsedCycles: Cycles;
    readonly idleCycles: Cycles;
    /** Window switches, and coming up. */
    readonly kernelCycles: Cycles;
  }[];
  readonly tree: ProfileNode;
}

export interface CoreTime {
  readonly elapsedCycles: Cycles;
  readonly idleCycles: Cycles;
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

/** `cores` is indexed by core. Reads the tree, and leaves it as it is. */
export function summariseProfile(plan: SystemPlan, root: CallNode, cores: readonly CoreTime[]): Profile {
  const children = [...root.children.values()];
  const find = (kind: NodeKind, name: string): CallNode | undefined =>
    children.find((node) => node.kind === kind && node.name === name);
  const functions: FunctionProfile[] = [];
  const partitions = plan.partitions.map(({ id, name, program }) => {
    const node = find("partition", name);
    const own = new Map<GuestFunction, Changeable<FunctionProfile>>();
    const sums = { function: 0, kernel: 0, reload: 0, instructions: 0 };
    if (node !== undefined) gather(node, id, own, new Set(), sums);
    functions.push(...own.values());
    const { function: functionCycles, kernel: kernelCycles, reload: reloadCycles, instructions } = sums;
    return { name, program, functionCycles, instructions, kernelCycles, reloadCycles };
  });
  functions.sort(
    (a, b) => b.cycles - a.cycles || b.totalCycles - a.totalCycles || a.partition - b.partition || a.at - b.at,
  );
  return {
    version: 1,
    system: plan.name,
    frequencyHz: plan.machine.frequencyHz,
    functions,
    partitions,
    cores: cores.map((times, core) => {
      const node = find("core", `core ${core}`);
      return { ...times, kernelCycles: node === undefined ? 0 : totalCycles(node) };
    }),
    tree: plainNode(root, -1, plan),
  };
}

interface Sums {
  function: Cycles;
  kernel: Cycles;
  reload: Cycles;
  instructions: number;
}

/** Adds a subtree of a partition up, by function. `above` are the functions on the way to it. Returns its cycles. */
function gather(
  node: CallNode,
  partition: PartitionId,
  functions: Map<GuestFunction, Changeable<FunctionProfile>>,
  above: Set<GuestFunction>,
  sums: Sums,
): Cycles {
  const { kind, function: called } = node;
  if (kind === "function" || kind === "kernel" || kind === "reload") sums[kind] += node.cycles;
  sums.instructions += node.instructions;
  const isTopmost = called !== null && !above.has(called);
  if (isTopmost) above.add(called);
  let total = node.cycles;
  for (const child of node.children.values()) total += gather(child, partition, functions, above, sums);
  if (called === null) return total;
  if (isTopmost) above.delete(called);
  let row = functions.get(called);
  if (row === undefined) {
    row = { partition, name: called.name, at: called.at, cycles: 0, instructions: 0, calls: 0, totalCycles: 0 };
    functions.set(called, row);
  }
  row.cycles += node.cycles;
  row.instructions += node.instructions;
  row.calls += node.calls;
  if (isTopmost) row.totalCycles += total;
  return total;
}

function totalCycles(node: CallNode): Cycles {
  let total = node.cycles;
  for (const child of node.children.values()) total += totalCycles(child);
  return total;
}

function plainNode(node: CallNode, partition: PartitionId, plan: SystemPlan): ProfileNode {
  const owner = node.kind === "partition" ? plan.partitions.findIndex(({ name }) => name === node.name) : partition;
  const children = [...node.children.values()]
    .map((child) => plainNode(child, owner, plan))
    .filter((child) => child.totalCycles > 0 || child.calls > 0)
    .toSorted((a, b) => b.totalCycles - a.totalCycles || (a.name < b.name ? -1 : 1));
  const sum = (of: (child: ProfileNode) => number): number => children.reduce((total, child) => total + of(child), 0);
  return {
    name: node.name,
    kind: node.kind,
    partition: owner,
    cycles: node.cycles,
    instructions: node.instructions,
    totalCycles: node.cycles + sum((child) => child.totalCycles),
    totalInstructions: node.instructions + sum((child) => child.totalInstructions),
    calls: node.calls,
    children,
  };
}
