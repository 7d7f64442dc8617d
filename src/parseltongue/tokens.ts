/**
 * Text to tokens. Nothing is lost: comments are tokens, newlines are tokens, and what is between tokens is blanks. What
 * is no token is one of kind "wrong", so broken text has tokens too.
 */
import type { Span } from "./source.js";

export type TokenKind = "word" | "number" | "text" | "sign" | "newline" | "comment" | "wrong" | "end";

export interface Token extends Span {
  readonly kind: TokenKind;
  readonly text: string;
}

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ["newline", /\n/],
  ["comment", /#[^\n]*/],
  ["word", /[A-Za-z_][A-Za-z0-9_]*/],
  ["number", /0x[0-9a-fA-F_]+|[0-9][0-9_]*/],
  ["text", /"(?:\\[^\n]|[^"\\\n])*"/],
  ["sign", /==|!=|<=|>=|[-+*/%<>=(){}[\],:.]/],
  ["wrong", /"[^\n]*|[^]/],
];
const BLANKS = new Set([" ", "\t", "\r"]);

/** The tokens from one offset to another, and an "end". */
export function tokenize(text: string, from = 0, to = text.length): readonly Token[] {
  const tokens: Token[] = [];
  // A sticky pattern keeps the place where it looks: each call has its own.
  const patterns = PATTERNS.map(([kind, { source }]) => [kind, new RegExp(source, "y")] as const);
  const part = text.slice(0, to);
  for (let at = skipBlanks(part, from); at < to; at = skipBlanks(part, at)) {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const found = pattern.exec(part);
      if (found === null) continue;
      at += found[0].length;
      tokens.push({ kind, text: found[0], start: at - found[0].length, end: at });
      break;
    }
  }
  return [...tokens, { kind: "end", text: "", start: to, end: to }];
}

function skipBlanks(text: string, at: number): number {
  let end = at;
  while (BLANKS.has(text[end])) end++;
  return end;
}
