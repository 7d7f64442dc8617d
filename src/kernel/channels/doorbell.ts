/**
 * Doorbells: one bit an end in the partition's pending mask, and what crosses between cores over links.
 *
 * A doorbell wakes the thread that has waited longest for its end; with nobody waiting it sets the bit and interrupts
 * no thread. On the same core it is rung directly, otherwise by a message. While one doorbell of a link is on its way,
 * further ones merge with it: what was published before them is visible when it arrives. So however often a peer rings,
 * another core is interrupted at most once per link in the least latency (or in `doorbellSpacing`, if that is more).
 */
import { NEVER, type Cycles } from "../../units.js";
import { Status } from "../../abi/index.js";
import type { Message, Path, RegisterValue } from "../../hal/index.js";
import { EventKind, WakeCause } from "../../trace/index.js";
import { writeQuarantine, writeStopped } from "../boot-page.js";
import { charge, kernelBug, now, recordThread } from "../core.js";
import { PATHS } from "../costs/cost.js";
import { addEnd, hasEnd, takeEnds } from "./end-set.js";
import type { ChannelEnd, Core, Link, Thread } from "../objects.js";
import { makeReady, wake } from "../threads/thread.js";
import { admissionCycle, doorbellSpacing } from "../window.js";

/** Kinds of messages between the kernels of two cores; argument: partition, argument2: number of a link. */
export const enum KernelMessage {
  Doorbell = 0,
  Quarantine = 1,
  /** Something from outside takes effect in the device at the other end. */
  Input = 2,
  /** A time has come that the device at the other end waits for. */
  Alarm = 3,
  /** A doorbell, and the last one: the partition at the other end has stopped. */
  Stopped = 4,
}

/** Whether a device interrupts, rather than another core. */
export function comesFromDevice({ kind }: Message): boolean {
  return kind === KernelMessage.Input || kind === KernelMessage.Alarm;
}

/**
 * What one doorbell charges, by where it goes, with what is told through the boot information: a path of a window
 * switch's bound.
 */
export const RING_WAYS: readonly (readonly Path[])[] = [
  [PATHS.ringHere, PATHS.wake, PATHS.bootLine],
  [PATHS.ringElsewhere],
  [PATHS.ringOnly, PATHS.bootLine],
];

export interface RingResult {
  readonly status: Status;
  /** The thread of this core that the doorbell woke. */
  readonly woken: Thread | undefined;
}

const RANG: RingResult = { status: Status.NoError, woken: undefined };
const UNAVAILABLE: RingResult = { status: Status.NotAvailable, woken: undefined };

/** The running thread rings the peer at one of its partition's links. */
export function ringPeer(thread: Thread, link: Link, cause: WakeCause): RingResult {
  const { core } = thread;
  const { peer, state, end } = link;
  if (state.quarantined) return UNAVAILABLE;
  recordThread(thread, EventKind.Notify, end.channel, peer.owner === "device" ? -1 : peer.end.partition.id);
  if (peer.owner === "device") {
    charge(core, PATHS.ringOnly);
    const outcome = core.environment.devices.doorbell(core.id, end.channel);
    armAlarm(link);
    if (outcome === "ok") return RANG;
    quarantine(thread, link, -1);
    return UNAVAILABLE;
  }
  if (peer.end.partition.core === core) return { status: Status.NoError, woken: ring(peer, cause) };
  if (now(core) < state.doorbellArrival) charge(core, PATHS.ringOnly);
  else sendDoorbell(core, link, peer);
  return RANG;
}

/**
 * Rings the peer at a link of a partition whose life has ended: it may have fallen between storing an index and
 * ringing, and its peer would sleep for ever. Charges nothing: `announceCycles` were paid as work before.
 */
