/** Checks that the numbers in a plan lead to partitions, cores and channels that are there. */
import type { SystemPlan } from "../../kernel/plan.js";
import { channelPath, corePath, devicePath, partitionPath, poolPath } from "./paths.js";
import { insist, type Flaw } from "./insist.js";
import { partitionsOf } from "./soundness.js";

export function* findBrokenReferences({
  machine,
  partitions,
  devices,
  cores,
  channels,
  pools,
}: SystemPlan): Generator<Flaw> {
  const isPartition = (id: number): boolean => id >= 0 && id < partitions.length;
  yield* insist(["core"], [[cores.length === machine.cores, "cores are not as many as the machine has"]]);
  for (const [index, partition] of partitions.entries()) {
    const { id, channelEnds } = partition;
    yield* insist(partitionPath(partition), [
      [id === index, `partition ${index} has another number`],
      [
        channelEnds.every(({ channel, end }) => end < (channels[channel]?.ends.length ?? 0)),
        "it has an end of no channel",
      ],
    ]);
  }
  for (const [index, device] of devices.entries())
    yield* insist(devicePath(device), [[device.id === index, `device ${index} has another number`]]);
  for (const [index, { id, ends, links }] of channels.entries()) {
    const owners = ends.map(({ owner }) => owner);
    const roles = ends.map(({ role }) => role);
    const areThere = owners.every((owner) =>
      owner.kind === "device" ? owner.device < devices.length : isPartition(owner.partition),
    );
    const hasAll = roles.includes("producer") && roles.includes("consumer");
    const areInOrder = roles.lastIndexOf("producer") < roles.indexOf("consumer");
    const areRight = links.every(({ from, to }) => roles[from] === "producer" && roles[to] === "consumer");
    yield* insist(channelPath(index), [
      [id === index, `channel ${index} has another number`],
      [areThere && hasAll && !owners.every((owner) => owner.kind === "device"), `channel ${index} has no end`],
      [areInOrder && areRight, `channel ${index} has its ends in disorder`],
    ]);
  }
  for (const pool of pools)
    yield* insist(poolPath(pool), [[pool.members.every(isPartition), `a member of pool "${pool.name}" is not there`]]);
  for (const [index, core] of cores.entries()) {
    yield* insist(corePath(index), [
      [partitionsOf(core).every(isPartition), `core ${index} runs a partition that is not there`],
    ]);
  }
}
