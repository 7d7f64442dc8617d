/**
 * What a device is: a peer of partitions, with ends of channels like them, but with logic of ours in place of a
 * program.
 *
 * A device acts at three moments only, all on a core at that core's cycle: when the other end of one of its channels
 * rings, when something that came from outside takes effect (`inject`), and when a time has come that it waits for
 * itself (`alarm`). So what it does is part of the one exact order. Its logic is pure: guests are reached through
 * channels, and whatever lies outside through `DeviceHost`. All that can change in it is plain data that `save` copies:
 * a run goes on from a snapshot as if it had never stopped.
 */
import { createMemoryMedium, type StoreMedium } from "./store/medium.js";
import type { ChannelMemory, ChannelShape, EndRole, PlacedLink } from "../ipc/index.js";
import type { TraceStream } from "../trace/index.js";
import { NO_NET, type NetOutlet } from "./net-outlet.js";
import type { ChannelId, CoreId, Cycles, DeviceId, PartitionId } from "../units.js";

/** Raw bytes, as the guest wrote them: whoever shows them makes them safe for its medium. */
export type ConsoleListener = (partition: PartitionId, bytes: Uint8Array) => void;

/** So many bytes of input for a channel have not found room in it yet. */
export type ConsoleInputListener = (channel: ChannelId, waitingBytes: number) => void;

/**
 * What devices do outside of the system: one for each kind that does anything there, named after it. What an outlet
 * does must change nothing in the system, except by `Session.inject`; and a store depends on what its medium answers.
 */
export interface DeviceOutlets {
  readonly onConsole: ConsoleListener;
  readonly onConsoleInput: ConsoleInputListener;
  /** A clock has taken the date that it was told last for a channel. */
  readonly onClock: (channel: ChannelId) => void;
  /** Where the bytes of a store lie. Asked once, when the system is booted. */
  readonly mediumOf: (store: string) => StoreMedium;
  net(device: DeviceId): NetOutlet;
}

/** For sessions that nobody listens to. */
export const NO_OUTLETS: DeviceOutlets = {
  onConsole: () => undefined,
  onConsoleInput: () => undefined,
  onClock: () => undefined,
  mediumOf: () => createMemoryMedium(),
  net: () => NO_NET,
};

export interface DeviceHost {
  readonly memory: ChannelMemory;
  readonly trace: TraceStream;
  readonly outlets: DeviceOutlets;
  /** Which of the system's devices this one is. */
  readonly id: DeviceId;
  readonly name: string;
  /** The system's. */
  readonly seed: number;
  /** Cycles a second. */
  readonly frequencyHz: number;
  /** The clock of the core on which the device acts. */
  now(core: CoreId): Cycles;
}

/** An end of a channel that belongs to a device. */
export interface DeviceEnd {
  readonly channel: ChannelId;
  readonly shape: ChannelShape;
  readonly link: PlacedLink;
  /** What the device does in it. */
  readonly role: EndRole;
  /** Who holds the other end. */
  readonly partition: PartitionId;
}

/** "violation": the channel holds an index or length that can't be; the kernel quarantines it. */
export type DoorbellOutcome = "ok" | "violation";

/** "ring": the partition at the other end is to be told. */
export type InputOutcome = "ring" | "quiet";

/**
 * What a device has that acts by itself at cycles of its own choice: one that completes requests after a while, or
 * beats. After each thing that a device does at an end the kernel asks when the next alarm is due there, and sees to it
 * that it rings: on the core of the other end's partition, once the least latency has passed, in a window of the
 * partition, and no more often than doorbells may come. So an alarm may ring later than asked for, and also in vain.
 * Only for a device whose row says that it rings, and not for one that takes in inputs, too: each is counted once.
 */
export interface DeviceAlarm {
  /** When it next wants to act at an end; NEVER for not at all. */
  dueAt(end: DeviceEnd): Cycles;
  ring(core: CoreId, end: DeviceEnd): InputOutcome;
}

/** `State` is plain data; null for a device that keeps nothing but what is in its channels. */
export interface Device<State = unknown> {
  /** The other end rings, within its system call on `core`; also when its partition ends, so that nothing is lost. */
  doorbell(core: CoreId, end: DeviceEnd): DoorbellOutcome;
  /** Something that came from outside takes effect, on the core of the other end's partition. */
  inject(core: CoreId, end: DeviceEnd, input: Uint8Array): InputOutcome;
  readonly alarm?: DeviceAlarm;
  /** The partition at the other end restarts: the channel is as it was at the first start. */
  reset(end: DeviceEnd): void;
  /** All that it keeps, itself or a copy. */
  save(): State;
  /** For one that keeps much, and can share what never changes between copies: in place of a deep copy. */
  copy?(state: State): State;
  /** `saved` is a copy of what `save` of the same device returned, and is the device's from now on. */
  restore(saved: State): void;
}
