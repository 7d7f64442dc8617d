/** Rules of cores and their windows: that each core has one user at a time, and each window time for its partition. */
import { countRemoteLinks, leastWindowCycles } from "../../kernel/index.js";
import type { CorePlan, PartitionPlan, ReservationPlan, SystemPlan, WindowPlan } from "../../kernel/plan.js";
import type { CoreId, Cycles } from "../../units.js";
import type { KeyPath } from "../description/locator.js";
import type { Problems } from "../description/problems.js";
import { formatCycles } from "../description/units.js";
import { kernelCosts } from "./kernel-costs.js";
import { corePath, partitionPath, windowPath } from "./paths.js";

/** A core with windows, and what its rules need of the system. */
interface WindowedCore {
  readonly plan: SystemPlan;
  readonly core: CoreId;
  readonly frameCycles: Cycles;
  readonly windows: readonly WindowPlan[];
}

/** A budget has at least as many times what the kernel takes to release a thread. */
const LEAST_RELEASES_A_BUDGET = 4;

const FREQUENCY: KeyPath = ["machine", "frequency"];

export function checkCores(plan: SystemPlan, problems: Problems): void {
  const { partitions, cores, machine } = plan;
  for (const partition of partitions) {
    const { name, core } = partition;
    if (core < machine.cores) continue;
    problems.add(
      partitionPath(partition, "core"),
      `partition "${name}" is on core ${core}, and the machine has ${machine.cores}, numbered from 0`,
      `Write core = ${machine.cores - 1}, or cores = ${core + 1} in [machine].`,
      { restsOn: [["machine", "cores"]] },
    );
  }
  cores.forEach((core, id) => {
    if (core.kind === "windows") checkWindows({ plan, core: id, ...core }, problems);
    else if (core.kind === "reservations") checkReservations(plan, core.reservations, id, problems);
    else checkUndivided(plan, core, id, problems);
  });
}

/** A budget is at most its period, and long enough for the kernel; the core has time for all of them. */
function checkReservations(
  plan: SystemPlan,
  reservations: readonly ReservationPlan[],
  core: CoreId,
  problems: Problems,
): void {
  const { partitions, machine } = plan;
  const show = (cycles: Cycles): string => `"${formatCycles(cycles, machine.frequencyHz)}"`;
  const { bounds, releaseCycles } = kernelCosts(plan);
  const least = LEAST_RELEASES_A_BUDGET * releaseCycles;
  for (const { partition, budgetCycles, periodCycles } of reservations) {
    const path = partitionPath(partitions[partition], "reserve");
    const { name } = partitions[partition];
    if (budgetCycles > periodCycles) {
      const problem = `partition "${name}" reserves ${show(budgetCycles)} in each ${show(periodCycles)}`;
      problems.add(
        [...path, "budget"],
        problem,
        `A budget is at most the period: write ${show(periodCycles)} or less.`,
        {
          restsOn: [[...path, "period"]],
        },
      );
    } else if (budgetCycles < least)
      problems.add(
        [...path, "budget"],
        `the budget of partition "${name}" is ${budgetCycles} cycles, and the kernel takes ${releaseCycles} to release a thread`,
        `Give it at least ${show(least)}, or the machine a higher frequency.`,
        { restsOn: [FREQUENCY] },
      );
  }
  // Earliest deadline first keeps all promises up to this; what cannot be interrupted comes on top.
  const share = reservations.reduce((sum, { budgetCycles, periodCycles }) => sum + budgetCycles / periodCycles, 0);
  const shortest = Math.min(...reservations.map(({ periodCycles }) => periodCycles));
  const kernelShare = bounds.quietCycles / shortest;
  if (reservations.length === 0 || share + kernelShare <= 1) return;
  const largest = reservations.toSorted((a, b) => b.budgetCycles / b.periodCycles - a.budgetCycles / a.periodCycles)[0];
  const room = Math.floor((1 - kernelShare - share) * largest.periodCycles) + largest.budgetCycles;
  const { name } = partitions[largest.partition];
  problems.add(
    partitionPath(partitions[largest.partition], "reserve", "budget"),
    `reservations promise ${(100 * share).toFixed(1)} % of core ${core}, and the kernel may need ${show(bounds.quietCycles)} at a time`,
    room >= least
      ? `It is enough to give "${name}" a budget of ${show(room)}.`
      : "Make budgets smaller or periods longer, or use another core.",
    {
      restsOn: [FREQUENCY, ...reservations.map(({ partition }) => partitionPath(partitions[partition], "reserve"))],
    },
  );
}

