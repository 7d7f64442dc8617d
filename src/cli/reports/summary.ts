/**
 * What a run came to: plain data made of a session, as JSON or as text.
 *
 * Invariant: nothing of the host is in it (no times, no paths that the user did not type), so equal runs have equal
 * summaries, byte for byte.
 */
import { formatTime } from "../../host/format.js";
import { isBetweenPartitions, nameRole, type KernelView, type PartitionView } from "../../kernel/index.js";
import { formatFrequency, type Session } from "../../system/running.js";
import type { DoorbellCount, LedgerSnapshot } from "../../trace/index.js";
import type { Cycles } from "../../units.js";
import type { Style } from "../output.js";
import { printTable } from "./table.js";

export interface PartitionSummary {
  readonly name: string;
  readonly class: string;
  readonly policy: string;
  readonly core: number;
  readonly state: string;
  readonly mode: string;
  readonly generation: number;
  readonly restarts: number;
  readonly faults: number;
  readonly lastFault: string | null;
  /** The code that it gave to `exit`, or null. */
  readonly exitCode: number | null;
  readonly threadCycles: Cycles;
  readonly kernelCycles: Cycles;
  /** Its part of its core's time, 0 to 1. */
  readonly share: number;
  readonly dispatches: number;
  readonly systemCalls: number;
  readonly notifications: number;
  readonly releases: number;
  readonly deadlinesMissed: number;
  readonly consoleBytes: number;
  readonly hash: string;
}

export interface ThreadSummary {
  readonly name: string;
  readonly partition: string;
  readonly priority: number;
  readonly state: string;
  readonly cycles: Cycles;
  readonly dispatches: number;
  readonly systemCalls: number;
  /** 0 for a thread without a period. */
  readonly releases: number;
  readonly deadlinesMissed: number;
}

export interface ChannelSummary {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly slots: number;
  /** Published, and taken. Modulo 2^32. */
  readonly sent: number;
  readonly received: number;
  /** Null when the indices can't be. */
  readonly fill: number | null;
  readonly notifications: number;
  readonly doorbells: number;
  readonly quarantined: boolean;
}

export interface CoreSummary {
  readonly core: number;
  readonly kind: string;
  readonly cycles: Cycles;
  readonly instructions: number;
  readonly threadCycles: Cycles;
  /** Window switches' padding and reloading included. */
  readonly kernelCycles: Cycles;
  readonly idleCycles: Cycles;
}

export interface Summary {
  readonly version: 1;
  readonly system: string;
  readonly frequencyHz: number;
  readonly timing: string;
  readonly seed: number;
  readonly end: string;
  readonly cycles: Cycles;
  readonly failed: boolean;
  readonly partitions: readonly PartitionSummary[];
  readonly threads: readonly ThreadSummary[];
  readonly channels: readonly ChannelSummary[];
  readonly cores: readonly CoreSummary[];
  readonly hash: string;
}

export function summarise(session: Session, end: string, doorbells: DoorbellCount): Summary {
  const { plan } = session;
  const view = session.kernel.view();
  const account = session.account();
  const hashes = session.hashes();
  const retired = session.retired();
  return {
    version: 1,
    system: plan.name,
    frequencyHz: plan.machine.frequencyHz,
    timing: plan.machine.timing,
    seed: plan.machine.seed,
    end,
    cycles: session.now(),
    failed: hasFailed(view),
    partitions: view.partitions.map((row) => {
      const {
        threadCycles,
        kernelCycles,
        dispatches,
        systemCalls,
        notifications,
        releases,
        deadlinesMissed,
        consoleBytes,
      } = account.partitions[row.id];
      const elapsed = account.cores[row.core].elapsedCycles;
      return {
        name: row.name,
        class: row.class,
        policy: row.policy,
        core: row.core,
        state: row.state,
        mode: row.mode,
        generation: row.generation,
        restarts: row.restarts,
        faults: row.faults,
        lastFault: row.lastFault?.text ?? null,
        exitCode: row.state !== "stopped" || isStoppedByFault(row) ? null : row.exitCode,
        threadCycles,
        kernelCycles,
        share: elapsed === 0 ? 0 : threadCycles / elapsed,
        dispatches,
        systemCalls,
        notifications,
        releases,
        deadlinesMissed,
        consoleBytes,
        hash: hashes.partitions[row.id],
      };
    }),
    threads: view.threads.map(({ id, name, partition, priority, state }) => ({
      name,
      partition: plan.partitions[partition].name,
      priority,
      state,
      ...account.threads[id],
    })),
    channels: plan.channels.filter(isBetweenPartitions).map((channel) => {
      const { id, name, slots } = channel;
      const { head, tail, fill } = session.ringIndices(id);
      return {
        name,
        from: nameRole(plan, channel, "producer"),
        to: nameRole(plan, channel, "consumer"),
        slots,
        sent: tail,
        received: head,
        fill: fill <= slots ? fill : null,
        notifications: doorbells.sent[id],
        doorbells: doorbells.arrived[id],
        quarantined: view.channels[id].quarantined,
      };
    }),
    cores: coreSummaries(session, account, retired),
    hash: hashes.system,
  };
}

function coreSummaries(session: Session, account: LedgerSnapshot, retired: readonly number[]): CoreSummary[] {
  return account.cores.map((core, id) => ({
    core: id,
    kind: session.plan.cores[id].kind,
    cycles: core.elapsedCycles,
    instructions: retired[id],
    threadCycles: core.threadCycles,
    kernelCycles: core.kernelCycles + core.padCycles + core.workCycles,
    idleCycles: core.idleCycles,
  }));
}

