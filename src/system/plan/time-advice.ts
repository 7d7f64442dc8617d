/**
 * What the times of a system mean on its machine: each is compared with what the kernel takes for itself, which is a
 * number of cycles, and so the longer the slower the machine. A system with too little time for the kernel is refused
 * (rules.ts); one with little time for anything else is warned of here.
 */
import type { PartitionPlan, SystemPlan, ThreadPlan } from "../../kernel/plan.js";
import { CLASSES, LEAST_SWITCHES_A_QUANTUM, quantumCycles, type PartitionClass } from "../../scheduler/index.js";
import type { Cycles } from "../../units.js";
import type { KeyPath } from "../description/locator.js";
import type { Problems } from "../description/problems.js";
import { formatCycles, formatFrequency } from "../description/units.js";
import { kernelCosts, type KernelCosts } from "./kernel-costs.js";
import { partitionPath, threadPath, windowPath } from "./paths.js";

/** The share of a window or deadline from which on the kernel's own work is told. */
const LARGE_SHARE = 0.25;

/** How long a thread of the class runs while others wait; null for as long as it wants. */
export function classQuantumCycles(name: PartitionClass, frequencyHz: number, costs: KernelCosts): Cycles | null {
  const { quantumSeconds } = CLASSES[name];
  if (quantumSeconds === null) return null;
  return quantumCycles(quantumSeconds, { frequencyHz, switchCycles: costs.threadSwitchCycles });
}

/** `advice` gets what makes no system wrong, and what its author should know. */
export function adviseTimes(plan: SystemPlan, advice: Problems): void {
  const costs = kernelCosts(plan);
  adviseWindows(plan, costs, advice);
  for (const partition of plan.partitions) {
    adviseQuantum(plan, partition, costs, advice);
    for (const thread of partition.threads) adviseDeadline(plan, thread, costs, threadPath(partition, thread), advice);
  }
}

function adviseWindows({ machine, cores, partitions }: SystemPlan, { bounds }: KernelCosts, advice: Problems): void {
  const show = (cycles: Cycles): string => formatCycles(cycles, machine.frequencyHz);
  const { switchCycles } = bounds;
  cores.forEach((core, index) => {
    if (core.kind !== "windows") return;
    core.windows.forEach(({ partition, lengthCycles }, number) => {
      if (switchCycles < LARGE_SHARE * lengthCycles) return;
      const { name } = partitions[partition];
      advice.add(
        windowPath(index, number, "length"),
        `a window switch takes ${show(switchCycles)} at ${formatFrequency(machine.frequencyHz)}, ` +
          `${percent(switchCycles / lengthCycles)} of this window of "${name}"`,
        `Make it longer than "${show(switchCycles / LARGE_SHARE)}", or give the machine a higher frequency.`,
      );
    });
  });
}

function adviseQuantum(
  { machine: { frequencyHz } }: SystemPlan,
  partition: PartitionPlan,
  costs: KernelCosts,
  advice: Problems,
): void {
  const { class: className, threads } = partition;
  // A thread alone takes no turns.
  if (threads.length < 2 || partition.policy !== null) return;
  const { quantumSeconds } = CLASSES[className];
  const quantum = classQuantumCycles(className, frequencyHz, costs);
  if (quantumSeconds === null || quantum === null || quantum <= Math.round(frequencyHz * quantumSeconds)) return;
  const chosen = `${quantumSeconds * 1e6} us`;
  const enoughHz = Math.ceil(quantum / quantumSeconds / 1e6) * 1e6;
  advice.add(
    partitionPath(partition, "class"),
    `threads of class "${className}" take turns after ${chosen}, and at ${formatFrequency(frequencyHz)} ` +
      `${LEAST_SWITCHES_A_QUANTUM} switches between them take ${formatCycles(quantum, frequencyHz)}: that is how long a turn is`,
    `From "${formatFrequency(enoughHz)}" on a turn is ${chosen}.`,
  );
}

function adviseDeadline(
  { machine: { frequencyHz } }: SystemPlan,
  { name, periodCycles, deadlineCycles }: ThreadPlan,
  { releaseCycles }: KernelCosts,
  path: KeyPath,
  advice: Problems,
): void {
  if (deadlineCycles === null || releaseCycles < LARGE_SHARE * deadlineCycles) return;
  const show = (cycles: Cycles): string => formatCycles(cycles, frequencyHz);
  advice.add(
    [...path, deadlineCycles === periodCycles ? "period" : "deadline"],
    `the kernel takes ${show(releaseCycles)} at ${formatFrequency(frequencyHz)} to release thread "${name}", ` +
      `${percent(releaseCycles / deadlineCycles)} of the ${show(deadlineCycles)} until its deadline`,
    `Make the deadline longer than "${show(releaseCycles / LARGE_SHARE)}", or give the machine a higher frequency.`,
  );
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
