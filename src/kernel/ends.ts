/** The ends of channels: who holds them and who is at the other, as functions of the plan alone. */
import type { PartitionId } from "../units.js";
import { DEVICES } from "../devices/index.js";
import { Bug } from "../errors.js";
import type { ChannelEndPlan, ChannelPlan, EndOwner, EndPlan, SystemPlan } from "./plan.js";

/** Whether an end belongs to a partition, to this one where it is given. */
export function isPartitionEnd({ owner }: EndPlan, partition?: PartitionId): boolean {
  return owner.kind === "partition" && (partition === undefined || owner.partition === partition);
}

/** Channels that partitions talk through with each other; the others lead to a device. */
export function isBetweenPartitions({ ends }: ChannelPlan): boolean {
  return ends.every((end) => isPartitionEnd(end));
}

/** Whether a channel has an end in a partition. */
export function reaches({ ends }: ChannelPlan, partition: PartitionId): boolean {
  return ends.some((end) => isPartitionEnd(end, partition));
}

/** An end of a partition, as its channel has it. */
export function endAt({ channels }: SystemPlan, { channel, end }: ChannelEndPlan): EndPlan {
  return channels[channel].ends[end];
}

/** The other end of a channel that has two. */
export function otherEnd({ channels }: SystemPlan, { channel, end }: ChannelEndPlan): ChannelEndPlan {
  const { length } = channels[channel].ends;
  if (length !== 2) throw new Bug(`channel ${channel} has ${length} ends`);
  return { channel, end: 1 - end };
}

/** Who is at the other end. */
export function peerAt(plan: SystemPlan, row: ChannelEndPlan): EndPlan {
  return endAt(plan, otherEnd(plan, row));
}

/** Index of an end of a channel among the ends of the partition that holds it. */
export function endIndex({ partitions }: SystemPlan, partition: PartitionId, { channel, end }: ChannelEndPlan): number {
  const index = partitions[partition].channelEnds.findIndex((row) => row.channel === channel && row.end === end);
  if (index < 0) throw new Bug(`end ${end} of channel ${channel} is not in partition ${partition}`);
  return index;
}

/**
 * Channel ends of a partition that can interrupt it from elsewhere: those whose peer is on another core, or a device
 * that rings.
 */
export function countRemoteEnds(plan: SystemPlan, id: PartitionId): number {
  const { channelEnds, core } = plan.partitions[id];
  return channelEnds.filter((row) => {
    const { owner } = peerAt(plan, row);
    if (owner.kind === "device") return DEVICES[owner.device].rings;
    return plan.partitions[owner.partition].core !== core;
  }).length;
}

/** What people call who holds an end: a partition's name, or the device. */
export function ownerName({ partitions }: Pick<SystemPlan, "partitions">, owner: EndOwner): string {
  return owner.kind === "partition" ? partitions[owner.partition].name : owner.device;
}
