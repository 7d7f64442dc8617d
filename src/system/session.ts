/**
 * A booted system: plan, machine, kernel, devices and trace put together, ready to run. The library's main object,
 * and what command line, terminal UI and tests drive.
 *
 * Invariant: a session is a pure function of plan, options and inputs with their cycles. `save` and `restore` carry the
 * whole state; sessions of the same plan and options are interchangeable.
 */
import { Bug } from "../errors.js";
import { END_OF_TIME, type ChannelId, type Cycles, type PartitionId, type ThreadId } from "../units.js";
import { ConfigError } from "../errors.js";
import { createMachineHal, KERNEL_STEP_NAMES, type MachineHal, type RunEnd, type RunOptions } from "../hal/index.js";
import {
  createKernel,
  isPartitionEnd,
  PATH_ROLES,
  type Kernel,
  type KernelState,
  type PartitionDump,
  type SystemPlan,
} from "../kernel/index.js";
import {
  createMachine,
  type BeginObserver,
  type CoreState,
  type EngineName,
  type MachineMoment,
  type MachineSnapshot,
  type RetireObserver,
  TIMING_PROFILES,
} from "../machine/index.js";
import {
  copyDisk,
  createDevices,
  NO_OUTLETS,
  type ConsoleListener,
  type DeviceOutlets,
  type DevicePlan,
  type DevicesState,
  type DeviceWord,
  type DiskState,
  type DisplayFrame,
  type DisplayState,
  type OwnedEnd,
  type StoreState,
} from "../devices/index.js";
import {
  createLateness,
  createLedger,
  type Activation,
  hashText,
  mixWord,
  TraceStream,
  type Lateness,
  type LatenessOptions,
  type LatenessState,
  type Ledger,
  type LedgerSnapshot,
  type LedgerState,
} from "../trace/index.js";
import { CHANNEL_KINDS, type ChannelIndices } from "../ipc/index.js";

export interface SessionOptions {
  /** 1 to the profile's least cross-core latency. Changes no result. */
  readonly runAheadCycles?: Cycles;
  /** Changes no result. */
  readonly skipPolling?: boolean;
  /** Delays stores to shared pages by a generator with this seed. */
  readonly tsoSeed?: number | null;
  readonly onConsole?: ConsoleListener;
  /** Of devices other than the console. */
  readonly outlets?: Partial<DeviceOutlets>;
  readonly onDump?: (dump: PartitionDump) => void;
  /** Changes no result. The default is the translating engine. */
  readonly engine?: EngineName;
  /** Runs of a block before it is translated. Changes no result. */
  readonly hotRuns?: number;
  /** Keeps the ledger of lateness, and tells of each activation that is over. Changes no result. */
  readonly onActivation?: (activation: Activation) => void;
  /** How long a thread has run when it reads the clock: `probeCycles` of the ledger of lateness. */
  readonly probeCycles?: Cycles;
  /** See profileSystem. Changes no result. */
  readonly onRetire?: RetireObserver;
  /** Told of each instruction before it is run. Changes no result. */
  readonly onBegin?: BeginObserver;
}

export type SessionEnd =
  | RunEnd
  /** Every core has reached END_OF_TIME: nothing can be run any more. */
  | "end of time";

export interface SystemHashes {
  /** Indexed by PartitionId: 16 hexadecimal digits each. */
  readonly partitions: readonly string[];
  /** All of them and the clocks. */
  readonly system: string;
}

export interface SessionSnapshot {
  readonly machine: MachineSnapshot;
  readonly kernel: KernelState;
  readonly devices: DevicesState;
  readonly ledger: LedgerState;
  /** Null without `onActivation`. */
  readonly lateness: LatenessState | null;
  readonly reached: Cycles;
}

/** Like a snapshot, sharing with other moments of the same session what does not differ. Never changed. */
export interface SessionMoment extends Omit<SessionSnapshot, "machine"> {
  readonly machine: MachineMoment;
}

