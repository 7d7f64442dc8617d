/**
 * Says in words what the schema found wrong with a description: which key, where it stands, and what would be right.
 *
 * The library's own messages speak of types and expected inputs; ours speak of keys of the description. Of several
 * problems the one that stands first in the file is told.
 */
import type { z } from "zod";
import { ConfigError, type SourcePlace } from "../../errors.js";
import type { KeyPath, Places } from "./locator.js";
import { nearestName, printable } from "./names.js";
import { KEYS_NOT_BUILT, schemaAt } from "./schema.js";

type Issue = z.core.$ZodIssue;

export function shapeError(issues: readonly Issue[], document: unknown, places: Places): ConfigError {
  const told = issues.filter((issue) => !isExplained(issue, issues, document));
  const errors = told.map((issue) => toError(issue, [], document, places));
  return errors.reduce((first, error) => (isBefore(error.place, first.place) ? error : first));
}

/** A key is often missing because it is misspelt: then the unknown key is what to tell. */
function isExplained(issue: Issue, issues: readonly Issue[], document: unknown): boolean {
  const table = issue.path.slice(0, -1).join();
  return (
    valueAt(document, issue.path.map(String)) === undefined &&
    issues.some(
      (other) =>
        other.code === "unrecognized_keys" &&
        other.path.length === issue.path.length - 1 &&
        other.path.join() === table,
    )
  );
}

function isBefore(a: SourcePlace, b: SourcePlace): boolean {
  return a.line !== b.line ? a.line < b.line : a.column < b.column;
}

function toError(issue: Issue, above: KeyPath, document: unknown, places: Places): ConfigError {
  const path = [...above, ...issue.path.map((key) => (typeof key === "number" ? key : String(key)))];
  if (issue.code === "unrecognized_keys") return unknownKey(path, issue.keys[0], places);
  if (issue.code === "invalid_union") {
    // A table was meant when a table is there: its own problem says more than "neither".
    const isTable = typeof valueAt(document, path) === "object";
    const inner = isTable ? issue.errors[issue.errors.length - 1]?.[0] : undefined;
    if (inner !== undefined) return toError(inner, path, document, places);
  }
  const key = String(path[path.length - 1] ?? "description");
  const description = schemaAt(path)?.description ?? "";
  const value = valueAt(document, path);
  if (value === undefined) {
    const hint = description === "" ? "" : `Add ${printable(key)}: ${description}.`;
    return new ConfigError(places(path, "key"), `${tableName(path.slice(0, -1))} has no "${printable(key)}"`, hint);
  }
  return new ConfigError(
    places(path, "value"),
    `"${printable(key)}" can't be ${show(value)}`,
    description === "" ? "" : `It must be ${description}.`,
  );
}

function unknownKey(path: KeyPath, key: string, places: Places): ConfigError {
  const keys = schemaAt(path)?.keys ?? [];
  const notBuilt = KEYS_NOT_BUILT.get(key);
  const place = places([...path, key], "key");
  if (notBuilt !== undefined) return new ConfigError(place, `"${key}" is not built yet`, notBuilt);
  const nearest = nearestName(key, keys);
  const hint = `${nearest === null ? "" : `Did you mean "${nearest}"? `}Keys here are: ${keys.join(", ")}.`;
  return new ConfigError(place, `unknown key "${printable(key)}" in ${tableName(path)}`, hint);
}

/** "[partition.api]" as people write it. */
function tableName(path: KeyPath): string {
  if (path.length === 0) return "the description";
  if (path[0] === "channel" && path.length === 2) return "[[channel]]";
  const names = path.filter((key) => typeof key === "string");
  return `[${names.map((name) => printable(name)).join(".")}]`;
}

function valueAt(document: unknown, path: KeyPath): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

function show(value: unknown): string {
  if (typeof value === "string") return `"${printable(value)}"`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value instanceof Date) return "a date";
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? printable(value.toString())
    : "a table";
}
