/**
 * The `model` HAL: cores on which threads only consume cycles and make system calls from a list.
 *
 * It simulates from event to event (the end of an action, a timer, a message), always the one that is first in the
 * order (cycle, core), so a campaign costs host time per kernel entry rather than per instruction, and needs no
 * run-ahead. The same kernel and policy objects run on it as on the machine, with the same prices of kernel steps.
 *
 * A thread's program is `programs[context]`; the kernel creates contexts in the order of ThreadId. A system call takes
 * one cycle, as SYSCALL does on `flat`; a fault takes none. A program that reaches its end exits its thread.
 *
 * NOT MODELLED: registers other than those of system calls, address translation (mappings are recorded and checked,
 * nothing is read through them), synchronising accesses, caches.
 */
import { Bug } from "../errors.js";
import { flatProfile } from "../machine/timing/flat.js";
import { pricesByStep } from "../machine/timing/kernel-steps.js";
import type { Message } from "../machine/trap.js";
import { EventKind, type TraceStream } from "../trace/index.js";
import { NEVER, type CoreId, type Cycles, type PhysicalAddress } from "../units.js";
import { ModelMemory, type ModelMemoryState } from "./model-memory.js";
import {
  advanceProgram,
  createModelContext,
  currentAction,
  type ModelAction,
  type ModelContext,
} from "./model-program.js";
import type { ContextId, CoreExit, Hal, RegisterValue, RunEnd, RunOptions, Supervisor } from "./hal.js";

export type { ModelAction } from "./model-program.js";

interface ModelCore {
  now: Cycles;
  activity: "reset" | "running" | "work" | "idle";
  /** Context that runs; -1 for none. */
  context: ContextId;
  timerAt: Cycles;
  workEnd: Cycles;
  workLeft: Cycles;
  /** In order of arrival. */
  inbox: Message[];
}

/** All that can change, as plain data. */
export interface ModelState {
  readonly cores: ModelCore[];
  readonly contexts: ModelContext[];
  readonly memory: ModelMemoryState;
}

export interface ModelOptions {
  readonly cores: number;
  readonly frequencyHz: number;
  /** Indexed by ThreadId. A thread without a program exits at once. */
  readonly programs: readonly (readonly ModelAction[])[];
  readonly trace: TraceStream;
  /** Cycles of each KernelStep; those of `flat` unless given. */
  readonly costs?: readonly Cycles[];
  readonly leastLatencyCycles?: Cycles;
}

export interface ModelHal extends Hal {
  readonly state: ModelState;
  save(): ModelState;
  restore(saved: ModelState): void;
}

/** What happens next on a core. "advance": an action ends without leaving the program. */
interface NextEvent {
  readonly at: Cycles;
  readonly what: "start" | "timer" | "message" | "work-done" | "syscall" | "fault" | "breakpoint" | "advance" | "never";
}

const NOTHING: NextEvent = { at: NEVER, what: "never" };

/** The timer or message that is due first; the message at a tie. Never before the core's present. */
function nextInterrupt(core: ModelCore): NextEvent {
  const messageAt = core.inbox.length === 0 ? NEVER : core.inbox[0].at;
  const at = Math.max(core.now, Math.min(messageAt, core.timerAt));
  if (at === NEVER) return NOTHING;
  return { at, what: messageAt <= core.timerAt ? "message" : "timer" };
}

function toRegisterValue(value: number | bigint): RegisterValue {
  const register = BigInt.asUintN(64, BigInt(value));
  return register <= Number.MAX_SAFE_INTEGER ? Number(register) : register;
}

