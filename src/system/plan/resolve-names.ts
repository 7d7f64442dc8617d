/** Names of who holds ends, and of cores, in a description: that they lead somewhere, and where numbers came from. */
import { DEVICES, isDeviceWord, type DeviceRow, type DeviceWord } from "../../devices/index.js";
import { printable } from "../../errors.js";
import {
  coreCount,
  type ChannelDescription,
  type CoreDescription,
  type Description,
  type PoolDescription,
} from "../description/description.js";
import type { KeyPath } from "../description/locator.js";
import { suggestName } from "../description/names.js";
import type { Problems } from "../description/problems.js";

/** Whether a name is a device's that needs no table. Partitions and declared devices of that name come first. */
export function isImpliedDevice(name: string): name is DeviceWord {
  if (!isDeviceWord(name)) return false;
  const { isImplied }: DeviceRow = DEVICES[name];
  return isImplied;
}

/** Without what names a partition or a core that is not there; windows in the order of their time. */
export function resolveNames(description: Description, problems: Problems): Description {
  const { partitions, devices, machine } = description;
  const deviceNames = devices.map(({ name }) => name);
  const names = partitions.map(({ name }) => name);
  const count = coreCount(description);
  const coreIsThere = ({ path, core }: CoreDescription): boolean => {
    if (core < count) return true;
    const used = machine.cores === null ? "no partition is on it" : `the machine has ${count}, numbered from 0`;
    const hint = "Remove the table, or put partitions there.";
    problems.add(path, `[core.${core}] has windows, and ${used}`, hint, {
      part: "key",
      restsOn: [["machine", "cores"], ...partitions.map(({ path: other }) => [...other, "core"])],
    });
    return false;
  };
  const isNamed = (path: KeyPath, name: string, problem: string, others: readonly string[] = []): boolean => {
    if (names.includes(name) || others.includes(name)) return true;
    const hint = suggestName(
      name,
      [...names, ...others],
      others.length === 0 ? "Partitions" : "Partitions and devices",
    );
    problems.add(
      path,
      `${problem}there is no partition ${others.length === 0 ? "" : "or device "}"${printable(name)}"`,
      hint,
    );
    return false;
  };
  const cores = description.cores.filter(coreIsThere).map((core) => ({
    ...core,
    windows: core.windows
      .filter(({ path, partition }) => isNamed([...path, "partition"], partition, ""))
      .toSorted((a, b) => a.startCycles - b.startCycles),
  }));
  const hasEnds = ({ path, name, from, to }: ChannelDescription): boolean => {
    const ends = [...from, ...to];
    const problem = `channel "${printable(name)}" has no end: `;
    const areNamed = ends.map((end) => isImpliedDevice(end.name) || isNamed(end.path, end.name, problem, deviceNames));
    if (!areNamed.every(Boolean)) return false;
    if (ends.some((end) => names.includes(end.name))) return true;
    const hint = "A channel has a partition at one end at least: devices act for partitions alone.";
    problems.add([...path, "from"], `channel "${printable(name)}" joins devices alone`, hint);
    return false;
  };
  const hasMembers = ({ name, members }: PoolDescription): boolean =>
    members
      .map((member) => isNamed(member.path, member.name, `pool "${printable(name)}" has no such member: `))
      .every(Boolean);
  const pools = description.pools.filter(hasMembers);
  return { ...description, cores, channels: description.channels.filter(hasEnds), pools };
}

/** `partition`, `thread`, `core`, `windows` and `channel` are numbered in a plan; each knows where it was written. */
export function sourcePathOf({ partitions, cores, channels }: Description, path: KeyPath): KeyPath {
  const [table, name, list, element, ...rest] = path;
  const key = path.slice(2);
  if (table === "channel") return [...(channels[Number(name)]?.path ?? path), ...key];
  if (table === "core" && list === "windows" && element !== undefined) {
    const core = cores.find((candidate) => candidate.core === Number(name));
    return [...(core?.windows[Number(element)]?.path ?? path), ...rest];
  }
  if (table === "partition" && list === "thread") {
    const partition = partitions.find((candidate) => candidate.name === name);
    const thread = partition?.threads.find((candidate) => candidate.name === element);
    return thread === undefined ? path : [...thread.path, ...rest];
  }
  return path;
}
