/**
 * The processor's state while a block is built: which value each register and flag has, and which of them the state in
 * memory does not have yet.
 *
 * Writes of an instruction are pending until `commit`; reads see the state before it. Flags stay thunks until someone
 * reads them or `flush` puts them into the state. Invariant: outside an instruction, pending writes are empty.
 */
import type { FlagName, FlagThunks, Operations } from "../../isa/operations.js";
import { conditionFromFlags } from "../../isa/semantics/flags.js";
import type { Builder } from "./builder.js";
import type { SsaNode, StateName, VectorName, WordName } from "./ssa.js";

type Thunk = () => SsaNode;

const isVector = (name: WordName): name is VectorName => name.startsWith("xmm");

const FLAG_NAMES: readonly FlagName[] = ["cf", "pf", "af", "zf", "sf", "of", "df"];

/** A flag: the thunk that makes it, and its node once made. */
interface Flag {
  readonly make: Thunk;
  node: SsaNode | null;
  /** Whether the state in memory has another value. */
  readonly isDirty: boolean;
}

export class EmitState {
  private readonly words = new Map<WordName, SsaNode>();
  private readonly dirty = new Map<WordName, SsaNode>();
  private readonly flags = new Map<FlagName, Flag>();
  /** The object that set the arithmetic flags last, for its direct condition codes. */
  private conditions: FlagThunks<SsaNode> | null = null;
  private readonly pendingWords = new Map<WordName, SsaNode>();
  private readonly pendingFlags: FlagThunks<SsaNode>[] = [];

  constructor(private readonly builder: Builder) {}

  private read(state: StateName, width: 1 | 64 | 128): SsaNode {
    return this.builder.ordered("read", width, [], { kind: "state", state });
  }

  private write(state: StateName, value: SsaNode): void {
    this.builder.ordered("write", 0, [value], { kind: "state", state });
  }

  word(name: WordName): SsaNode {
    let value = this.words.get(name);
    if (value === undefined) {
      value = this.read(name, isVector(name) ? 128 : 64);
      this.words.set(name, value);
    }
    return value;
  }

  /** The value that `setWord` gave within this instruction, or else the value before it. */
  pendingWord(name: WordName): SsaNode {
    return this.pendingWords.get(name) ?? this.word(name);
  }

  setWord(name: WordName, value: SsaNode): void {
    this.pendingWords.set(name, value);
  }

  flag(name: FlagName): SsaNode {
    let known = this.flags.get(name);
    if (known === undefined) {
      const node = this.read(name, 1);
      known = { make: () => node, node, isDirty: false };
      this.flags.set(name, known);
    }
    known.node ??= known.make();
    return known.node;
  }

  condition(operations: Operations<SsaNode>, code: number): SsaNode {
    const { conditions } = this;
    if (conditions?.condition !== undefined && (((conditions.directConditions ?? 0) >> code) & 1) === 1)
      return conditions.condition(code);
    return conditionFromFlags(operations, code, (name) => this.flag(name));
  }

  setFlags(written: FlagThunks<SsaNode>): void {
    this.pendingFlags.push(written);
  }

  /** Ends an instruction: what it wrote becomes visible. */
  commit(): void {
    for (const [name, value] of this.pendingWords) {
      this.words.set(name, value);
      this.dirty.set(name, value);
    }
    for (const written of this.pendingFlags) this.takeFlags(written);
    this.discard();
  }

  private takeFlags(written: FlagThunks<SsaNode>): void {
    for (const name of FLAG_NAMES) {
      const make = written[name];
      if (make === undefined) continue;
      this.flags.set(name, { make: () => make.call(written), node: null, isDirty: true });
      if (name !== "df") this.conditions = written;
    }
  }

  /** Drops what an instruction wrote: it trapped. */
  discard(): void {
    this.pendingWords.clear();
    this.pendingFlags.length = 0;
  }

  /** Writes everything that is not in the state yet, and forgets what it knew. */
  flush(): void {
    for (const [name, value] of this.dirty) this.write(name, value);
    for (const name of FLAG_NAMES) if (this.flags.get(name)?.isDirty) this.write(name, this.flag(name));
    this.words.clear();
    this.dirty.clear();
    this.flags.clear();
    this.conditions = null;
  }

  dirtyWords(): ReadonlyMap<WordName, SsaNode> {
    return new Map(this.dirty);
  }

  dirtyFlags(): ReadonlyMap<FlagName, Thunk> {
    const thunks = new Map<FlagName, Thunk>();
    for (const [name, { make, isDirty }] of this.flags) if (isDirty) thunks.set(name, make);
    return thunks;
  }
}
