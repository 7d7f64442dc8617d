/**
 * Tokens to a tree, by recursive descent. A statement that can't be read is a diagnostic, and the parser goes on at the
 * next line of the same block, so that independent mistakes are told together.
 */
import type { Diagnostic, DiagnosticCode } from "./diagnostics.js";
import type { Source, Span } from "./source.js";
import { tokenize, type Token } from "./tokens.js";
import type {
  Argument,
  BinaryOperator,
  Expression,
  FunctionTree,
  Module,
  Name,
  Parameter,
  Statement,
  TypeTree,
} from "./tree.js";

/** From the loosest to the tightest. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["or"],
  ["and"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
];
/** Words of the language that this version lacks. */
const NOT_YET = new Set(
  "record enum one_of optional map pool try when fails test system partition macro shared recursive take view within import decimal f64 time".split(
    " ",
  ),
);
/** Nesting of blocks, and of expressions, that is read. */
const MOST_NESTED = 200;
const LIMIT = 2n ** 63n;
const MOST_CAPACITY = 16_777_216n;

/** Ends the statement that is being read. */
class Broken extends Error {}

export function parse(source: Source): { readonly module: Module; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const parser = createParser(source, tokenize(source.text), diagnostics);
  return { module: parser.module(), diagnostics };
}

function createParser(source: Source, all: readonly Token[], diagnostics: Diagnostic[]) {
  const tokens = all.filter(({ kind }) => kind !== "comment");
  let at = 0;
  let depth = 0;
  const now = (): Token => tokens[at];
  const is = (text: string): boolean => now().text === text && now().kind !== "text";
  const from = (start: number): Span => ({ start, end: tokens[Math.max(0, at - 1)].end });

  function fail(code: DiagnosticCode, span: Span, label: string, help = ""): never {
    diagnostics.push({ code, source, span, label, help });
    throw new Broken();
  }
  function next(): Token {
    const token = now();
    if (token.kind !== "end") at++;
    return token;
  }
  function accept(text: string): boolean {
    if (!is(text)) return false;
    at++;
    return true;
  }
  function expect(text: string, help = ""): void {
    if (accept(text)) return;
    const token = now();
    if (NOT_YET.has(token.text)) fail("P003", token, `"${token.text}" is not yet in this version`);
    fail("P001", token, `"${text}" is expected here`, help);
  }
  function skipNewlines(): void {
    while (now().kind === "newline") at++;
  }
  function word(what: string): Name {
    const token = now();
    if (token.kind !== "word") fail("P001", token, `${what} is expected here`);
    return next();
  }
  function nested<T>(read: () => T): T {
    if (++depth > MOST_NESTED) fail("P001", now(), `nested more than ${MOST_NESTED} deep`);
    try {
      return read();
    } finally {
      depth--;
    }
  }

  function module(): Module {
    const functions: FunctionTree[] = [];
    let isTrusted = false;
    for (skipNewlines(); now().kind !== "end"; skipNewlines()) {
      const began = at;
      try {
        if (accept("module")) {
          word("the module's name");
          if (accept(",")) {
            expect("trusted");
            isTrusted = true;
          }
        } else if (is("function")) functions.push(functionTree());
        else if (NOT_YET.has(now().text)) fail("P003", now(), `"${now().text}" is not yet in this version`);
        else
          fail(
            "P001",
            now(),
            "a declaration is expected here",
            "A program is made of functions: function main() { … }",
          );
        endOfLine();
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        if (at === began) at++;
        recover((token) => token.text === "function" || token.text === "module");
      }
    }
    return { isTrusted, functions };
  }

  /** To the next line, behind the blocks that this one opens; or to where `stops` says. */
  function recover(stops: (token: Token) => boolean): void {
    let open = 0;
    for (; now().kind !== "end"; at++) {
      if (open === 0 && (now().kind === "newline" || stops(now()))) return;
      if (is("{")) open++;
      if (is("}")) open = Math.max(0, open - 1);
    }
  }
  function endOfLine(): void {
    if (now().kind === "newline" || now().kind === "end" || is("}")) return;
    fail("P001", now(), "the line should end here", "Each statement has a line of its own.");
  }

  function functionTree(): FunctionTree {
    const { start } = next();
    const name = word("the function's name");
    const parameters: Parameter[] = [];
    expect("(");
    for (skipNewlines(); !is(")"); skipNewlines()) {
      const first = now().start;
      const isChange = accept("change");
      const parameter = word("a parameter");
      expect(":", "A parameter has a type: count: i64");
      const type = typeTree();
      parameters.push({ name: parameter, isChange, type, ...from(first) });
      if (!accept(",")) break;
    }
    skipNewlines();
    expect(")");
    const gives = accept("gives") ? typeTree() : null;
    const head = from(start);
    return { name, parameters, gives, body: block(), ...head };
  }

  function typeTree(): TypeTree {
    const token = word("a type");
    if (NOT_YET.has(token.text)) fail("P003", token, `"${token.text}" is not yet in this version`);
    let element: TypeTree | null = null;
    let size: bigint | null = null;
    if (accept("(")) {
      if (token.text === "list") {
        element = typeTree();
        expect(",");
      }
      size = capacity();
      expect(")");
    }
    return { name: token.text, element, capacity: size, ...from(token.start) };
  }
  function capacity(): bigint {
    const token = now();
    if (token.kind !== "number") fail("P020", token, "a whole number is expected here");
    const value = number(next());
    if (value < 1n || value > MOST_CAPACITY) fail("P020", token, "from 1 to 16777216");
    return value;
  }
  const number = (token: Token): bigint => BigInt(token.text.replaceAll("_", "").replace(/^0x$/, "0x0"));

  function block(): readonly Statement[] {
    return nested(() => {
      const statements: Statement[] = [];
      expect("{");
      for (skipNewlines(); !is("}"); skipNewlines()) {
        if (now().kind === "end") fail("P001", now(), 'a "}" is missing');
        const [began, deep] = [at, depth];
        try {
          statements.push(statement());
          endOfLine();
        } catch (error) {
          if (!(error instanceof Broken)) throw error;
          depth = deep;
          if (at === began && !is("}")) at++;
          recover(() => is("}"));
        }
      }
      at++;
      return statements;
    });
  }

  function statement(): Statement {
    const { start, text } = now();
    if (accept("let") || accept("var")) {
      const name = word("a name");
      const type = accept(":") ? typeTree() : null;
      expect("=", "What is declared has a value from the start.");
      return { kind: "declare", isVariable: text === "var", name, type, value: expression(), ...from(start) };
    }
    if (accept("if")) return ifStatement(start);
    if (accept("for")) {
      if (accept("each")) {
        const name = word("a name");
        expect("in");
        const list = expression();
        return { kind: "each", name, list, body: block(), ...from(start) };
      }
      const name = word("a name");
      expect("from");
      const first = expression();
      expect("to");
      const last = expression();
      return { kind: "for", name, from: first, to: last, body: block(), ...from(start) };
    }
    if (accept("repeat")) {
      expect("at_most", "A loop has a bound: repeat at_most 100 times while …");
      const atMost = capacity();
      expect("times");
      expect("while");
      const condition = expression();
      return { kind: "repeat", atMost, condition, body: block(), ...from(start) };
    }
    if (accept("give")) {
      const value = now().kind === "newline" || is("}") ? null : expression();
      return { kind: "give", value, ...from(start) };
    }
    if (accept("print")) return { kind: "print", value: expression(), ...from(start) };
    if (NOT_YET.has(text)) fail("P003", now(), `"${text}" is not yet in this version`);
    const target = expression();
    if (accept("=")) return { kind: "assign", target, value: expression(), ...from(start) };
    if (target.kind !== "call") fail("P001", target, "a value alone does nothing");
    return { kind: "do", call: target, ...from(start) };
  }

  function ifStatement(start: number): Statement {
    const condition = expression();
    const consequent = block();
    let otherwise: readonly Statement[] = [];
    if (accept("else")) {
      const { start: second } = now();
      otherwise = accept("if") ? nested(() => [ifStatement(second)]) : block();
    }
    return { kind: "if", condition, consequent, otherwise, ...from(start) };
  }

  function expression(level = 0): Expression {
    if (level === LEVELS.length) return unary();
    let left = expression(level + 1);
    while (LEVELS[level].some((operator) => is(operator))) {
      const operator = next().text as BinaryOperator;
      const right = expression(level + 1);
      left = { kind: "binary", operator, left, right, start: left.start, end: right.end };
    }
    return left;
  }

  function unary(): Expression {
    return nested(() => {
      const { start, text } = now();
      if (!accept("-") && !accept("not")) return postfix();
      if (text === "-" && now().kind === "number") {
        const value = -number(now());
        if (value >= -LIMIT) {
          at++;
          return { kind: "number", value, ...from(start) };
        }
      }
      const operand = unary();
      return { kind: "unary", operator: text === "-" ? "-" : "not", operand, ...from(start) };
    });
  }

  function postfix(): Expression {
    let value = primary();
    for (;;) {
      if (accept("[")) {
        const index = expression();
        expect("]");
        value = { kind: "index", list: value, at: index, ...from(value.start) };
      } else if (accept(".")) value = { kind: "field", of: value, field: word("a field"), ...from(value.start) };
      else return value;
    }
  }

  function primary(): Expression {
    const token = now();
    if (token.kind === "number") {
      const value = number(next());
      if (value >= LIMIT) fail("P004", token, "more than an i64 holds");
      return { kind: "number", value, start: token.start, end: token.end };
    }
    if (token.kind === "text") return textExpression(next());
    if (token.kind === "wrong" && token.text.startsWith('"')) fail("P002", token, "no closing quote on this line");
    if (accept("(")) {
      const value = expression();
      expect(")");
      return value;
    }
    if (accept("true") || accept("false"))
      return { kind: "boolean", value: token.text === "true", start: token.start, end: token.end };
    if (NOT_YET.has(token.text)) fail("P003", token, `"${token.text}" is not yet in this version`);
    const name = word("a value");
    if (!accept("(")) return { kind: "name", name: name.text, start: token.start, end: token.end };
    const given: Argument[] = [];
    for (skipNewlines(); !is(")"); skipNewlines()) {
      const { start } = now();
      const label = tokens[at + 1]?.text === ":" ? word("an argument's name") : null;
      if (label !== null) at++;
      const isChange = accept("change");
      given.push({ name: label, isChange, value: expression(), ...from(start) });
      if (!accept(",")) break;
    }
    skipNewlines();
    expect(")");
    return { kind: "call", callee: name, arguments: given, ...from(token.start) };
  }

  /** "… {value} …": values between braces are read where they stand, so that places in messages are right. */
  function textExpression(token: Token): Expression {
    const parts: (string | Expression)[] = [];
    const body = token.text.slice(1, -1);
    for (const found of body.matchAll(/\\(.)|\{([^{}"]*)\}|[^\\{]+|[{]/g)) {
      const start = token.start + 1 + found.index;
      if (found[1] !== undefined) {
        const escaped = { n: "\n", t: "\t", '"': '"', "\\": "\\", "{": "{" }[found[1]];
        if (escaped === undefined)
          fail("P001", { start, end: start + 2 }, "no such escape", String.raw`There are \n, \t, \", \\ and \{.`);
        parts.push(escaped);
      } else if (found[2] !== undefined) {
        const inner = createParser(source, tokenize(source.text, start + 1, start + found[0].length - 1), diagnostics);
        parts.push(inner.wholeExpression());
      } else if (found[0] === "{")
        fail("P001", { start, end: start + 1 }, 'this "{" has no "}"', String.raw`Write \{ for the sign itself.`);
      else parts.push(found[0]);
    }
    return { kind: "text", parts, start: token.start, end: token.end };
  }
  function wholeExpression(): Expression {
    const value = expression();
    if (now().kind !== "end") fail("P001", now(), "the value should end here");
    return value;
  }

  return { module, wholeExpression };
}
