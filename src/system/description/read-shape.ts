/**
 * From a parsed text to a document of the schema's shape. What is wrong with the shape is said in words: which key, and
 * what would be right. (The library's own messages speak of types and expected inputs.)
 *
 * What can't be used is replaced by something of the right shape, so that the rest can be read and judged as well.
 */
import { printable } from "../../errors.js";
import { z } from "zod";
import type { KeyPath } from "./locator.js";
import { nearestName } from "./names.js";
import type { Problems } from "./problems.js";
import { KEYS_NOT_BUILT, schemaAt, systemSchema, type SystemDocument } from "./schema.js";

type Issue = z.core.$ZodIssue;

/** Replaces parts of `document`. Null when what is wrong can't be replaced. */
export function readShape(document: unknown, problems: Problems): SystemDocument | null {
  const first = systemSchema.safeParse(document);
  if (first.success) return first.data;
  const issues = first.error.issues.flatMap((issue) => withInner(issue, document));
  for (const issue of issues) {
    if (isMisspelt(issue, issues, document)) problems.spoil(keysOf(issue.path));
    else tell(issue, document, problems);
  }
  for (const issue of issues) repair(document, issue);
  const second = systemSchema.safeParse(document);
  return second.success ? second.data : null;
}

/** A union's own problem says "neither"; where a table is there, a table was meant, and its problems say more. */
function withInner(issue: Issue, document: unknown): Issue[] {
  if (issue.code !== "invalid_union" || typeof valueAt(document, keysOf(issue.path)) !== "object") return [issue];
  const inner = issue.errors[issue.errors.length - 1] ?? [];
  return inner.length === 0 ? [issue] : inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

/** A key is often missing because it is misspelt: where as many keys are unknown as missing, the unknown are told. */
function isMisspelt(issue: Issue, issues: readonly Issue[], document: unknown): boolean {
  if (!isMissing(issue, document)) return false;
  const table = issue.path.slice(0, -1).join();
  const missing = issues.filter((other) => isMissing(other, document) && other.path.slice(0, -1).join() === table);
  const unknown = issues.flatMap((other) =>
    other.code === "unrecognized_keys" && other.path.join() === table ? other.keys : [],
  );
  return unknown.length >= missing.length;
}

function isMissing(issue: Issue, document: unknown): boolean {
  return issue.code !== "unrecognized_keys" && valueAt(document, keysOf(issue.path)) === undefined;
}

function tell(issue: Issue, document: unknown, problems: Problems): void {
  const path = keysOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) tellUnknownKey(path, key, problems);
    return;
  }
  const key = printable(String(path[path.length - 1] ?? "description"));
  const description = schemaAt(path)?.description ?? "";
  const value = valueAt(document, path);
  if (value === undefined) {
    const hint = description === "" ? "" : `Add ${key}: ${description}.`;
    problems.add(path, `${tableName(path.slice(0, -1))} has no "${key}"`, hint, { part: "key", spoils: true });
  } else {
    problems.add(path, `"${key}" can't be ${show(value)}`, description === "" ? "" : `It must be ${description}.`);
  }
}

function tellUnknownKey(path: KeyPath, key: string, problems: Problems): void {
  const keys = schemaAt(path)?.keys ?? [];
  const notBuilt = KEYS_NOT_BUILT.get(key);
  if (notBuilt !== undefined) {
    problems.add([...path, key], `"${key}" is not built yet`, notBuilt, { part: "key" });
    return;
  }
  const nearest = nearestName(key, keys);
  const hint = `${nearest === null ? "" : `Did you mean "${nearest}"? `}Keys here are: ${keys.join(", ")}.`;
  problems.add([...path, key], `unknown key "${printable(key)}" in ${tableName(path)}`, hint, { part: "key" });
}

/** Takes away what there is no key for, and puts a placeholder where the schema demands something. */
function repair(document: unknown, issue: Issue): void {
  const path = keysOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    const table = valueAt(document, path);
    if (isTable(table)) for (const key of issue.keys) delete table[key];
    return;
  }
  const table = valueAt(document, path.slice(0, -1));
  const key = path[path.length - 1];
  if (!isTable(table) || key === undefined) return;
  const placeholder = schemaAt(path)?.placeholder;
  if (placeholder === undefined) delete table[key];
  else table[key] = placeholder;
}

/** "[partition.api]" as people write it. */
function tableName(path: KeyPath): string {
  if (path.length === 0) return "the description";
  if (path[0] === "channel" && path.length === 2) return "[[channel]]";
  const names = path.filter((key) => typeof key === "string");
  return `[${names.map((name) => printable(name)).join(".")}]`;
}

function keysOf(path: readonly PropertyKey[]): KeyPath {
  return path.map((key) => (typeof key === "number" ? key : String(key)));
}

function isTable(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

function valueAt(document: unknown, path: KeyPath): unknown {
  let value = document;
  for (const key of path) {
    if (!isTable(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
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
