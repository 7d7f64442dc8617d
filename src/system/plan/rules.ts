/**
 * What must hold between the parts of a system: names, counts, cores, windows, channels. What a person can get wrong.
 *
 * Each refusal names the value that is wrong, by its path in a description, and says what would be right. The same
 * rules judge descriptions and images. Limits stand in src/abi and limits.ts. Indices within the plan must be right
 * already (references.ts), apart from that the plan may be anything.
 */
import { MAX_CHANNEL_ENDS, MAX_PARTITIONS, MAX_THREADS } from "../../abi/index.js";
import { CHANNEL_KINDS, MAX_CHANNEL_BYTES } from "../../ipc/index.js";
import { GIVEN_CHANNELS } from "../../devices/index.js";
import { isBetweenPartitions, ownerName, reaches } from "../../kernel/index.js";
import type { ChannelPlan, PartitionPlan, SystemPlan, ThreadPlan } from "../../kernel/plan.js";
import { LARGE_PAGE_SIZE_BYTES, type Cycles } from "../../units.js";
import type { KeyPath } from "../description/locator.js";
import { nameProblem } from "../description/names.js";
import type { ProblemDetails, Problems } from "../description/problems.js";
import { formatCycles, formatSize } from "../description/units.js";
import { MACHINE_MEMORY } from "../limits.js";
import { checkCores } from "./core-rules.js";
import { KERNEL_BYTES, roundUp } from "./layout.js";
import { channelPath, partitionPath, threadPath } from "./paths.js";

export function checkRules(plan: SystemPlan, problems: Problems): void {
  checkName(["name"], plan.name, problems);
  checkPartitions(plan, problems);
  // Too many share cores and memory that were never meant for so many.
  if (plan.partitions.length > MAX_PARTITIONS) return;
  checkCores(plan, problems);
  checkChannels(plan, problems);
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

function checkChannels({ partitions, channels }: SystemPlan, problems: Problems): void {
  const seen = new Set<string>();
  channels.forEach((channel, index) => {
    if (!isBetweenPartitions(channel)) return;
    checkChannel(channel, channelPath(index), partitions, problems);
    if (seen.has(channel.name)) {
      const path = channelPath(index, "name");
      problems.add(path, `there are two channels "${channel.name}"`, "Names are unique: rename one.");
    }
    seen.add(channel.name);
  });
  for (const partition of partitions) {
    const ends = channels.filter((channel) => isBetweenPartitions(channel) && reaches(channel, partition.id)).length;
    // The channels to devices come first.
    if (ends + GIVEN_CHANNELS.length <= MAX_CHANNEL_ENDS) continue;
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
  partitions: readonly PartitionPlan[],
  problems: Problems,
): void {
  const { name, kind, ends } = channel;
  checkName([...path, "name"], name, problems);
  if (GIVEN_CHANNELS.some(({ device }) => device === name)) {
    const hint = "Each partition has a channel end of that name already.";
    problems.add([...path, "name"], `a channel can't be called "${name}"`, hint);
  }
  const names = ends.map(({ owner }) => ownerName({ partitions }, owner));
  if (names.some((owner, end) => names.indexOf(owner) !== end)) {
    problems.add(
      [...path, "to"],
      `channel "${name}" goes from "${names[0]}" to itself`,
      "A channel joins two partitions. Threads of one partition share their memory.",
    );
  }
  const sizeBytes = CHANNEL_KINDS[kind].sizeBytes(channel);
  if (sizeBytes > MAX_CHANNEL_BYTES) {
    problems.add(
      [...path, "slots"],
      `channel "${name}" takes ${formatSize(sizeBytes)}`,
      `A channel has at most ${formatSize(MAX_CHANNEL_BYTES)}: make slots or slot_size smaller.`,
      { restsOn: [[...path, "slot_size"]] },
    );
  }
}

/** Checks that all blocks and channels, each at a multiple of 2 MiB, have room behind the kernel's. */
function checkMemory({ machine, partitions, channels }: SystemPlan, problems: Problems): void {
  const sumOf = (sizes: readonly number[]): number =>
    sizes.reduce((sum, sizeBytes) => sum + roundUp(sizeBytes, LARGE_PAGE_SIZE_BYTES), 0);
  const queues = channels.flatMap((channel, index) => (isBetweenPartitions(channel) ? [{ channel, index }] : []));
  const partitionBytes = sumOf(partitions.map(({ memory }) => memory.sizeBytes));
  const channelBytes = sumOf(queues.map(({ channel }) => channel.sizeBytes));
  const neededBytes = KERNEL_BYTES + partitionBytes + channelBytes;
  if (neededBytes <= machine.memoryBytes) return;
  problems.add(
    ["machine", "memory"],
    `the machine has ${formatSize(machine.memoryBytes)} of memory, and ${formatSize(neededBytes)} are needed: ` +
      `kernel ${formatSize(KERNEL_BYTES)}, partitions ${formatSize(partitionBytes)}, channels ${formatSize(channelBytes)}`,
    neededBytes <= MACHINE_MEMORY.most
      ? `Write memory = "${formatSize(neededBytes)}" in [machine]; each partition and channel begins at a multiple of 2 MiB.`
      : `A machine has at most ${formatSize(MACHINE_MEMORY.most)}: give the partitions less memory.`,
    {
      restsOn: [
        ...partitions.map((partition) => partitionPath(partition, "memory")),
        ...queues.flatMap(({ index }) => [channelPath(index, "slots"), channelPath(index, "slot_size")]),
      ],
    },
  );
}
