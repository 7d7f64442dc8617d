/**
 * Reads a system description: TOML text to typed values in base units (bytes, hertz, cycles), defaults filled in.
 *
 * Invariant: whatever the text, the result is a Description, or a ConfigError with file, line, column and a hint. Where
 * a value can't be read, that is noted, and something that can be stands in its place: nobody judges by it then.
 * What values mean together is checked in plan/rules.ts.
 */
import { parse, TomlError } from "smol-toml";
import { FULL_POLICIES } from "../../abi/index.js";
import { CHANNEL_KINDS } from "../../ipc/index.js";
import { builtWords, wordsNotBuilt } from "../../vocabulary.js";
import { ConfigError } from "../../errors.js";
import { CLASSES, type PartitionClass } from "../../scheduler/index.js";
import type { Cycles } from "../../units.js";
import {
  FREQUENCY_HZ,
  MACHINE_MEMORY,
  PARTITION_MEMORY,
  SLOT,
  slotsProblem,
  STACK,
  type SizeLimits,
} from "../limits.js";
import {
  DEFAULTS,
  type ChannelDescription,
  type CoreDescription,
  type Description,
  type MachineDescription,
  type PartitionDescription,
  type ThreadDescription,
} from "./description.js";
import { findLineStarts, locate, placeOf, type KeyPath, type Places } from "./locator.js";
import { listWords, suggestName } from "./names.js";
import { printable } from "./printable.js";
import { createProblems, throwProblems, type ProblemDetails, type Problems } from "./problems.js";
import { readShape } from "./read-shape.js";
import type { SystemDocument } from "./schema.js";
import { findUnclosed } from "./unclosed.js";
import { isUnitProblem, parseDuration, parseFrequency, parseSize, toCycles, type UnitProblem } from "./units.js";

/** Bounds of what is read at all. */
const MAX_TEXT_CHARACTERS = 256 * 1024;
const MAX_NESTING = 16;

const TIMINGS_NOT_BUILT = ["skylake", "haswell", "zen3"];
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
  const reader = makeReader(problems);
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
    channels: (shape.channel ?? []).map((table, index) => readChannel(reader, index, table)),
  };
  return { description, problems, places };
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
    throw syntaxError(error, text, file);
  }
}

function syntaxError(error: TomlError, text: string, file: string): ConfigError {
  const problem = error.message.split("\n")[0].replace(/^Invalid TOML document: /, "");
  const lineStarts = findLineStarts(text);
  const unclosed = findUnclosed(text);
  const errorOffset = (lineStarts[error.line - 1] ?? text.length) + error.column - 1;
  if (unclosed !== null && unclosed.offset <= errorOffset) {
    const place = placeOf(lineStarts, file, unclosed.offset);
    const { what, closing } = unclosed;
    return new ConfigError(place, `the ${what} that begins here is never closed`, `Close it with ${closing}.`);
  }
  const place = { file, line: error.line, column: error.column };
  return problem.includes("redefine")
    ? new ConfigError(
        place,
        "this table or key is there already",
        "Names are unique: give one of the two another name.",
      )
    : new ConfigError(place, `not valid TOML: ${problem}`, "Descriptions are TOML 1.0: see https://toml.io/en/v1.0.0.");
}

/** Turns single values into base units, and complains at their place. */
interface Reader {
  fail(path: KeyPath, problem: string, hint: string, details?: ProblemDetails): void;
  size(path: KeyPath, text: string | undefined, otherwise: number, limits: SizeLimits, hint: string): number;
  cycles(path: KeyPath, text: string, frequencyHz: number, least: number): Cycles;
  choose<T extends string>(
    path: KeyPath,
    what: string,
    word: string,
    built: readonly T[],
    notBuilt: readonly string[],
  ): T;
}

function makeReader(problems: Problems): Reader {
  const fail: Reader["fail"] = (path, problem, hint, details) => problems.add(path, problem, hint, details);
  const frequency: ProblemDetails = { restsOn: [["machine", "frequency"]] };
  return {
    fail,
    size(path, text, otherwise, { least, most, multiple }, hint) {
      if (text === undefined) return otherwise;
      const sizeBytes = parseSize(text);
      const key = path[path.length - 1];
      if (isUnitProblem(sizeBytes)) fail(path, sizeBytes.problem, sizeBytes.hint);
      else if (sizeBytes < least || sizeBytes > most) fail(path, `${key} can't be "${text}"`, hint);
      else if (sizeBytes % multiple !== 0) fail(path, `${key} "${text}" is not a multiple of ${multiple} bytes`, hint);
      else return sizeBytes;
      return otherwise;
    },
    cycles(path, text, frequencyHz, least) {
      const duration = parseDuration(text);
      const cycles: Cycles | UnitProblem = isUnitProblem(duration) ? duration : toCycles(duration, frequencyHz);
      if (isUnitProblem(cycles)) fail(path, cycles.problem, cycles.hint, cycles === duration ? {} : frequency);
      else if (cycles < least)
        fail(path, `${path[path.length - 1]} can't be "${text}"`, "It must be longer than nothing.");
      else return cycles;
      return least;
    },
    choose(path, what, word, built, notBuilt) {
      const found = built.find((candidate) => candidate === word);
      if (found !== undefined) return found;
      const listed = listWords(built);
      if (notBuilt.includes(word)) {
        fail(path, `${what} "${word}" is not built yet`, `Use ${listed}.`);
      } else {
        const suggestion = suggestName(word, [...built, ...notBuilt], "Known");
        fail(path, `unknown ${what} "${printable(word)}"`, `${suggestion} Use ${listed}.`);
      }
      return built[0];
    },
  };
}