function nextEvent(core: ModelCore, contexts: readonly ModelContext[], programs: ModelOptions["programs"]): NextEvent {
  if (core.activity === "reset") return { at: core.now, what: "start" };
  const interrupt = nextInterrupt(core);
  if (core.activity === "idle") return interrupt;
  if (core.activity === "work")
    return interrupt.at < core.workEnd ? interrupt : { at: core.workEnd, what: "work-done" };
  // Interrupts are taken between instructions: before the next one begins, or inside a stretch of them.
  if (interrupt.at <= core.now) return interrupt;
  const context = contexts[core.context];
  const action = currentAction(context, programs[core.context] ?? []);
  if (action.kind === "fault" || action.kind === "breakpoint") return { at: core.now, what: action.kind };
  if (action.kind === "call") return { at: core.now + 1, what: "syscall" };
  const end = core.now + context.remaining;
  return interrupt.at < end ? interrupt : { at: end, what: "advance" };
}

export function createModelHal(options: ModelOptions): ModelHal {
  const { trace, programs, frequencyHz } = options;
  const costs = options.costs ?? pricesByStep(flatProfile.kernelStepCycles);
  const leastLatencyCycles = options.leastLatencyCycles ?? flatProfile.leastLatencyCycles;
  const memory = new ModelMemory();
  let stopping = false;
  let cores: ModelCore[] = Array.from({ length: options.cores }, () => ({
    now: 0,
    activity: "reset",
    context: -1,
    timerAt: NEVER,
    workEnd: 0,
    workLeft: 0,
    inbox: [],
  }));
  let contexts: ModelContext[] = [];

  trace.useClocks(cores);

  /** Lets the core's clock reach `at`, its thread or work going on. */
  function advanceTo(core: ModelCore, at: Cycles): void {
    const cycles = at - core.now;
    if (cycles <= 0) return;
    if (core.activity === "running") advanceProgram(contexts[core.context], programs[core.context] ?? [], cycles);
    core.now = at;
  }

  function exitOf(core: ModelCore, what: NextEvent["what"]): CoreExit {
    const context = contexts[core.context];
    switch (what) {
      case "timer":
        core.timerAt = NEVER;
        return { kind: "timer" };
      case "message":
        return { kind: "message", message: core.inbox.shift()! };
      case "syscall": {
        const action = currentAction(context, programs[core.context] ?? []);
        if (action.kind !== "call") throw new Bug(`a system call ends ${action.kind}`);
        context.call = {
          number: toRegisterValue(action.number),
          arguments: [0, 1, 2, 3].map((index) => {
            const value = action.arguments?.[index] ?? 0;
            return toRegisterValue(typeof value === "object" ? core.now + value.fromNow : value);
          }),
        };
        context.position++;
        return { kind: "syscall" };
      }
      case "fault": {
        const action = currentAction(context, programs[core.context] ?? []);
        if (action.kind !== "fault") throw new Bug(`a fault ends ${action.kind}`);
        const rip = context.start.rip + BigInt(context.position);
        return {
          kind: "fault",
          vector: action.vector,
          errorCode: action.errorCode ?? null,
          address: action.address ?? rip,
          rip,
          instruction: "",
        };
      }
      case "breakpoint":
        context.position++;
        return { kind: "breakpoint", vector: 3 };
      case "work-done":
        return { kind: "work-done" };
      case "start":
        return { kind: "start" };
      default:
        throw new Bug(`no exit for ${what}`);
    }
  }

  /** Brings the core to its next event and lets the supervisor deal with it. */
  function takeEvent(supervisor: Supervisor, id: CoreId, { at, what }: NextEvent): void {
    const core = cores[id];
    if (what === "advance") return advanceTo(core, at);
    // A system call is the one action that takes time and ends in an exit.
    if (what === "syscall") core.now = at;
    else advanceTo(core, at);
    const context = core.activity === "running" ? core.context : -1;
    core.workLeft = core.activity === "work" ? core.workEnd - core.now : 0;
    const exit = exitOf(core, what);
    const next = supervisor.handle(id, exit, context);
    core.context = next.kind === "run" ? next.context : -1;
    core.activity = next.kind === "run" ? "running" : next.kind;
    core.workEnd = next.kind === "work" ? core.now + next.cycles : 0;
  }

  function run(supervisor: Supervisor, { until, maxInstructions = Infinity }: RunOptions): RunEnd {
    let left = maxInstructions;
    stopping = false;
    for (;;) {
      let first = -1;
      let event = NOTHING;
      for (let id = 0; id < cores.length; id++) {
        const candidate = nextEvent(cores[id], contexts, programs);
        if (candidate.at < event.at) {
          first = id;
          event = candidate;
        }
      }
      if (first < 0) return "quiet";
      if (event.at >= until) {
        // A system call that began before `until` completes; nothing else happens at `until` or later.
        first = cores.findIndex((core) => core.now < until && nextEvent(core, contexts, programs).what === "syscall");
        if (first < 0) {
          for (const core of cores) advanceTo(core, until);
          return "until";
        }
        event = nextEvent(cores[first], contexts, programs);
      }
      const core = cores[first];
      const instructions = core.activity === "running" ? event.at - core.now : 0;
      if (instructions > left) {
        advanceTo(core, core.now + left);
        return "instructions";
      }
      left -= instructions;
      takeEvent(supervisor, first, event);
      if (stopping) return "stopped";
      if (left === 0) return "instructions";
    }
  }

  return {
    coreCount: options.cores,
    frequencyHz,
    leastLatencyCycles,
    get state() {
      return { cores, contexts, memory: memory.state };
    },
    save: () => structuredClone({ cores, contexts, memory: memory.state }),
    restore(saved) {
      const copy = structuredClone(saved);
      cores = copy.cores;
      trace.useClocks(cores);
      contexts = copy.contexts;
      memory.state = copy.memory;
    },

    now: (core) => cores[core].now,
    charge(core, path) {
      cores[core].now += trace.recordCharges(core, path, costs);
    },
    costOf: (step) => costs[step],
    padUntil(core, at) {
      const cycles = at - cores[core].now;
      if (cycles <= 0) return;
      trace.record(EventKind.Pad, core, -1, -1, cycles, -1, -1);
      cores[core].now = at;
    },
    armTimer(core, at) {
      cores[core].timerAt = at ?? NEVER;
    },
    remainingWork: (core) => cores[core].workLeft,

    send(from, to, kind, argument, argument2, notBefore = 0) {
      const at = Math.max(cores[from].now + leastLatencyCycles, notBefore);
      const { inbox } = cores[to];
      // Behind everything that arrives earlier, and behind equals from lower cores and from itself.
      const index = inbox.findIndex(
        (other) =>
          other.at > at || (other.at === at && (other.from > from || (other.from === from && other.kind > kind))),
      );
      inbox.splice(index < 0 ? inbox.length : index, 0, { from, at, kind, argument, argument2 });
    },

    writePhysical: (at: PhysicalAddress, bytes: Uint8Array) => memory.write(at, bytes),
    readPhysical: (at: PhysicalAddress, sizeBytes: number) => memory.read(at, sizeBytes),
    clearPhysical: (at: PhysicalAddress, sizeBytes: number) => memory.clear(at, sizeBytes),
    createAddressSpace: (owner) => memory.createSpace(owner),
    reserve() {
      // Tables are not modelled.
    },
    remap: (_, space, at, sizeBytes, change) => memory.remap(space, at, sizeBytes, change),
    map: (space, at, frames, sizeBytes, rights, shared) => memory.map(space, { at, frames, sizeBytes, rights, shared }),

    createContext: (space) => contexts.push(createModelContext(space)) - 1,
    startContext(context, start) {
      contexts[context] = { ...createModelContext(contexts[context].space), start };
    },
    systemCallNumber: (core) => contexts[cores[core].context].call.number,
    systemCallArgument: (core, index) => contexts[cores[core].context].call.arguments[index],
    returnFromSystemCall(core, context, status, value) {
      contexts[context].answer = { status, value, at: cores[core].now };
    },
    registers(context) {
      const { start, position } = contexts[context];
      const registers = Array.from({ length: 18 }, () => 0n);
      registers[2] = start.rdx;
      registers[4] = start.rsp;
      registers[6] = start.rsi;
      registers[7] = start.rdi;
      registers[16] = start.rip + BigInt(position);
      return registers;
    },

    run,
    stop() {
      stopping = true;
    },
  };
}
