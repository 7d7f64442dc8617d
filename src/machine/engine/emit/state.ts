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

export interface EmitState {
  word(name: WordName): SsaNode;
  /** The value that `setWord` gave within this instruction, or else the value before it. */
  pendingWord(name: WordName): SsaNode;
  setWord(name: WordName, value: SsaNode): void;
  flag(name: FlagName): SsaNode;
  condition(operations: Operations<SsaNode>, code: number): SsaNode;
  setFlags(flags: FlagThunks<SsaNode>): void;
  /** Ends an instruction: what it wrote becomes visible. */
  commit(): void;
  /** Drops what an instruction wrote: it trapped. */
  discard(): void;
  /** Writes everything that is not in the state yet, and forgets what it knew. */
  flush(): void;
  dirtyWords(): ReadonlyMap<WordName, SsaNode>;
  dirtyFlags(): ReadonlyMap<FlagName, Thunk>;
}

export function createState(builder: Builder): EmitState {
  const words = new Map<WordName, SsaNode>();
  const dirty = new Map<WordName, SsaNode>();
  const flags = new Map<FlagName, Flag>();
  // The object that set the arithmetic flags last, for its direct condition codes.
  let conditions: FlagThunks<SsaNode> | null = null;
  const pendingWords = new Map<WordName, SsaNode>();
  const pendingFlags: FlagThunks<SsaNode>[] = [];

  const read = (state: StateName, width: 1 | 64 | 128): SsaNode =>
    builder.ordered("read", width, [], { kind: "state", state });
  const write = (state: StateName, value: SsaNode): SsaNode =>
    builder.ordered("write", 0, [value], { kind: "state", state });

  function word(name: WordName): SsaNode {
    let value = words.get(name);
    if (value === undefined) {
      value = read(name, isVector(name) ? 128 : 64);
      words.set(name, value);
    }
    return value;
  }

  function flag(name: FlagName): SsaNode {
    let known = flags.get(name);
    if (known === undefined) {
      const node = read(name, 1);
      known = { make: () => node, node, isDirty: false };
      flags.set(name, known);
    }
    known.node ??= known.make();
    return known.node;
  }

  function takeFlags(written: FlagThunks<SsaNode>): void {
    const changesArithmetic = FLAG_NAMES.some((name) => name !== "df" && written[name] !== undefined);
    for (const name of FLAG_NAMES) {
      const make = written[name];
      if (make !== undefined) flags.set(name, { make: () => make.call(written), node: null, isDirty: true });
    }
    if (changesArithmetic) conditions = written;
  }

  function condition(operations: Operations<SsaNode>, code: number): SsaNode {
    if (conditions?.condition !== undefined && (((conditions.directConditions ?? 0) >> code) & 1) === 1)
      return conditions.condition(code);
    return conditionFromFlags(operations, code, flag);
  }

  return {
    word,
    pendingWord: (name) => pendingWords.get(name) ?? word(name),
    setWord: (name, value) => void pendingWords.set(name, value),
    flag,
    condition,
    setFlags: (written) => void pendingFlags.push(written),
    commit() {
      for (const [name, value] of pendingWords) {
        words.set(name, value);
        dirty.set(name, value);
      }
      pendingFlags.forEach(takeFlags);
      this.discard();
    },
    discard() {
      pendingWords.clear();
      pendingFlags.length = 0;
    },
    flush() {
      for (const [name, value] of dirty) write(name, value);
      for (const name of FLAG_NAMES) if (flags.get(name)?.isDirty) write(name, flag(name));
      words.clear();
      dirty.clear();
      flags.clear();
      conditions = null;
    },
    dirtyWords: () => new Map(dirty),
    dirtyFlags: () => {
      const thunks = new Map<FlagName, Thunk>();
      for (const [name, { make, isDirty }] of flags) if (isDirty) thunks.set(name, make);
      return thunks;
    },
  };
}
