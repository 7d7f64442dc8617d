/**
 * What the parts of a plan are called in problems: the path that a description would have. Windows and channels go by
 * their number in the plan, and resolve-names.ts leads back to where they were written.
 */
import type { PartitionPlan } from "../../kernel/plan.js";
import type { CoreId } from "../../units.js";
import type { KeyPath } from "../description/locator.js";

export function partitionPath({ name }: PartitionPlan, ...rest: KeyPath): KeyPath {
  return ["partition", name, ...rest];
}

export function threadPath(partition: PartitionPlan, { name }: { readonly name: string }, ...rest: KeyPath): KeyPath {
  return partitionPath(partition, "thread", name, ...rest);
}

export function corePath(core: CoreId, ...rest: KeyPath): KeyPath {
  return ["core", String(core), ...rest];
}

export function windowPath(core: CoreId, window: number, ...rest: KeyPath): KeyPath {
  return corePath(core, "windows", window, ...rest);
}

export function devicePath({ name }: { readonly name: string }, ...rest: KeyPath): KeyPath {
  return ["device", name, ...rest];
}

export function channelPath(channel: number, ...rest: KeyPath): KeyPath {
  return ["channel", channel, ...rest];
}

export function poolPath({ name }: { readonly name: string }, ...rest: KeyPath): KeyPath {
  return ["pool", name, ...rest];
}
