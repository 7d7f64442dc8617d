/** Names of partitions and devices, as a description lists them. */
import type { EndDescription } from "./description.js";
import type { KeyPath } from "./locator.js";

/** One name, or a list of them. */
export function readNames(path: KeyPath, names: string | readonly string[]): EndDescription[] {
  if (typeof names === "string") return [{ path, name: names }];
  return names.map((name, index) => ({ path: [...path, index], name }));
}
