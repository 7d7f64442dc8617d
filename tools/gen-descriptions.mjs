/**
 * Makes the generated parts of docs/system-descriptions.md, by way of dist/ (so build first): the tables of keys, from
 * src/system/description/schema.ts and tools/description-keys.mjs, and what `hallows check` prints of the worked
 * example.
 *
 *   node tools/gen-descriptions.mjs           writes them into the document
 *   node tools/gen-descriptions.mjs --check   writes nothing; exits 1 when they are stale
 *
 * A part stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`. The rest of the document is written by
 * hand, and tests/system/docs.test.ts loads its examples.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { loadSystem, printPlan } from "../dist/system/index.js";
import { systemSchema } from "../dist/system/description/schema.js";
import { TABLES } from "./description-keys.mjs";

const DOCUMENT = "docs/system-descriptions.md";
const root = fileURLToPath(new URL("..", import.meta.url));

/** The JSON schema of the table at a path. */
function tableSchema(path) {
  let node = z.toJSONSchema(systemSchema);
  for (const key of path) {
    if (typeof key === "number") node = node.items;
    else node = asTable(node).properties?.[key] ?? asTable(node).additionalProperties;
    if (typeof node !== "object") throw new Error(`the schema has no ${path.join(".")}`);
  }
  return asTable(node);
}

function asTable(node) {
  return node.anyOf?.find(({ type }) => type === "object") ?? node;
}

function keyTable({ title, path, keys }) {
  const { properties, required = [] } = tableSchema(path);
  const [inSchema, here] = [Object.keys(properties), Object.keys(keys)];
  const missing = inSchema.filter((key) => !here.includes(key));
  const stray = here.filter((key) => !inSchema.includes(key));
  if (missing.length + stray.length > 0) {
    throw new Error(
      `${title}: not in description-keys.mjs: ${missing.join(", ")}; not in the schema: ${stray.join(", ")}`,
    );
  }
  const rows = inSchema.map((key) => {
    const row = keys[key];
    const isRequired = required.includes(key);
    if (isRequired === (row.default !== undefined))
      throw new Error(`${title}: is "${key}" required, or has it a default?`);
    return [`\`${key}\``, properties[key].description, isRequired ? "required" : row.default, row.limits, row.meaning];
  });
  return `### ${title}\n\n${markdownTable(["key", "it must be", "default", "limits", "meaning"], rows)}`;
}

function markdownTable(head, rows) {
  const line = (cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`.replaceAll("|  |", "| |");
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** What does not depend on how the programs were compiled: all but the partitions' own parts. */
function checkedExample(document) {
  const [, text] = /```toml\n([^]*?)```/.exec(document) ?? [];
  if (text === undefined) throw new Error(`${DOCUMENT} has no example`);
  const readFile = (name) => readFileSync(`${root}images/programs/${name}`);
  const parts = printPlan(loadSystem(text, "system.toml", { readFile })).split("\n\n");
  const shown = parts.map((part) => (part.startsWith("partition ") ? `${part.split("\n")[0]}\n  …` : part.trimEnd()));
  return `\`\`\`text\n${shown.join("\n\n")}\n\nadmitted: ${/^system (.*)/.exec(parts[0])[1]}\n\`\`\``;
}

function replacePart(document, name, contents) {
  const [start, end] = [`<!-- generated: ${name} -->\n`, `<!-- end of ${name} -->`];
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${DOCUMENT} has no part "${name}"`);
  return `${document.slice(0, from + start.length)}\n${contents}\n\n${document.slice(to)}`;
}

const path = `${root}${DOCUMENT}`;
const old = readFileSync(path, "utf8");
const fresh = replacePart(replacePart(old, "keys", TABLES.map(keyTable).join("\n\n")), "check", checkedExample(old));

if (!process.argv.includes("--check")) writeFileSync(path, fresh);
else if (fresh !== old) {
  console.error(`${DOCUMENT} is stale: run node tools/gen-descriptions.mjs`);
  process.exit(1);
}
