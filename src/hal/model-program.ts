/**
 * Programs of the `model` HAL: lists of actions, and the place in the list at which a context is.
 */
import { Bug } from "../errors.js";
import { ExitScope, SYSTEM_CALLS } from "../abi/index.js";
import type { Cycles } from "../units.js";
import type { AddressSpaceId, ContextStart, RegisterValue } from "./hal.js";

/** `fromNow`: the cycle of the call plus this many, for deadlines. */
export type ModelArgument = number | bigint | { readonly fromNow: Cycles };

export type ModelAction =
  /** Instructions of one cycle each. */
  | { readonly kind: "run"; readonly cycles: Cycles }
  /** A system call, by number, with up to four arguments. */
  | { readonly kind: "call"; readonly number: number | bigint; readonly arguments?: readonly ModelArgument[] }
  | { readonly kind: "fault"; readonly vector: number; readonly errorCode?: number; readonly address?: bigint }
  | { readonly kind: "breakpoint" }
  /** Goes back to an action of the list; `times` jumps in all, or for ever. */
  | { readonly kind: "loop"; readonly to: number; readonly times?: number };

export interface ModelContext {
  readonly space: AddressSpaceId;
  readonly start: ContextStart;
  /** Index of the current action. */
  position: number;
  /** Cycles left of a `run` action; 0 before it begins. */
  remaining: Cycles;
  /** Jumps taken by each `loop`, indexed by position. */
  jumps: number[];
  /** The last system call that it made. */
  call: { readonly number: RegisterValue; readonly arguments: readonly RegisterValue[] };
  /** The same call's answer; `at` is -1 before the first. */
  answer: { status: number; value: RegisterValue; at: Cycles };
}

const END: ModelAction = { kind: "call", number: SYSTEM_CALLS.exit.number, arguments: [0, ExitScope.Thread] };
const MOST_JUMPS_WITHOUT_TIME = 10_000;

export function createModelContext(space: AddressSpaceId): ModelContext {
  return {
    space,
    start: { rip: 0n, rsp: 0n, rdi: 0n, rsi: 0n, rdx: 0n },
    position: 0,
    remaining: 0,
    jumps: [],
    call: { number: 0, arguments: [0, 0, 0, 0] },
    answer: { status: 0, value: 0, at: -1 },
  };
}

/** The action at which the context is, jumps taken and empty stretches passed. Sets `remaining` of a `run`. */
export function currentAction(context: ModelContext, program: readonly ModelAction[]): ModelAction {
  for (let passed = 0; passed < MOST_JUMPS_WITHOUT_TIME; passed++) {
    const action = program[context.position] ?? END;
    if (action.kind === "loop") {
      const taken = context.jumps[context.position] ?? 0;
      if (action.times === undefined || taken < action.times) {
        context.jumps[context.position] = taken + 1;
        context.position = action.to;
      } else {
        context.jumps[context.position] = 0;
        context.position++;
      }
    } else if (action.kind === "run") {
      if (context.remaining === 0) context.remaining = action.cycles;
      if (context.remaining > 0) return action;
      context.position++;
    } else {
      return action;
    }
  }
  throw new Bug("a model program loops without taking time");
}

/** Consumes cycles of the current `run` action; never more than are left of it. */
export function advanceProgram(context: ModelContext, program: readonly ModelAction[], cycles: Cycles): void {
  const action = currentAction(context, program);
  if (action.kind !== "run" || cycles > context.remaining) throw new Bug("a model thread was advanced past its action");
  context.remaining -= cycles;
  if (context.remaining === 0) context.position++;
}
