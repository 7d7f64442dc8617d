/**
 * What must hold between the values of a description, before any program is read: names, cores, windows, channels.
 *
 * Each refusal points at the value that is wrong and says what would be right. Limits stand in src/abi.
 */
import { MAX_CHANNEL_ENDS, MAX_PARTITIONS, MAX_THREADS } from "../../abi/index.js";
import { ConfigError } from "../../errors.js";
import { pricesByStep } from "../../hal/index.js";
import { leastWindowCycles, switchBounds } from "../../kernel/index.js";
import { CONSOLE_NAME } from "../../partitions/boot-info.js";
import { ringGeometry } from "../../ipc/index.js";
import { MAX_RING_BYTES } from "../../partitions/ring-pages.js";
import type { Cycles } from "../../units.js";
import {
  coreCount,
  type ChannelDescription,
  type CoreDescription,
  type Description,
  type PartitionDescription,
} from "../description/description.js";
import type { KeyPath, PlacePart, Places } from "../description/locator.js";
import { printable, suggestName } from "../description/names.js";
import { TIMING_PROFILES } from "../timing.js";
import { formatCycles, formatSize } from "../description/units.js";

type Fail = (path: KeyPath, problem: string, hint: string, part?: PlacePart) => never;

/** Throws ConfigError at the first thing that can't be. */
export function checkDescription(description: Description, places: Places): void {
  const fail: Fail = (path, problem, hint, part = "value") => {
    throw new ConfigError(places(path, part), problem, hint);
  };
  checkPartitions(description, fail);
  checkCores(description, fail);
  checkChannels(description, fail);
  for (const core of description.cores) checkWindowLengths(core, description, fail);
}

function checkPartitions({ partitions }: Description, fail: Fail): void {
  if (partitions.length === 0)
    fail(["partition"], "the description has no partitions", "Add a table [partition.NAME].", "key");
  if (partitions.length > MAX_PARTITIONS) {
    const { path, name } = partitions[MAX_PARTITIONS];
    fail(
      path,
      `partition "${name}" is one too many: there are ${partitions.length}`,
      `At most ${MAX_PARTITIONS}.`,
      "key",
    );
  }
  for (const { path, name, threads } of partitions) {
    if (threads.length > MAX_THREADS) {
      const problem = `partition "${name}" has ${threads.length} threads`;
      fail(threads[MAX_THREADS].path, problem, `At most ${MAX_THREADS}.`, "key");
    }
    const [first, second] = threads.filter((thread) => thread.entry === null);
    if (second !== undefined) {
      fail(
        second.path,
        `threads "${first.name}" and "${second.name}" of partition "${name}" have no entry, so both would run main`,
        `Add entry = "FUNCTION" to [${path.join(".")}.thread.${second.name}].`,
        "key",
      );
    }
  }
}

function checkCores(description: Description, fail: Fail): void {
  const { partitions, cores, machine } = description;
  const count = coreCount(description);
  for (const { path, name, core } of partitions) {
    if (core >= count) {
      fail(
        [...path, "core"],
        `partition "${name}" is on core ${core}, and the machine has ${count}, numbered from 0`,
        `Write core = ${count - 1}, or cores = ${core + 1} in [machine].`,
      );
    }
  }
  for (const core of cores) {
    if (core.core >= count) {
      const used = machine.cores === null ? "no partition is on it" : `the machine has ${count}, numbered from 0`;
      fail(
        core.path,
        `[core.${core.core}] has windows, and ${used}`,
        "Remove the table, or put partitions there.",
        "key",
      );
    }
    checkWindows(core, description, fail);
  }
  for (let core = 0; core < count; core++) {
    const here = partitions.filter((partition) => partition.core === core);
    if (here.length < 2 || cores.some((table) => table.core === core)) continue;
    fail(
      [...here[1].path, "core"],
      `core ${core} is used twice: by partitions ${here.map(({ name }) => `"${name}"`).join(" and ")}`,
      `Put one on another core, or divide the core's time:\n\n${suggestWindows(core, here, machine.frequencyHz)}\n`,
    );
  }
}

