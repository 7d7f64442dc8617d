/** Who calls whom. Calls have no circles, so the stack's need is a sum. */
import type { TypedExpression, TypedFunction, TypedProgram, TypedStatement } from "./typed.js";

/** What print becomes calls of: functions of stack/prelude/console.parsel. */
export const PRINT_FUNCTIONS = {
  begin: "console_begin",
  byte: "console_byte",
  number: "console_number",
  boolean: "console_boolean",
  end: "console_end",
} as const;

/** Names of functions that lie on a circle of calls. */
export function checkCalls({ functions }: TypedProgram): readonly string[] {
  const state = new Map<string, "open" | "done">();
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (state.has(name)) {
      if (state.get(name) === "open") found.add(name);
      return;
    }
    state.set(name, "open");
    const made = functions.get(name);
    if (made !== undefined) for (const callee of calleesOf(made)) visit(callee);
    state.set(name, "done");
  };
  for (const name of functions.keys()) visit(name);
  return [...found];
}

/** Functions that main reaches, callees before their callers: the rest of the modules is not in the program. */
export function reachedFunctions({ functions }: TypedProgram): readonly TypedFunction[] {
  const order: TypedFunction[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const made = functions.get(name);
    if (seen.has(name) || made === undefined) return;
    seen.add(name);
    for (const callee of calleesOf(made)) visit(callee);
    order.push(made);
  };
  visit("main");
  return order;
}

export function calleesOf({ body }: TypedFunction): ReadonlySet<string> {
  const callees = new Set<string>();
  for (const statement of body) visitStatement(statement, callees);
  return callees;
}

function visitStatement(statement: TypedStatement, callees: Set<string>): void {
  if (statement.kind === "print") for (const name of Object.values(PRINT_FUNCTIONS)) callees.add(name);
  for (const value of Object.values(statement) as unknown[]) visitPart(value, callees);
}

/** The tree is plain data: every part of a part is looked at. */
function visitPart(part: unknown, callees: Set<string>): void {
  if (typeof part !== "object" || part === null) return;
  if (Array.isArray(part)) for (const each of part) visitPart(each, callees);
  else {
    const node = part as TypedExpression | TypedStatement;
    if (node.kind === "call") callees.add(node.callee);
    if (node.kind === "print") for (const name of Object.values(PRINT_FUNCTIONS)) callees.add(name);
    for (const value of Object.values(node) as unknown[]) visitPart(value, callees);
  }
}
