/**
 * Reads a system description: TOML text to typed values in base units (bytes, hertz, cycles), defaults filled in.
 *
 * Invariant: whatever the text, the result is a Description, or a ConfigError with file, line, column and a hint. Where
 * a value can't be read, that is noted, and something that can be stands in its place: nobody judges by it then.
 * What values mean together is checked in plan/rules.ts.
 */
import { DEFAULT_OVERRUN, OVERRUN_WORDS, type Overrun } from "../../kernel/threads/overruns.js";
import { FULL_POLICIES } from "../../abi/index.js";
import { CHANNEL_KINDS, type ChannelKey, type ChannelKind } from "../../ipc/index.js";
import { DEFAULT_TIMING, TIMING_PROFILES } from "../../machine/timing/profiles.js";
import { builtWords, wordsNotBuilt } from "../../vocabulary.js";
import { ConfigError, printable } from "../../errors.js";
import { CLASSES, POLICIES, type PartitionClass } from "../../scheduler/index.js";
import type { Cycles } from "../../units.js";
import { FREQUENCY_HZ, MACHINE_MEMORY, PARTITION_MEMORY, SLOT, SLOTS, slotsProblem, STACK } from "../limits.js";
import {
  DEFAULTS,
  type ChannelDescription,
  type CoreDescription,
  type Description,
  type MachineDescription,
  type PartitionDescription,
  type ThreadDescription,
} from "./description.js";
import { locate, type KeyPath, type Places } from "./locator.js";
import { listWords } from "./names.js";
import { createProblems, throwProblems, type Problems } from "./problems.js";
import { readDevice } from "./read-device.js";
import { readNames } from "./read-names.js";
import { readPool } from "./read-pool.js";
import { readDocument } from "./read-document.js";
import { readShape } from "./read-shape.js";
import type { SystemDocument } from "./schema.js";
import { formatSize, isUnitProblem, parseFrequency } from "./units.js";
import { createValueReader, type ValueReader } from "./value-reader.js";

const RESTART_ACTIONS = ["stop", "restart"] as const;

export interface ReadDescription {
  readonly description: Description;
  /** What is wrong so far. */
  readonly problems: Problems;
  readonly places: Places;
}

/** `name` is the system's when the text gives none. Throws ConfigError when there is nothing to judge further. */
export function readDescription(text: string, file: string, name: string): ReadDescription {
  const document = readDocument(text, file);
  const places = locate(text, file);
  const problems = createProblems();
  const shape = readShape(document, problems);
  if (shape === null) {
    throwProblems(problems.found, places);
    throw new ConfigError({ file, line: 1, column: 1 }, "this is no system description", "");
  }
  // Without partitions, everything that names one would be wrong, too.
  if (Object.keys(shape.partition).length === 0) throwProblems(problems.found, places);
  const reader = createValueReader(problems);
  const machine = readMachine(reader, shape.machine ?? {});
  const description: Description = {
    name: shape.name ?? name,
    machine,
    partitions: Object.entries(shape.partition).map(([partition, table]) =>
      readPartition(reader, partition, table, machine.frequencyHz),
    ),
    cores: Object.entries(shape.core ?? {}).flatMap(([core, table]) =>
      readCore(reader, core, table, machine.frequencyHz),
    ),
    devices: Object.entries(shape.device ?? {}).map(([device, table]) =>
      readDevice(reader, device, table, machine.frequencyHz),
    ),
    pools: Object.entries(shape.pool ?? {}).map(([pool, table]) => readPool(reader, pool, table)),
    channels: (shape.channel ?? []).map((table, index) => readChannel(reader, index, table, machine.frequencyHz)),
  };
  return { description, problems, places };
}

type Table<K extends keyof SystemDocument> = NonNullable<SystemDocument[K]>;

function readMachine(reader: ValueReader, table: Table<"machine">): MachineDescription {
  const path = ["machine"];
  const timing = reader.choose(
    [...path, "timing"],
    "timing profile",
    table.timing ?? DEFAULT_TIMING,
    builtWords(TIMING_PROFILES),
    wordsNotBuilt(TIMING_PROFILES),
  );
  let frequencyHz: number = DEFAULTS.frequencyHz;
  if (table.frequency !== undefined) {
    const frequencyPath = [...path, "frequency"];
    const parsed = parseFrequency(table.frequency);
    if (isUnitProblem(parsed)) reader.fail(frequencyPath, parsed.problem, parsed.hint);
    else if (parsed < FREQUENCY_HZ.least || parsed > FREQUENCY_HZ.most)
      reader.fail(frequencyPath, `frequency can't be "${table.frequency}"`, 'It is from "1 kHz" to "100 GHz".');
    else frequencyHz = parsed;
  }
  return {
    cores: table.cores ?? null,
    memoryBytes: reader.size(
      [...path, "memory"],
      table.memory,
      DEFAULTS.memoryBytes,
      MACHINE_MEMORY,
      'Memory is a multiple of 2 MiB, from "2 MiB" to "2 GiB".',
    ),
    frequencyHz,
    timing,
    seed: table.seed ?? DEFAULTS.seed,
  };
}

