/**
 * Reads a system description: TOML text to typed values in base units (bytes, hertz, cycles), defaults filled in.
 *
 * Invariant: whatever the text, the result is a Description or a ConfigError with file, line, column and a hint.
 * Each value is right by itself afterwards; what values mean together is checked in plan/check.ts.
 */
import { parse, TomlError } from "smol-toml";
import { FULL_POLICIES } from "../../abi/index.js";
import { builtWords, wordsNotBuilt } from "../../vocabulary.js";
import { ConfigError } from "../../errors.js";
import type { PartitionClass } from "../../kernel/plan.js";
import { PAGE_SIZE_BYTES, type Cycles } from "../../units.js";
import {
  DEFAULTS,
  type ChannelDescription,
  type CoreDescription,
  type Description,
  type MachineDescription,
  type PartitionDescription,
  type ThreadDescription,
} from "./description.js";
import { locate, type KeyPath, type PlacePart, type Places } from "./locator.js";
import { nameProblem, printable, suggestName } from "./names.js";
import { type SystemDocument, systemSchema } from "./schema.js";
import { shapeError } from "./shape-error.js";
import { isUnitProblem, parseDuration, parseFrequency, parseSize, toCycles, type UnitProblem } from "./units.js";

/** Bounds of what is read at all. */
const MAX_TEXT_CHARACTERS = 256 * 1024;
const MAX_FREQUENCY_HZ = 100_000_000_000;
const MAX_NESTING = 16;

const CLASSES = ["realtime", "backend"] as const;
const CLASSES_NOT_BUILT = ["ui", "oltp", "olap", "messaging"];
const TIMINGS_NOT_BUILT = ["skylake", "haswell", "zen3"];
const CHANNEL_KINDS_NOT_BUILT = ["broadcast", "sampling"];
const RESTART_ACTIONS = ["stop", "restart"] as const;

/** `name` is the system's when the text gives none. */
export function readDescription(
  text: string,
  file: string,
  name: string,
): { readonly description: Description; readonly places: Places } {
  const document = readDocument(text, file);
  const places = locate(text, file);
  const shape = systemSchema.safeParse(document);
  if (!shape.success) throw shapeError(shape.error.issues, document, places);
  const reader = makeReader(places);
  const machine = readMachine(reader, shape.data.machine ?? {});
  const description: Description = {
    name: shape.data.name === undefined ? name : reader.name(["name"], shape.data.name, "value"),
    machine,
    partitions: Object.entries(shape.data.partition).map(([partition, table]) =>
      readPartition(reader, partition, table, machine.frequencyHz),
    ),
    cores: Object.entries(shape.data.core ?? {}).map(([core, table]) =>
      readCore(reader, core, table, machine.frequencyHz),
    ),
    channels: (shape.data.channel ?? []).map((table, index) => readChannel(reader, index, table)),
  };
  return { description, places };
}

