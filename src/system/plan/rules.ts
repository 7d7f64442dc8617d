/**
 * What must hold between the parts of a system: names, counts, cores, windows, channels. What a person can get wrong.
 *
 * Each refusal names the value that is wrong, by its path in a description, and says what would be right. The same
 * rules judge descriptions and images. Limits stand in src/abi and limits.ts. Indices within the plan must be right
 * already (references.ts), apart from that the plan may be anything.
 */
import { MAX_CHANNEL_ENDS, MAX_PARTITIONS, MAX_SIDE_BYTES, MAX_THREADS } from "../../abi/index.js";
import { CHANNEL_KINDS } from "../../ipc/index.js";
import { DECLARED_DEVICES, DEVICES, GIVEN_CHANNELS, type DeviceRow, type TakenChannel } from "../../devices/index.js";
import { ownerName, reaches } from "../../kernel/index.js";
import type { ChannelPlan, DevicePlan, PartitionPlan, SystemPlan, ThreadPlan } from "../../kernel/plan.js";
import { LARGE_PAGE_SIZE_BYTES, type Cycles } from "../../units.js";
import type { KeyPath } from "../description/locator.js";
import { listWords, nameProblem } from "../description/names.js";
import type { ProblemDetails, Problems } from "../description/problems.js";
import { formatCycles, formatSize } from "../description/units.js";
import { MACHINE_MEMORY, MAX_DEVICES } from "../limits.js";
import { checkCores } from "./core-rules.js";
import { roundUp } from "./blocks.js";
import { KERNEL_BYTES } from "./layout.js";
import { checkPools, poolFrameBytes } from "./pools.js";
import { channelPath, devicePath, partitionPath, threadPath, poolPath } from "./paths.js";
import { givenDevice } from "./resolve-channels.js";
import { builtWords } from "../../vocabulary.js";

export function checkRules(plan: SystemPlan, problems: Problems): void {
  checkName(["name"], plan.name, problems);
  checkPartitions(plan, problems);
  // Too many share cores and memory that were never meant for so many.
  if (plan.partitions.length > MAX_PARTITIONS) return;
  checkCores(plan, problems);
  checkDevices(plan, problems);
  checkChannels(plan, problems);
  checkPools(plan, problems);
  checkMemory(plan, problems);
}

function checkName(path: KeyPath, name: string, problems: Problems, details?: ProblemDetails): void {
  const wrong = nameProblem(name);
  if (wrong !== null) problems.add(path, wrong.problem, wrong.hint, details);
}

const AT_KEY: ProblemDetails = { part: "key" };

function checkPartitions({ partitions, machine }: SystemPlan, problems: Problems): void {
  if (partitions.length === 0)
    problems.add(["partition"], "the description has no partitions", "Add a table [partition.NAME].", AT_KEY);
  if (partitions.length > MAX_PARTITIONS) {
    const extra = partitions[MAX_PARTITIONS];
    const problem = `partition "${extra.name}" is one too many: there are ${partitions.length}`;
    problems.add(partitionPath(extra), problem, `At most ${MAX_PARTITIONS}.`, AT_KEY);
  }
  const seen = new Set<string>();
  for (const partition of partitions) {
    const path = partitionPath(partition);
    const { name, restart } = partition;
    checkName(path, name, problems, AT_KEY);
    if (seen.has(name))
      problems.add(path, `two partitions have the same name, "${name}"`, "Names are unique: rename one.", AT_KEY);
    seen.add(name);
    if (restart.action === "stop" && restart.limit !== 0) {
      const details: ProblemDetails = { part: "key", restsOn: [[...path, "restart", "action"]] };
      problems.add(
        [...path, "restart", "limit"],
        'restart action "stop" takes no limit',
        'Write restart = "stop".',
        details,
      );
    }
    checkThreads(partition, machine.frequencyHz, problems);
  }
}

