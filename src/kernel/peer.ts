/**
 * Who is at the other end of a channel: a function of the plan alone, for checks before anything is booted.
 */
import type { PartitionId } from "../units.js";
import { Bug } from "../errors.js";
import type { SystemPlan } from "./plan.js";

export interface Peer {
  readonly partition: PartitionId;
  /** Index in PartitionPlan.channelEnds. */
  readonly end: number;
}

/** The other end of a partition's channel end; null when a device is there. */
export function findPeer(plan: SystemPlan, id: PartitionId, end: number): Peer | null {
  const { channel, isProducer } = plan.partitions[id].channelEnds[end];
  const { producer, consumer } = plan.channels[channel];
  const partition = isProducer ? consumer : producer;
  if (partition < 0) return null;
  const other = plan.partitions[partition].channelEnds.findIndex(
    (row) => row.channel === channel && row.isProducer !== isProducer,
  );
  if (other < 0) throw new Bug(`channel ${channel} has no end in partition ${partition}`);
  return { partition, end: other };
}

/** Channel ends of a partition whose peer is on another core. */
export function countRemoteEnds(plan: SystemPlan, id: PartitionId): number {
  const { channelEnds, core } = plan.partitions[id];
  const peers = channelEnds.map((_, end) => findPeer(plan, id, end));
  return peers.filter((peer) => peer !== null && plan.partitions[peer.partition].core !== core).length;
}
