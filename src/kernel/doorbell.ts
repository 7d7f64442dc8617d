/**
 * Doorbells: one bit an end in the partition's pending mask, and what crosses between cores.
 *
 * A doorbell wakes the thread that has waited longest for its end; with nobody waiting it sets the bit and interrupts
 * no thread. On the same core it is rung directly, otherwise by a message. While one doorbell of an end is on its way,
 * further ones merge with it: what was published before them is visible when it arrives. So however often a peer rings,
 * another core is interrupted at most once per channel in the least latency (or in `doorbellSpacing`, if that is more).
 */
import type { Cycles } from "../units.js";
import { Status } from "../abi/index.js";
import type { Message, Path } from "../hal/index.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { charge, kernelBug, now, recordThread } from "./core.js";
import { PATHS } from "./cost.js";
import type { ChannelEnd, Core, Partition, Thread } from "./objects.js";
import { makeReady, wake } from "./thread.js";
import { admissionCycle, doorbellSpacing } from "./window.js";

/** Kinds of messages between the kernels of two cores; argument: partition, argument2: channel end. */
export const enum KernelMessage {
  Doorbell = 0,
  Quarantine = 1,
  /** Something from outside takes effect in the device at the other end. */
  Input = 2,
}

/** What one doorbell charges, by where it goes; a path of a window switch's bound. */
export const RING_WAYS: readonly (readonly Path[])[] = [
  [PATHS.ringHere, PATHS.wake],
  [PATHS.ringElsewhere],
  [PATHS.ringOnly],
];

export interface RingResult {
  readonly status: Status;
  /** The thread of this core that the doorbell woke. */
  readonly woken: Thread | undefined;
}

const RANG: RingResult = { status: Status.NoError, woken: undefined };
const UNAVAILABLE: RingResult = { status: Status.NotAvailable, woken: undefined };

/** The running thread rings the other end of one of its partition's channels. */
export function ringPeer(thread: Thread, end: ChannelEnd, cause: WakeCause): RingResult {
  const { core } = thread;
  const { peer, state, channel } = end;
  if (state.quarantined) return UNAVAILABLE;
  recordThread(thread, EventKind.Notify, channel, peer.owner === "device" ? -1 : peer.partition.id);
  if (peer.owner === "device") {
    charge(core, PATHS.ringOnly);
    if (core.environment.devices.doorbell(core.id, channel) === "ok") return RANG;
    quarantine(thread, end, -1);
    return UNAVAILABLE;
  }
  if (peer.partition.core === core) return { status: Status.NoError, woken: ring(peer, cause) };
  if (now(core) < state.doorbellArrival) charge(core, PATHS.ringOnly);
  else sendDoorbell(core, end, peer);
  return RANG;
}

/**
 * Rings the other end of a channel of a partition whose life has ended: it may have fallen between storing an index and
 * ringing, and its peer would sleep for ever. Charges nothing: `announceCycles` were paid as work before.
 */
export function ringForFallen(end: ChannelEnd): void {
  const { partition, peer, state } = end;
  if (peer.owner === "device" || peer.partition === partition || state.quarantined) return;
  const { core } = partition;
  if (peer.partition.core === core) {
    const waiter = noteRing(peer);
    if (waiter !== undefined)
      makeReady(
        waiter,
        WakeCause.Doorbell,
        Status.NoError,
        takeDoorbells(peer.partition, waiter.state.mask),
        peer.channel,
      );
  } else if (now(core) >= state.doorbellArrival) {
    const spaced = state.doorbellArrival + doorbellSpacing(peer.partition);
    state.doorbellArrival = sendMessage(core, KernelMessage.Doorbell, peer, spaced);
  }
}

function sendDoorbell(core: Core, { state }: ChannelEnd, peer: ChannelEnd): void {
  charge(core, PATHS.ringElsewhere);
  const spaced = state.doorbellArrival + doorbellSpacing(peer.partition);
  state.doorbellArrival = sendMessage(core, KernelMessage.Doorbell, peer, spaced);
}

/** Sends to the core of an end, to arrive when that partition may be interrupted, and not before `earliest`. */
function sendMessage(core: Core, kind: KernelMessage, { partition, index }: ChannelEnd, earliest = 0): Cycles {
  const soonest = now(core) + core.hal.leastLatencyCycles;
  const arrival = admissionCycle(partition, Math.max(soonest, earliest));
  core.hal.send(core.id, partition.core.id, kind, partition.id, index, arrival > soonest ? arrival : undefined);
  return arrival;
}

