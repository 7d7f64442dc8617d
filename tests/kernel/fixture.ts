/**
 * A small language for systems on the model HAL: partitions, channels and cores by name, programs as action lists.
 */
import type { PolicyWord } from "../../dist/scheduler/index.js";
import type { Overrun } from "../../dist/kernel/threads/overruns.js";
import { SYSTEM_CALL_ROWS, type SystemCallWord } from "../../dist/abi/index.js";
import { NO_DEVICES, type DevicePort } from "../../dist/devices/index.js";
import { createKernel, type Kernel, type KernelOptions } from "../../dist/kernel/index.js";
import type { Path } from "../../dist/hal/index.js";
import { createModelHal, type ModelAction, type ModelHal } from "../../dist/hal/model-hal.js";
import { latenessOptions } from "../../dist/system/session.js";
import {
  createLateness,
  createLedger,
  TraceStream,
  type Activation,
  type Lateness,
  type Ledger,
  type TraceEvent,
} from "../../dist/trace/index.js";
import type {
  CorePlan,
  PartitionClass,
  PoolPlan,
  RegionPlan,
  RestartPlan,
  SystemPlan,
} from "../../dist/kernel/plan.js";

export type { ModelAction };

/** Numbers of the system calls by their words. */
export const CALL = Object.fromEntries(SYSTEM_CALL_ROWS.map(({ word, number }) => [word, number])) as Readonly<
  Record<SystemCallWord, number>
>;
// Values of const enums, which exist only at compile time: see src/abi, src/trace/events.ts and src/hal.
export const STATUS = {
  ok: 0,
  noAction: 1,
  notAvailable: 2,
  invalidParam: 3,
  invalidConfig: 4,
  invalidMode: 5,
  timedOut: 6,
};
export const EVENT = {
  dispatch: 1, leave: 2, charge: 3, idle: 4, windowOpen: 5, windowClose: 6, call: 7, return: 8, block: 9, wake: 10,
  notify: 11, doorbell: 12, release: 13, missed: 14, fault: 15, restart: 16, mode: 17, report: 18, violation: 19,
  threadExit: 21, stop: 22, replaced: 23, pad: 24, work: 25, serve: 26, budgetOut: 27,
} as const; // prettier-ignore
export const STEP_COUNT = 12;
export const NO_DEADLINE = 0xffff_ffff_ffff_ffffn;

export const run = (cycles: number): ModelAction => ({ kind: "run", cycles });
export const call = (
  number: number | bigint,
  ...values: NonNullable<(ModelAction & { kind: "call" })["arguments"]>
): ModelAction => ({
  kind: "call",
  number,
  arguments: values,
});
export const loop = (to = 0, times?: number): ModelAction => ({
  kind: "loop",
  to,
  ...(times === undefined ? {} : { times }),
});
export const pageFault = (address = 0x10n, errorCode = 4): ModelAction => ({
  kind: "fault",
  vector: 14,
  errorCode,
  address,
});
export const periodicWait = call(CALL.periodic_wait);

export interface ThreadSketch {
  readonly program: readonly ModelAction[];
  readonly priority?: number;
  readonly period?: number;
  readonly deadline?: number;
  readonly wcet?: number;
  readonly overrun?: Overrun;
}
export interface PartitionSketch {
  readonly policy?: PolicyWord;
  readonly class?: PartitionClass;
  readonly core?: number;
  readonly threads: readonly ThreadSketch[];
  readonly restart?: RestartPlan;
  readonly regions?: readonly RegionPlan[];
}
/** A channel from one partition to another; to "" is a device. Ends are numbered in the order of the list. */
export interface ChannelSketch {
  readonly from: string;
  readonly to: string;
}
/** A pool of blocks of some pages. */
export interface PoolSketch {
  readonly mode: PoolPlan["mode"];
  /** The owner first. */
  readonly members: readonly string[];
  readonly blocks: number;
  readonly pages: number;
}
export interface WindowSketch {
  readonly frame: number;
  readonly windows: readonly (readonly [partition: string, start: number, length: number])[];
}
export interface SystemSketch {
  readonly partitions: Readonly<Record<string, PartitionSketch>>;
  readonly channels?: readonly ChannelSketch[];
  /** By partition: [budget, period], or null for one on slack. A core with any is shared by them. */
  readonly reserve?: Readonly<Record<string, readonly [budget: number, period: number] | null>>;
  /** By core; a core that is not here is dedicated to the partition that names it. */
  readonly windows?: Readonly<Record<number, WindowSketch>>;
  readonly pools?: readonly PoolSketch[];
  readonly cores?: number;
  readonly frequencyHz?: number;
}