export function ringForFallen({ end, peer, state }: Link): void {
  const { partition } = end;
  if (peer.owner === "device" || peer.end.partition === partition || state.quarantined) return;
  const { core } = partition;
  const isLast = partition.state.life === "stopped";
  if (peer.end.partition.core === core) {
    // mutant nobody-is-told-of-the-dead:
    if (isLast) writeStopped(peer);
    const waiter = noteRing(peer);
    if (waiter !== undefined)
      makeReady(waiter, WakeCause.Doorbell, Status.NoError, takeDoorbells(waiter), peer.end.channel);
  } else if (isLast || now(core) >= state.doorbellArrival) {
    const spaced = state.doorbellArrival + doorbellSpacing(peer.end.partition);
    const kind = isLast ? KernelMessage.Stopped : KernelMessage.Doorbell;
    state.doorbellArrival = sendMessage(core, kind, peer, spaced);
  }
}

/** The running thread rings an end of its own partition: for the next of the threads that wait there. */
export function ringOwnEnd({ core }: Thread, { links: [link] }: ChannelEnd): Status {
  if (link.state.quarantined) {
    charge(core, PATHS.ringOnly);
    return Status.NotAvailable;
  }
  ring(link, WakeCause.Doorbell);
  return Status.NoError;
}

function sendDoorbell(core: Core, { state }: Link, peer: Link): void {
  charge(core, PATHS.ringElsewhere);
  const spaced = state.doorbellArrival + doorbellSpacing(peer.end.partition);
  state.doorbellArrival = sendMessage(core, KernelMessage.Doorbell, peer, spaced);
}

/** Sends to the core of a link, to arrive when that partition may be interrupted, and not before `earliest`. */
function sendMessage(core: Core, kind: KernelMessage, { end, number }: Link, earliest = 0): Cycles {
  const { partition } = end;
  const soonest = now(core) + core.hal.leastLatencyCycles;
  const arrival = admissionCycle(partition, Math.max(soonest, earliest));
  core.hal.send(core.id, partition.core.id, kind, partition.id, number, arrival > soonest ? arrival : undefined);
  return arrival;
}

/**
 * Something comes from outside to the device at the other end of `link`, to take effect at `at`: on the core of the
 * link's partition, as doorbells do, and no more often than they. Between two runs of the machine.
 */
export function announceInput(link: Link, at: Cycles): void {
  const { partition } = link.end;
  const { core } = partition;
  const soonest = now(core) + core.hal.leastLatencyCycles;
  if (at < soonest)
    throw kernelBug(core, `input for cycle ${at} comes too late: it can take effect from ${soonest} on`);
  // A device is no core, so this link carries no doorbells to one: the field is free for those of the device.
  const spaced = link.state.doorbellArrival + doorbellSpacing(partition);
  link.state.doorbellArrival = sendMessage(core, KernelMessage.Input, link, Math.max(at, spaced));
}

function takeInput(link: Link): void {
  const { end } = link;
  const { core } = end.partition;
  const outcome = core.environment.devices.takeInput(core.id, end.channel);
  armAlarm(link);
  if (outcome === "ring") ring(link, WakeCause.Doorbell);
}

/**
 * Sees to it that the device at the other end of a link of this core is rung when it wants to be, unless that is the
 * case already: alarms of a link keep the distance of doorbells, and one that would come closely before another waits
 * for that.
 */
export function armAlarm(link: Link): void {
  const { end, state } = link;
  const { partition, channel } = end;
  const { core } = partition;
  if (state.quarantined || partition.state.life === "stopped") return;
  const dueAt = core.environment.devices.alarmDueAt(channel);
  if (dueAt === NEVER) return;
  const spacing = doorbellSpacing(partition);
  const soonest = Math.max(now(core) + core.hal.leastLatencyCycles, state.alarmedAt + spacing);
  const arrival = admissionCycle(partition, Math.max(dueAt, soonest));
  if (state.alarms.length > 0 && state.alarms[0] <= arrival + spacing) return;
  state.alarms.unshift(sendMessage(core, KernelMessage.Alarm, link, arrival));
}

