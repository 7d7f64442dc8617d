/**
 * What must hold between the parts of a system: names, counts, cores, windows, channels. What a person can get wrong.
 *
 * Each refusal names the value that is wrong, by its path in a description, and says what would be right. The same
 * rules judge descriptions and images. Limits stand in src/abi and limits.ts. Indices within the plan must be right
 * already (references.ts), apart from that the plan may be anything.
 */
import { MAX_CHANNEL_ENDS, MAX_PARTITIONS, MAX_SIDE_BYTES, MAX_THREADS } from "../../abi/index.js";
import { CHANNEL_KINDS } from "../../ipc/index.js";
import { deviceTakes, GIVEN_CHANNELS } from "../../devices/index.js";
import { ownerName, reaches } from "../../kernel/index.js";
import type { ChannelPlan, PartitionPlan, SystemPlan, ThreadPlan } from "../../kernel/plan.js";
import { LARGE_PAGE_SIZE_BYTES, type Cycles } from "../../units.js";
import type { KeyPath } from "../description/locator.js";
import { listWords, nameProblem } from "../description/names.js";
import type { ProblemDetails, Problems } from "../description/problems.js";
import { formatCycles, formatSize } from "../description/units.js";
import { MACHINE_MEMORY } from "../limits.js";
import { checkCores } from "./core-rules.js";
import { roundUp } from "./blocks.js";
import { KERNEL_BYTES } from "./layout.js";
import { channelPath, partitionPath, threadPath } from "./paths.js";
import { givenDevice } from "./resolve-channels.js";
import { builtWords } from "../../vocabulary.js";

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
    if (givenDevice(partitions, channel) !== null) return;
    checkChannel(channel, channelPath(index), partitions, problems);
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
  partitions: readonly PartitionPlan[],
  problems: Problems,
): void {
  const { name, kind } = channel;
  checkName([...path, "name"], name, problems);
  if (GIVEN_CHANNELS.some(({ device }) => device === name)) {
    const hint = "Each partition has a channel end of that name already.";
    problems.add([...path, "name"], `a channel can't be called "${name}"`, hint);
  }
  checkEnds(channel, path, partitions, problems);
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
  { name, kind, ends }: ChannelPlan,
  path: KeyPath,
  partitions: readonly PartitionPlan[],
  problems: Problems,
): void {
  const names = ends.map(({ owner }) => ownerName({ partitions }, owner));
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
    const takes = deviceTakes(owner.device);
    if (takes !== null && takes.kind === kind && takes.role === role && ends.length === 2) continue;
    const [key, place] = role === "producer" ? ["from", "to"] : ["to", "from"];
    problems.add(
      [...path, key],
      `device "${owner.device}" can't be at that end of channel "${name}"`,
      takes === null
        ? "Each partition has a channel to it already."
        : `It takes a channel of kind "${takes.kind}", and has its name in ${takes.role === "producer" ? "from" : "to"} ` +
            `and that of one partition in ${takes.role === "producer" ? "to" : "from"}.`,
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
function checkMemory({ machine, partitions, channels, blocks }: SystemPlan, problems: Problems): void {
  const partitionBytes = partitions.reduce(
    (sum, { memory }) => sum + roundUp(memory.sizeBytes, LARGE_PAGE_SIZE_BYTES),
    0,
  );
  const first = KERNEL_BYTES + partitionBytes;
  const end = roundUp(
    Math.max(first, ...blocks.map(({ frames, sizeBytes }) => frames + sizeBytes)),
    LARGE_PAGE_SIZE_BYTES,
  );
  const neededBytes = end;
  const channelBytes = end - first;
  if (neededBytes <= machine.memoryBytes) return;
  problems.add(
    ["machine", "memory"],
    `the machine has ${formatSize(machine.memoryBytes)} of memory, and ${formatSize(neededBytes)} are needed: ` +
      `kernel ${formatSize(KERNEL_BYTES)}, partitions ${formatSize(partitionBytes)}, channels ${formatSize(channelBytes)}`,
    neededBytes <= MACHINE_MEMORY.most
      ? `Write memory = "${formatSize(neededBytes)}" in [machine]; partitions, and the channels of each group of them, begin at multiples of 2 MiB.`
      : `A machine has at most ${formatSize(MACHINE_MEMORY.most)}: give the partitions less memory.`,
    {
      restsOn: [
        ...partitions.map((partition) => partitionPath(partition, "memory")),
        ...channels.flatMap((_, index) => [channelPath(index, "slots"), channelPath(index, "slot_size")]),
      ],
    },
  );
}
