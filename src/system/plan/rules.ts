/**
 * What must hold between the parts of a system: names, counts, cores, windows, channels. What a person can get wrong.
 *
 * Each refusal names the value that is wrong, by its path in a description, and says what would be right. The same rules
 * judge descriptions and images. Limits stand in src/abi and limits.ts. Indices within the plan must be right already
 * (references.ts), apart from that the plan may be anything.
 */
import { MAX_CHANNEL_ENDS, MAX_PARTITIONS, MAX_THREADS } from "../../abi/index.js";
import { CHANNEL_KINDS, MAX_CHANNEL_BYTES } from "../../ipc/index.js";
import { GIVEN_CHANNELS } from "../../devices/index.js";
import { countRemoteEnds, isBetweenPartitions, leastWindowCycles, ownerName, reaches } from "../../kernel/index.js";
import type { ChannelPlan, CorePlan, PartitionPlan, SystemPlan, ThreadPlan } from "../../kernel/plan.js";
import { LARGE_PAGE_SIZE_BYTES, type Cycles } from "../../units.js";
import type { KeyPath } from "../description/locator.js";
import { nameProblem } from "../description/names.js";
import type { ProblemDetails, Problems } from "../description/problems.js";
import { formatCycles, formatSize } from "../description/units.js";
import { MACHINE_MEMORY } from "../limits.js";
import { kernelCosts } from "./kernel-costs.js";
import { KERNEL_BYTES, roundUp } from "./layout.js";

type Windows = Extract<CorePlan, { kind: "windows" }>;

export function checkRules(plan: SystemPlan, problems: Problems): void {
  checkName(["name"], plan.name, problems);
  checkPartitions(plan, problems);
  // Too many share cores and memory that were never meant for so many.
  if (plan.partitions.length > MAX_PARTITIONS) return;
  checkCores(plan, problems);
  checkChannels(plan, problems);
  checkWindowLengths(plan, problems);
  checkMemory(plan, problems);
}

function checkName(path: KeyPath, name: string, problems: Problems, details?: ProblemDetails): void {
  const wrong = nameProblem(name);
  if (wrong !== null) problems.add(path, wrong.problem, wrong.hint, details);
}

const AT_KEY: ProblemDetails = { part: "key" };

function pathOf({ name }: PartitionPlan): KeyPath {
  return ["partition", name];
}