/** Stopped by a fault that it may not restart from. */
export function isStoppedByFault({ state, lastFault, exitCode }: PartitionView): boolean {
  return state === "stopped" && lastFault !== null && exitCode === -1;
}

export function hasFailed(view: KernelView): boolean {
  return view.partitions.some(isStoppedByFault);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** For people. Ends with a newline. */
export function printSummary(summary: Summary, style: Style): string {
  const { system, frequencyHz, timing, seed, cycles, end, partitions, threads, channels, cores } = summary;
  const faults = partitions.reduce((total, row) => total + row.faults, 0);
  const stopped = partitions.filter(
    (row) => row.state === "stopped" && row.exitCode === null && row.lastFault !== null,
  );
  const lines = [
    `${style.bold(system)}: ${cores.length} cores at ${formatFrequency(frequencyHz)}, timing ${timing}, seed ${seed}`,
    `ran ${formatTime(cycles, frequencyHz)} of virtual time (${cycles} cycles): ${end}`,
    "",
    ...printPartitions(partitions, style),
    "",
  ];
  const told = threads.filter(({ partition, releases }) => releases > 0 || countOf(threads, partition) > 1);
  if (told.length > 0) lines.push(...printThreads(told, partitions, style), "");
  if (channels.length > 0) lines.push(...printChannels(channels, style), "");
  lines.push(...printCores(cores, style), "");
  for (const { name, lastFault, faults: count } of partitions) {
    if (lastFault !== null) lines.push(`last fault of ${name} (${count} in all): ${lastFault}`);
  }
  const contained = faults - stopped.length;
  if (threads.some(({ releases }) => releases > 0)) lines.push(printDeadlines(threads, style));
  lines.push(
    `faults    ${faults === 0 ? "none" : `${contained} contained${stopped.length === 0 ? "" : `, ${stopped.length} that stopped a partition for good`}`}`,
    `hash      ${style.bold(summary.hash)}`,
  );
  return `${lines.join("\n")}\n`;
}

function printPartitions(partitions: readonly PartitionSummary[], style: Style): string[] {
  const head = [
    "partition",
    "class",
    "core",
    "state",
    "share",
    "cycles",
    "dispatches",
    "calls",
    "faults",
    "restarts",
    "hash",
  ];
  const rows = partitions.map((row, id) => [
    style.partition(id, row.name),
    row.class,
    String(row.core),
    row.exitCode === null ? row.state : `exit ${row.exitCode}`,
    `${(100 * row.share).toFixed(1)} %`,
    String(row.threadCycles),
    String(row.dispatches),
    String(row.systemCalls),
    String(row.faults),
    String(row.restarts),
    row.hash,
  ]);
  return printTable(head, rows, "llrlrrrrrrl", style.dim);
}

function countOf(threads: readonly ThreadSummary[], partition: string): number {
  return threads.filter((row) => row.partition === partition).length;
}

/** Threads that have periods, and those of partitions with several. */
function printThreads(
  threads: readonly ThreadSummary[],
  partitions: readonly PartitionSummary[],
  style: Style,
): string[] {
  const head = ["thread", "of", "priority", "state", "cycles", "dispatches", "calls", "releases", "missed"];
  const rows = threads.map((row) => [
    row.name,
    style.partition(
      partitions.findIndex(({ name }) => name === row.partition),
      row.partition,
    ),
    String(row.priority),
    row.state,
    String(row.cycles),
    String(row.dispatches),
    String(row.systemCalls),
    row.releases === 0 ? "-" : String(row.releases),
    row.releases === 0 ? "-" : row.deadlinesMissed > 0 ? style.bad(String(row.deadlinesMissed)) : "0",
  ]);
  return printTable(head, rows, "llrlrrrrr", style.dim);
}

function printDeadlines(threads: readonly ThreadSummary[], style: Style): string {
  const late = threads.filter(({ deadlinesMissed }) => deadlinesMissed > 0);
  if (late.length === 0) return "deadlines all met";
  const names = late.map(({ partition, name, deadlinesMissed }) => `${partition}/${name} ${deadlinesMissed}`);
  return `deadlines ${style.bad("missed")}: ${names.join(", ")}`;
}

function printChannels(channels: readonly ChannelSummary[], style: Style): string[] {
  const head = ["channel", "from", "to", "sent", "received", "fill", "slots", "doorbells sent", "arrived", ""];
  const rows = channels.map((row) => [
    row.name,
    row.from,
    row.to,
    String(row.sent),
    String(row.received),
    row.fill === null ? "broken" : String(row.fill),
    String(row.slots),
    String(row.notifications),
    String(row.doorbells),
    row.quarantined ? style.bad("quarantined") : "",
  ]);
  return printTable(head, rows, "lllrrrrrrl", style.dim);
}

function printCores(cores: readonly CoreSummary[], style: Style): string[] {
  const head = ["core", "time", "threads", "kernel", "idle", "instructions"];
  const rows = cores.map((row) => [
    String(row.core),
    row.kind,
    percent(row.threadCycles, row.cycles),
    percent(row.kernelCycles, row.cycles),
    percent(row.idleCycles, row.cycles),
    String(row.instructions),
  ]);
  return printTable(head, rows, "llrrrr", style.dim);
}