function checkThreads(partition: PartitionPlan, frequencyHz: number, problems: Problems): void {
  const { name, threads } = partition;
  if (threads.length > MAX_THREADS) {
    const problem = `partition "${name}" has ${threads.length} threads`;
    problems.add(threadPath(partition, threads[MAX_THREADS]), problem, `At most ${MAX_THREADS}.`, AT_KEY);
  }
  const [first, second] = threads.filter((thread) => thread.entry === 0n);
  if (second !== undefined) {
    problems.add(
      threadPath(partition, second),
      `threads "${first.name}" and "${second.name}" of partition "${name}" have no entry, so both would run main`,
      `Add entry = "FUNCTION" to [partition.${name}.thread.${second.name}].`,
      {
        part: "key",
        restsOn: [
          threadPath(partition, first, "entry"),
          threadPath(partition, second, "entry"),
          partitionPath(partition, "program"),
        ],
      },
    );
  }
  for (const thread of threads) {
    const path = threadPath(partition, thread);
    checkName(path, thread.name, problems, AT_KEY);
    checkDeadline(thread, path, frequencyHz, problems);
  }
}

function checkDeadline(thread: ThreadPlan, path: KeyPath, frequencyHz: number, problems: Problems): void {
  const { name, periodCycles, deadlineCycles } = thread;
  const deadlinePath = [...path, "deadline"];
  const restsOn = [[...path, "period"]];
  const show = (cycles: Cycles): string => `"${formatCycles(cycles, frequencyHz)}"`;
  if (periodCycles === null) {
    if (deadlineCycles === null) return;
    const hint = 'Add a period, such as period = "10 ms".';
    problems.add(deadlinePath, `thread "${name}" has a deadline and no period`, hint, { part: "key", restsOn });
  } else if (deadlineCycles === null || deadlineCycles > periodCycles) {
    const problem =
      deadlineCycles === null
        ? `thread "${name}" has a period and no deadline`
        : `the deadline ${show(deadlineCycles)} is longer than the period ${show(periodCycles)}`;
    const right = `write deadline = ${show(periodCycles)}, or leave it out`;
    const hint = `A deadline counts from the release and is at most the period: ${right}.`;
    problems.add(deadlinePath, problem, hint, { restsOn });
  }
}

function checkDevices(plan: SystemPlan, problems: Problems): void {
  const { partitions, devices } = plan;
  if (devices.length > MAX_DEVICES) {
    const problem = `device "${devices[MAX_DEVICES - 1].name}" is one too many`;
    problems.add(devicePath(devices[MAX_DEVICES - 1]), problem, `At most ${MAX_DEVICES - 1}.`, AT_KEY);
  }
  for (const device of devices) {
    const { name, kind } = device;
    const path = devicePath(device);
    checkName(path, name, problems, AT_KEY);
    const isTaken =
      partitions.some((partition) => partition.name === name) ||
      devices.some((other) => other !== device && other.name === name) ||
      (DECLARED_DEVICES.includes(kind) && GIVEN_CHANNELS.some((given) => given.device === name));
    if (isTaken) {
      const hint = "Partitions and devices are told apart by their names: rename it.";
      problems.add(path, `a device can't be called "${name}": something else is`, hint, AT_KEY);
    }
    checkDeviceChannels(plan, device, problems);
  }
}

/** The channels that a device must have, each once, and all of them with one partition. */
function checkDeviceChannels({ partitions, channels }: SystemPlan, device: DevicePlan, problems: Problems): void {
  const { takes }: DeviceRow = DEVICES[device.kind];
  const needed = takes.filter(({ count }) => count === "one");
  const peers = new Set<number>();
  for (const taken of needed) {
    const mine = channels.filter(({ kind, ends }) =>
      ends.some(
        ({ role, owner }) =>
          kind === taken.kind && role === taken.role && owner.kind === "device" && owner.device === device.id,
      ),
    );
    for (const { ends } of mine)
      for (const { owner } of ends) if (owner.kind === "partition") peers.add(owner.partition);
    if (mine.length === 1) continue;
    const has = mine.length === 0 ? "no channel" : `${mine.length} channels`;
    problems.add(
      devicePath(device),
      `device "${device.name}" has ${has} of kind "${taken.kind}" ${taken.role === "producer" ? "from" : "to"} it`,
      `It takes one: a [[channel]] that ${describeTaken(taken, device.name)}.`,
      AT_KEY,
    );
  }
  if (peers.size < 2) return;
  const names = [...peers].map((id) => `"${partitions[id].name}"`).join(" and ");
  const hint = "All its channels lead to one partition: declare a device for each.";
  problems.add(devicePath(device), `device "${device.name}" has channels with partitions ${names}`, hint, AT_KEY);
}