function checkPartitions({ partitions, machine }: SystemPlan, problems: Problems): void {
  if (partitions.length === 0)
    problems.add(["partition"], "the description has no partitions", "Add a table [partition.NAME].", AT_KEY);
  if (partitions.length > MAX_PARTITIONS) {
    const extra = partitions[MAX_PARTITIONS];
    const problem = `partition "${extra.name}" is one too many: there are ${partitions.length}`;
    problems.add(pathOf(extra), problem, `At most ${MAX_PARTITIONS}.`, AT_KEY);
  }
  const seen = new Set<string>();
  for (const partition of partitions) {
    const path = pathOf(partition);
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
  const path = pathOf(partition);
  const threadPath = (thread: ThreadPlan): KeyPath => [...path, "thread", thread.name];
  if (threads.length > MAX_THREADS) {
    const problem = `partition "${name}" has ${threads.length} threads`;
    problems.add(threadPath(threads[MAX_THREADS]), problem, `At most ${MAX_THREADS}.`, AT_KEY);
  }
  const [first, second] = threads.filter((thread) => thread.entry === 0n);
  if (second !== undefined) {
    problems.add(
      threadPath(second),
      `threads "${first.name}" and "${second.name}" of partition "${name}" have no entry, so both would run main`,
      `Add entry = "FUNCTION" to [${path.join(".")}.thread.${second.name}].`,
      {
        part: "key",
        restsOn: [
          [...threadPath(first), "entry"],
          [...threadPath(second), "entry"],
          [...path, "program"],
        ],
      },
    );
  }
  for (const thread of threads) {
    checkName(threadPath(thread), thread.name, problems, AT_KEY);
    checkDeadline(thread, threadPath(thread), frequencyHz, problems);
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

function checkCores(plan: SystemPlan, problems: Problems): void {
  const { partitions, cores, machine } = plan;
  const count = machine.cores;
  for (const partition of partitions) {
    const { name, core } = partition;
    if (core < count) continue;
    problems.add(
      [...pathOf(partition), "core"],
      `partition "${name}" is on core ${core}, and the machine has ${count}, numbered from 0`,
      `Write core = ${count - 1}, or cores = ${core + 1} in [machine].`,
      { restsOn: [["machine", "cores"]] },
    );
  }
  cores.forEach((core, index) => {
    const here = partitions.filter(
      (partition) => partition.core === index && !problems.isSpoilt([...pathOf(partition), "core"]),
    );
    const corePaths = here.map((partition) => [...pathOf(partition), "core"]);
    if (core.kind === "windows") checkWindows(plan, core, index, problems);
    else if (core.kind === "dedicated" && here.length > 1) {
      problems.add(
        corePaths[1],
        `core ${index} is used twice: by partitions ${here.map(({ name }) => `"${name}"`).join(" and ")}`,
        `Put one on another core, or divide the core's time:\n\n${suggestWindows(index, here, machine.frequencyHz)}\n`,
        {
          restsOn: [
            ["core", String(index)],
            ["machine", "frequency"],
          ],
        },
      );
    }
  });
}

function checkWindows(plan: SystemPlan, { frameCycles, windows }: Windows, core: number, problems: Problems): void {
  const { partitions, machine } = plan;
  const path: KeyPath = ["core", String(core)];
  const show = (cycles: Cycles): string => `"${formatCycles(cycles, machine.frequencyHz)}"`;
  const frame: KeyPath = [...path, "frame"];
  windows.forEach(({ partition: id, startCycles, lengthCycles }, index) => {
    const windowPath = [...path, "windows", index];
    const start = [...windowPath, "start"];
    const partition = partitions[id];
    if (partition.core !== core) {
      problems.add(
        [...windowPath, "partition"],
        `partition "${partition.name}" is on core ${partition.core}, not on core ${core}`,
        `Write core = ${core} in [partition.${partition.name}], or move the window to [core.${partition.core}].`,
        { restsOn: [[...pathOf(partition), "core"]] },
      );
    }
    const endCycles = startCycles + lengthCycles;
    if (startCycles >= frameCycles) {
      const hint = `Start it before ${show(frameCycles)}, or make the frame longer.`;
      const problem = `the window starts at or after the end of the frame of ${show(frameCycles)}`;
      problems.add(start, problem, hint, { restsOn: [frame] });
    } else if (endCycles > frameCycles) {
      const problem = `the window ends at ${show(endCycles)}, after the end of the frame of ${show(frameCycles)}`;
      const hint = `Write length = ${show(frameCycles - startCycles)} or less, or make the frame longer.`;
      problems.add([...windowPath, "length"], problem, hint, { restsOn: [frame, start] });
    }
    const before = windows[index - 1];
    if (before === undefined) return;
    const beforeEnd = before.startCycles + before.lengthCycles;
    if (startCycles < beforeEnd) {
      problems.add(
        start,
        `the window of "${partition.name}" starts at ${show(startCycles)}, inside the one of ` +
          `"${partitions[before.partition].name}", which runs from ${show(before.startCycles)} to ${show(beforeEnd)}`,
        `Start it at ${show(beforeEnd)} or later.`,
        { restsOn: [[...path, "windows", index - 1]] },
      );
    }
  });
  partitions.forEach((partition, id) => {
    if (partition.core !== core || windows.some((window) => window.partition === id)) return;
    problems.add(
      [...pathOf(partition), "core"],
      `core ${core} runs windows, and partition "${partition.name}" has none there: the core would be used twice`,
      `Add { partition = "${partition.name}", start = ..., length = ... } to the windows of [${path.join(".")}], or use another core.`,
      { restsOn: [[...path, "windows"]] },
    );
  });
}

/** That each window has time for the switch into it, and for the doorbells that can wait for it. */
function checkWindowLengths(plan: SystemPlan, problems: Problems): void {
  const { cores, partitions, machine } = plan;
  const { bounds } = kernelCosts(machine);
  cores.forEach((core, index) => {
    if (core.kind !== "windows") return;
    core.windows.forEach(({ partition, lengthCycles }, number) => {
      const remoteEnds = countRemoteEnds(plan, partition);
      const least = leastWindowCycles(bounds, remoteEnds);
      if (lengthCycles > least) return;
      problems.add(
        ["core", String(index), "windows", number, "length"],
        `a window of partition "${partitions[partition].name}" on core ${index} has ${lengthCycles} cycles, and switching to it ` +
          `${remoteEnds > 0 ? "and dealing with its doorbells " : ""}can take ${least}`,
        `Make it longer than "${formatCycles(least, machine.frequencyHz)}", or give the machine a higher frequency.`,
        {
          restsOn: [
            ["machine", "frequency"],
            ["core", String(index), "windows", number, "partition"],
          ],
        },
      );
    });
  });
}

/** A table that can be pasted: equal windows in a frame of 10 ms, or of 10,000 cycles a partition. */
function suggestWindows(core: number, partitions: readonly PartitionPlan[], frequencyHz: number): string {
  const tenMilliseconds = Math.floor(frequencyHz / 100);
  const frameCycles = tenMilliseconds >= partitions.length * 2_000 ? tenMilliseconds : 10_000 * partitions.length;
  const lengthCycles = Math.floor(frameCycles / partitions.length);
  const show = (cycles: Cycles): string => `"${formatCycles(cycles, frequencyHz)}"`;
  const lines = partitions.map(
    ({ name }, index) =>
      `  { partition = "${name}", start = ${show(index * lengthCycles)}, length = ${show(lengthCycles)} },`,
  );
  return `[core.${core}]\nframe = ${show(frameCycles)}\nwindows = [\n${lines.join("\n")}\n]`;
}

function checkChannels({ partitions, channels }: SystemPlan, problems: Problems): void {
  const seen = new Set<string>();
  channels.forEach((channel, index) => {
    if (!isBetweenPartitions(channel)) return;
    checkChannel(channel, ["channel", index], partitions, problems);
    if (seen.has(channel.name)) {
      const path = ["channel", index, "name"];
      problems.add(path, `there are two channels "${channel.name}"`, "Names are unique: rename one.");
    }
    seen.add(channel.name);
  });
  for (const partition of partitions) {
    const ends = channels.filter((channel) => isBetweenPartitions(channel) && reaches(channel, partition.id)).length;
    // Those to devices come first.
    if (ends + GIVEN_CHANNELS.length <= MAX_CHANNEL_ENDS) continue;
    const problem = `partition "${partition.name}" has ${ends} channels`;
    problems.add(
      pathOf(partition),
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

/** That all blocks and channels, each at a multiple of 2 MiB, have room behind the kernel's. */
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
        ...partitions.map((partition) => [...pathOf(partition), "memory"]),
        ...queues.flatMap(({ index }) => [
          ["channel", index, "slots"],
          ["channel", index, "slot_size"],
        ]),
      ],
    },
  );
}
