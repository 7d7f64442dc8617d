/**
 * A plan as text for people: every default, address and right, one fact a line. What `hallows check` prints.
 *
 * Deterministic, so that two versions of a system can be compared with diff. Pure.
 */
import { DEFAULT_OVERRUN } from "../../kernel/threads/overruns.js";
import { printable } from "../../errors.js";
import { FULL_POLICY_NAMES, POOL_OWNER, type PoolModeWord } from "../../abi/index.js";
import { DECLARED_DEVICES, DEVICES, type DeviceOption, type DeviceRow, type OptionValue } from "../../devices/index.js";
import { endAt, nameEnds, ownerName, poolAddress } from "../../kernel/index.js";
import type {
  ChannelPlan,
  CorePlan,
  DevicePlan,
  PartitionPlan,
  PoolPlan,
  RegionPlan,
  SystemPlan,
  ThreadPlan,
} from "../../kernel/plan.js";
import { CLASSES } from "../../scheduler/index.js";
import { LARGE_PAGE_SIZE_BYTES, type Cycles, type PartitionId } from "../../units.js";
import { CHANNEL_KINDS, type ChannelKind } from "../../ipc/index.js";
import { roundUp } from "./blocks.js";
import { poolFrameBytes } from "./pools.js";
import { givenDevice } from "./resolve-channels.js";
import { boundsByThread } from "../admission/admit.js";
import { kernelCosts } from "./kernel-costs.js";
import { KERNEL_BYTES } from "./layout.js";
import { formatCycles, formatFrequency, formatSize } from "../description/units.js";
import { classQuantumCycles } from "./time-advice.js";

export function printPlan(plan: SystemPlan): string {
  const isDeclared = ({ kind }: DevicePlan): boolean => DECLARED_DEVICES.includes(kind);
  const isDescribed = (channel: ChannelPlan): boolean => givenDevice(plan.partitions, channel) === null;
  const lines = [
    `system ${plan.name}`,
    "",
    ...printMachine(plan),
    "",
    ...printKernel(plan),
    "",
    ...printCores(plan),
    ...plan.partitions.flatMap((partition) => ["", ...printPartition(plan, partition)]),
    ...plan.devices.filter(isDeclared).flatMap((device) => ["", ...printDevice(plan, device)]),
    ...plan.pools.flatMap((pool) => ["", ...printPool(plan, pool)]),
    ...plan.channels.filter(isDescribed).flatMap((channel) => ["", ...printChannel(plan, channel)]),
    "",
    ...printMemoryMap(plan),
  ];
  return `${lines.join("\n")}\n`;
}

function printMachine({ machine }: SystemPlan): string[] {
  return [
    "machine",
    `  cores      ${machine.cores}`,
    `  memory     ${formatSize(machine.memoryBytes)}`,
    `  frequency  ${formatFrequency(machine.frequencyHz)}`,
    `  timing     ${machine.timing}`,
    `  seed       ${machine.seed}`,
  ];
}

/** What its own work takes: the same cycles on every machine, and the longer the lower the frequency. */
function printKernel(plan: SystemPlan): string[] {
  const { bounds, threadSwitchCycles, releaseCycles, systemCallCycles } = kernelCosts(plan);
  return [
    "kernel",
    `  window switch  ${time(plan, bounds.switchCycles)}`,
    `  thread switch  ${time(plan, threadSwitchCycles)}`,
    `  release        ${time(plan, releaseCycles)}`,
    `  system call    ${time(plan, systemCallCycles)}`,
  ];
}

function printCores(plan: SystemPlan): string[] {
  const { switchCycles } = kernelCosts(plan).bounds;
  const percent = (cycles: Cycles, whole: Cycles): string => `${((100 * cycles) / whole).toFixed(1)} %`;
  const nameOf = (id: number): string => plan.partitions[id].name;
  return plan.cores.flatMap((core, index) => {
    if (core.kind === "off") return [`core ${index}  off`];
    if (core.kind === "dedicated") return [`core ${index}  dedicated to ${nameOf(core.partition)}`];
    if (core.kind === "reservations") return printReservations(plan, core, index);
    const used = core.windows.reduce((total, { lengthCycles }) => total + lengthCycles, 0);
    return [
      `core ${index}  windows in a frame of ${time(plan, core.frameCycles)}, ${percent(used, core.frameCycles)} used`,
      ...core.windows.map(
        ({ partition, startCycles, lengthCycles }) =>
          `  from ${time(plan, startCycles)} for ${time(plan, lengthCycles)}: ${nameOf(partition)}, ` +
          `${percent(switchCycles, lengthCycles)} of it the switch`,
      ),
    ];
  });
}