type PartitionTable = Table<"partition">[string];

function readPartition(
  reader: ValueReader,
  name: string,
  table: PartitionTable,
  frequencyHz: number,
): PartitionDescription {
  const path: KeyPath = ["partition", name];
  const partitionClass = reader.choose(
    [...path, "class"],
    "class",
    table.class,
    builtWords(CLASSES),
    wordsNotBuilt(CLASSES),
  );
  if (table.program === "") reader.fail([...path, "program"], "program is empty", "Give the path of an ELF file.");
  const stackBytes = readStack(reader, [...path, "stack"], table.stack, DEFAULTS.stackBytes);
  const threadTables = Object.entries(table.thread ?? {});
  const { period, deadline, wcet, overrun, priority } = table;
  if (threadTables.length > 0) {
    const stray = Object.entries({ period, deadline, wcet, overrun, priority }).find(
      ([, value]) => value !== undefined,
    )?.[0];
    if (stray !== undefined) {
      const right = `Move it to [partition.${name}.thread.${threadTables[0][0]}].`;
      reader.fail([...path, stray], `${stray} belongs to a thread, and partition "${name}" has thread tables`, right, {
        part: "key",
      });
    }
  }
  const threads =
    threadTables.length === 0
      ? [
          readThread(
            reader,
            path,
            "main",
            { period, deadline, wcet, overrun, priority },
            partitionClass,
            table.policy !== undefined,
            stackBytes,
            frequencyHz,
          ),
        ]
      : threadTables.map(([thread, threadTable]) => {
          const threadPath = [...path, "thread", thread];
          return readThread(
            reader,
            threadPath,
            thread,
            threadTable,
            partitionClass,
            table.policy !== undefined,
            stackBytes,
            frequencyHz,
          );
        });
  return {
    path,
    name,
    class: partitionClass,
    policy:
      table.policy === undefined
        ? null
        : reader.choose([...path, "policy"], "policy", table.policy, builtWords(POLICIES), []),
    program: table.program,
    core: table.core,
    reserve: readReserve(reader, [...path, "reserve"], table.reserve, frequencyHz),
    isOnSlack: table.slack === true,
    memoryBytes: reader.size(
      [...path, "memory"],
      table.memory,
      DEFAULTS.partitionMemoryBytes,
      PARTITION_MEMORY,
      'Memory is a multiple of 4 KiB, such as "2 MiB".',
    ),
    restart: readRestart(reader, [...path, "restart"], table.restart),
    threads,
  };
}

function readReserve(
  reader: ValueReader,
  path: KeyPath,
  table: PartitionTable["reserve"],
  frequencyHz: number,
): PartitionDescription["reserve"] {
  if (table === undefined) return null;
  return {
    budgetCycles: reader.cycles([...path, "budget"], table.budget, frequencyHz, 1),
    periodCycles: reader.cycles([...path, "period"], table.period, frequencyHz, 1),
  };
}

function readStack(reader: ValueReader, path: KeyPath, text: string | undefined, otherwise: number): number {
  return reader.size(path, text, otherwise, STACK, 'A stack is a multiple of 4 KiB, from "4 KiB" to "8 MiB".');
}

type ThreadTable = NonNullable<PartitionTable["thread"]>[string];

function readThread(
  reader: ValueReader,
  path: KeyPath,
  name: string,
  table: ThreadTable,
  partitionClass: PartitionClass,
  hasPolicy: boolean,
  stackBytes: number,
  frequencyHz: number,
): ThreadDescription {
  const { hasPriorities, order } = CLASSES[partitionClass];
  if (table.priority !== undefined && !hasPriorities && !hasPolicy) {
    const others = builtWords(CLASSES).filter((word) => CLASSES[word].hasPriorities);
    reader.fail(
      [...path, "priority"],
      `class "${partitionClass}" has no priorities: its threads run ${order}`,
      `Leave priority out, or use class = ${listWords(others)}.`,
      { part: "key", restsOn: [["partition", String(path[1]), "class"]] },
    );
  }
  const cyclesOf = (key: "period" | "deadline" | "wcet"): Cycles | null =>
    table[key] === undefined ? null : reader.cycles([...path, key], table[key], frequencyHz, 1);
  const periodCycles = cyclesOf("period");
  return {
    path,
    name,
    entry: table.entry ?? null,
    priority: table.priority ?? DEFAULTS.priority,
    periodCycles,
    deadlineCycles: cyclesOf("deadline") ?? periodCycles,
    wcetCycles: cyclesOf("wcet"),
    overrun: readOverrun(reader, path, table),
    stackBytes: readStack(reader, [...path, "stack"], table.stack, stackBytes),
  };
}

function readOverrun(reader: ValueReader, path: KeyPath, { overrun, period }: ThreadTable): Overrun {
  if (overrun === undefined) return DEFAULT_OVERRUN;
  if (period === undefined) {
    const hint = 'Add a period, such as period = "10 ms", or leave overrun out.';
    reader.fail([...path, "overrun"], "overrun is about releases, and there is no period", hint, { part: "key" });
  }
  return reader.choose([...path, "overrun"], "overrun policy", overrun, OVERRUN_WORDS, []);
}