function readDocument(text: string, file: string): unknown {
  if (text.length > MAX_TEXT_CHARACTERS) {
    throw new ConfigError(
      { file, line: 0, column: 0 },
      `the description has ${text.length} characters`,
      `At most ${MAX_TEXT_CHARACTERS} are read. Is this a system description?`,
    );
  }
  try {
    return parse(text, { maxDepth: MAX_NESTING, integersAsBigInt: "asNeeded", unsafeKeyBehaviour: "throw" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = error.message.split("\n")[0].replace(/^Invalid TOML document: /, "");
    const isTwice = problem.includes("redefine");
    throw new ConfigError(
      { file, line: error.line, column: error.column },
      isTwice ? "this table or key is there already" : `not valid TOML: ${problem}`,
      isTwice
        ? "Names are unique: give one of the two another name."
        : "Descriptions are TOML 1.0: see https://toml.io/en/v1.0.0.",
    );
  }
}

/** Turns single values into base units, and complains at their place. */
interface Reader {
  fail(path: KeyPath, problem: string, hint: string, part?: PlacePart): never;
  name(path: KeyPath, name: string, part: PlacePart): string;
  size(path: KeyPath, text: string | undefined, otherwise: number, limits: SizeLimits): number;
  cycles(path: KeyPath, text: string, frequencyHz: number, least: number): Cycles;
  choose<T extends string>(
    path: KeyPath,
    what: string,
    word: string,
    built: readonly T[],
    notBuilt: readonly string[],
  ): T;
  take<T>(path: KeyPath, value: T | UnitProblem): T;
}

interface SizeLimits {
  readonly least: number;
  readonly most: number;
  readonly multiple: number;
  readonly hint: string;
}

function makeReader(places: Places): Reader {
  const fail: Reader["fail"] = (path, problem, hint, part = "value") => {
    throw new ConfigError(places(path, part), problem, hint);
  };
  const take: Reader["take"] = (path, value) => {
    if (isUnitProblem(value)) return fail(path, value.problem, value.hint);
    return value;
  };
  return {
    fail,
    take,
    name(path, name, part) {
      const problem = nameProblem(name);
      if (problem !== null) return fail(path, problem.problem, problem.hint, part);
      return name;
    },
    size(path, text, otherwise, limits) {
      if (text === undefined) return otherwise;
      const sizeBytes = take(path, parseSize(text));
      const key = path[path.length - 1];
      if (sizeBytes < limits.least || sizeBytes > limits.most) fail(path, `${key} can't be "${text}"`, limits.hint);
      if (sizeBytes % limits.multiple !== 0) {
        fail(path, `${key} "${text}" is not a multiple of ${limits.multiple} bytes`, limits.hint);
      }
      return sizeBytes;
    },
    cycles(path, text, frequencyHz, least) {
      const cycles = take(path, toCycles(take(path, parseDuration(text)), frequencyHz));
      if (cycles < least) fail(path, `${path[path.length - 1]} can't be "${text}"`, "It must be longer than nothing.");
      return cycles;
    },
    choose(path, what, word, built, notBuilt) {
      const found = built.find((candidate) => candidate === word);
      if (found !== undefined) return found;
      const listed = built.map((candidate) => `"${candidate}"`).join(" or ");
      if (notBuilt.includes(word)) return fail(path, `${what} "${word}" is not built yet`, `Use ${listed}.`);
      const suggestion = suggestName(word, [...built, ...notBuilt], "Known");
      return fail(path, `unknown ${what} "${printable(word)}"`, `${suggestion} Use ${listed}.`);
    },
  };
}

type Table<K extends keyof SystemDocument> = NonNullable<SystemDocument[K]>;

function readMachine(reader: Reader, table: Table<"machine">): MachineDescription {
  const path = ["machine"];
  reader.choose([...path, "timing"], "timing profile", table.timing ?? "flat", ["flat"], TIMINGS_NOT_BUILT);
  let frequencyHz: number = DEFAULTS.frequencyHz;
  if (table.frequency !== undefined) {
    frequencyHz = reader.take([...path, "frequency"], parseFrequency(table.frequency));
    if (frequencyHz < 1000 || frequencyHz > MAX_FREQUENCY_HZ) {
      reader.fail(
        [...path, "frequency"],
        `frequency can't be "${table.frequency}"`,
        'It is from "1 kHz" to "100 GHz".',
      );
    }
  }
  return {
    cores: table.cores ?? null,
    memoryBytes: reader.size([...path, "memory"], table.memory, DEFAULTS.memoryBytes, {
      least: 2 * 1024 * 1024,
      most: 2 * 1024 * 1024 * 1024,
      multiple: 2 * 1024 * 1024,
      hint: 'Memory is a multiple of 2 MiB, from "2 MiB" to "2 GiB".',
    }),
    frequencyHz,
    timing: "flat",
    seed: table.seed ?? DEFAULTS.seed,
  };
}

type PartitionTable = Table<"partition">[string];

function readPartition(reader: Reader, name: string, table: PartitionTable, frequencyHz: number): PartitionDescription {
  const path: KeyPath = ["partition", name];
  reader.name(path, name, "key");
  const partitionClass = reader.choose([...path, "class"], "class", table.class, CLASSES, CLASSES_NOT_BUILT);
  if (table.program === "") reader.fail([...path, "program"], "program is empty", "Give the path of an ELF file.");
  const stackBytes = readStack(reader, [...path, "stack"], table.stack, DEFAULTS.stackBytes);
  const threadTables = Object.entries(table.thread ?? {});
  const { period, deadline, priority } = table;
  if (threadTables.length > 0) {
    const stray = Object.entries({ period, deadline, priority }).find(([, value]) => value !== undefined)?.[0];
    if (stray !== undefined) {
      const right = `Move it to [partition.${name}.thread.${threadTables[0][0]}].`;
      reader.fail(
        [...path, stray],
        `${stray} belongs to a thread, and partition "${name}" has thread tables`,
        right,
        "key",
      );
    }
  }
  const threads =
    threadTables.length === 0
      ? [readThread(reader, path, "main", { period, deadline, priority }, partitionClass, stackBytes, frequencyHz)]
      : threadTables.map(([thread, threadTable]) => {
          const threadPath = [...path, "thread", thread];
          reader.name(threadPath, thread, "key");
          return readThread(reader, threadPath, thread, threadTable, partitionClass, stackBytes, frequencyHz);
        });
  return {
    path,
    name,
    class: partitionClass,
    program: table.program,
    core: table.core,
    memoryBytes: reader.size([...path, "memory"], table.memory, DEFAULTS.partitionMemoryBytes, {
      least: PAGE_SIZE_BYTES,
      most: 2 * 1024 * 1024 * 1024,
      multiple: PAGE_SIZE_BYTES,
      hint: 'Memory is a multiple of 4 KiB, such as "2 MiB".',
    }),
    restart: readRestart(reader, [...path, "restart"], table.restart),
    threads,
  };
}

function readStack(reader: Reader, path: KeyPath, text: string | undefined, otherwise: number): number {
  return reader.size(path, text, otherwise, {
    least: PAGE_SIZE_BYTES,
    most: 8 * 1024 * 1024,
    multiple: PAGE_SIZE_BYTES,
    hint: 'A stack is a multiple of 4 KiB, from "4 KiB" to "8 MiB".',
  });
}

type ThreadTable = NonNullable<PartitionTable["thread"]>[string];

function readThread(
  reader: Reader,
  path: KeyPath,
  name: string,
  table: ThreadTable,
  partitionClass: PartitionClass,
  stackBytes: number,
  frequencyHz: number,
): ThreadDescription {
  if (table.priority !== undefined && partitionClass === "backend") {
    reader.fail(
      [...path, "priority"],
      'class "backend" has no priorities: its threads run first come, first served',
      'Leave priority out, or use class = "realtime".',
      "key",
    );
  }
  let periodCycles: Cycles | null = null;
  if (table.period !== undefined) periodCycles = reader.cycles([...path, "period"], table.period, frequencyHz, 1);
  let deadlineCycles = periodCycles;
  if (table.deadline !== undefined) {
    const deadlinePath = [...path, "deadline"];
    if (periodCycles === null) {
      reader.fail(
        deadlinePath,
        `thread "${name}" has a deadline and no period`,
        'Add a period, such as period = "10 ms".',
        "key",
      );
    }
    deadlineCycles = reader.cycles(deadlinePath, table.deadline, frequencyHz, 1);
    if (deadlineCycles > periodCycles) {
      reader.fail(
        deadlinePath,
        `the deadline "${table.deadline}" is longer than the period "${table.period}"`,
        `A deadline counts from the release and is at most the period: write deadline = "${table.period}", or leave it out.`,
      );
    }
  }
  return {
    path,
    name,
    entry: table.entry ?? null,
    priority: table.priority ?? DEFAULTS.priority,
    periodCycles,
    deadlineCycles,
    stackBytes: readStack(reader, [...path, "stack"], table.stack, stackBytes),
  };
}

function readRestart(reader: Reader, path: KeyPath, value: PartitionTable["restart"]): PartitionDescription["restart"] {
  if (value === undefined) return { action: "stop", limit: 0 };
  const table = typeof value === "string" ? { action: value, limit: undefined } : value;
  const actionPath = typeof value === "string" ? path : [...path, "action"];
  const action = reader.choose(actionPath, "restart action", table.action, RESTART_ACTIONS, []);
  if (action === "stop" && table.limit !== undefined) {
    reader.fail([...path, "limit"], 'restart action "stop" takes no limit', 'Write restart = "stop".', "key");
  }
  return { action, limit: action === "stop" ? 0 : (table.limit ?? Number.POSITIVE_INFINITY) };
}

function readCore(reader: Reader, key: string, table: Table<"core">[string], frequencyHz: number): CoreDescription {
  const path: KeyPath = ["core", key];
  if (!/^(?:[0-9]|1[0-5])$/.test(key)) {
    reader.fail(
      path,
      `there is no core "${printable(key)}"`,
      "Cores are numbered from 0 to 15: write [core.0].",
      "key",
    );
  }
  return {
    path,
    core: Number(key),
    frameCycles: reader.cycles([...path, "frame"], table.frame, frequencyHz, 1),
    windows: table.windows.map((window, index) => {
      const windowPath = [...path, "windows", index];
      return {
        path: windowPath,
        partition: window.partition,
        startCycles: reader.cycles([...windowPath, "start"], window.start, frequencyHz, 0),
        lengthCycles: reader.cycles([...windowPath, "length"], window.length, frequencyHz, 1),
      };
    }),
  };
}

function readChannel(reader: Reader, index: number, table: Table<"channel">[number]): ChannelDescription {
  const path: KeyPath = ["channel", index];
  const slots = table.slots ?? DEFAULTS.slots;
  if (slots < 2 || slots > 4096 || (slots & (slots - 1)) !== 0) {
    const nearest = 2 ** Math.min(12, Math.max(1, Math.ceil(Math.log2(Math.max(2, Math.min(slots, 4096))))));
    reader.fail(
      [...path, "slots"],
      `slots can't be ${slots}`,
      `It is a power of two from 2 to 4096, such as ${nearest}.`,
    );
  }
  const full = reader.choose(
    [...path, "full"],
    "full policy",
    table.full ?? "block",
    builtWords(FULL_POLICIES),
    wordsNotBuilt(FULL_POLICIES),
  );
  return {
    path,
    name: reader.name([...path, "name"], table.name, "value"),
    from: table.from,
    to: table.to,
    kind: reader.choose([...path, "kind"], "channel kind", table.kind ?? "queue", ["queue"], CHANNEL_KINDS_NOT_BUILT),
    slots,
    slotBytes: reader.size([...path, "slot_size"], table.slot_size, DEFAULTS.slotBytes, {
      least: 1,
      most: 65536,
      multiple: 1,
      hint: 'A slot is from "1 B" to "64 KiB".',
    }),
    full: FULL_POLICIES[full].number,
  };
}
