/**
 * All that can change hangs on an object that somebody made: two systems in one process know nothing of each other. So
 * below the command line no module keeps anything but constants.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));
/** One process, one terminal, one command line. */
const COMMAND_LINE = /^(cli|tui|host)\//;

/** Why a container of a module may be filled later: what it will hold is a constant. */
const FILLED_LATER: Readonly<Record<string, string>> = {
  "machine/isa/table/absent.ts: read":
    "a table as text, read when it is first asked for, since most programs never ask",
};

/**
 * Names of the variables of a module that can change: `let`, and constants whose contents something in the module
 * changes.
 */
function findState(text: string): string[] {
  const code = text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\/\/.*$/gm, "")
    // A loop of the module itself fills a table at load.
    .replace(/^for .*\n(?: .*\n)*\}?/gm, "");
  const variables = [...code.matchAll(/^(?:export )?(?:let|var) (\w+)/gm)].map(([, name]) => name);
  const constants = [...code.matchAll(/^(?:export )?const (\w+)/gm)].map(([, name]) => name);
  return [...variables, ...constants.filter((name) => isChanged(code, name))];
}

const CHANGES = "set|add|delete|clear|push|pop|shift|unshift|splice|fill|copyWithin|sort|reverse";

/** Whether a function changes a constant's contents. Functions stand below the first level, so they are indented. */
function isChanged(code: string, name: string): boolean {
  const member = String.raw`(?:\.\w+|\[[^\]]*\])+`;
  const assigned = new RegExp(String.raw`^[ ]+(?:.*[^.\w])?${name}${member}\s*(?:[-+*/%&|^?]{0,3}=(?!=)|\+\+|--)`, "m");
  const called = new RegExp(String.raw`^[ ]+(?:.*[^.\w])?${name}(?:${member})?\.(?:${CHANGES})\(`, "m");
  const declaredAgain = new RegExp(String.raw`^[ ]+(?:const|let) ${name}\b`, "m");
  const taken = new RegExp(String.raw`[^.\w]${name}\[[^\]]*\] \?\?=`, "m");
  return !declaredAgain.test(code) && (assigned.test(code) || called.test(code) || taken.test(code));
}

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !COMMAND_LINE.test(file))
  .toSorted();
const found = files.flatMap((file) =>
  findState(readFileSync(`${SOURCE}/${file}`, "utf8")).map((name) => `${file}: ${name}`),
);

describe("modules below the command line", () => {
  it("keep no state", () => {
    expect(files.length).toBeGreaterThan(150);
    expect(found.filter((place) => FILLED_LATER[place] === undefined)).toEqual([]);
  });

  it("fill a constant later only where it is listed with a reason", () => {
    expect(Object.keys(FILLED_LATER).filter((place) => !found.includes(place))).toEqual([]);
  });

  it.each([
    ["a variable", "let count = 0;", ["count"]],
    ["an exported one", "export let count = 0;", ["count"]],
    ["a cache", "const known = new Map();\nfunction f(x) {\n  known.set(x, 1);\n}", ["known"]],
    ["a cache in a cache", "const known = {};\nfunction f(x) {\n  known.by.name.push(x);\n}", ["known"]],
    ["a result that is used again", "const walked = { a: 0 };\nfunction f(x) {\n  walked.a = x;\n}", ["walked"]],
    ["a scratch buffer", "const bits = new Uint32Array(2);\nfunction f(x) {\n  return (bits[0] = x);\n}", ["bits"]],
    ["a constant", "const BITS = [1, 2];\nfunction f(x) {\n  return BITS[x] === x;\n}", []],
    ["a table filled once", "const rows = new Map();\nfor (const x of y) rows.set(x, x);", []],
    ["a table filled in a loop", "const rows = new Map();\nfor (const x of y) {\n  rows.set(x, x);\n}\n", []],
    ["a local of the same name", "const a = [];\nfunction f() {\n  const a = [];\n  a.push(1);\n}", []],
  ])("would be caught with %s", (_name, text, expected) => {
    expect(findState(text)).toEqual(expected);
  });
});
