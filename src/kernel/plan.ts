/**
 * What a kernel boots from: a system description after checking, with every default, address and right resolved.
 *
 * Made by src/system (from a description or an image), read by the kernel and by `hallows check`. Plain data: no
 * functions, so that an image can carry it. The kernel allocates nothing that is not in here.
 */
import type { Overrun } from "./threads/overruns.js";
import type {
  ChannelId,
  CoreId,
  Cycles,
  DeviceId,
  PartitionId,
  PhysicalAddress,
  ThreadId,
  VirtualAddress,
} from "../units.js";
import type { PoolModeWord } from "../abi/index.js";
import type { DevicePlan } from "../devices/index.js";
import type { TimingWord } from "../hal/index.js";
import type { ChannelKindWord, ChannelShape, EndRole } from "../ipc/index.js";
import type { PartitionClass, PolicyWord } from "../scheduler/index.js";

export type { DevicePlan, PartitionClass };

/** A stretch of a partition's address space, with the frames behind it and what they hold at the start. */
export interface RegionPlan {
  readonly name: string;
  readonly kind: "program" | "stack" | "heap" | "boot-info" | "channel";
  readonly at: VirtualAddress;
  readonly frames: PhysicalAddress;
  /** A multiple of 4096. */
  readonly sizeBytes: number;
  readonly rights: { readonly write: boolean; readonly execute: boolean };
  /** Frames of a block of channels between partitions. Never cleared at a restart. */
  readonly shared: boolean;
  /** Initial bytes from the start of the region; the rest is zero. */
  readonly contents: Uint8Array;
}

export interface ThreadPlan {
  /** Index in the whole system. */
  readonly id: ThreadId;
  readonly name: string;
  /** Where it starts (the program's entry point), and its arguments: see BOOT_INFO in src/abi. */
  readonly rip: VirtualAddress;
  /** 8 below the top of its stack, as after a CALL with return address 0: RSP + 8 is a multiple of 16. */
  readonly rsp: VirtualAddress;
  /** Address of the thread's function, or 0 for main. */
  readonly entry: VirtualAddress;
  /** Larger is more urgent; 0 to 255. Read by `realtime`. */
  readonly priority: number;
  /** Null for a thread without period. */
  readonly periodCycles: Cycles | null;
  /** Relative to the release; at most the period. Null without period. */
  readonly deadlineCycles: Cycles | null;
  /** What an activation runs at most, as its author says; null where he doesn't. */
  readonly wcetCycles: Cycles | null;
  /** What becomes of releases that it has missed; without meaning for a thread without period. */
  readonly overrun: Overrun;
}

/** One end of a channel as a partition numbers it; index 0 is always the console. */
export interface ChannelEndPlan {
  readonly channel: ChannelId;
  /** Index in ChannelPlan.ends. */
  readonly end: number;
}

export interface RestartPlan {
  readonly action: "stop" | "restart";
  /** Restarts allowed in all; the fault after the last one stops the partition. Infinity for no limit. */
  readonly limit: number;
}

export interface PartitionPlan {
  readonly id: PartitionId;
  readonly name: string;
  readonly class: PartitionClass;
  /** In the place of the policy of its class; null for that. */
  readonly policy: PolicyWord | null;
  readonly core: CoreId;
  /** The 2 MiB-aligned block of RAM that is this partition's alone, page tables included. */
  readonly memory: { readonly at: PhysicalAddress; readonly sizeBytes: number };
  /** Frames inside `memory` that hold its page tables. */
  readonly tables: { readonly at: PhysicalAddress; readonly sizeBytes: number };
  readonly regions: readonly RegionPlan[];
  readonly threads: readonly ThreadPlan[];
  readonly channelEnds: readonly ChannelEndPlan[];
  readonly restart: RestartPlan;
  /** Program file as the description names it, for reports. */
  readonly program: string;
  /** Function symbols of the program, sorted by address, for reports and profiles. */
  readonly symbols: readonly { readonly name: string; readonly at: VirtualAddress; readonly sizeBytes: number }[];
}

