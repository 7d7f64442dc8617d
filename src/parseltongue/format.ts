/**
 * The one way to lay out a program: two blanks for each open bracket, one blank around operators and behind commas, at
 * most one empty line. Comments stay. Formatting what is formatted changes nothing.
 */
import { tokenize, type Token } from "./tokens.js";

const TIGHT_BEFORE = new Set([")", "]", ",", ":", "."]);
const TIGHT_AFTER = new Set(["(", "[", "."]);
/** Behind one of these, "-" is a sign, and "(" stands apart. */
const OPERATORS = new Set(
  "== != < <= > >= + - * / % = ( [ , : { give and or not print if while from to in change".split(" "),
);

export function format(text: string): string {
  const lines: string[] = [];
  let depth = 0;
  for (const tokens of linesOf(text)) {
    if (tokens.length === 0) {
      if (lines.length > 0 && lines[lines.length - 1] !== "") lines.push("");
      continue;
    }
    const closing = tokens.findIndex(({ text: each }) => !")]}".includes(each));
    const outdent = closing === -1 ? tokens.length : closing;
    lines.push("  ".repeat(Math.max(0, depth - outdent)) + lineText(tokens));
    for (const { kind, text: each } of tokens) {
      if (kind !== "sign") continue;
      if ("([{".includes(each)) depth++;
      if (")]}".includes(each)) depth = Math.max(0, depth - 1);
    }
  }
  while (lines[lines.length - 1] === "") lines.pop();
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function linesOf(text: string): readonly (readonly Token[])[] {
  const lines: Token[][] = [[]];
  for (const token of tokenize(text)) {
    if (token.kind === "newline") lines.push([]);
    else if (token.kind !== "end") lines[lines.length - 1].push(token);
  }
  return lines;
}

function lineText(tokens: readonly Token[]): string {
  let text = "";
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    if (before !== undefined && isApart(before, token, tokens[index - 2])) text += " ";
    text += token.kind === "comment" ? token.text.trimEnd() : token.text;
  }
  return text;
}

function isApart(before: Token, token: Token, earlier: Token | undefined): boolean {
  if (token.kind === "comment") return true;
  if (before.kind === "sign" && TIGHT_AFTER.has(before.text)) return false;
  if (token.kind === "sign" && TIGHT_BEFORE.has(token.text)) return false;
  if (before.text === "-" && (earlier === undefined || OPERATORS.has(earlier.text))) return false;
  if (token.text === "(" || token.text === "[") return OPERATORS.has(before.text);
  return true;
}