function readRestart(
  reader: ValueReader,
  path: KeyPath,
  value: PartitionTable["restart"],
): PartitionDescription["restart"] {
  if (value === undefined) return { action: "stop", limit: 0 };
  const table = typeof value === "string" ? { action: value, limit: undefined } : value;
  const actionPath = typeof value === "string" ? path : [...path, "action"];
  const action = reader.choose(actionPath, "restart action", table.action, RESTART_ACTIONS, []);
  return { action, limit: table.limit ?? (action === "stop" ? 0 : Number.POSITIVE_INFINITY) };
}

/** Empty for a core that can't be. */
function readCore(
  reader: ValueReader,
  key: string,
  table: Table<"core">[string],
  frequencyHz: number,
): CoreDescription[] {
  const path: KeyPath = ["core", key];
  if (!/^(?:[0-9]|1[0-5])$/.test(key)) {
    const hint = "Cores are numbered from 0 to 15: write [core.0].";
    reader.fail(path, `there is no core "${printable(key)}"`, hint, { part: "key", spoils: true });
    return [];
  }
  const frameCycles = reader.cycles([...path, "frame"], table.frame, frequencyHz, 1);
  const windows = table.windows.map((window, index) => {
    const windowPath = [...path, "windows", index];
    return {
      path: windowPath,
      partition: window.partition,
      startCycles: reader.cycles([...windowPath, "start"], window.start, frequencyHz, 0),
      lengthCycles: reader.cycles([...windowPath, "length"], window.length, frequencyHz, 1),
    };
  });
  return [{ path, core: Number(key), frameCycles, windows }];
}

function readChannel(
  reader: ValueReader,
  index: number,
  table: Table<"channel">[number],
  frequencyHz: number,
): ChannelDescription {
  const path: KeyPath = ["channel", index];
  const kind = reader.choose(
    [...path, "kind"],
    "channel kind",
    table.kind ?? "queue",
    builtWords(CHANNEL_KINDS),
    wordsNotBuilt(CHANNEL_KINDS),
  );
  const { keys, policies, defaultSlots, unitBytes }: ChannelKind = CHANNEL_KINDS[kind];
  for (const key of CHANNEL_KEYS) {
    if (table[key] === undefined || keys.includes(key)) continue;
    const hint = `Leave it out. Its keys are name, from, to, kind, ${keys.join(", ")}.`;
    reader.fail([...path, key], `a channel of kind "${kind}" has no ${key}`, hint, {
      part: "key",
      restsOn: [[...path, "kind"]],
    });
  }
  const slots = readRingSize(reader, path, table.size, CHANNEL_KINDS[kind]) ?? table.slots ?? defaultSlots;
  const wrongSlots = slotsProblem(slots);
  if (wrongSlots !== null) reader.fail([...path, "slots"], wrongSlots.problem, wrongSlots.hint);
  const full = reader.choose([...path, "full"], "full policy", table.full ?? policies[0], policies, []);
  return {
    path,
    name: table.name,
    from: readNames([...path, "from"], table.from),
    to: readNames([...path, "to"], table.to),
    kind,
    slots: wrongSlots === null ? slots : defaultSlots,
    slotBytes: reader.size(
      [...path, "slot_size"],
      table.slot_size,
      unitBytes ?? DEFAULTS.slotBytes,
      SLOT,
      'A slot is from "1 B" to "64 KiB".',
    ),
    full: FULL_POLICIES[full].number,
    replyBytes: keys.includes("reply_size")
      ? reader.size(
          [...path, "reply_size"],
          table.reply_size,
          DEFAULTS.slotBytes,
          SLOT,
          'A reply is from "1 B" to "64 KiB".',
        )
      : 0,
    refreshCycles: table.refresh === undefined ? 0 : reader.cycles([...path, "refresh"], table.refresh, frequencyHz, 1),
  };
}

const CHANNEL_KEYS: readonly ChannelKey[] = ["slots", "slot_size", "size", "reply_size", "full", "refresh"];

/** The slots of a kind that is given a size in their place; undefined for others. */
function readRingSize(
  reader: ValueReader,
  path: KeyPath,
  size: string | undefined,
  { defaultSlots, unitBytes }: ChannelKind,
): number | undefined {
  if (unitBytes === undefined) return undefined;
  const [least, most] = [SLOTS.least * unitBytes, SLOTS.most * unitBytes];
  const hint = `It is a power of two from "${formatSize(least)}" to "${formatSize(most)}".`;
  const limits = { least, most, multiple: least };
  const slots = reader.size([...path, "size"], size, defaultSlots * unitBytes, limits, hint) / unitBytes;
  if (slotsProblem(slots) === null) return slots;
  reader.fail([...path, "size"], `size can't be "${size}"`, hint);
  return defaultSlots;
}
