/**
 * What a lab's module is given to work with: programs with the instance's numbers in them, and systems that run for a
 * bounded time.
 */
import { Bug, ConfigError } from "../errors.js";
import type { PartitionView, SystemPlan } from "../kernel/index.js";
import { createSession, loadSystem, type Session } from "../system/index.js";
import { isUnitProblem, parseDuration, toCycles } from "../system/description/units.js";
import { type EventKind, formatEvent, type TraceEvent } from "../trace/index.js";
import type { Cycles } from "../units.js";
import type { LabFiles } from "./files.js";

export interface LabKit {
  /** The contents of a program that ships for labs, such as "work" for work.elf. */
  program(name: string): Uint8Array;
  /** A copy of a program in which what it declares by LAB_VALUE (images/labs/lab.h) holds other values. */
  withValues(program: Uint8Array, values: Readonly<Record<string, number>>): Uint8Array;
  text(lines: string): Uint8Array;
  /** To be thrown by a task's judge: the learner changed what must stay. */
  refusal(problem: string): Error;
  /** Resolves `system.toml`. Throws ConfigError when it is refused. */
  resolve(files: LabFiles): SystemPlan;
  /** Boots `system.toml` and runs it: for a time such as "1 s", and no more instructions than a second or two take. */
  run(files: LabFiles, time: string, options?: LabRunOptions): LabRun;
}

export interface LabRunOptions {
  /** Events of these kinds are kept. */
  readonly events?: readonly EventKind[];
}

/** A system that has run. */
export interface LabRun {
  readonly session: Session;
  readonly plan: SystemPlan;
  readonly cycles: Cycles;
  /** Its console, by name of partition: whole lines. */
  lines(partition: string): readonly string[];
  partition(name: string): PartitionView & {
    readonly threadCycles: Cycles;
    readonly releases: number;
    readonly deadlinesMissed: number;
    readonly hash: string;
  };
  readonly events: readonly TraceEvent[];
  /** Events as `hallows boot --trace` words them. */
  format(event: TraceEvent): string;
}

/**
 * Tasks ask the same of the same files again and again, and a run is a function of these: so many of the latest are
 * kept.
 */
const KEPT_RUNS = 2;
/** A lab's systems are small: what needs more than this does not end. */
const MOST_INSTRUCTIONS = 100_000_000;
const SLICE_CYCLES = 10_000_000;
const MOST_CONSOLE_BYTES = 1024 * 1024;

/** `programs`: contents of a program that ships for labs; throws where there is none of that name. */
export function createLabKit(programs: (name: string) => Uint8Array): LabKit {
  return {
    program: programs,
    withValues,
    text: (lines) => new TextEncoder().encode(lines),
    refusal: (what) => problem(what, "Only what the text says is yours to change."),
    resolve,
    run: createRunner(),
  };
}

/** A value stands behind its label, LABEL_BYTES from the label's start. */
const LABEL_BYTES = 32;

function withValues(program: Uint8Array, values: Readonly<Record<string, number>>): Uint8Array {
  // Not slice: of a Buffer that would be the same memory.
  const changed = new Uint8Array(program);
  const view = new DataView(changed.buffer);
  for (const [name, value] of Object.entries(values)) {
    const label = new TextEncoder().encode(`lab value ${name}\0`);
    const at = changed.findIndex((_, start) => label.every((byte, index) => changed[start + index] === byte));
    if (at < 0) throw new Bug(`the program has no LAB_VALUE(${name}, …)`);
    view.setBigUint64(at + LABEL_BYTES, BigInt(value), true);
  }
  return changed;
}

function resolve(files: LabFiles): SystemPlan {
  const description = files["system.toml"];
  if (description === undefined) throw problem("is missing", "Open the lab again to get it.");
  return loadSystem(new TextDecoder().decode(description), "system.toml", {
    readFile(path) {
      const bytes = files[path.replace(/^\.\//, "")];
      if (bytes === undefined) throw new Error(`there is no file ${path} in this lab`);
      return bytes;
    },
  });
}

function createRunner(): LabKit["run"] {
  const kept = new Map<string, LabRun>();
  return (files, time, options = {}) => {
    const contents = Object.keys(files).map((name) => `${name} ${hashOf(files[name])}`);
    const key = JSON.stringify([time, options, contents.toSorted()]);
    const found = kept.get(key) ?? run(files, time, options);
    kept.delete(key);
    kept.set(key, found);
    for (const oldest of kept.keys()) if (kept.size > KEPT_RUNS) kept.delete(oldest);
    return found;
  };
}

/** Of contents that nobody makes collide: two hashes of 32 bits, and the length. */
function hashOf(bytes: Uint8Array): string {
  let [low, high] = [0x811c9dc5, 0x1000193];
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x5bd1e995) ^ (high >>> 15);
  }
  return `${bytes.length} ${low} ${high}`;
}

function run(files: LabFiles, time: string, { events: kinds = [] }: LabRunOptions = {}): LabRun {
  const plan = resolve(files);
  const consoles = plan.partitions.map(() => ({ text: "" }));
  const session = createSession(plan, {
    onConsole(partition, bytes) {
      const console = consoles[partition];
      if (console.text.length < MOST_CONSOLE_BYTES) console.text += String.fromCharCode(...bytes);
    },
  });
  const events: TraceEvent[] = [];
  if (kinds.length > 0) session.trace.subscribe((event) => events.push(event), kinds);
  const cycles = cyclesOf(time, plan.machine.frequencyHz);
  while (session.now() < cycles && retired(session) < MOST_INSTRUCTIONS) {
    const end = session.run({ until: Math.min(session.now() + SLICE_CYCLES, cycles) });
    if (end !== "until") break;
  }
  return {
    session,
    plan,
    cycles: session.now(),
    lines: (name) => consoles[idOf(plan, name)].text.split("\n").slice(0, -1),
    partition(name) {
      const id = idOf(plan, name);
      const { threadCycles, releases, deadlinesMissed } = session.account().partitions[id];
      const hash = session.hashes().partitions[id];
      return { ...session.kernel.view().partitions[id], threadCycles, releases, deadlinesMissed, hash };
    },
    events,
    format: formatEvent,
  };
}

function retired(session: Session): number {
  return session.retired().reduce((sum, count) => sum + count, 0);
}

function idOf(plan: SystemPlan, name: string): number {
  const id = plan.partitions.findIndex((partition) => partition.name === name);
  if (id < 0) throw problem(`has no partition "${name}"`, "The lab needs it: give it its name again.");
  return id;
}

function problem(what: string, hint: string): ConfigError {
  return new ConfigError({ file: "system.toml", line: 0, column: 0 }, what, hint);
}

/** Throws ConfigError. */
export function cyclesOf(time: string, frequencyHz: number): Cycles {
  const duration = parseDuration(time);
  const cycles = isUnitProblem(duration) ? duration : toCycles(duration, frequencyHz);
  if (!isUnitProblem(cycles)) return cycles;
  throw problem(cycles.problem, cycles.hint);
}
