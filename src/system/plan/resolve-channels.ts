/**
 * The channels of a system, those that a description names and those that each partition is given, and what their ends
 * are told. From a description while a plan is made, and from a plan alone while it is judged.
 */
import { CHANNEL_KINDS, type ChannelKind, type EndRole } from "../../ipc/index.js";
import { GIVEN_CHANNELS, type DeviceWord } from "../../devices/index.js";
import type { ChannelEndPlan, ChannelPlan, EndOwner, PartitionPlan } from "../../kernel/plan.js";
import type { BootChannel } from "../../partitions/boot-info.js";
import type { Description } from "../description/description.js";
import { sideAddress, type Arrangement, type BlockView } from "./blocks.js";

/** A channel whose sides have no place yet. */
export type NamedChannel = Omit<ChannelPlan, "links">;

type Named = readonly Pick<PartitionPlan, "name">[];

/** Those of the description in the order of the file; then, for each given channel, one a partition. */
export function resolveChannels({ partitions, channels }: Description): NamedChannel[] {
  const idOf = new Map(partitions.map(({ name }, id) => [name, id]));
  const ownerOf = (name: string): EndOwner => {
    const partition = idOf.get(name);
    return partition === undefined ? { kind: "device", device: name as DeviceWord } : { kind: "partition", partition };
  };
  const named = channels.map((channel, id): NamedChannel => {
    const { name, kind, slots, slotBytes, full, replyBytes, refreshCycles, from, to } = channel;
    const ends = [
      ...from.map((end) => ({ role: "producer" as const, owner: ownerOf(end.name) })),
      ...to.map((end) => ({ role: "consumer" as const, owner: ownerOf(end.name) })),
    ];
    return { id, name, kind, slots, slotBytes, full, replyBytes, refreshCycles, ends };
  });
  const given = GIVEN_CHANNELS.flatMap(({ device, role: deviceRole, ...shape }, index) =>
    partitions.map(({ name }, partition): NamedChannel => {
      const roles: readonly EndRole[] = ["producer", "consumer"];
      const ends = roles.map((role) => ({
        role,
        owner: role === deviceRole ? { kind: "device" as const, device } : { kind: "partition" as const, partition },
      }));
      return { ...shape, id: channels.length + index * partitions.length + partition, name: `${name}.${device}`, ends };
    }),
  );
  return [...named, ...given];
}

/** The device whose given channel this is, or null. */
export function givenDevice(partitions: Named, { name, ends }: NamedChannel): DeviceWord | null {
  const owners = ends.flatMap(({ owner }) => (owner.kind === "partition" ? [partitions[owner.partition].name] : []));
  const given = GIVEN_CHANNELS.find(({ device }) => owners.some((owner) => name === `${owner}.${device}`));
  return given?.device ?? null;
}

/** The ends of each partition, those of given channels first, so that its console is end 0. Indexed by PartitionId. */
export function endsByPartition(partitions: Named, channels: readonly NamedChannel[]): ChannelEndPlan[][] {
  const given = partitions.map((): ChannelEndPlan[] => []);
  const named = partitions.map((): ChannelEndPlan[] => []);
  for (const channel of channels) {
    const lists = givenDevice(partitions, channel) === null ? named : given;
    channel.ends.forEach(({ owner }, end) => {
      if (owner.kind === "partition") lists[owner.partition].push({ channel: channel.id, end });
    });
  }
  return partitions.map((_, id) => [...given[id], ...named[id]]);
}

/** What a partition is told of its ends. */
export function bootChannels(
  partitions: Named,
  channels: readonly NamedChannel[],
  arrangement: Arrangement,
  ends: readonly ChannelEndPlan[],
  views: readonly BlockView[],
): BootChannel[] {
  return ends.map(({ channel: id, end }) => {
    const channel = channels[id];
    const kind: ChannelKind = CHANNEL_KINDS[channel.kind];
    const links = arrangement.links[id].filter(({ from, to }) => from === end || to === end);
    return {
      name: givenDevice(partitions, channel) ?? channel.name,
      kind: kind.number,
      isProducer: channel.ends[end].role === "producer",
      full: channel.full,
      refreshCycles: channel.refreshCycles,
      ring: kind.ring(channel),
      replies: kind.replies?.(channel) ?? null,
      links: links.map(({ from, to, fromSide, toSide }) => {
        const [own, theirs, peer] = from === end ? [fromSide, toSide, to] : [toSide, fromSide, from];
        const { owner } = channel.ends[peer];
        return {
          own: sideAddress(views, own),
          theirs: sideAddress(views, theirs),
          isDevice: owner.kind === "device",
          peer: owner.kind === "device" ? owner.device : partitions[owner.partition].name,
        };
      }),
    };
  });
}
