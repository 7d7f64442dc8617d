/**
 * What is wrong in a program: a code, a place, a label and perhaps a fix. Codes never change their meaning; `hallows
 * explain CODE` prints the row's explanation.
 */
import { placeAt, type Source, type Span } from "./source.js";

export const DIAGNOSTICS = {
  P001: {
    title: "unexpected text",
    explanation: "The parser found something that no statement or expression has there. It goes on at the next line.",
  },
  P002: {
    title: "a text that doesn't end",
    explanation: "A text ends with a double quote on the line on which it begins.",
  },
  P003: {
    title: "not yet in this version",
    explanation:
      "The language has this, and this version of the compiler doesn't. docs/parseltongue/card.md lists what is there.",
  },
  P004: {
    title: "a number out of range",
    explanation: "An i64 is at least -9223372036854775808 and at most 9223372036854775807.",
  },
  P010: {
    title: "an unknown name",
    explanation: "Nothing of this name is declared here or further out. Names are declared before they are used.",
  },
  P011: {
    title: "a name that is taken",
    explanation: "A name means one thing in a function: an inner block doesn't declare it anew.",
  },
  P012: {
    title: "a change of what is fixed",
    explanation:
      "What let declares, a parameter without change, and a loop's variable are fixed. var declares what changes.",
  },
  P013: {
    title: "another type is needed",
    explanation:
      "There are no implicit conversions: both sides of an assignment, an argument or an operator have the type that is asked for.",
  },
  P014: {
    title: "other arguments are needed",
    explanation:
      "A call has as many arguments as the function has parameters. Two or more are named, in their order. What a function changes is marked with change.",
  },
  P015: {
    title: "two uses of what is changed",
    explanation: "What a call changes it has for itself: the same variable is no other argument of that call.",
  },
  P016: {
    title: "a function that may not give",
    explanation: "A function with gives gives a value on each way through it.",
  },
  P017: {
    title: "recursion",
    explanation:
      "The stack is an exact constant, so functions don't call themselves, be it through others. recursive at_most is not yet in this version.",
  },
  P018: {
    title: "no main",
    explanation:
      "A program begins with function main(). It has no parameters, and gives nothing or an i64, the exit code.",
  },
  P019: {
    title: "for trusted modules only",
    explanation: "Memory by its address and calls of the kernel are for modules that begin with: module NAME, trusted.",
  },
  P020: {
    title: "a capacity that is no constant",
    explanation: "Capacities and the bounds of repeat are whole numbers, written out, from 1 to 16777216.",
  },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly explanation: string }>>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly source: Source;
  readonly span: Span;
  /** What is wrong just there. */
  readonly label: string;
  /** What would be right; "" where nothing can be said. */
  readonly help: string;
}

/** As text, in the manner of rustc: code and title, place, the line, the label below what it is about, help. */
export function renderDiagnostic({ code, source, span, label, help }: Diagnostic): string {
  const { line, column } = placeAt(source, span.start);
  const text = source.text.split("\n")[line - 1] ?? "";
  const width = Math.max(1, Math.min(span.end - span.start, text.length - column + 1));
  const margin = " ".repeat(String(line).length);
  return [
    `error[${code}]: ${DIAGNOSTICS[code].title}`,
    `${margin}--> ${source.file}:${line}:${column}`,
    `${margin} |`,
    `${line} | ${text}`,
    `${margin} | ${" ".repeat(column - 1)}${"^".repeat(width)} ${label}`,
    ...(help === "" ? [] : [`${margin} = help: ${help}`]),
  ].join("\n");
}
