/**
 * Measures a cell: boots it twice, with so many messages and with twice as many. What the second run takes more is what
 * the messages take, to the cycle, without start and end. Only host time is read from a clock.
 */
import { KERNEL_STEP_NAMES, KernelStep } from "../../hal/index.js";
import { createSession, loadSystem, type Session } from "../../system/index.js";
import type { Cycles } from "../../units.js";
import { describeIpcCell, FREQUENCY_HZ, PATTERNS, type IpcCell } from "./cells.js";

/** Per message, unless it says otherwise. A message of ping-pong is a round trip. */
export interface IpcResult extends IpcCell {
  readonly messages: number;
  /** From one message to the next, on the system's clock. */
  readonly elapsedCycles: Cycles;
  /** Of all cores together: what programs ran (looking again and again, too), the kernel, and waiting. */
  readonly runningCycles: Cycles;
  readonly kernelCycles: Cycles;
  readonly waitingCycles: Cycles;
  readonly systemCalls: number;
  readonly interrupts: number;
  /** Kernel steps by name: how many, and their cycles. Empty where the kernel is not entered. */
  readonly steps: Readonly<Record<string, { readonly count: number; readonly cycles: Cycles }>>;
  /** Null where the host took too little time to tell. */
  readonly hostMessagesPerSecond: number | null;
}

interface Sum {
  readonly now: Cycles;
  readonly running: Cycles;
  readonly kernel: Cycles;
  readonly waiting: Cycles;
  readonly systemCalls: number;
  readonly interrupts: number;
  readonly stepCounts: readonly number[];
  readonly stepCycles: readonly Cycles[];
  readonly hostMilliseconds: number;
}

export type ReadProgram = (name: string) => Uint8Array;

export interface IpcOptions {
  readonly readProgram: ReadProgram;
  readonly seed: number;
  /** Milliseconds of the host; results but `hostMessagesPerSecond` do not depend on it. */
  readonly clock: () => number;
}

/** So long must the virtual machine run at most: a cell that isn't over by then is a fault of the benchmark. */
const MOST_CYCLES = 1e12;

function add(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function sumOf(session: Session, hostMilliseconds: number): Sum {
  const { cores, partitions } = session.account();
  const column = (of: (core: (typeof cores)[number]) => readonly number[]): number[] =>
    KERNEL_STEP_NAMES.map((_, step) => add(cores.map((core) => of(core)[step])));
  const stepCounts = column(({ stepCounts: counts }) => counts);
  return {
    now: session.now(),
    running: add(cores.map(({ threadCycles }) => threadCycles)),
    kernel: add(cores.map(({ kernelCycles, padCycles, workCycles }) => kernelCycles + padCycles + workCycles)),
    waiting: add(cores.map(({ idleCycles }) => idleCycles)),
    systemCalls: add(partitions.map(({ systemCalls }) => systemCalls)),
    interrupts: stepCounts[KernelStep.InterruptEntry],
    stepCounts,
    stepCycles: column(({ stepCycles: cycles }) => cycles),
    hostMilliseconds,
  };
}

function run(cell: IpcCell, count: number, { readProgram, seed, clock }: IpcOptions): Sum {
  const plan = loadSystem(describeIpcCell(cell, count, seed), "ipc.toml", { readFile: readProgram });
  const session = createSession(plan);
  const startedAt = clock();
  const end = session.run({ until: MOST_CYCLES });
  if (end !== "quiet") throw new Error(`a cell of bench ipc did not end: ${end}`);
  return sumOf(session, clock() - startedAt);
}

/** Of the host, between the two runs: less says nothing of its speed. */
const LEAST_MILLISECONDS = 20;
/** Copies into and out of shared pages are exact to the access, and cost the host most: so many bytes are enough. */
const [MOST_BYTES, MOST_BYTES_QUICKLY] = [2 ** 20, 2 ** 17];
const [MOST_MESSAGES, MOST_MESSAGES_QUICKLY] = [4000, 1000];

/** How many messages tell enough of a cell: fewer of those that are large. */
export function messagesOf({ bytes }: IpcCell, quick: boolean): number {
  const most = quick ? MOST_MESSAGES_QUICKLY : MOST_MESSAGES;
  return Math.max(2, Math.min(most, Math.floor((quick ? MOST_BYTES_QUICKLY : MOST_BYTES) / bytes)));
}

export function measureIpc(cell: IpcCell, count: number, options: IpcOptions): IpcResult {
  const first = run(cell, count, options);
  const second = run(cell, 2 * count, options);
  const messages = cell.pattern === "fan-in" ? count * PATTERNS["fan-in"].peers : count;
  const each = (of: (sum: Sum) => number): number => (of(second) - of(first)) / messages;
  const steps: Record<string, { count: number; cycles: Cycles }> = {};
  KERNEL_STEP_NAMES.forEach((name, step) => {
    const times = each((sum) => sum.stepCounts[step]);
    if (times !== 0) steps[name] = { count: times, cycles: each((sum) => sum.stepCycles[step]) };
  });
  const milliseconds = second.hostMilliseconds - first.hostMilliseconds;
  return {
    ...cell,
    messages,
    elapsedCycles: each((sum) => sum.now),
    runningCycles: each((sum) => sum.running),
    kernelCycles: each((sum) => sum.kernel),
    waitingCycles: each((sum) => sum.waiting),
    systemCalls: each((sum) => sum.systemCalls),
    interrupts: each((sum) => sum.interrupts),
    steps,
    hostMessagesPerSecond: milliseconds > LEAST_MILLISECONDS ? Math.round((messages / milliseconds) * 1000) : null,
  };
}

/** Bytes a second of virtual time. */
export function bytesPerSecond({ bytes, elapsedCycles }: IpcResult): number {
  return (bytes / elapsedCycles) * FREQUENCY_HZ;
}