/** Who an end of a channel belongs to. */
export type EndOwner =
  | { readonly kind: "partition"; readonly partition: PartitionId }
  | { readonly kind: "device"; readonly device: DeviceId };

export interface EndPlan {
  readonly role: EndRole;
  readonly owner: EndOwner;
}

/** What joins an end that produces with one that consumes. */
export interface LinkPlan {
  /** Indices in ChannelPlan.ends: of the producer, and of the consumer. */
  readonly from: number;
  readonly to: number;
  /** What each of them writes, and the other reads; null for an end that writes nothing. */
  readonly fromSide: PhysicalAddress;
  readonly toSide: PhysicalAddress | null;
}

export interface ChannelPlan extends ChannelShape {
  readonly id: ChannelId;
  readonly name: string;
  readonly kind: ChannelKindWord;
  /** Producers, then consumers. Several of one of the two at most. */
  readonly ends: readonly EndPlan[];
  /** In the order of the ends of which there are several. */
  readonly links: readonly LinkPlan[];
}

/**
 * Pages of channels that one partition writes and the same others read: what is packed into them has the same rights.
 */
export interface BlockPlan {
  readonly writer: PartitionId;
  /** Sorted. */
  readonly readers: readonly PartitionId[];
  readonly frames: PhysicalAddress;
  /** A multiple of 4096. */
  readonly sizeBytes: number;
}

/**
 * Memory in blocks that partitions pass to each other. Pool i of a system lies at the same address in each member: no
 * region of a partition is there.
 */
export interface PoolPlan {
  /** Index in SystemPlan.pools. */
  readonly id: number;
  readonly name: string;
  readonly mode: PoolModeWord;
  /** The owner first. */
  readonly members: readonly PartitionId[];
  /** A multiple of `blockBytes`. */
  readonly sizeBytes: number;
  /** A power of two from 4096 on. */
  readonly blockBytes: number;
  /**
   * The owner's frames; in mode copy those of member m are m * sizeBytes behind it. A multiple of 2 MiB.
   */
  readonly frames: PhysicalAddress;
}

export interface WindowPlan {
  readonly partition: PartitionId;
  /** From the start of the major frame. */
  readonly startCycles: Cycles;
  readonly lengthCycles: Cycles;
}

/** What a partition is promised of a core: `budgetCycles` in each `periodCycles`, whatever its neighbours do. */
export interface ReservationPlan {
  readonly partition: PartitionId;
  /** At most the period. */
  readonly budgetCycles: Cycles;
  readonly periodCycles: Cycles;
}

export type CorePlan =
  | { readonly kind: "dedicated"; readonly partition: PartitionId }
  /** Sorted by start; never overlapping; gaps are idle. */
  | { readonly kind: "windows"; readonly frameCycles: Cycles; readonly windows: readonly WindowPlan[] }
  /** `slack`: partitions that have what the reservations leave, in this order. */
  | {
      readonly kind: "reservations";
      readonly reservations: readonly ReservationPlan[];
      readonly slack: readonly PartitionId[];
    }
  | { readonly kind: "off" };

export interface MachinePlan {
  readonly cores: number;
  /** A multiple of 2 MiB, 2 MiB to 2 GiB. The first 2 MiB are the kernel's. */
  readonly memoryBytes: number;
  readonly frequencyHz: number;
  readonly timing: TimingWord;
  readonly seed: number;
}

export interface SystemPlan {
  readonly name: string;
  readonly machine: MachinePlan;
  /** Indexed by core. */
  readonly cores: readonly CorePlan[];
  /** Indexed by PartitionId. */
  readonly partitions: readonly PartitionPlan[];
  /** Indexed by DeviceId: those that are declared, then those that are there without. */
  readonly devices: readonly DevicePlan[];
  /** Indexed by ChannelId. */
  readonly channels: readonly ChannelPlan[];
  /** Where channels between partitions lie. Those to devices lie in the memory of their partition. */
  readonly blocks: readonly BlockPlan[];
  /** Indexed by PoolPlan.id. */
  readonly pools: readonly PoolPlan[];
}