/**
 * Something comes from outside to the device at the other end of `end`, to take effect at `at`: on the core of the
 * end's partition, as doorbells do, and no more often than they. Between two runs of the machine.
 */
export function announceInput(end: ChannelEnd, at: Cycles): void {
  const { core } = end.partition;
  const soonest = now(core) + core.hal.leastLatencyCycles;
  if (at < soonest)
    throw kernelBug(core, `input for cycle ${at} comes too late: it can take effect from ${soonest} on`);
  // A device is no core, so this end sends no doorbells to one: the field is free for those of the device.
  const spaced = end.state.doorbellArrival + doorbellSpacing(end.partition);
  end.state.doorbellArrival = sendMessage(core, KernelMessage.Input, end, Math.max(at, spaced));
}

function takeInput(end: ChannelEnd): void {
  const { core } = end.partition;
  if (core.environment.devices.takeInput(core.id, end.channel) === "ring") ring(end, WakeCause.Doorbell);
}

/** A doorbell arrives at an end on this core. Returns the thread that it woke. */
function ring(end: ChannelEnd, cause: WakeCause): Thread | undefined {
  const { partition, channel } = end;
  charge(partition.core, PATHS.ringHere);
  const waiter = noteRing(end);
  if (waiter !== undefined) wake(waiter, cause, Status.NoError, takeDoorbells(partition, waiter.state.mask), channel);
  return waiter;
}

/** Sets the bit of an end. Returns the thread that is to be woken. */
function noteRing(end: ChannelEnd): Thread | undefined {
  const { partition, channel, index } = end;
  const { core, state } = partition;
  let waiter: Thread | undefined;
  if (!end.state.quarantined) {
    state.pending = (state.pending | (1 << index)) >>> 0;
    waiter = longestWaiter(end);
  }
  const woken = waiter === undefined ? 0 : 1;
  core.trace.record(
    EventKind.Doorbell,
    core.id,
    partition.id,
    waiter === undefined ? -1 : waiter.id,
    channel,
    woken,
    -1,
  );
  return waiter;
}

/** The thread that has waited longest for an end. */
function longestWaiter({ partition, index }: ChannelEnd): Thread | undefined {
  let first: Thread | undefined;
  for (const thread of partition.threads) {
    const { life, waitsFor, mask, waitOrder } = thread.state;
    if (life !== "waiting" || waitsFor !== "channels" || ((mask >>> index) & 1) === 0) continue;
    if (first === undefined || waitOrder < first.state.waitOrder) first = thread;
  }
  return first;
}

/** Takes the pending doorbells in `mask` and returns them. */
export function takeDoorbells({ state }: Partition, mask: number): number {
  const taken = (state.pending & mask) >>> 0;
  state.pending = (state.pending & ~taken) >>> 0;
  return taken;
}

/** A ring that can't be: neither end can be rung any more. Health monitoring is told by the event. */
export function quarantine(thread: Thread, { peer, state, channel }: ChannelEnd, check: number): void {
  const { core } = thread;
  if (state.quarantined) return;
  state.quarantined = true;
  recordThread(thread, EventKind.Violation, channel, check);
  if (peer.owner === "device") return;
  if (peer.partition.core === core) {
    peer.state.quarantined = true;
    return;
  }
  charge(core, PATHS.ringElsewhere);
  sendMessage(core, KernelMessage.Quarantine, peer);
}

/** A message from the kernel of another core. */
export function receiveMessage(core: Core, { kind, argument, argument2 }: Message): void {
  const end = core.partitions[argument]?.ends[argument2];
  if (end === undefined)
    throw kernelBug(
      core,
      `message ${kind} is for end ${argument2} of partition ${argument}, which is not on this core`,
    );
  if (kind === KernelMessage.Doorbell) ring(end, WakeCause.Doorbell);
  else if (kind === KernelMessage.Quarantine) end.state.quarantined = true;
  else if (kind === KernelMessage.Input) takeInput(end);
  else throw kernelBug(core, `message of unknown kind ${kind}`);
}
