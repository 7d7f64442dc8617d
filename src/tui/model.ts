/**
 * Everything that the views show, gathered from a session: what happened since the last sample, and rates over the
 * latest stretch of virtual or host time. Views read this and nothing else.
 */
import type { ConsoleInput } from "../host/devices/console-input.js";
import type { InputAdapter } from "../host/devices/input.js";
import { presentCycle } from "../host/slices.js";
import type { KernelView, SystemPlan } from "../kernel/index.js";
import type { Session } from "../system/index.js";
import { countDoorbells, type DoorbellCount, type LedgerSnapshot } from "../trace/index.js";
import type { Cycles, PartitionId } from "../units.js";
import { createActivity, type Activity } from "./activity.js";
import { createPictures, type Pictures } from "./graphics/pictures.js";
import { createLogs, type Logs } from "./logs.js";
import type { Pacer } from "./pacer.js";

export interface ChannelSample {
  readonly head: number;
  readonly tail: number;
  /** Null when the indices can't be. */
  readonly fill: number | null;
  readonly messagesPerSecond: number;
  readonly doorbellsPerSecond: number;
}

/** What changes from picture to picture. */
export interface Sample {
  readonly cycle: Cycles;
  readonly view: KernelView;
  /** Indexed by PartitionId: part of its core's time over the latest stretch, 0 to 1. */
  readonly shares: readonly number[];
  /** Indexed by core: part of its time that was not idle. */
  readonly loads: readonly number[];
  /** Indexed by ChannelId. */
  readonly channels: readonly ChannelSample[];
  /** Millions of instructions a second of host time. */
  readonly mips: number;
  /** Virtual seconds a host second. */
  readonly factor: number;
}

export interface Model {
  readonly session: Session;
  readonly plan: SystemPlan;
  readonly activity: Activity;
  readonly logs: Logs;
  readonly pacer: Pacer;
  readonly doorbells: DoorbellCount;
  /** Null where nobody can type anything. */
  /** In the order of the description; each with the partition that draws it. */
  readonly displays: readonly { readonly name: string; readonly partition: PartitionId }[];
  readonly pictures: Pictures;
  /** Where keys and mouse of displays go. */
  readonly input: InputAdapter | null;
  /** Writes what a display shows to a file; what to tell of it. */
  readonly saveScreenshot: (display: string) => string;
  readonly consoleInput: ConsoleInput | null;
  /** The latest. */
  readonly sample: Sample;
  /** Takes a new sample; once a picture. */
  refresh(hostMilliseconds: number): void;
  /** The whole system's hash, memory included. Takes some ten milliseconds. */
  hash(): string;
}

/** What the person has to do with the system besides looking at it. */
type Connections = Pick<Model, "consoleInput" | "input" | "pictures" | "saveScreenshot">;

/** Rates are over this much virtual time, and speeds over this much of the host's. */
const RATE_SECONDS = 1;
const SPEED_MILLISECONDS = 1000;

interface Mark {
  readonly host: number;
  readonly cycle: Cycles;
  readonly retired: number;
  readonly account: LedgerSnapshot;
  readonly tails: readonly number[];
  readonly sent: readonly number[];
}

function displaysOf({ devices, channels }: SystemPlan): Model["displays"] {
  return devices.flatMap(({ id, name, kind }) => {
    if (kind !== "display") return [];
    const ends = channels.flatMap((channel) =>
      channel.ends.some(({ owner }) => owner.kind === "device" && owner.device === id) ? channel.ends : [],
    );
    return ends.flatMap(({ owner }) => (owner.kind === "partition" ? [{ name, partition: owner.partition }] : []));
  });
}

