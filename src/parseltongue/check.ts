/**
 * Names, types and exclusivity: trees to a typed program. A mistake is told once: what follows from it has no type, and
 * nothing is said of that.
 */
import type { Diagnostic, DiagnosticCode } from "./diagnostics.js";
import { checkCalls } from "./check-calls.js";
import type { Source, Span } from "./source.js";
import type { Argument, Expression, FunctionTree, Module, Name, Statement, TypeTree } from "./tree.js";
import {
  BOOL,
  describeType,
  elementType,
  I64,
  isSameType,
  MACHINE_OPERATIONS,
  type ElementType,
  type ListValue,
  type MachineOperation,
  type PrintPart,
  type ScalarType,
  type Type,
  type TypedArgument,
  type TypedExpression,
  type TypedFunction,
  type TypedProgram,
  type TypedStatement,
  type Variable,
} from "./typed.js";

export interface ParsedModule {
  readonly source: Source;
  readonly module: Module;
}

interface Signature {
  readonly tree: FunctionTree;
  readonly parsed: ParsedModule;
  readonly parameters: readonly (Type | null)[];
  readonly gives: Type | null;
}

/** Parameters travel in registers. */
const MOST_PARAMETERS = 6;
const ELEMENTS: Readonly<Record<string, ElementType>> = { i64: "i64", bool: "bool", u8: "u8" };
const RESERVED = new Set(["empty", "filled", "append", "main_start", ...Object.keys(MACHINE_OPERATIONS)]);

export function check(modules: readonly ParsedModule[]): {
  readonly program: TypedProgram;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const signatures = new Map<string, Signature>();
  for (const parsed of modules)
    for (const tree of parsed.module.functions) {
      const say = sayIn(parsed.source, diagnostics);
      if (signatures.has(tree.name.text) || RESERVED.has(tree.name.text))
        say("P011", tree.name, "there is a function of this name");
      if (tree.parameters.length > MOST_PARAMETERS)
        say("P003", tree.name, `more than ${MOST_PARAMETERS} parameters are not yet in this version`);
      const gives = tree.gives === null ? null : resolveType(tree.gives, say);
      if (gives?.kind === "list")
        say(
          "P003",
          tree.gives ?? tree,
          "functions that give lists are not yet in this version",
          "Pass a list with change.",
        );
      const parameters = tree.parameters.map((parameter) => {
        const type = resolveType(parameter.type, say);
        if (parameter.isChange && type !== null && type.kind !== "list")
          say("P003", parameter, "change of anything but lists is not yet in this version");
        return type;
      });
      signatures.set(tree.name.text, { tree, parsed, parameters, gives });
    }
  const functions = new Map<string, TypedFunction>();
  for (const signature of signatures.values())
    functions.set(signature.tree.name.text, checkFunction(signature, signatures, diagnostics));
  const last = modules[modules.length - 1];
  const main = signatures.get("main");
  if (main === undefined)
    sayIn(last.source, diagnostics)(
      "P018",
      { start: 0, end: 1 },
      "no function main() is declared",
      "function main() { … }",
    );
  else if (main.parameters.length > 0 || (main.gives !== null && main.gives.kind !== "i64"))
    sayIn(main.parsed.source, diagnostics)(
      "P018",
      main.tree.name,
      "main has no parameters, and gives nothing or an i64",
    );
  const program = { functions };
  for (const name of checkCalls(program)) {
    const { tree, parsed } = signatures.get(name) as Signature;
    sayIn(parsed.source, diagnostics)("P017", tree.name, `${name} calls itself, perhaps through others`);
  }
  return { program, diagnostics };
}

type Say = (code: DiagnosticCode, span: Span, label: string, help?: string) => null;

function sayIn(source: Source, diagnostics: Diagnostic[]): Say {
  return (code, { start, end }, label, help = "") => {
    diagnostics.push({ code, source, span: { start, end }, label, help });
    return null;
  };
}