/** "has its name in from, and that of one partition in to": where a device stands in a channel. */
function describeTaken({ role }: TakenChannel, name: string): string {
  const [key, place] = role === "producer" ? ["from", "to"] : ["to", "from"];
  return `has "${name}" in ${key}, and one partition in ${place}`;
}

function checkChannels({ partitions, devices, channels }: SystemPlan, problems: Problems): void {
  const seen = new Set<string>();
  channels.forEach((channel, index) => {
    if (givenDevice(partitions, channel) !== null) return;
    checkChannel(channel, channelPath(index), { partitions, devices }, problems);
    if (seen.has(channel.name)) {
      const path = channelPath(index, "name");
      problems.add(path, `there are two channels "${channel.name}"`, "Names are unique: rename one.");
    }
    seen.add(channel.name);
  });
  for (const partition of partitions) {
    const mine = channels.filter((channel) => reaches(channel, partition.id));
    const ends = mine.filter((channel) => givenDevice(partitions, channel) === null).length;
    if (mine.length <= MAX_CHANNEL_ENDS) continue;
    const problem = `partition "${partition.name}" has ${ends} channels`;
    problems.add(
      partitionPath(partition),
      problem,
      `At most ${MAX_CHANNEL_ENDS - GIVEN_CHANNELS.length}, besides the console.`,
      AT_KEY,
    );
  }
}

function checkChannel(
  channel: ChannelPlan,
  path: KeyPath,
  owners: Pick<SystemPlan, "partitions" | "devices">,
  problems: Problems,
): void {
  const { name, kind } = channel;
  checkName([...path, "name"], name, problems);
  if (GIVEN_CHANNELS.some(({ device }) => device === name)) {
    const hint = "Each partition has a channel end of that name already.";
    problems.add([...path, "name"], `a channel can't be called "${name}"`, hint);
  }
  checkEnds(channel, path, owners, problems);
  for (const role of ["producer", "consumer"] as const) {
    const side = CHANNEL_KINDS[kind].side(channel, role);
    if (side === null || side.sizeBytes <= MAX_SIDE_BYTES) continue;
    problems.add(
      [...path, "slots"],
      `the slots of channel "${name}" take ${formatSize(side.sizeBytes)}`,
      `A side of a channel has at most ${formatSize(MAX_SIDE_BYTES)}: make slots or slot_size smaller.`,
      {
        restsOn: [
          [...path, "slot_size"],
          [...path, "reply_size"],
        ],
      },
    );
    break;
  }
}

