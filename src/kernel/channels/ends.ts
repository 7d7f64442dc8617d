/** The ends of channels and the links between them: who holds them and who is at the other, by the plan alone. */
import type { PartitionId } from "../../units.js";
import { facesOutsideAt, ringsAt } from "../../devices/index.js";
import { Bug } from "../../errors.js";
import type { ChannelEndPlan, ChannelPlan, EndOwner, EndPlan, LinkPlan, SystemPlan } from "../plan.js";

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

/** The links of an end, in the order in which its partition numbers them. */
export function linksAt({ channels }: SystemPlan, { channel, end }: ChannelEndPlan): LinkPlan[] {
  return channels[channel].links.filter(({ from, to }) => from === end || to === end);
}

/** Index in ChannelPlan.ends of who is at the other end of a link. */
export function farEnd({ from, to }: LinkPlan, end: number): number {
  return from === end ? to : from;
}

/** Who is at the other ends. */
export function peersAt(plan: SystemPlan, row: ChannelEndPlan): EndPlan[] {
  const { ends } = plan.channels[row.channel];
  return linksAt(plan, row).map((link) => ends[farEnd(link, row.end)]);
}

/** Index of an end of a channel among the ends of the partition that holds it. */
export function endIndex({ partitions }: SystemPlan, partition: PartitionId, { channel, end }: ChannelEndPlan): number {
  const index = partitions[partition].channelEnds.findIndex((row) => row.channel === channel && row.end === end);
  if (index < 0) throw new Bug(`end ${end} of channel ${channel} is not in partition ${partition}`);
  return index;
}

/** Links of a partition over which it can be interrupted: their peer is on another core, or a device that rings. */
export function countRemoteLinks(plan: SystemPlan, id: PartitionId): number {
  const { channelEnds, core } = plan.partitions[id];
  const isRemote = ({ role, owner }: EndPlan): boolean =>
    owner.kind === "device"
      ? ringsAt(plan.devices[owner.device].kind, role)
      : plan.partitions[owner.partition].core !== core;
  return channelEnds.reduce((count, row) => count + peersAt(plan, row).filter(isRemote).length, 0);
}

/** Channels over which things come from outside. */
export function outsideChannels({ channels, devices }: SystemPlan): ChannelPlan[] {
  return channels.filter(({ ends }) =>
    ends.some(({ role, owner }) => owner.kind === "device" && facesOutsideAt(devices[owner.device].kind, role)),
  );
}

/** Who may hold ends. */
export interface Owners {
  readonly partitions: readonly { readonly name: string }[];
  readonly devices: readonly { readonly name: string }[];
}

/** What people call who holds an end. */
export function ownerName({ partitions, devices }: Owners, owner: EndOwner): string {
  return owner.kind === "partition" ? partitions[owner.partition].name : devices[owner.device].name;
}

/** "a, b": who is at the ends of a role. */
export function nameRole(plan: Owners, { ends }: Pick<ChannelPlan, "ends">, role: EndPlan["role"]): string {
  return ends
    .filter((end) => end.role === role)
    .map(({ owner }) => ownerName(plan, owner))
    .join(", ");
}

/** "a, b to c": who talks to whom through a channel. */
export function nameEnds(plan: Owners, channel: Pick<ChannelPlan, "ends">, arrow = " to "): string {
  return `${nameRole(plan, channel, "producer")}${arrow}${nameRole(plan, channel, "consumer")}`;
}
