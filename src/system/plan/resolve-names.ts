/** Names of partitions and cores in a description: that they lead somewhere, and where a plan's numbers came from. */
import { DEVICES, deviceTakes, type DeviceWord } from "../../devices/index.js";
import { printable } from "../../errors.js";
import {
  coreCount,
  type ChannelDescription,
  type CoreDescription,
  type Description,
} from "../description/description.js";
import type { KeyPath } from "../description/locator.js";
import { suggestName } from "../description/names.js";
import type { Problems } from "../description/problems.js";

/** Whether a name is a device's that channels of a description can lead to. A partition of that name comes first. */
export function isDevice(name: string): name is DeviceWord {
  return Object.hasOwn(DEVICES, name) && deviceTakes(name as DeviceWord) !== null;
}

/** Without what names a partition or a core that is not there; windows in the order of their time. */
export function resolveNames(description: Description, problems: Problems): Description {
  const { partitions, machine } = description;
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
  const isNamed = (path: KeyPath, name: string, problem: string): boolean => {
    if (names.includes(name)) return true;
    const hint = suggestName(name, names, "Partitions");
    problems.add(path, `${problem}there is no partition "${printable(name)}"`, hint);
    return false;
  };
  const cores = description.cores.filter(coreIsThere).map((core) => ({
    ...core,
    windows: core.windows
      .filter(({ path, partition }) => isNamed([...path, "partition"], partition, ""))
      .toSorted((a, b) => a.startCycles - b.startCycles),
  }));
  const hasEnds = ({ name, from, to }: ChannelDescription): boolean => {
    const problem = `channel "${printable(name)}" has no end: `;
    const areNamed = [...from, ...to].map((end) => isDevice(end.name) || isNamed(end.path, end.name, problem));
    return areNamed.every(Boolean);
  };
  return { ...description, cores, channels: description.channels.filter(hasEnds) };
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