/** Who is at the ends of a channel, and how many. */
function checkEnds(
  { name, kind, slotBytes, ends }: ChannelPlan,
  path: KeyPath,
  owners: Pick<SystemPlan, "partitions" | "devices">,
  problems: Problems,
): void {
  const names = ends.map(({ owner }) => ownerName(owners, owner));
  const repeated = names.find((owner, end) => names.indexOf(owner) !== end);
  if (repeated !== undefined) {
    const isPair = ends.length === 2;
    problems.add(
      [...path, "to"],
      isPair ? `channel "${name}" goes from "${repeated}" to itself` : `channel "${name}" has "${repeated}" twice`,
      "A channel joins two partitions, or one with several. Threads of one partition share their memory.",
    );
  }
  for (const [role, key] of [
    ["producer", "from"],
    ["consumer", "to"],
  ] as const) {
    const count = ends.filter((end) => end.role === role).length;
    if (count < 2 || CHANNEL_KINDS[kind].several.includes(role)) continue;
    const others = builtWords(CHANNEL_KINDS).filter((word) => CHANNEL_KINDS[word].several.includes(role));
    problems.add(
      [...path, key],
      `channel "${name}" has ${count} names in ${key}, and a channel of kind "${kind}" has one there`,
      `Make a channel for each, or use kind ${listWords(others)}.`,
      { restsOn: [[...path, "kind"]] },
    );
  }
  for (const { role, owner } of ends) {
    if (owner.kind !== "device") continue;
    const device = owners.devices[owner.device];
    const { takes }: DeviceRow = DEVICES[device.kind];
    const isPair = ends.length === 2 && ends.some((end) => end.owner.kind === "partition");
    const fitting = takes.find((taken) => taken.kind === kind && taken.role === role);
    if (isPair && fitting !== undefined) {
      const { leastSlotBytes = 1 } = fitting;
      if (slotBytes >= leastSlotBytes) continue;
      const problem = `the slots of channel "${name}" are too small for device "${device.name}"`;
      problems.add([...path, "slot_size"], problem, `It needs "${formatSize(leastSlotBytes)}" at least.`);
      continue;
    }
    const [key, place] = role === "producer" ? ["from", "to"] : ["to", "from"];
    const others = takes.map((taken) => `of kind "${taken.kind}" that ${describeTaken(taken, device.name)}`);
    problems.add(
      [...path, key],
      `device "${device.name}" can't be at that end of channel "${name}"`,
      takes.length === 0
        ? "Each partition has a channel to it already."
        : `It takes a channel ${others.join("; or one ")}.`,
      {
        restsOn: [
          [...path, "kind"],
          [...path, place],
        ],
      },
    );
  }
}

/** Checks that the memory of all partitions and the channels of each group of them has room behind the kernel's. */
function checkMemory({ machine, partitions, channels, blocks, pools }: SystemPlan, problems: Problems): void {
  const partitionBytes = partitions.reduce(
    (sum, { memory }) => sum + roundUp(memory.sizeBytes, LARGE_PAGE_SIZE_BYTES),
    0,
  );
  const first = KERNEL_BYTES + partitionBytes;
  const end = roundUp(
    Math.max(first, ...blocks.map(({ frames, sizeBytes }) => frames + sizeBytes)),
    LARGE_PAGE_SIZE_BYTES,
  );
  const poolBytes = pools.reduce((sum, pool) => sum + roundUp(poolFrameBytes(pool), LARGE_PAGE_SIZE_BYTES), 0);
  const neededBytes = end + poolBytes;
  const channelBytes = end - first;
  const poolText = poolBytes === 0 ? "" : `, pools ${formatSize(poolBytes)}`;
  if (neededBytes <= machine.memoryBytes) return;
  problems.add(
    ["machine", "memory"],
    `the machine has ${formatSize(machine.memoryBytes)} of memory, and ${formatSize(neededBytes)} are needed: ` +
      `kernel ${formatSize(KERNEL_BYTES)}, partitions ${formatSize(partitionBytes)}, channels ${formatSize(channelBytes)}${poolText}`,
    neededBytes <= MACHINE_MEMORY.most
      ? `Write memory = "${formatSize(neededBytes)}" in [machine]; partitions, and the channels of each group of them, begin at multiples of 2 MiB.`
      : `A machine has at most ${formatSize(MACHINE_MEMORY.most)}: give the partitions less memory.`,
    {
      restsOn: [
        ...partitions.map((partition) => partitionPath(partition, "memory")),
        ...channels.flatMap((_, index) => [channelPath(index, "slots"), channelPath(index, "slot_size")]),
        ...pools.map((pool) => poolPath(pool, "size")),
      ],
    },
  );
}
