/**
 * The devices and channels of a system, those that a description names and those that are there anyway, and what ends
 * are told. From a description while a plan is made, and from a plan alone while it is judged.
 */
import { CHANNEL_KINDS, type ChannelKind, type EndRole } from "../../ipc/index.js";
import {
  defaultValue,
  DEVICES,
  GIVEN_CHANNELS,
  type DeviceRow,
  type DeviceWord,
  type OptionValues,
} from "../../devices/index.js";
import { ownerName, type Owners } from "../../kernel/index.js";
import type { ChannelEndPlan, ChannelPlan, DevicePlan, EndOwner, PartitionPlan } from "../../kernel/plan.js";
import type { BootChannel } from "../../partitions/boot-info.js";
import type { Description } from "../description/description.js";
import { sideAddress, type Arrangement, type BlockView } from "./blocks.js";
import { isImpliedDevice } from "./resolve-names.js";

/** A channel whose sides have no place yet. */
export type NamedChannel = Omit<ChannelPlan, "links">;

type Named = readonly Pick<PartitionPlan, "name">[];

/** Those of the description in the order of the file, those that channels imply, and those that are always there. */
export function resolveDevices({ machine, partitions, devices, channels }: Description): DevicePlan[] {
  const taken = new Set([...partitions, ...devices].map(({ name }) => name));
  const named = channels.flatMap(({ from, to }) => [...from, ...to].map(({ name }) => name));
  const given = GIVEN_CHANNELS.map(({ device }) => device);
  const implied = [...new Set(named)]
    .filter((name) => !taken.has(name))
    .filter(isImpliedDevice)
    .filter((kind) => !given.includes(kind));
  return [
    ...devices.map(({ name, kind, options }) => ({ name, kind, options })),
    ...[...implied, ...given].map((kind) => ({ name: kind, kind, options: defaultOptions(kind, machine.frequencyHz) })),
  ].map((device, id) => ({ id, ...device }));
}

/** The options of a device without a table. */
function defaultOptions(kind: DeviceWord, frequencyHz: number): OptionValues {
  const { options }: DeviceRow = DEVICES[kind];
  return Object.fromEntries(Object.entries(options).map(([key, option]) => [key, defaultValue(option, frequencyHz)]));
}

/** Those of the description in the order of the file; then, for each given channel, one a partition. */
export function resolveChannels({ partitions, channels }: Description, devices: readonly DevicePlan[]): NamedChannel[] {
  const idOf = new Map(partitions.map(({ name }, id) => [name, id]));
  const deviceOf = (name: string): EndOwner => ({
    kind: "device",
    device: devices.findIndex((device) => device.name === name),
  });
  const ownerOf = (name: string): EndOwner => {
    const partition = idOf.get(name);
    return partition === undefined ? deviceOf(name) : { kind: "partition", partition };
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
        owner: role === deviceRole ? deviceOf(device) : { kind: "partition" as const, partition },
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
  owners: Owners,
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
      name: givenDevice(owners.partitions, channel) ?? channel.name,
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
          peer: ownerName(owners, owner),
        };
      }),
    };
  });
}
