/**
 * Doorbells: one bit an end in the partition's pending mask, and what crosses between cores.
 *
 * A doorbell wakes the thread that has waited longest for its end; with nobody waiting it sets the bit and interrupts
 * no thread. On the same core it is rung directly, otherwise by a message. While one doorbell of an end is on its way,
 * further ones merge with it: what was published before them is visible when it arrives. So however often a peer rings,
 * another core is interrupted at most once per channel in the least latency (or in `doorbellSpacing`, if that is more).
 */
import type { CoreId, Cycles, PartitionId, ThreadId } from "../units.js";
import { Status } from "../abi.js";
import type { Message } from "../hal/index.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { RING_ELSEWHERE, RING_HERE, RING_ONLY } from "./cost.js";
import { kernelBug, type Parts } from "./parts.js";
import { wake } from "./thread.js";
import { admissionCycle, doorbellSpacing } from "./window.js";

/** Kinds of messages between the kernels of two cores; argument: partition, argument2: channel end. */
export const enum KernelMessage {
  Doorbell = 0,
  Quarantine = 1,
}

export interface NotifyResult {
  readonly status: Status;
  /** The thread of this core that the doorbell woke, or -1. */
  readonly woken: ThreadId;
}

/** Rings the other end of `end` of `partition`. */
export function notify(
  parts: Parts,
  core: CoreId,
  partition: PartitionId,
  thread: ThreadId,
  end: number,
  cause: WakeCause,
): NotifyResult {
  const { channel } = parts.plan.partitions[partition].channelEnds[end];
  const state = parts.state.partitions[partition].ends[end];
  if (state.quarantined) return { status: Status.NotAvailable, woken: -1 };
  const peer = parts.peers[partition][end];
  parts.trace.record(EventKind.Notify, core, partition, thread, channel, peer.partition);
  if (peer.partition < 0) {
    parts.hal.charge(core, RING_ONLY);
    if (parts.devices.doorbell(core, channel) === "ok") return { status: Status.NoError, woken: -1 };
    quarantine(parts, core, partition, thread, end, -1);
    return { status: Status.NotAvailable, woken: -1 };
  }
  if (parts.plan.partitions[peer.partition].core === core)
    return { status: Status.NoError, woken: ring(parts, core, peer.partition, peer.end, cause) };
  if (parts.hal.now(core) < state.doorbellArrival) parts.hal.charge(core, RING_ONLY);
  else state.doorbellArrival = sendDoorbell(parts, core, peer.partition, peer.end, state.doorbellArrival);
  return { status: Status.NoError, woken: -1 };
}

/** `before`: arrival of the last doorbell of the same end. Returns the arrival of this one. */
function sendDoorbell(parts: Parts, core: CoreId, partition: PartitionId, end: number, before: Cycles): Cycles {
  const { hal } = parts;
  hal.charge(core, RING_ELSEWHERE);
  const soonest = hal.now(core) + hal.leastLatencyCycles;
  const arrival = admissionCycle(parts, partition, Math.max(soonest, before + doorbellSpacing(parts, partition)));
  const to = parts.plan.partitions[partition].core;
  hal.send(core, to, KernelMessage.Doorbell, partition, end, arrival > soonest ? arrival : undefined);
  return arrival;
}

/** A doorbell arrives at `end` of a partition of this core. Returns the thread that it woke, or -1. */
function ring(parts: Parts, core: CoreId, partition: PartitionId, end: number, cause: WakeCause): ThreadId {
  const state = parts.state.partitions[partition];
  const { channel } = parts.plan.partitions[partition].channelEnds[end];
  parts.hal.charge(core, RING_HERE);
  let waiter = -1;
  if (!state.ends[end].quarantined) {
    state.pending = (state.pending | (1 << end)) >>> 0;
    for (const { id } of parts.plan.partitions[partition].threads) {
      const { life, waitsFor, mask, waitOrder } = parts.state.threads[id];
      if (life !== "waiting" || waitsFor !== "channels" || ((mask >>> end) & 1) === 0) continue;
      if (waiter < 0 || waitOrder < parts.state.threads[waiter].waitOrder) waiter = id;
    }
  }
  parts.trace.record(EventKind.Doorbell, core, partition, waiter, channel, waiter < 0 ? 0 : 1);
  if (waiter >= 0)
    wake(
      parts,
      core,
      waiter,
      cause,
      Status.NoError,
      takeDoorbells(parts, partition, parts.state.threads[waiter].mask),
      channel,
    );
  return waiter;
}

/** Takes the pending doorbells in `mask` and returns them. */
export function takeDoorbells(parts: Parts, partition: PartitionId, mask: number): number {
  const state = parts.state.partitions[partition];
  const taken = (state.pending & mask) >>> 0;
  state.pending = (state.pending & ~taken) >>> 0;
  return taken;
}

/** A ring that can't be: neither end can be rung any more. Health monitoring is told by the event. */
export function quarantine(
  parts: Parts,
  core: CoreId,
  partition: PartitionId,
  thread: ThreadId,
  end: number,
  check: number,
): void {
  const { channel } = parts.plan.partitions[partition].channelEnds[end];
  const state = parts.state.partitions[partition].ends[end];
  if (state.quarantined) return;
  state.quarantined = true;
  parts.trace.record(EventKind.Violation, core, partition, thread, channel, check);
  const peer = parts.peers[partition][end];
  if (peer.partition < 0) return;
  const to = parts.plan.partitions[peer.partition].core;
  if (to === core) {
    parts.state.partitions[peer.partition].ends[peer.end].quarantined = true;
    return;
  }
  parts.hal.charge(core, RING_ELSEWHERE);
  const soonest = parts.hal.now(core) + parts.hal.leastLatencyCycles;
  const arrival = admissionCycle(parts, peer.partition, soonest);
  parts.hal.send(core, to, KernelMessage.Quarantine, peer.partition, peer.end, arrival > soonest ? arrival : undefined);
}

/** A message from the kernel of another core. */
export function receiveMessage(parts: Parts, core: CoreId, message: Message): void {
  const { kind, argument: partition, argument2: end } = message;
  if (parts.plan.partitions[partition]?.core !== core)
    throw kernelBug(parts, core, `message ${kind} is for partition ${partition}, which is not on this core`);
  if (kind === KernelMessage.Doorbell) ring(parts, core, partition, end, WakeCause.Doorbell);
  else if (kind === KernelMessage.Quarantine) parts.state.partitions[partition].ends[end].quarantined = true;
  else throw kernelBug(parts, core, `message of unknown kind ${kind}`);
}