export function sketchPlan(sketch: SystemSketch): { plan: SystemPlan; programs: (readonly ModelAction[])[] } {
  const names = Object.keys(sketch.partitions);
  const rows = Object.values(sketch.partitions);
  const coreCount = sketch.cores ?? Math.max(...rows.map(({ core }) => core ?? 0)) + 1;
  const programs: (readonly ModelAction[])[] = [];
  const channels = sketch.channels ?? [];
  const partitions = rows.map((row, id) => ({
    id,
    name: names[id],
    class: row.class ?? ("realtime" as const),
    policy: row.policy ?? null,
    core: row.core ?? 0,
    memory: { at: (id + 1) * 0x20_0000, sizeBytes: 0x20_0000 },
    tables: { at: (id + 1) * 0x20_0000, sizeBytes: 0x1_0000 },
    regions: row.regions ?? [],
    threads: row.threads.map((thread, index) => ({
      id: programs.push(thread.program) - 1,
      name: `${names[id]}.${index}`,
      rip: 0x40_0000n,
      rsp: 0x7f00_0100_0000n,
      entry: 0n,
      priority: thread.priority ?? 10,
      periodCycles: thread.period ?? null,
      deadlineCycles: thread.deadline ?? null,
      wcetCycles: thread.wcet ?? null,
      overrun: thread.overrun ?? ("catch up" as const),
    })),
    channelEnds: channels.flatMap(({ from, to }, channel) => [
      ...(from === names[id] ? [{ channel, end: 0 }] : []),
      ...(to === names[id] ? [{ channel, end: 1 }] : []),
    ]),
    restart: row.restart ?? { action: "stop" as const, limit: 0 },
    program: `${names[id]}.elf`,
    symbols: [{ name: "main", at: 0x40_0000n, sizeBytes: 16 }],
  }));
  const cores: CorePlan[] = Array.from({ length: coreCount }, (_, core) => {
    const windows = sketch.windows?.[core];
    if (windows !== undefined)
      return {
        kind: "windows",
        frameCycles: windows.frame,
        windows: windows.windows.map(([name, startCycles, lengthCycles]) => ({
          partition: names.indexOf(name),
          startCycles,
          lengthCycles,
        })),
      };
    const here = partitions.filter((row) => row.core === core);
    const promises = here.map(({ id, name }) => ({ id, promise: sketch.reserve?.[name] }));
    if (promises.some(({ promise }) => promise !== undefined))
      return {
        kind: "reservations",
        reservations: promises.flatMap(({ id, promise }) =>
          promise ? [{ partition: id, budgetCycles: promise[0], periodCycles: promise[1] }] : [],
        ),
        slack: promises.flatMap(({ id, promise }) => (promise ? [] : [id])),
      };
    const partition = partitions.findIndex((row) => row.core === core);
    return partition < 0 ? { kind: "off" } : { kind: "dedicated", partition };
  });
  const plan: SystemPlan = {
    name: "test",
    machine: {
      cores: coreCount,
      memoryBytes: 64 * 1024 * 1024,
      frequencyHz: sketch.frequencyHz ?? 1e9,
      timing: "flat",
      seed: 1,
    },
    cores,
    partitions,
    devices: [{ id: 0, name: "console", kind: "console", options: {} }],
    channels: channels.map(({ from, to }, id) => ({
      id,
      name: `channel${id}`,
      kind: "queue" as const,
      slots: 2,
      slotBytes: 64,
      full: 0,
      replyBytes: 0,
      refreshCycles: 0,
      links: [{ from: 0, to: 1, fromSide: 0, toSide: 0 }],
      ends: [
        { role: "producer" as const, owner: { kind: "partition" as const, partition: names.indexOf(from) } },
        {
          role: "consumer" as const,
          owner:
            to === ""
              ? { kind: "device" as const, device: 0 }
              : { kind: "partition" as const, partition: names.indexOf(to) },
        },
      ],
    })),
    blocks: [],
    pools: (sketch.pools ?? []).map(({ mode, members, blocks, pages }, id) => ({
      id,
      name: `pool${id}`,
      mode,
      members: members.map((name) => names.indexOf(name)),
      sizeBytes: blocks * pages * 4096,
      blockBytes: pages * 4096,
      frames: (16 + id) * 0x20_0000,
    })),
  };
  return { plan, programs };
}

