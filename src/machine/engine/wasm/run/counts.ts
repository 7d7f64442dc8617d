/**
 * What the translating engine counts, for tests and benches. No count is a part of any result.
 */

/** What the store of regions did. */
export interface TranslationCounts {
  regions: number;
  modules: number;
  merges: number;
  dropped: number;
  /** Regions among the dropped that had to make room. */
  evicted: number;
  /** Repetitions that regions contain. */
  repetitions: number;
  /** Instructions of all regions, each as often as it was translated. */
  instructions: number;
  /** Those among them that are copies of templates; and, by mnemonic, those that kept their blocks from it. */
  byTemplate: number;
  readonly withoutTemplate: Map<string, number>;
  /** Near regions that gave way to far ones. */
  replaced: number;
  /** Edges inside regions that became ways out, since structured control flow can't express them. */
  cutEdges: number;
}

/** What the engine did. */
export interface EngineCounts extends TranslationCounts {
  /** Instructions retired in translated code. */
  translated: number;
  calls: number;
  /** Ends of calls into translated code by kind. */
  leftForTime: number;
  leftInBlock: number;
  /** Mnemonics of the instructions before which blocks were left. */
  readonly leftBefore: Map<string, number>;
  leftForBlock: number;
  /** Times that a core stopped before an access because others come first, and polling loops that were found. */
  deferred: number;
  polls: number;
  systemCalls: number;
  fills: number;
  /** Repetitions in translated code that the end of the slice cut. */
  repetitionsCut: number;
}

export function createCounts(): EngineCounts {
  return {
    regions: 0,
    modules: 0,
    merges: 0,
    translated: 0,
    calls: 0,
    leftForTime: 0,
    leftInBlock: 0,
    leftBefore: new Map(),
    leftForBlock: 0,
    deferred: 0,
    polls: 0,
    systemCalls: 0,
    fills: 0,
    dropped: 0,
    evicted: 0,
    instructions: 0,
    byTemplate: 0,
    withoutTemplate: new Map(),
    replaced: 0,
    cutEdges: 0,
    repetitions: 0,
    repetitionsCut: 0,
  };
}