export function createModel(
  session: Session,
  pacer: Pacer,
  columnCycles: Cycles,
  {
    consoleInput = null,
    input = null,
    pictures = createPictures("256 colours", true),
    saveScreenshot = () => "",
  }: Partial<Connections> = {},
): Model {
  const { plan, trace } = session;
  const { frequencyHz } = plan.machine;
  const threads = plan.partitions.flatMap((partition) => partition.threads);
  const activity = createActivity(plan.cores.length, threads.length, columnCycles);
  const logs = createLogs(plan);
  const doorbells = countDoorbells(trace, plan.channels.length);
  trace.subscribe((event) => {
    activity.observe(event);
    logs.observe(event);
  });
  let marks: Mark[] = [];
  let hashed: { readonly cycle: Cycles; readonly retired: number; readonly text: string } | null = null;
  let latest = takeSample(0);

  function retired(): number {
    return session.retired().reduce((total, count) => total + count, 0);
  }

  function takeSample(host: number): Sample {
    const cycle = presentCycle(session);
    const indices = plan.channels.map(({ id }) => session.ringIndices(id));
    const mark: Mark = {
      host,
      cycle,
      retired: retired(),
      account: session.account(),
      tails: indices.map(({ tail }) => tail),
      sent: [...doorbells.sent],
    };
    marks.push(mark);
    // The oldest mark is the last one that is at least the whole stretch old.
    const isOld = ({ host: at, cycle: then }: Mark): boolean =>
      host - at >= SPEED_MILLISECONDS && cycle - then >= RATE_SECONDS * frequencyHz;
    while (marks.length > 2 && isOld(marks[1])) marks.shift();
    const virtual = marks.findLast(({ cycle: then }) => cycle - then >= RATE_SECONDS * frequencyHz) ?? marks[0];
    const real = marks.findLast(({ host: at }) => host - at >= SPEED_MILLISECONDS) ?? marks[0];
    const seconds = (cycle - virtual.cycle) / frequencyHz;
    const hostSeconds = (host - real.host) / 1000;
    const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0);
    activity.settle(cycle);
    return {
      cycle,
      view: session.kernel.view(),
      shares: plan.partitions.map(({ id, core }) => {
        const elapsed = mark.account.cores[core].elapsedCycles - virtual.account.cores[core].elapsedCycles;
        const cycles = mark.account.partitions[id].threadCycles - virtual.account.partitions[id].threadCycles;
        return elapsed > 0 ? cycles / elapsed : 0;
      }),
      loads: plan.cores.map((_, core) => {
        const elapsed = mark.account.cores[core].elapsedCycles - virtual.account.cores[core].elapsedCycles;
        const idle = mark.account.cores[core].idleCycles - virtual.account.cores[core].idleCycles;
        return elapsed > 0 ? 1 - idle / elapsed : 0;
      }),
      channels: plan.channels.map(({ id, slots }) => {
        const { head, tail, fill } = indices[id];
        return {
          head,
          tail,
          fill: fill <= slots ? fill : null,
          messagesPerSecond: perSecond((tail - virtual.tails[id]) >>> 0),
          doorbellsPerSecond: perSecond(mark.sent[id] - virtual.sent[id]),
        };
      }),
      mips: hostSeconds > 0 ? (mark.retired - real.retired) / hostSeconds / 1e6 : 0,
      factor: hostSeconds > 0 ? (cycle - real.cycle) / frequencyHz / hostSeconds : 0,
    };
  }

  return {
    session,
    plan,
    activity,
    logs,
    pacer,
    doorbells,
    displays: displaysOf(plan),
    pictures,
    saveScreenshot,
    input,
    consoleInput,
    get sample() {
      return latest;
    },
    refresh(hostMilliseconds) {
      if (marks.length > 4000) marks = marks.slice(-2000);
      latest = takeSample(hostMilliseconds);
    },
    hash() {
      const cycle = presentCycle(session);
      if (hashed === null || hashed.cycle !== cycle || hashed.retired !== retired()) {
        hashed = { cycle, retired: retired(), text: session.hashes().system };
      }
      return hashed.text;
    },
  };
}