export interface Rig {
  readonly plan: SystemPlan;
  readonly hal: ModelHal;
  readonly kernel: Kernel;
  readonly ledger: Ledger;
  readonly lateness: Lateness;
  /** Every activation that is over, once `lateness` was asked. */
  readonly activations: Activation[];
  readonly events: TraceEvent[];
  /** Events of one kind, of one partition when it is named. */
  of(kind: number, partition?: string): TraceEvent[];
  /** Cycles at which a partition's threads were entered. */
  runUntil(until: number): string;
  partition(name: string): number;
  /** [status, value] of every answered call of a number, in order. */
  answers(number: number, partition?: string): (readonly [number, number])[];
}

export interface RigOptions {
  readonly devices?: Partial<DevicePort>;
  readonly policies?: KernelOptions["policies"];
  readonly onDump?: KernelOptions["onDump"];
  /** Cycles of each KernelStep; those of `flat` unless given. */
  readonly costs?: readonly number[];
  /** In place of the kernel that is built. */
  readonly library?: { readonly createKernel: typeof createKernel };
  readonly createLateness?: typeof createLateness;
  /** Told of each path that the kernel charges. */
  readonly onCharge?: (core: number, path: Path) => void;
}

export function rig(sketch: SystemSketch, options: RigOptions = {}): Rig {
  const { plan, programs } = sketchPlan(sketch);
  const trace = new TraceStream(plan.cores.length);
  const events: TraceEvent[] = [];
  trace.subscribe((event) => events.push(event));
  const ledger = createLedger(trace, {
    cores: plan.cores.length,
    partitions: plan.partitions.length,
    threads: programs.length,
    steps: STEP_COUNT,
  });
  const activations: Activation[] = [];
  const lateness = (options.createLateness ?? createLateness)(trace, latenessOptions(plan), (activation) =>
    activations.push(structuredClone(activation)),
  );
  const hal = createModelHal({
    cores: plan.cores.length,
    frequencyHz: plan.machine.frequencyHz,
    programs,
    trace,
    costs: options.costs,
  });
  const { charge } = hal;
  if (options.onCharge !== undefined)
    hal.charge = (core, path) => {
      options.onCharge?.(core, path);
      charge(core, path);
    };
  const { library = { createKernel } } = options;
  const kernel = library.createKernel({ plan, hal, trace, ...options, devices: { ...NO_DEVICES, ...options.devices } });
  kernel.boot();
  const partition = (name: string): number => Object.keys(sketch.partitions).indexOf(name);
  const of = (kind: number, name?: string): TraceEvent[] =>
    events.filter((event) => event.kind === kind && (name === undefined || event.partition === partition(name)));
  return {
    plan,
    hal,
    kernel,
    ledger,
    lateness,
    activations,
    events,
    of,
    partition,
    runUntil: (until) => hal.run(kernel.supervisor, { until }),
    answers: (number, name) =>
      of(EVENT.return, name)
        .filter(({ a }) => a === number)
        .map(({ b, c }) => [b, c] as const),
  };
}

/** Present cycle of every core. */
export function clocks({ hal }: Rig): number[] {
  return Array.from({ length: hal.coreCount }, (_, core) => hal.now(core));
}

/** Sums of every core against its elapsed time; [] when each cycle has an owner. */
export function ledgerErrors(system: Rig): string[] {
  return system.ledger.snapshot(clocks(system)).cores.flatMap((core, id) => {
    const sum = core.threadCycles + core.kernelCycles + core.padCycles + core.workCycles + core.idleCycles;
    return sum === core.elapsedCycles && core.unaccountedCycles === 0
      ? []
      : [`core ${id}: ${sum} of ${core.elapsedCycles}, unaccounted ${core.unaccountedCycles}`];
  });
}

/** A small seeded generator (mulberry32): numbers from 0 to below 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