type Table<K extends keyof SystemDocument> = NonNullable<SystemDocument[K]>;

function readMachine(reader: Reader, table: Table<"machine">): MachineDescription {
  const path = ["machine"];
  reader.choose([...path, "timing"], "timing profile", table.timing ?? "flat", ["flat"], TIMINGS_NOT_BUILT);
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
    timing: "flat",
    seed: table.seed ?? DEFAULTS.seed,
  };
}

type PartitionTable = Table<"partition">[string];

function readPartition(reader: Reader, name: string, table: PartitionTable, frequencyHz: number): PartitionDescription {
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
  const { period, deadline, priority } = table;
  if (threadTables.length > 0) {
    const stray = Object.entries({ period, deadline, priority }).find(([, value]) => value !== undefined)?.[0];
    if (stray !== undefined) {
      const right = `Move it to [partition.${name}.thread.${threadTables[0][0]}].`;
      reader.fail([...path, stray], `${stray} belongs to a thread, and partition "${name}" has thread tables`, right, {
        part: "key",
      });
    }
  }
  const threads =
    threadTables.length === 0
      ? [readThread(reader, path, "main", { period, deadline, priority }, partitionClass, stackBytes, frequencyHz)]
      : threadTables.map(([thread, threadTable]) => {
          const threadPath = [...path, "thread", thread];
          return readThread(reader, threadPath, thread, threadTable, partitionClass, stackBytes, frequencyHz);
        });
  return {
    path,
    name,
    class: partitionClass,
    program: table.program,
    core: table.core,
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

function readStack(reader: Reader, path: KeyPath, text: string | undefined, otherwise: number): number {
  return reader.size(path, text, otherwise, STACK, 'A stack is a multiple of 4 KiB, from "4 KiB" to "8 MiB".');
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
  const { hasPriorities, order } = CLASSES[partitionClass];
  if (table.priority !== undefined && !hasPriorities) {
    const others = builtWords(CLASSES).filter((word) => CLASSES[word].hasPriorities);
    reader.fail(
      [...path, "priority"],
      `class "${partitionClass}" has no priorities: its threads run ${order}`,
      `Leave priority out, or use class = ${listWords(others)}.`,
      { part: "key", restsOn: [["partition", String(path[1]), "class"]] },
    );
  }
  const cyclesOf = (key: "period" | "deadline"): Cycles | null =>
    table[key] === undefined ? null : reader.cycles([...path, key], table[key], frequencyHz, 1);
  const periodCycles = cyclesOf("period");
  return {
    path,
    name,
    entry: table.entry ?? null,
    priority: table.priority ?? DEFAULTS.priority,
    periodCycles,
    deadlineCycles: cyclesOf("deadline") ?? periodCycles,
    stackBytes: readStack(reader, [...path, "stack"], table.stack, stackBytes),
  };
}

function readRestart(reader: Reader, path: KeyPath, value: PartitionTable["restart"]): PartitionDescription["restart"] {
  if (value === undefined) return { action: "stop", limit: 0 };
  const table = typeof value === "string" ? { action: value, limit: undefined } : value;
  const actionPath = typeof value === "string" ? path : [...path, "action"];
  const action = reader.choose(actionPath, "restart action", table.action, RESTART_ACTIONS, []);
  return { action, limit: table.limit ?? (action === "stop" ? 0 : Number.POSITIVE_INFINITY) };
}

/** Empty for a core that can't be. */
function readCore(reader: Reader, key: string, table: Table<"core">[string], frequencyHz: number): CoreDescription[] {
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

function readChannel(reader: Reader, index: number, table: Table<"channel">[number]): ChannelDescription {
  const path: KeyPath = ["channel", index];
  const slots = table.slots ?? DEFAULTS.slots;
  const wrongSlots = slotsProblem(slots);
  if (wrongSlots !== null) reader.fail([...path, "slots"], wrongSlots.problem, wrongSlots.hint);
  const full = reader.choose(
    [...path, "full"],
    "full policy",
    table.full ?? "block",
    builtWords(FULL_POLICIES),
    wordsNotBuilt(FULL_POLICIES),
  );
  return {
    path,
    name: table.name,
    from: table.from,
    to: table.to,
    kind: reader.choose(
      [...path, "kind"],
      "channel kind",
      table.kind ?? "queue",
      builtWords(CHANNEL_KINDS),
      wordsNotBuilt(CHANNEL_KINDS),
    ),
    slots: wrongSlots === null ? slots : DEFAULTS.slots,
    slotBytes: reader.size(
      [...path, "slot_size"],
      table.slot_size,
      DEFAULTS.slotBytes,
      SLOT,
      'A slot is from "1 B" to "64 KiB".',
    ),
    full: FULL_POLICIES[full].number,
  };
}
