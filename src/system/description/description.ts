/**
 * A system description as typed values in base units (bytes, hertz, cycles), with everything filled in that its text
 * may leave out. read-description.ts makes it of text, program.ts of one program.
 */
import type { Overrun } from "../../kernel/threads/overruns.js";
import type { FullPolicy, PoolModeWord } from "../../abi/index.js";
import type { DeviceWord, OptionValues } from "../../devices/index.js";
import type { ChannelKindWord } from "../../ipc/index.js";
import type { PartitionClass, PolicyWord } from "../../scheduler/index.js";
import type { TimingWord } from "../../machine/timing/profiles.js";
import type { Cycles } from "../../units.js";
import type { KeyPath } from "./locator.js";

export interface Description {
  readonly name: string;
  readonly machine: MachineDescription;
  /** In the order of the file; an index is a PartitionId. */
  readonly partitions: readonly PartitionDescription[];
  readonly cores: readonly CoreDescription[];
  readonly devices: readonly DeviceDescription[];
  readonly channels: readonly ChannelDescription[];
  /** In the order of the file; an index is a PoolPlan.id. */
  readonly pools: readonly PoolDescription[];
}

export interface MachineDescription {
  /** Null: as many as are used. */
  readonly cores: number | null;
  readonly memoryBytes: number;
  readonly frequencyHz: number;
  readonly timing: TimingWord;
  readonly seed: number;
}

export interface PartitionDescription {
  readonly path: KeyPath;
  readonly name: string;
  readonly class: PartitionClass;
  /** Null for the policy of its class. */
  readonly policy: PolicyWord | null;
  readonly program: string;
  readonly core: number;
  /** Null without one. */
  readonly reserve: { readonly budgetCycles: Cycles; readonly periodCycles: Cycles } | null;
  /** Whether it has what the reservations of its core leave. */
  readonly isOnSlack: boolean;
  /** A multiple of 4096. */
  readonly memoryBytes: number;
  readonly restart: { readonly action: "stop" | "restart"; readonly limit: number };
  /** At least one. */
  readonly threads: readonly ThreadDescription[];
}

export interface ThreadDescription {
  /** The thread's table, or its partition's for the thread "main" of one without thread tables. */
  readonly path: KeyPath;
  readonly name: string;
  /** Name of a function; null for main. */
  readonly entry: string | null;
  readonly priority: number;
  readonly periodCycles: Cycles | null;
  readonly deadlineCycles: Cycles | null;
  readonly wcetCycles: Cycles | null;
  readonly overrun: Overrun;
  /** A multiple of 4096. */
  readonly stackBytes: number;
}

export interface CoreDescription {
  readonly path: KeyPath;
  readonly core: number;
  readonly frameCycles: Cycles;
  /** In the order of the file. */
  readonly windows: readonly {
    readonly path: KeyPath;
    readonly partition: string;
    readonly startCycles: Cycles;
    readonly lengthCycles: Cycles;
  }[];
}

export interface DeviceDescription {
  readonly path: KeyPath;
  readonly name: string;
  readonly kind: DeviceWord;
  /** A value for each option of its kind. */
  readonly options: OptionValues;
}

export interface ChannelDescription {
  readonly path: KeyPath;
  readonly name: string;
  readonly from: readonly EndDescription[];
  readonly to: readonly EndDescription[];
  readonly kind: ChannelKindWord;
  readonly slots: number;
  readonly slotBytes: number;
  readonly full: FullPolicy;
  /** The largest reply of kind `call`; 0 for other kinds. */
  readonly replyBytes: number;
  /** How long a sampled value is valid; 0 for ever. */
  readonly refreshCycles: Cycles;
}

export interface PoolDescription {
  readonly path: KeyPath;
  readonly name: string;
  readonly mode: PoolModeWord;
  /** The owner first. */
  readonly members: readonly EndDescription[];
  readonly sizeBytes: number;
  readonly blockBytes: number;
}

/** An end of a channel: the name of a partition or device, and where it is written. */
export interface EndDescription {
  readonly path: KeyPath;
  readonly name: string;
}

/**
 * What a description leaves out. At 1 GHz a window switch takes less than a microsecond, and a nanosecond is a cycle.
 */
export const DEFAULTS = {
  memoryBytes: 64 * 1024 * 1024,
  frequencyHz: 1_000_000_000,
  seed: 1,
  partitionMemoryBytes: 2 * 1024 * 1024,
  stackBytes: 64 * 1024,
  priority: 0,
  slotBytes: 64,
  blockBytes: 64 * 1024,
} as const;

/** Cores of the machine: as described, or as many as are used. */
export function coreCount(description: Description): number {
  const used = description.partitions.map((partition) => partition.core + 1);
  return description.machine.cores ?? Math.max(1, ...used);
}
