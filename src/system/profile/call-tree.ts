/**
 * Call trees: who called whom, and what each path cost; and the stack of calls of a thread, which is followed from the
 * outside, instruction by instruction.
 *
 * A CALL pushes its target. A RET pops through the last call that it returns to, so one that was left without returning
 * does no harm. A jump into another function replaces the caller (a tail call), unless it leads into the middle of a
 * function that is on the stack (longjmp): then it unwinds to that. A RET to nowhere known is a jump.
 *
 * Invariant: every cycle and instruction handed in is in exactly one node, whatever the guest does to its stack.
 */
import type { Cycles } from "../../units.js";
import type { CodeSpan, GuestFunction, GuestFunctions } from "./guest-functions.js";

/** What a node of a profile stands for. */
export type NodeKind = "system" | "core" | "partition" | "thread" | "function" | "kernel" | "reload";

export interface CallNode {
  readonly name: string;
  readonly kind: NodeKind;
  /** Null for other kinds than "function". */
  readonly function: GuestFunction | null;
  /** Functions above it, itself included. */
  readonly depth: number;
  readonly parent: CallNode | null;
  readonly children: Map<GuestFunction | string, CallNode>;
  /** Its own, without its children's. */
  cycles: Cycles;
  instructions: number;
  calls: number;
}

/** What goes deeper, or on new paths after so many, is gathered by function below one node of its thread. */
const MOST_DEPTH = 400;
const MOST_NODES = 100_000;
const GATHERED = "(calls that are too deep)";
/** Calls that wait for their return. When there are more, the older half is forgotten: no stack so deep returns. */
const MOST_FRAMES = 65_536;

export interface CallTree {
  readonly root: CallNode;
  /** The child of that kind and name, made if there is none. */
  child(parent: CallNode, kind: NodeKind, name: string): CallNode;
  /** A function called from `parent`, in the thread whose node is `thread`. */
  callee(parent: CallNode, called: GuestFunction, thread: CallNode): CallNode;
}

export function createCallTree(name: string): CallTree {
  let count = 0;

  function create(
    parent: CallNode | null,
    key: GuestFunction | string,
    kind: NodeKind,
    label: string,
    depth: number,
  ): CallNode {
    count++;
    const node: CallNode = {
      name: label,
      kind,
      function: typeof key === "string" ? null : key,
      depth,
      parent,
      children: new Map(),
      cycles: 0,
      instructions: 0,
      calls: 0,
    };
    parent?.children.set(key, node);
    return node;
  }

  function child(parent: CallNode, kind: NodeKind, label: string): CallNode {
    return parent.children.get(label) ?? create(parent, label, kind, label, parent.depth);
  }

  return {
    root: create(null, name, "system", name, 0),
    child,
    callee(parent, called, thread) {
      const isGathered = parent.depth >= MOST_DEPTH;
      const known = isGathered ? undefined : parent.children.get(called);
      if (known !== undefined) return known;
      if (!isGathered && parent.depth + 1 < MOST_DEPTH && count < MOST_NODES)
        return create(parent, called, "function", called.name, parent.depth + 1);
      const gathering = child(thread, "thread", GATHERED);
      return gathering.children.get(called) ?? create(gathering, called, "function", called.name, MOST_DEPTH);
    },
  };
}

interface Frame {
  readonly node: CallNode;
  /** Address behind the CALL; -1 for the first function of a thread. */
  readonly returnsTo: number;
}

export class CallStack {
  private frames: Frame[] = [];
  private span: CodeSpan;
  private at: number;
  /** The function in which the thread is. */
  node: CallNode;

  constructor(
    private readonly tree: CallTree,
    private readonly functions: GuestFunctions,
    private readonly thread: CallNode,
    private readonly entry: number,
  ) {
    this.span = functions.findCalled(entry);
    this.at = entry;
    this.node = thread;
  }

  /** The thread begins, or begins again, at its entry. */
  restart(): void {
    this.at = this.entry;
    this.span = this.functions.findCalled(this.entry);
    this.node = this.thread;
    this.frames = [];
    this.enter(-1);
    this.node.calls++;
  }

  /** An instruction has retired: it was at `rip`, control goes on at `next`. */
  retire(rip: number, next: number, lengthBytes: number, flow: string, cycles: Cycles): void {
    if (rip < this.span.at || rip >= this.span.end) this.arrive(rip);
    this.node.cycles += cycles;
    this.node.instructions++;
    this.at = next;
    // A CALL of the next instruction only asks where it is.
    if (flow === "call" && next !== rip + lengthBytes) {
      this.span = this.functions.findCalled(next);
      this.enter(rip + lengthBytes);
      this.node.calls++;
    } else if (flow === "ret") {
      this.leave(next);
    }
  }

  /** Cycles of an instruction that was begun and not finished: the one that comes next. */
  spend(cycles: Cycles): void {
    // mutant spent-cycles-are-dropped: return;
    if (cycles === 0) return;
    if (this.at < this.span.at || this.at >= this.span.end) this.arrive(this.at);
    this.node.cycles += cycles;
  }

  private enter(returnsTo: number): void {
    if (this.frames.length === MOST_FRAMES) this.frames.splice(0, MOST_FRAMES / 2);
    this.node = this.tree.callee(this.node, this.span.function, this.thread);
    this.frames.push({ node: this.node, returnsTo });
  }

  /** Control has come to another function without CALL or RET, or out of the span of its own. */
  private arrive(address: number): void {
    const { frames } = this;
    this.span = this.functions.find(address);
    const { function: reached } = this.span;
    if (this.node.function === reached) return;
    if (address !== reached.at) {
      const below = frames.findLastIndex(({ node }) => node.function === reached);
      if (below >= 0) {
        frames.length = below + 1;
        this.node = frames[below].node;
        return;
      }
    }
    const replaced = frames.pop();
    this.node = frames.at(-1)?.node ?? this.thread;
    this.enter(replaced?.returnsTo ?? -1);
    if (address === reached.at) this.node.calls++;
  }

  private leave(address: number): void {
    const { frames } = this;
    for (let index = frames.length - 1; index > 0; index--) {
      if (frames[index].returnsTo !== address) continue;
      frames.length = index;
      this.node = frames[index - 1].node;
      this.arrive(address);
      return;
    }
  }
}