export interface Session {
  readonly plan: SystemPlan;
  readonly trace: TraceStream;
  readonly hal: MachineHal;
  readonly kernel: Kernel;
  readonly ledger: Ledger;
  /** Null without `onActivation`. */
  readonly lateness: Lateness | null;
  run(options: RunOptions): SessionEnd;
  stop(): void;
  /** Time goes by in which nothing happens: up to `cycle`, which is at most `nextAt`. */
  idleTo(cycle: Cycles): void;
  /**
   * Something from outside for the device at a channel, behind what came before it. It takes effect at `at`, or in the
   * next window of the channel's partition after it. `at` is at least the HAL's least latency ahead of every core's
   * clock (`soonestInput`). When it was handed over makes no difference. The bytes must not change
   * until they have taken effect.
   */
  inject(channel: ChannelId, at: Cycles, bytes: Uint8Array): void;
  /** The first cycle that an input may be handed over for. */
  soonestInput(): Cycles;
  /** When the next thing happens by itself: the first computing core's clock, or an event. Infinity for never. */
  nextAt(): Cycles;
  /** The cycle that the last run has reached on every core; at a quiet end, that of the last thing that happened. */
  now(): Cycles;
  /** Instructions retired by each core. */
  retired(): readonly number[];
  /** Account of every cycle so far. */
  account(): LedgerSnapshot;
  /** A thread's registers as they are now, in the order of REGISTER_NAMES. */
  registers(thread: ThreadId): readonly bigint[];
  ringIndices(channel: number): ChannelIndices;
  /** A copy of what a store holds, by its name: what cutPower takes. Throws ConfigError. */
  disk(store: string): DiskState;
  /** What people see of a display now, by its name. Not to be changed. Throws ConfigError. */
  frame(display: string): DisplayFrame;
  /** Hashes with the partitions' memory as it is now. */
  hashes(): SystemHashes;
  save(): SessionSnapshot;
  restore(snapshot: SessionSnapshot): void;
  /** Costs what has changed since the last moment: for many of them. See createHistory. */
  takeMoment(): SessionMoment;
  restoreMoment(moment: SessionMoment): void;
}

/** The ends of channels that belong to devices. */
function deviceEnds(plan: SystemPlan): OwnedEnd[] {
  return plan.channels.flatMap((channel) => {
    const { id, ends, links } = channel;
    const peer = ends.find((end) => isPartitionEnd(end))?.owner;
    return ends.flatMap(({ role, owner }): OwnedEnd[] => {
      if (owner.kind !== "device" || peer?.kind !== "partition") return [];
      return [{ device: owner.device, channel: id, shape: channel, link: links[0], role, partition: peer.partition }];
    });
  });
}

/** What the ledger of lateness needs to know of a plan. */
export function latenessOptions({ machine, partitions }: SystemPlan): LatenessOptions {
  const threads: LatenessOptions["threads"][number][] = [];
  for (const { id, core, threads: rows } of partitions)
    for (const row of rows) threads[row.id] = { core, partition: id, isPeriodic: row.periodCycles !== null };
  return { cores: machine.cores, steps: KERNEL_STEP_NAMES.length, threads, roles: PATH_ROLES };
}