function checkWindows(
  { path, core, frameCycles, windows }: CoreDescription,
  description: Description,
  fail: Fail,
): void {
  const { partitions, machine } = description;
  const show = (cycles: Cycles): string => `"${formatCycles(cycles, machine.frequencyHz)}"`;
  for (const window of windows) {
    const partition = partitions.find(({ name }) => name === window.partition);
    if (partition === undefined) {
      const names = partitions.map(({ name }) => name);
      fail(
        [...window.path, "partition"],
        `there is no partition "${printable(window.partition)}"`,
        suggestName(window.partition, names, "Partitions"),
      );
    }
    if (partition.core !== core) {
      fail(
        [...window.path, "partition"],
        `partition "${partition.name}" is on core ${partition.core}, not on core ${core}`,
        `Write core = ${core} in [partition.${partition.name}], or move the window to [core.${partition.core}].`,
      );
    }
    const endCycles = window.startCycles + window.lengthCycles;
    if (window.startCycles >= frameCycles) {
      const hint = `Start it before ${show(frameCycles)}, or make the frame longer.`;
      fail(
        [...window.path, "start"],
        `the window starts at or after the end of the frame of ${show(frameCycles)}`,
        hint,
      );
    }
    if (endCycles > frameCycles) {
      fail(
        [...window.path, "length"],
        `the window ends at ${show(endCycles)}, after the end of the frame of ${show(frameCycles)}`,
        `Write length = ${show(frameCycles - window.startCycles)} or less, or make the frame longer.`,
      );
    }
  }
  const sorted = windows.toSorted((a, b) => a.startCycles - b.startCycles);
  sorted.slice(1).forEach((window, index) => {
    const before = sorted[index];
    const beforeEnd = before.startCycles + before.lengthCycles;
    if (window.startCycles < beforeEnd) {
      fail(
        [...window.path, "start"],
        `the window of "${window.partition}" starts at ${show(window.startCycles)}, inside the one of ` +
          `"${before.partition}", which runs from ${show(before.startCycles)} to ${show(beforeEnd)}`,
        `Start it at ${show(beforeEnd)} or later.`,
      );
    }
  });
  const idle = partitions.find(
    (partition) => partition.core === core && !windows.some((w) => w.partition === partition.name),
  );
  if (idle !== undefined) {
    fail(
      [...idle.path, "core"],
      `core ${core} runs windows, and partition "${idle.name}" has none there: the core would be used twice`,
      `Add { partition = "${idle.name}", start = ..., length = ... } to the windows of [${path.join(".")}], or use another core.`,
    );
  }
}

/** That each window has time for the switch into it, and for the doorbells that can wait for it. */
function checkWindowLengths({ core, windows }: CoreDescription, description: Description, fail: Fail): void {
  const { partitions, channels, machine } = description;
  const prices = pricesByStep(TIMING_PROFILES[machine.timing].kernelStepCycles);
  const bounds = switchBounds((step) => prices[step]);
  const coreOf = (name: string): number | undefined => partitions.find((partition) => partition.name === name)?.core;
  for (const { path, partition, lengthCycles } of windows) {
    const remoteEnds = channels.filter(
      ({ from, to }) => (from === partition || to === partition) && coreOf(from) !== coreOf(to),
    ).length;
    const least = leastWindowCycles(bounds, remoteEnds);
    if (lengthCycles > least) continue;
    fail(
      [...path, "length"],
      `a window of partition "${partition}" on core ${core} has ${lengthCycles} cycles, and switching to it ` +
        `${remoteEnds > 0 ? "and dealing with its doorbells " : ""}can take ${least}`,
      `Make it longer than "${formatCycles(least, machine.frequencyHz)}", or give the machine a higher frequency.`,
    );
  }
}

/** A table that can be pasted: equal windows in a frame of 10 ms, or of 10,000 cycles a partition. */
function suggestWindows(core: number, partitions: readonly PartitionDescription[], frequencyHz: number): string {
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

function checkChannels({ partitions, channels }: Description, fail: Fail): void {
  const names = partitions.map(({ name }) => name);
  const seen = new Set<string>();
  for (const channel of channels) {
    const { path, name } = channel;
    if (name === CONSOLE_NAME) {
      fail(
        [...path, "name"],
        `a channel can't be called "${name}"`,
        "Each partition has a channel end of that name already.",
      );
    }
    if (seen.has(name)) fail([...path, "name"], `there are two channels "${name}"`, "Names are unique: rename one.");
    seen.add(name);
    for (const end of ["from", "to"] as const) {
      if (names.includes(channel[end])) continue;
      const problem = `channel "${name}" has no end: there is no partition "${printable(channel[end])}"`;
      fail([...path, end], problem, suggestName(channel[end], names, "Partitions"));
    }
    if (channel.from === channel.to) {
      fail(
        [...path, "to"],
        `channel "${name}" goes from "${channel.from}" to itself`,
        "A channel joins two partitions. Threads of one partition share their memory.",
      );
    }
    checkRing(channel, fail);
  }
  for (const { path, name } of partitions) {
    const ends = channels.filter(({ from, to }) => from === name || to === name);
    // The console is the first.
    if (ends.length + 1 > MAX_CHANNEL_ENDS) {
      const most = MAX_CHANNEL_ENDS - 1;
      fail(path, `partition "${name}" has ${ends.length} channels`, `At most ${most}, besides the console.`, "key");
    }
  }
}

function checkRing({ path, name, slots, slotBytes }: ChannelDescription, fail: Fail): void {
  const { sizeBytes } = ringGeometry(slots, slotBytes);
  if (sizeBytes <= MAX_RING_BYTES) return;
  fail(
    [...path, "slots"],
    `channel "${name}" takes ${formatSize(sizeBytes)}`,
    `A channel has at most ${formatSize(MAX_RING_BYTES)}: make slots or slot_size smaller.`,
  );
}