function takeAlarm(link: Link): void {
  const { end, state } = link;
  const { core } = end.partition;
  state.alarms.shift();
  state.alarmedAt = now(core);
  const outcome = core.environment.devices.ringAlarm(core.id, end.channel);
  armAlarm(link);
  if (outcome === "ring") ring(link, WakeCause.Doorbell);
}

/** A doorbell arrives over a link on this core. Returns the thread that it woke. */
function ring(link: Link, cause: WakeCause): Thread | undefined {
  const { partition, channel } = link.end;
  charge(partition.core, PATHS.ringHere);
  const waiter = noteRing(link);
  if (waiter !== undefined) wake(waiter, cause, Status.NoError, takeDoorbells(waiter), channel);
  return waiter;
}

/** Sets the bit of an end. Returns the thread that is to be woken. */
function noteRing({ end, state }: Link): Thread | undefined {
  const { partition, channel, index } = end;
  const { core } = partition;
  let waiter: Thread | undefined;
  if (!state.quarantined) {
    addEnd(partition.state.pending, index);
    waiter = firstWaiter(end);
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

/** The thread that a doorbell of an end wakes. */
function firstWaiter({ partition, index }: ChannelEnd): Thread | undefined {
  let first: Thread | undefined;
  for (const thread of partition.threads) {
    const { life, waitsFor, mask } = thread.state;
    if (life !== "waiting" || waitsFor !== "channels" || !hasEnd(mask, index)) continue;
    if (first === undefined || isServedBefore(thread, first)) first = thread;
  }
  return first;
}

/** The more urgent where both want that, or the one that has waited longer. */
function isServedBefore({ state: one }: Thread, { state: other }: Thread): boolean {
  // mutant doorbells-know-no-priority: const byPriority = false;
  const byPriority = one.byPriority && other.byPriority && one.priority !== other.priority;
  return byPriority ? one.priority > other.priority : one.waitOrder < other.waitOrder;
}

/** Takes the pending doorbells that a thread waits for. */
function takeDoorbells({ partition, state: { mask } }: Thread): RegisterValue {
  return takeEnds(partition.state.pending, mask.low, mask.high);
}

/** Counters or lengths that can't be: the link is dead at both of its ends. Health monitoring is told by the event. */
export function quarantine(thread: Thread, link: Link, check: number): void {
  const { core } = thread;
  const { end, peer, state } = link;
  if (state.quarantined) return;
  state.quarantined = true;
  charge(core, PATHS.bootLine);
  writeQuarantine(link, true);
  recordThread(thread, EventKind.Violation, end.channel, check);
  if (peer.owner === "device") return;
  if (peer.end.partition.core === core) return closeLink(peer);
  charge(core, PATHS.ringElsewhere);
  sendMessage(core, KernelMessage.Quarantine, peer);
}

/** The peer has reported a violation: whoever waits for this link is woken, and finds in the boot information why. */
function closeLink(link: Link): void {
  if (link.state.quarantined) return;
  ring(link, WakeCause.Doorbell);
  link.state.quarantined = true;
  charge(link.end.partition.core, PATHS.bootLine);
  writeQuarantine(link, true);
}

/** The peer has stopped for good. */
function endLink(link: Link): void {
  charge(link.end.partition.core, PATHS.bootLine);
  writeStopped(link);
  ring(link, WakeCause.Doorbell);
}

/** A message from the kernel of another core. */
export function receiveMessage(core: Core, { kind, argument, argument2 }: Message): void {
  const link = core.partitions[argument]?.links[argument2];
  if (link === undefined)
    throw kernelBug(
      core,
      `message ${kind} is for link ${argument2} of partition ${argument}, which is not on this core`,
    );
  if (kind === KernelMessage.Doorbell) ring(link, WakeCause.Doorbell);
  else if (kind === KernelMessage.Quarantine) closeLink(link);
  else if (kind === KernelMessage.Stopped) endLink(link);
  else if (kind === KernelMessage.Input) takeInput(link);
  else if (kind === KernelMessage.Alarm) takeAlarm(link);
  else throw kernelBug(core, `message of unknown kind ${kind}`);
}