/** Boots a plan: after this the cores stand at cycle 0, before their first instruction. */
export function createSession(plan: SystemPlan, options: SessionOptions = {}): Session {
  const trace = new TraceStream(plan.machine.cores);
  const machine = createMachine({
    cores: plan.machine.cores,
    ramBytes: plan.machine.memoryBytes,
    profile: TIMING_PROFILES[plan.machine.timing],
    runAheadCycles: options.runAheadCycles,
    skipPolling: options.skipPolling,
    tsoSeed: options.tsoSeed,
    onRetire: options.onRetire,
    onBegin: options.onBegin,
    engine: options.engine ?? "wasm",
    ordersExits: plan.pools.some(({ mode }) => mode !== "share"),
    hotRuns: options.hotRuns,
  });
  const hal = createMachineHal({ machine, trace, frequencyHz: plan.machine.frequencyHz });
  const devices = createDevices(plan.devices, deviceEnds(plan), {
    memory: hal,
    onTake: hal.mixInput,
    trace,
    seed: plan.machine.seed,
    frequencyHz: plan.machine.frequencyHz,
    now: (core) => hal.now(core),
    outlets: { ...NO_OUTLETS, ...options.outlets, onConsole: options.onConsole ?? NO_OUTLETS.onConsole },
  });
  const ledger = createLedger(trace, {
    cores: plan.machine.cores,
    partitions: plan.partitions.length,
    threads: plan.partitions.reduce((count, partition) => count + partition.threads.length, 0),
    steps: KERNEL_STEP_NAMES.length,
  });
  const { onActivation, probeCycles } = options;
  const lateness =
    onActivation === undefined ? null : createLateness(trace, { ...latenessOptions(plan), probeCycles }, onActivation);
  const kernel = createKernel({ plan, hal, trace, devices, onDump: options.onDump });
  kernel.boot();

  /** What `now` says; clocks of idle cores stand still. */
  let reached: Cycles = 0;

  function run(runOptions: RunOptions): SessionEnd {
    const until = Math.min(runOptions.until, END_OF_TIME);
    const end = hal.run(kernel.supervisor, { ...runOptions, until });
    const clocks = machine.state.cores.map((core) => core.now);
    const running = machine.state.cores.filter((core) => core.activity === "running").map((core) => core.now);
    if (end === "until") reached = until;
    else if (end === "quiet" || running.length === 0) reached = Math.max(reached, ...clocks);
    else reached = Math.max(reached, Math.min(...running));
    return end === "until" && until === END_OF_TIME ? "end of time" : end;
  }

  /** A core's clock for the account: idle time goes on to the present. */
  function clockOf({ activity, now }: CoreState): Cycles {
    return activity === "running" ? now : Math.max(now, reached);
  }

  function partitionHash(partition: PartitionId): string {
    return hal.hashWithMemory(partition, [plan.partitions[partition].memory, ...kernel.heldBlocks(partition)]);
  }

  function deviceOf(device: string, kind: DeviceWord): DevicePlan {
    const found = plan.devices.find((row) => row.name === device && row.kind === kind);
    if (found !== undefined) return found;
    throw new ConfigError({ file: plan.name, line: 0, column: 0 }, `there is no ${kind} "${device}"`, "");
  }

  function keptBy(device: string, kind: DeviceWord): unknown {
    return devices.keptBy(deviceOf(device, kind).id);
  }

  /** All but the machine. */
  function saveRest(): Omit<SessionSnapshot, "machine"> {
    return {
      kernel: kernel.save(),
      devices: devices.save(),
      ledger: ledger.save(),
      lateness: lateness?.save() ?? null,
      reached,
    };
  }

  function restoreRest(saved: Omit<SessionSnapshot, "machine">): void {
    kernel.restore(saved.kernel);
    devices.restore(saved.devices);
    ledger.restore(saved.ledger);
    if (saved.lateness !== null) lateness?.restore(saved.lateness);
    reached = saved.reached;
  }

  return {
    plan,
    trace,
    hal,
    kernel,
    ledger,
    lateness,
    run,
    stop: () => hal.stop(),
    idleTo(cycle) {
      if (cycle > machine.nextTurn()) throw new Bug(`cycle ${cycle} lies behind the next event`);
      reached = Math.max(reached, cycle);
    },
    inject(channel, at, bytes) {
      kernel.announceInput(channel, at);
      devices.addInput(channel, bytes);
    },
    soonestInput: () => Math.max(reached, ...machine.state.cores.map((core) => core.now)) + hal.leastLatencyCycles,
    nextAt: machine.nextTurn,
    now: () => reached,
    retired: () => machine.state.cores.map((core) => core.retired),
    account: () => ledger.snapshot(machine.state.cores.map(clockOf)),
    registers(thread) {
      machine.storeRegisters();
      return hal.registers(kernel.state.threads[thread].context);
    },
    ringIndices(id) {
      const channel = plan.channels[id];
      return CHANNEL_KINDS[channel.kind].indices(hal, channel, channel.links);
    },
    disk: (store) => copyDisk((keptBy(store, "store") as StoreState).disk),
    frame(display) {
      const { front } = keptBy(display, "display") as DisplayState;
      const { width, height } = deviceOf(display, "display").options;
      return { width: Number(width), height: Number(height), pixels: front };
    },
    hashes() {
      const partitions = plan.partitions.map(({ id }) => partitionHash(id));
      const words = new Uint32Array(2);
      for (const text of partitions) {
        mixWord(words, 0, parseInt(text.slice(0, 8), 16));
        mixWord(words, 0, parseInt(text.slice(8), 16));
      }
      for (const core of machine.state.cores) mixWord(words, 0, core.now);
      return { partitions, system: hashText(words, 0) };
    },
    save: () => ({ machine: machine.save(), ...saveRest() }),
    restore(snapshot) {
      machine.restore(snapshot.machine);
      restoreRest(snapshot);
    },
    takeMoment: () => ({ machine: machine.takeMoment(), ...saveRest() }),
    restoreMoment(moment) {
      machine.restoreMoment(moment.machine);
      restoreRest(moment);
    },
  };
}