function resolveType(tree: TypeTree, say: Say): Type | null {
  if (tree.name === "i64" || tree.name === "bool") return tree.name === "i64" ? I64 : BOOL;
  const capacity = Number(tree.capacity ?? 0n);
  if (tree.name === "list" || tree.name === "bytes") {
    if (capacity === 0) return say("P020", tree, "a capacity is missing", "list(i64, 100), bytes(80)");
    if (tree.name === "bytes") return { kind: "list", element: "u8", capacity };
    const element = ELEMENTS[tree.element?.name ?? ""];
    if (element === undefined || element === "u8")
      return say("P003", tree, "lists of anything but i64 and bool are not yet in this version");
    return { kind: "list", element, capacity };
  }
  if (tree.name === "text") return say("P003", tree, "text(N) is not yet in this version", "bytes(N) holds bytes.");
  return say("P010", tree, "no type has this name", "There are i64, bool, list(TYPE, N) and bytes(N).");
}

function checkFunction(
  { tree, parsed, parameters: parameterTypes, gives }: Signature,
  signatures: ReadonlyMap<string, Signature>,
  diagnostics: Diagnostic[],
): TypedFunction {
  const say = sayIn(parsed.source, diagnostics);
  const variables: Variable[] = [];
  const scopes: Map<string, Variable | null>[] = [new Map()];

  /** A name of no type is known, so that nothing is said of its uses. */
  function declare(
    { text, start, end }: Name,
    type: Type | null,
    canChange: boolean,
    isReference = false,
  ): Variable | null {
    if (lookup(text) !== undefined) say("P011", { start, end }, `"${text}" is declared already`);
    const variable = type === null ? null : { name: text, type, id: variables.length, canChange, isReference };
    if (variable !== null) variables.push(variable);
    scopes[scopes.length - 1].set(text, variable);
    return variable;
  }
  function lookup(name: string): Variable | null | undefined {
    return scopes.findLast((scope) => scope.has(name))?.get(name);
  }
  function block(statements: readonly Statement[], before: () => void = () => undefined): readonly TypedStatement[] {
    scopes.push(new Map());
    before();
    const typed = statements.flatMap((each) => statement(each) ?? []);
    scopes.pop();
    return typed;
  }

  function list(tree: Expression): Variable | null {
    if (tree.kind !== "name") return say("P003", tree, "only a variable can stand here in this version");
    const variable = lookup(tree.name);
    if (variable === undefined) return say("P010", tree, `"${tree.name}" is not declared`);
    if (variable !== null && variable.type.kind !== "list")
      return say("P013", tree, `this is ${describeType(variable.type)}, and a list is needed`);
    return variable;
  }
  function changed(tree: Expression): Variable | null {
    const variable = list(tree);
    if (variable !== null && !variable.canChange)
      return say(
        "P012",
        tree,
        `"${variable.name}" is fixed`,
        variable.isReference ? "Declare the parameter with change." : "Declare it with var.",
      );
    return variable;
  }
  const typeOf = (variable: Variable): { readonly element: ElementType; readonly capacity: number } =>
    variable.type.kind === "list" ? variable.type : { element: "i64", capacity: 0 };

  function need(tree: Expression, type: Type): TypedExpression | null {
    const value = expression(tree);
    if (value === null) return null;
    if (value.type === null) return say("P013", tree, `this gives nothing, and ${describeType(type)} is needed`);
    if (isSameType(value.type, type)) return value;
    return say("P013", tree, `this is ${describeType(value.type)}, and ${describeType(type)} is needed`);
  }

  function expression(tree: Expression): TypedExpression | null {
    switch (tree.kind) {
      case "number":
        return { kind: "constant", type: { kind: "i64" }, value: tree.value };
      case "boolean":
        return { kind: "constant", type: { kind: "bool" }, value: tree.value ? 1n : 0n };
      case "text":
        return say("P013", tree, "a text stands only in print, and where bytes(N) are declared");
      case "name": {
        const variable = lookup(tree.name);
        if (variable === undefined) return say("P010", tree, `"${tree.name}" is not declared`);
        if (variable === null) return null;
        const { type } = variable;
        if (type.kind === "list")
          return say("P013", tree, "a list as a whole can be passed to a function, and no more");
        return { kind: "variable", type: type as ScalarType, variable };
      }
      case "index": {
        const variable = list(tree.list);
        const at = need(tree.at, I64);
        if (variable === null || at === null) return null;
        return { kind: "element", type: elementType(typeOf(variable).element), list: variable, at };
      }
      case "field": {
        const variable = list(tree.of);
        if (variable === null) return null;
        if (tree.field.text !== "count") return say("P010", tree.field, "a list has no such field", "There is count.");
        return { kind: "count", type: I64, list: variable };
      }
      case "unary": {
        const type = tree.operator === "-" ? I64 : BOOL;
        const operand = need(tree.operand, type);
        return operand === null ? null : { kind: tree.operator === "-" ? "negate" : "not", type, operand };
      }
      case "binary":
        return binary(tree);
      case "call":
        return call(tree);
    }
  }

  function binary(tree: Extract<Expression, { kind: "binary" }>): TypedExpression | null {
    const { operator } = tree;
    const isLogic = operator === "and" || operator === "or";
    const isEquality = operator === "==" || operator === "!=";
    const left = isEquality ? expression(tree.left) : need(tree.left, isLogic ? BOOL : I64);
    const wanted = isEquality ? left?.type : isLogic ? BOOL : I64;
    const right = wanted === undefined || wanted === null ? expression(tree.right) : need(tree.right, wanted);
    if (left === null || right === null) return null;
    if (left.type === null) return say("P013", tree.left, "this gives nothing");
    const isArithmetic = ["+", "-", "*", "/", "%"].includes(operator);
    return { kind: "binary", type: isArithmetic ? I64 : BOOL, operator, left, right };
  }

  function call(tree: Extract<Expression, { kind: "call" }>): TypedExpression | null {
    const name = tree.callee.text;
    if (Object.hasOwn(MACHINE_OPERATIONS, name)) return machineCall(tree, name as MachineOperation);
    const signature = signatures.get(name);
    if (signature === undefined) {
      for (const { value } of tree.arguments) if (value.kind !== "name") expression(value);
      return say("P010", tree.callee, `no function is called "${name}"`);
    }
    const names = signature.tree.parameters.map((parameter) => parameter.name.text);
    if (!namesFit(tree, names)) return null;
    const typed = tree.arguments.map((argument, index) =>
      typedArgument(argument, signature.parameters[index], signature.tree.parameters[index].isChange),
    );
    for (const [index, one] of typed.entries())
      if (one?.kind === "list" && tree.arguments[index].isChange)
        for (const [other, two] of typed.entries())
          if (
            other !== index &&
            two?.kind === "list" &&
            two.variable === one.variable &&
            (index < other || !tree.arguments[other].isChange)
          )
            say("P015", tree.arguments[other], `"${one.variable.name}" is changed by this call, and is used here`);
    if (typed.includes(null)) return null;
    return { kind: "call", type: signature.gives, callee: name, arguments: typed as TypedArgument[] };
  }

  function typedArgument(
    { value, isChange, start, end }: Argument,
    type: Type | null,
    wantsChange: boolean,
  ): TypedArgument | null {
    if (type === null) return null;
    if (isChange !== wantsChange)
      return say(
        "P014",
        { start, end },
        wantsChange ? "the function changes this" : "the function doesn't change this",
        wantsChange ? "Write change before the variable." : "Leave change out.",
      );
    if (type.kind !== "list") {
      const typed = need(value, type);
      return typed === null ? null : { kind: "value", value: typed };
    }
    const variable = isChange ? changed(value) : list(value);
    if (variable === null) return null;
    if (isSameType(variable.type, type)) return { kind: "list", variable };
    return say("P013", value, `this is ${describeType(variable.type)}, and ${describeType(type)} is needed`);
  }

  function namesFit(tree: Extract<Expression, { kind: "call" }>, names: readonly string[]): boolean {
    const shape = `${tree.callee.text}(${names.map((each) => (names.length > 1 ? `${each}: …` : each)).join(", ")})`;
    if (tree.arguments.length !== names.length) {
      say("P014", tree, `${names.length} arguments are needed, and there are ${tree.arguments.length}`, shape);
      return false;
    }
    const wrong = tree.arguments.find(({ name }, index) =>
      name === null ? names.length > 1 : name.text !== names[index],
    );
    if (wrong !== undefined) say("P014", wrong, "two or more arguments are named, in their order", shape);
    return wrong === undefined;
  }

  function machineCall(
    tree: Extract<Expression, { kind: "call" }>,
    operation: MachineOperation,
  ): TypedExpression | null {
    if (!parsed.module.isTrusted) return say("P019", tree, "this module is not trusted");
    if (!namesFit(tree, MACHINE_OPERATIONS[operation])) return null;
    const given = tree.arguments.map(({ value }) => need(value, I64));
    if (given.includes(null)) return null;
    return { kind: "machine", type: I64, operation, arguments: given as TypedExpression[] };
  }

  function statement(tree: Statement): TypedStatement | readonly TypedStatement[] | null {
    switch (tree.kind) {
      case "declare":
        return declaration(tree);
      case "assign":
        return assignment(tree);
      case "if": {
        const condition = need(tree.condition, BOOL);
        const [consequent, otherwise] = [block(tree.consequent), block(tree.otherwise)];
        return condition === null ? null : { kind: "if", condition, consequent, otherwise };
      }
      case "for": {
        const [first, last] = [need(tree.from, I64), need(tree.to, I64)];
        const made: Variable[] = [];
        const body = block(tree.body, () => made.push(declare(tree.name, I64, false) as Variable));
        return first === null || last === null ? null : { kind: "for", variable: made[0], from: first, to: last, body };
      }
      case "each":
        return eachLoop(tree);
      case "repeat": {
        const condition = need(tree.condition, BOOL);
        const body = block(tree.body);
        return condition === null ? null : { kind: "repeat", atMost: tree.atMost, condition, body };
      }
      case "give": {
        if (tree.value === null || gives === null) {
          if (gives !== null) return say("P013", tree, `a value of ${describeType(gives)} is needed`);
          return tree.value === null
            ? { kind: "give", value: null }
            : say("P013", tree.value, "the function gives nothing");
        }
        const value = need(tree.value, gives);
        return value === null ? null : { kind: "give", value };
      }
      case "print":
        return print(tree.value);
      case "do": {
        if (tree.call.kind === "call" && tree.call.callee.text === "append") return append(tree.call);
        const value = expression(tree.call);
        return value === null ? null : { kind: "do", value };
      }
    }
  }

  /** A list's elements from the first to the last: as many as there are when the loop begins. */
  function eachLoop(tree: Extract<Statement, { kind: "each" }>): TypedStatement | null {
    const variable = list(tree.list);
    const made: Variable[] = [];
    const hidden = { text: `${tree.name.text}'s index`, start: tree.name.start, end: tree.name.end };
    const body = block(tree.body, () => {
      const index = declare(hidden, I64, false);
      const item = declare(tree.name, variable === null ? null : elementType(typeOf(variable).element), false);
      if (index !== null && item !== null) made.push(index, item);
    });
    if (variable === null) return null;
    const [index, item] = made;
    const at: TypedExpression = { kind: "variable", type: { kind: "i64" }, variable: index };
    const one: TypedExpression = { kind: "constant", type: { kind: "i64" }, value: 1n };
    const count: TypedExpression = { kind: "count", type: I64, list: variable };
    const take: TypedStatement = {
      kind: "set",
      variable: item,
      value: { kind: "element", type: item.type, list: variable, at },
    };
    const last: TypedExpression = { kind: "binary", type: I64, operator: "-", left: count, right: one };
    return { kind: "for", variable: index, from: { ...one, value: 0n }, to: last, body: [take, ...body] };
  }

  function listValue(tree: Expression, type: Type | null): ListValue | null | undefined {
    if (type === null || type.kind !== "list") return undefined;
    if (tree.kind === "text" && type.element === "u8") {
      const texts = tree.parts.filter((part) => typeof part === "string");
      if (texts.length < tree.parts.length)
        return say("P003", tree, "values in texts outside print are not yet in this version");
      const bytes = utf8(texts.join(""));
      if (bytes.length > type.capacity)
        return say("P013", tree, `these are ${bytes.length} bytes, and ${type.capacity} fit`);
      return { kind: "bytes", bytes };
    }
    if (tree.kind === "call" && tree.callee.text === "empty" && tree.arguments.length === 0) return { kind: "empty" };
    if (tree.kind === "call" && tree.callee.text === "filled" && tree.arguments.length === 1) {
      const value = need(tree.arguments[0].value, elementType(type.element));
      return value === null ? null : { kind: "filled", value };
    }
    return say("P003", tree, "a list begins as empty(), filled(VALUE), or bytes as a text, in this version");
  }

  function declaration(tree: Extract<Statement, { kind: "declare" }>): TypedStatement | null {
    const stated = tree.type === null ? null : resolveType(tree.type, say);
    const value = listValue(tree.value, stated);
    if (value !== undefined) {
      const variable = declare(tree.name, stated, tree.isVariable);
      return value === null || variable === null ? null : { kind: "setList", variable, value };
    }
    const scalar = tree.type === null ? expression(tree.value) : stated === null ? null : need(tree.value, stated);
    if (scalar !== null && scalar.type === null) say("P013", tree.value, "this gives nothing");
    const variable = declare(tree.name, stated ?? scalar?.type ?? null, tree.isVariable);
    return variable === null || scalar === null ? null : { kind: "set", variable, value: scalar };
  }

  function assignment(tree: Extract<Statement, { kind: "assign" }>): TypedStatement | null {
    const { target } = tree;
    if (target.kind === "index") {
      const variable = changed(target.list);
      const at = need(target.at, I64);
      const value =
        variable === null ? expression(tree.value) : need(tree.value, elementType(typeOf(variable).element));
      return variable === null || at === null || value === null
        ? null
        : { kind: "setElement", list: variable, at, value };
    }
    if (target.kind !== "name") return say("P012", target, "only variables and elements of lists can be set");
    const variable = lookup(target.name);
    if (variable === undefined)
      return say("P010", target, `"${target.name}" is not declared`, `let ${target.name} = …`);
    if (variable === null) return null;
    if (!variable.canChange) return say("P012", target, `"${target.name}" is fixed`, "Declare it with var.");
    const whole = listValue(tree.value, variable.type);
    if (whole !== undefined) return whole === null ? null : { kind: "setList", variable, value: whole };
    const value = need(tree.value, variable.type);
    return value === null ? null : { kind: "set", variable, value };
  }

  function append(tree: Extract<Expression, { kind: "call" }>): TypedStatement | null {
    if (!namesFit(tree, ["item", "to"])) return null;
    const variable = changed(tree.arguments[1].value);
    const item = variable === null ? null : need(tree.arguments[0].value, elementType(typeOf(variable).element));
    return variable === null || item === null ? null : { kind: "append", list: variable, value: item };
  }

  function print(tree: Expression): TypedStatement | null {
    const parts = tree.kind === "text" ? tree.parts : [tree];
    const typed = parts.map((part): PrintPart | null => {
      if (typeof part === "string") return { kind: "text", bytes: utf8(part) };
      const variable = part.kind === "name" ? lookup(part.name) : null;
      if (variable?.type.kind === "list" && variable.type.element === "u8") return { kind: "list", variable };
      const value = expression(part);
      if (value !== null && value.type === null) return say("P013", part, "this gives nothing");
      return value === null ? null : { kind: "value", value };
    });
    return typed.includes(null) ? null : { kind: "print", parts: typed as PrintPart[] };
  }

  const parameters = tree.parameters.flatMap(
    (parameter, index) =>
      declare(parameter.name, parameterTypes[index], parameter.isChange, parameterTypes[index]?.kind === "list") ?? [],
  );
  const body = block(tree.body);
  if (gives !== null && !endsByGiving(tree.body))
    say("P016", tree.name, "its end can be reached without a give", "Give a value behind the last statement.");
  return { name: tree.name.text, parameters, gives, variables, body };
}

function endsByGiving(statements: readonly Statement[]): boolean {
  const last = statements[statements.length - 1];
  if (last === undefined) return false;
  return last.kind === "give" || (last.kind === "if" && endsByGiving(last.consequent) && endsByGiving(last.otherwise));
}

/** UTF-8 without the host's encoder: lone halves of pairs become U+FFFD. */
function utf8(text: string): readonly number[] {
  return [...text].flatMap((character) => {
    const given = character.codePointAt(0) ?? 0;
    const code = given >= 0xd800 && given < 0xe000 ? 0xfffd : given;
    const more = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
    if (code < 0x80) return [code];
    if (code < 0x800) return [0xc0 | (code >> 6), more(0)];
    if (code < 0x10000) return [0xe0 | (code >> 12), more(6), more(0)];
    return [0xf0 | (code >> 18), more(12), more(6), more(0)];
  });
}