function printReservations(
  plan: SystemPlan,
  { reservations, slack }: Extract<CorePlan, { kind: "reservations" }>,
  index: number,
): string[] {
  const share = reservations.reduce((sum, { budgetCycles, periodCycles }) => sum + budgetCycles / periodCycles, 0);
  return [
    `core ${index}  reservations, ${(100 * share).toFixed(1)} % of it promised`,
    ...reservations.map(
      ({ partition, budgetCycles, periodCycles }) =>
        `  ${time(plan, budgetCycles)} in each ${time(plan, periodCycles)}: ${plan.partitions[partition].name}`,
    ),
    ...slack.map((partition) => `  what is left: ${plan.partitions[partition].name}`),
  ];
}

function printPartition(plan: SystemPlan, partition: PartitionPlan): string[] {
  const { memory, tables, restart } = partition;
  const turns = classQuantumCycles(partition.class, plan.machine.frequencyHz, kernelCosts(plan));
  const limit = restart.limit === Number.POSITIVE_INFINITY ? "without limit" : `at most ${restart.limit} times`;
  return [
    `partition ${partition.name} (${partition.id})`,
    `  class      ${partition.class}${turns === null || partition.policy !== null ? "" : `, turns of ${time(plan, turns)}`}`,
    ...(partition.policy === null ? [] : [`  policy     ${partition.policy}`]),
    `  program    ${printable(partition.program)}`,
    `  core       ${partition.core}`,
    `  memory     ${formatSize(memory.sizeBytes)} at ${physical(memory.at)}, page tables ${formatSize(tables.sizeBytes)}`,
    `  on fault   ${restart.action === "stop" ? "stop" : `restart, ${limit}`}`,
    "  threads",
    ...partition.threads.map((thread) => `    ${printThread(plan, partition, thread)}`),
    "  channels",
    ...partition.channelEnds.map((row, index) => {
      const channel = plan.channels[row.channel];
      const name = givenDevice(plan.partitions, channel) ?? channel.name;
      return `    ${index}  ${endAt(plan, row).role === "producer" ? "sends to" : "receives from"} ${name}`;
    }),
    "  address space",
    ...partition.regions.toSorted(byAddress).map((region) => `    ${printRegion(region)}`),
  ];
}

function printThread(plan: SystemPlan, partition: PartitionPlan, thread: ThreadPlan): string {
  const symbol = partition.symbols.find(({ at }) => at === thread.entry)?.name;
  const starts = thread.entry === 0n ? "main" : (symbol ?? virtual(thread.entry));
  const parts = [
    `${thread.name} (${thread.id})`,
    `runs ${starts}`,
    `starts at ${virtual(thread.rip)}`,
    `stack ${virtual(thread.rsp)}`,
  ];
  if (partition.policy !== null || CLASSES[partition.class].hasPriorities) parts.push(`priority ${thread.priority}`);
  if (thread.periodCycles !== null) parts.push(`period ${time(plan, thread.periodCycles)}`);
  if (thread.deadlineCycles !== null) parts.push(`deadline ${time(plan, thread.deadlineCycles)}`);
  if (thread.wcetCycles !== null) parts.push(`wcet ${time(plan, thread.wcetCycles)}`);
  const bound = boundsByThread(plan).get(thread.id);
  if (bound !== undefined) parts.push(`response at most ${time(plan, bound)}`);
  if (thread.overrun !== DEFAULT_OVERRUN) parts.push(`overrun ${thread.overrun}`);
  return parts.join(", ");
}

function printRegion({ name, at, frames, sizeBytes, rights, shared }: RegionPlan): string {
  const letters = `r${rights.write ? "w" : "-"}${rights.execute ? "x" : "-"}`;
  const size = formatSize(sizeBytes).padStart(9);
  return `${virtual(at)}  ${size}  ${letters}  frames ${physical(frames)}  ${printable(name)}${shared ? ", shared" : ""}`;
}

function printDevice(plan: SystemPlan, { id, name, kind, options }: DevicePlan): string[] {
  const rows: DeviceRow = DEVICES[kind];
  const show = (option: DeviceOption, value: OptionValue): string => {
    if (value === null) return "none";
    if (option.type === "size") return formatSize(Number(value));
    return option.type === "time" ? time(plan, Number(value)) : printable(String(value));
  };
  const shown = Object.entries(rows.options).map(([key, option]) => [key, show(option, options[key])]);
  const width = Math.max(10, ...shown.map(([key]) => key.length + 1));
  return [
    `device ${name} (${id})`,
    ...[["kind", kind], ...shown].map(([key, value]) => `  ${key.padEnd(width)} ${value}`),
  ];
}

