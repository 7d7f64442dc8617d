/**
 * A profile for https://www.speedscope.app: a profile of kind "sampled" for each thread, and one for each partition and
 * core that has kernel time of its own. Each path of calls is a sample whose weight is its own cycles. Pure.
 *
 * Invariant: the weights of all profiles add up to the cycles of the tree. Their order says nothing about time.
 * Format: https://www.speedscope.app/file-format-schema.json
 */
import type { Profile, ProfileNode } from "../../system/index.js";
import type { Cycles } from "../../units.js";

export interface SpeedscopeFrame {
  readonly name: string;
  readonly file?: string;
}

export interface SpeedscopeProfile {
  readonly type: "sampled";
  readonly name: string;
  readonly unit: "none";
  readonly startValue: 0;
  readonly endValue: Cycles;
  /** Indices of frames, the outermost first. */
  readonly samples: readonly (readonly number[])[];
  readonly weights: readonly Cycles[];
}

export interface SpeedscopeFile {
  readonly $schema: "https://www.speedscope.app/file-format-schema.json";
  readonly exporter: "hallows";
  readonly name: string;
  readonly activeProfileIndex: number;
  readonly shared: { readonly frames: readonly SpeedscopeFrame[] };
  readonly profiles: readonly SpeedscopeProfile[];
}

export function makeSpeedscope(profile: Profile): SpeedscopeFile {
  const frames: SpeedscopeFrame[] = [];
  const known = new Map<string, number>();

  function frameOf({ name, kind, partition }: ProfileNode): number {
    const file = kind === "function" ? profile.partitions[partition]?.program : undefined;
    const key = `${partition} ${kind} ${name}`;
    const index = known.get(key);
    if (index !== undefined) return index;
    known.set(key, frames.length);
    return frames.push(file === undefined ? { name } : { name, file }) - 1;
  }

  /** The subtrees as one profile. */
  function profileOf(name: string, nodes: readonly ProfileNode[]): SpeedscopeProfile {
    const samples: (readonly number[])[] = [];
    const weights: Cycles[] = [];
    function walk(node: ProfileNode, above: readonly number[]): void {
      const path = [...above, frameOf(node)];
      if (node.cycles > 0) {
        samples.push(path);
        weights.push(node.cycles);
      }
      for (const child of node.children) walk(child, path);
    }
    for (const node of nodes) walk(node, []);
    const endValue = weights.reduce((sum, weight) => sum + weight, 0);
    return { type: "sampled", name, unit: "none", startValue: 0, endValue, samples, weights };
  }

  const profiles: SpeedscopeProfile[] = [];
  for (const node of profile.tree.children) {
    const threads = node.children.filter(({ kind }) => kind === "thread");
    for (const thread of threads) profiles.push(profileOf(`${node.name}, ${thread.name}`, thread.children));
    const rest = node.children.filter(({ kind }) => kind !== "thread");
    if (rest.length > 0) profiles.push(profileOf(`${node.name}, kernel`, rest));
  }
  const largest = Math.max(0, ...profiles.map(({ endValue }) => endValue));
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    exporter: "hallows",
    name: `${profile.system}, cycles`,
    activeProfileIndex: Math.max(
      0,
      profiles.findIndex(({ endValue }) => endValue === largest),
    ),
    shared: { frames },
    profiles,
  };
}