/** A core without windows has one partition. */
function checkUndivided(
  { partitions, machine }: SystemPlan,
  { kind }: CorePlan,
  core: CoreId,
  problems: Problems,
): void {
  const here = partitions.filter(
    (partition) => partition.core === core && !problems.isSpoilt(partitionPath(partition, "core")),
  );
  if (kind === "off" || here.length < 2) return;
  problems.add(
    partitionPath(here[1], "core"),
    `core ${core} is used twice: by partitions ${here.map(({ name }) => `"${name}"`).join(" and ")}`,
    `Put one on another core, or divide the core's time:\n\n${suggestWindows(core, here, machine.frequencyHz)}\n`,
    { restsOn: [corePath(core), FREQUENCY] },
  );
}

/** A table that can be pasted: equal windows in a frame of 10 ms, or of 10,000 cycles a partition. */
function suggestWindows(core: CoreId, partitions: readonly PartitionPlan[], frequencyHz: number): string {
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

function checkWindows(windowed: WindowedCore, problems: Problems): void {
  const { plan, core, windows } = windowed;
  windows.forEach((_, number) => {
    checkOwner(windowed, number, problems);
    checkFrame(windowed, number, problems);
    if (number > 0) checkOverlap(windowed, number, problems);
    checkLength(windowed, number, problems);
  });
  for (const partition of plan.partitions) {
    if (partition.core !== core || windows.some((window) => window.partition === partition.id)) continue;
    const { name } = partition;
    problems.add(
      partitionPath(partition, "core"),
      `core ${core} runs windows, and partition "${name}" has none there: the core would be used twice`,
      `Add { partition = "${name}", start = ..., length = ... } to the windows of [core.${core}], or use another core.`,
      { restsOn: [corePath(core, "windows")] },
    );
  }
}

function checkOwner({ plan, core, windows }: WindowedCore, number: number, problems: Problems): void {
  const partition = plan.partitions[windows[number].partition];
  const { name, core: home } = partition;
  if (home === core) return;
  problems.add(
    windowPath(core, number, "partition"),
    `partition "${name}" is on core ${home}, not on core ${core}`,
    `Write core = ${core} in [partition.${name}], or move the window to [core.${home}].`,
    { restsOn: [partitionPath(partition, "core")] },
  );
}

function checkFrame({ plan, core, windows, frameCycles }: WindowedCore, number: number, problems: Problems): void {
  const { startCycles, lengthCycles } = windows[number];
  const endCycles = startCycles + lengthCycles;
  const [frame, start] = [corePath(core, "frame"), windowPath(core, number, "start")];
  const show = (cycles: Cycles): string => `"${formatCycles(cycles, plan.machine.frequencyHz)}"`;
  if (startCycles >= frameCycles) {
    const problem = `the window starts at or after the end of the frame of ${show(frameCycles)}`;
    const hint = `Start it before ${show(frameCycles)}, or make the frame longer.`;
    problems.add(start, problem, hint, { restsOn: [frame] });
  } else if (endCycles > frameCycles) {
    const problem = `the window ends at ${show(endCycles)}, after the end of the frame of ${show(frameCycles)}`;
    const hint = `Write length = ${show(frameCycles - startCycles)} or less, or make the frame longer.`;
    problems.add(windowPath(core, number, "length"), problem, hint, { restsOn: [frame, start] });
  }
}

/** Windows are sorted by their start. */
function checkOverlap({ plan, core, windows }: WindowedCore, number: number, problems: Problems): void {
  const [before, window] = [windows[number - 1], windows[number]];
  const beforeEnd = before.startCycles + before.lengthCycles;
  if (window.startCycles >= beforeEnd) return;
  const show = (cycles: Cycles): string => `"${formatCycles(cycles, plan.machine.frequencyHz)}"`;
  const nameOf = ({ partition }: WindowPlan): string => plan.partitions[partition].name;
  problems.add(
    windowPath(core, number, "start"),
    `the window of "${nameOf(window)}" starts at ${show(window.startCycles)}, inside the one of ` +
      `"${nameOf(before)}", which runs from ${show(before.startCycles)} to ${show(beforeEnd)}`,
    `Start it at ${show(beforeEnd)} or later.`,
    { restsOn: [windowPath(core, number - 1)] },
  );
}

/** A window has time for the switch into it, and for the doorbells that can wait for it. */
function checkLength({ plan, core, windows }: WindowedCore, number: number, problems: Problems): void {
  const { partitions, machine } = plan;
  const { partition, lengthCycles } = windows[number];
  const remoteEnds = countRemoteLinks(plan, partition);
  const least = leastWindowCycles(kernelCosts(plan).bounds, remoteEnds);
  if (lengthCycles > least) return;
  const doorbells = remoteEnds > 0 ? "and dealing with its doorbells " : "";
  problems.add(
    windowPath(core, number, "length"),
    `a window of partition "${partitions[partition].name}" on core ${core} has ${lengthCycles} cycles, ` +
      `and switching to it ${doorbells}can take ${least}`,
    `Make it longer than "${formatCycles(least, machine.frequencyHz)}", or give the machine a higher frequency.`,
    { restsOn: [FREQUENCY, windowPath(core, number, "partition")] },
  );
}