function printChannel(plan: SystemPlan, channel: ChannelPlan): string[] {
  const { keys, unitBytes }: ChannelKind = CHANNEL_KINDS[channel.kind];
  const shape =
    unitBytes === undefined
      ? `${channel.slots} slots of ${formatSize(channel.slotBytes)}`
      : formatSize(channel.slots * unitBytes);
  const nameOf = (end: number): string => ownerName(plan, channel.ends[end].owner);
  return [
    `channel ${channel.name} (${channel.id})`,
    `  from ${nameEnds(plan, channel)}`,
    `  ${channel.kind}, ${shape}`,
    ...(keys.includes("full") ? [`  when full  ${FULL_POLICY_NAMES[channel.full]}`] : []),
    ...(channel.replyBytes > 0 ? [`  replies    up to ${formatSize(channel.replyBytes)}`] : []),
    ...(channel.refreshCycles > 0 ? [`  valid for  ${time(plan, channel.refreshCycles)}`] : []),
    ...channel.links.flatMap(({ from, to, fromSide, toSide }) => [
      `  side of ${nameOf(from)} for ${nameOf(to)} at ${physical(fromSide)}`,
      ...(toSide === null ? [] : [`  side of ${nameOf(to)} for ${nameOf(from)} at ${physical(toSide)}`]),
    ]),
  ];
}

/** Rights of members that calls to the kernel give and take, beside those that stay. */
const POOL_RIGHTS: Readonly<Record<PoolModeWord, readonly [owner: string, member: string]>> = {
  share: ["rw-", "r--"],
  move: ["rw- of what it holds", "rw- of what it holds"],
  copy: ["rw-", "rw- of copies that it holds"],
  seal: ["rw-, r-- of what is sealed", "r-- of what it has taken"],
};

function printPool(plan: SystemPlan, pool: PoolPlan): string[] {
  const { id, name, mode, members, sizeBytes, blockBytes, frames } = pool;
  return [
    `pool ${name} (${id})`,
    `  mode       ${mode}`,
    `  blocks     ${sizeBytes / blockBytes} of ${formatSize(blockBytes)}, ${formatSize(sizeBytes)} in all`,
    `  address    ${virtual(poolAddress(pool))} in each member`,
    ...members.map((member, index) => {
      const at = physical(frames + (mode === "copy" ? index * sizeBytes : 0));
      const [owner, other] = POOL_RIGHTS[mode];
      const role = index === POOL_OWNER ? "owner" : "member";
      return `  ${role.padEnd(9)}  ${plan.partitions[member].name}: ${index === POOL_OWNER ? owner : other}, frames ${at}`;
    }),
  ];
}

/** RAM from 0 to its end, gaps included. */
function printMemoryMap(plan: SystemPlan): string[] {
  const nameOf = (partition: PartitionId): string => plan.partitions[partition].name;
  const blocks = [
    { at: 0, sizeBytes: KERNEL_BYTES, owner: "kernel" },
    ...plan.partitions.map(({ name, memory }) => ({ ...memory, owner: `partition ${name}` })),
    ...plan.blocks.map(({ writer, readers, frames, sizeBytes }) => ({
      at: frames,
      sizeBytes,
      owner: `channels from ${nameOf(writer)} to ${readers.map(nameOf).join(", ")}`,
    })),
    ...plan.pools.map((pool) => ({ at: pool.frames, sizeBytes: poolFrameBytes(pool), owner: `pool ${pool.name}` })),
  ].toSorted((a, b) => a.at - b.at);
  const lines = ["memory map"];
  let next = 0;
  for (const { at, sizeBytes, owner } of blocks) {
    lines.push(`  ${physical(at)}  ${formatSize(sizeBytes).padStart(9)}  ${owner}`);
    next = at + sizeBytes;
  }
  next = roundUp(next, LARGE_PAGE_SIZE_BYTES);
  const freeBytes = plan.machine.memoryBytes - next;
  if (freeBytes > 0) lines.push(`  ${physical(next)}  ${formatSize(freeBytes).padStart(9)}  free`);
  return lines;
}

function byAddress(a: RegionPlan, b: RegionPlan): number {
  return a.at < b.at ? -1 : 1;
}

function virtual(at: bigint): string {
  return `0x${at.toString(16).padStart(12, "0")}`;
}

function physical(at: number): string {
  return `0x${at.toString(16).padStart(8, "0")}`;
}

function time(plan: SystemPlan, cycles: Cycles): string {
  const exact = formatCycles(cycles, plan.machine.frequencyHz);
  return exact.endsWith("cycles") ? exact : `${exact} (${cycles} cycles)`;
}
