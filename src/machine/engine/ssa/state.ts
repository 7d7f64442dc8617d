/**
 * The processor's state while a block is built: which value each register and flag has, and which of them the state in
 * memory does not have yet.
 *
 * Writes of an instruction are pending until `commit`; reads see the state before it. Flags stay thunks until someone
 * reads them or `flush` puts them into the state. Registers are known by their index in WORD_NAMES, flags by theirs in
 * FLAG_NAMES. Invariant: outside an instruction, pending writes are empty.
 */
import type { FlagName, FlagThunks, Operations } from "../../isa/operations.js";
import { conditionFromFlags } from "../../isa/semantics/flags.js";
import type { Builder } from "./builder.js";
import { FLAG_NAMES, type StateName, WORD_NAMES, type WordName } from "./names.js";
import type { Detail, FlagWriters, SsaNode } from "./node.js";
import { WordLog } from "./word-log.js";

const DETAILS: ReadonlyMap<StateName, Detail> = new Map(
  [...WORD_NAMES, ...FLAG_NAMES].map((state) => [state, { kind: "state", state }]),
);

function isVector(name: WordName): boolean {
  return name.startsWith("xmm") || name.startsWith("vector");
}

const NO_WRITERS: FlagWriters = FLAG_NAMES.map(() => null);

export class EmitState {
  private readonly words: (SsaNode | undefined)[] = [];
  readonly log = new WordLog();
  /** Where writes begin that the state in memory doesn't have. */
  private unwritten = 0;
  /** Which instruction wrote each flag last, if the state in memory doesn't have it. Replaced, never changed. */
  private writers: FlagWriters = NO_WRITERS;
  /** Flags that were made, or read from the state. */
  private flags: (SsaNode | undefined)[] = [];
  /** The object that set the arithmetic flags last, for its direct condition codes. */
  private conditions: FlagThunks<SsaNode> | null = null;
  private readonly pendingIndices: number[] = [];
  private readonly pendingValues: SsaNode[] = [];
  private readonly pendingFlags: FlagThunks<SsaNode>[] = [];

  constructor(private readonly builder: Builder) {}

  /** The state lacks flags that these thunks give. To be said before anything else. */
  begin(flags: FlagThunks<SsaNode>): void {
    this.takeFlags(flags);
  }

  /** Which thunks give each flag now; null where the state has it. */
  get flagWriters(): FlagWriters {
    return this.writers;
  }

  private read(state: StateName, width: 1 | 64 | 128): SsaNode {
    return this.builder.ordered("read", width, [], DETAILS.get(state));
  }

  private write(state: StateName, value: SsaNode): void {
    this.builder.ordered("write", 0, [value], DETAILS.get(state));
  }

  word(index: number): SsaNode {
    const name = WORD_NAMES[index];
    return (this.words[index] ??= this.read(name, isVector(name) ? 128 : 64));
  }

  /** The value that `setWord` gave within this instruction, or else the value before it. */
  pendingWord(index: number): SsaNode {
    const at = this.pendingIndices.lastIndexOf(index);
    return at >= 0 ? this.pendingValues[at] : this.word(index);
  }

  setWord(index: number, value: SsaNode): void {
    this.pendingIndices.push(index);
    this.pendingValues.push(value);
  }

  flag(name: FlagName): SsaNode {
    const index = FLAG_NAMES.indexOf(name);
    const writer = this.writers[index];
    return (this.flags[index] ??= writer === null ? this.read(name, 1) : makeFlag(writer, name));
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
    const { pendingIndices, pendingValues, pendingFlags } = this;
    for (let i = 0; i < pendingIndices.length; i++) {
      this.words[pendingIndices[i]] = pendingValues[i];
      this.log.add(pendingIndices[i], pendingValues[i]);
    }
    for (const written of pendingFlags) this.takeFlags(written);
    this.discard();
  }

  private takeFlags(written: FlagThunks<SsaNode>): void {
    this.writers = this.writers.map((before, index) => {
      const name = FLAG_NAMES[index];
      if (written[name] === undefined) return before;
      this.flags[index] = undefined;
      if (name !== "df") this.conditions = written;
      return written;
    });
  }

  /** Drops what an instruction wrote: it trapped. */
  discard(): void {
    this.pendingIndices.length = 0;
    this.pendingValues.length = 0;
    this.pendingFlags.length = 0;
  }

  /** Writes everything that is not in the state yet, and forgets what it knew. */
  flush(): void {
    for (const [name, value] of this.dirtyWords()) this.write(name, value);
    FLAG_NAMES.forEach((name, index) => {
      if (this.writers[index] !== null) this.write(name, this.flag(name));
    });
    this.words.length = 0;
    this.unwritten = this.log.indices.length;
    this.writers = NO_WRITERS;
    this.flags = [];
    this.conditions = null;
  }

  private dirtyWords(): ReadonlyMap<WordName, SsaNode> {
    return this.log.between(this.unwritten, this.log.indices.length);
  }

  /** The state before an instruction. */
  exit(step: number, address: bigint): Exit {
    return new Exit(step, address, this.log, this.unwritten, this.log.indices.length, this.writers);
  }
}

function makeFlag(writer: FlagThunks<SsaNode>, name: FlagName): SsaNode {
  return (writer[name] as () => SsaNode).call(writer);
}

/** The state before an instruction, as it is told: SsaExit says what of. */
export class Exit {
  constructor(
    readonly step: number,
    readonly address: bigint,
    private readonly log: WordLog,
    private readonly unwritten: number,
    readonly written: number,
    readonly writers: FlagWriters,
  ) {}

  get words(): ReadonlyMap<WordName, SsaNode> {
    return this.log.between(this.unwritten, this.written);
  }

  get flags(): ReadonlyMap<FlagName, () => SsaNode> {
    const thunks = new Map<FlagName, () => SsaNode>();
    this.writers.forEach((writer, index) => {
      const name = FLAG_NAMES[index];
      if (writer !== null) thunks.set(name, () => makeFlag(writer, name));
    });
    return thunks;
  }
}
