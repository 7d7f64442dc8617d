/**
 * The shape of a system description, as data: which keys exist, which types they take, and how each is explained.
 *
 * Shape only. What values mean together is checked in plan/rules.ts. Texts given to `describe` complete the sentence
 * "... must be": they are the hints of errors, and the help of editors that read the JSON schema of it.
 * Units are parsed in read-description.ts, because an error there needs the place of the value.
 */
import { OVERRUN_WORDS } from "../../kernel/threads/overruns.js";
import { z } from "zod";
import { FULL_POLICIES, POOL_MODES } from "../../abi/index.js";
import { DECLARED_DEVICES, describeOption, DEVICES, type DeviceRow } from "../../devices/index.js";
import { CHANNEL_KINDS } from "../../ipc/index.js";
import { CLASSES, POLICIES } from "../../scheduler/index.js";
import { DEFAULT_TIMING, TIMING_PROFILES } from "../../machine/timing/profiles.js";
import { builtWords } from "../../vocabulary.js";
import { CORE, CORES, PRIORITY, RESTARTS, SEED, type Limits } from "../limits.js";
import { listWords } from "./names.js";

const size = (example: string) => z.string().describe(`a size in quotes, such as "${example}"`);
const time = (example: string) => z.string().describe(`a time in quotes, such as "${example}" or "5000 cycles"`);
const word = (example: string) => z.string().describe(`a word in quotes, such as "${example}"`);
const names = (example: string) => z.union([word(example), z.array(word(example)).min(1)]);
const whole = ({ least, most }: Limits) =>
  z.number().int().min(least).max(most).describe(`a whole number from ${least} to ${most}`);

const threadKeys = {
  priority: whole(PRIORITY).optional(),
  period: time("10 ms").optional(),
  deadline: time("8 ms").optional(),
  wcet: time("2 ms").optional(),
  overrun: word("skip").describe(listWords(OVERRUN_WORDS)).optional(),
};

export const threadSchema = z.strictObject({
  entry: word("control_loop")
    .describe('the name of a function in the program, in quotes, such as "control_loop"')
    .optional(),
  ...threadKeys,
  stack: size("64 KiB").optional(),
});

const restartAction = word("restart").describe('"stop" or "restart"');
export const restartSchema = z.strictObject({
  action: restartAction,
  limit: whole(RESTARTS).optional(),
});

export const reserveSchema = z.strictObject({
  budget: time("2 ms"),
  period: time("10 ms"),
});

export const partitionSchema = z.strictObject({
  class: word("realtime").describe(listWords(builtWords(CLASSES))),
  policy: word("earliest-deadline")
    .describe(listWords(builtWords(POLICIES)))
    .optional(),
  program: word("sensor.elf").describe('the path of an ELF file, in quotes, such as "sensor.elf"'),
  core: whole(CORE).describe("a core number, 0 to 15"),
  reserve: reserveSchema.describe('a table such as { budget = "2 ms", period = "10 ms" }').optional(),
  slack: z.boolean().describe("true or false").optional(),
  memory: size("2 MiB").optional(),
  stack: size("64 KiB").optional(),
  restart: z
    .union([restartAction, restartSchema])
    .describe('"stop", "restart" or { action = "restart", limit = 3 }')
    .optional(),
  ...threadKeys,
  thread: z
    .record(z.string(), threadSchema.describe("a table [partition.NAME.thread.THREAD]"))
    .describe("tables such as [partition.NAME.thread.THREAD]")
    .optional(),
});

export const windowSchema = z.strictObject({
  partition: word("sensor").describe("the name of a partition, in quotes"),
  start: time("0 ms"),
  length: time("5 ms"),
});

export const coreSchema = z.strictObject({
  frame: time("10 ms"),
  windows: z
    .array(windowSchema.describe('a table such as { partition = "sensor", start = "0 ms", length = "5 ms" }'))
    .min(1)
    .describe('a list such as [{ partition = "sensor", start = "0 ms", length = "5 ms" }]'),
});

/** The keys of all kinds together; which a kind has, and which values, is judged in read-device.ts. */
const deviceOptions = Object.fromEntries(
  DECLARED_DEVICES.flatMap((word) => Object.entries((DEVICES[word] as DeviceRow).options)).map(([key, option]) => [
    key,
    z.union([z.string(), z.number(), z.boolean()]).describe(describeOption(option)).optional(),
  ]),
);
export const deviceSchema = z.strictObject({
  kind: word("entropy").describe(listWords(DECLARED_DEVICES)),
  ...deviceOptions,
});

export const channelSchema = z.strictObject({
  name: word("orders"),
  from: names("api").describe("the name of who sends, in quotes, or a list of names"),
  to: names("store").describe("the name of who receives, in quotes, or a list of names"),
  kind: word("queue")
    .describe(listWords(builtWords(CHANNEL_KINDS)))
    .optional(),
  slots: z.number().int().describe("a power of two from 2 to 4096").optional(),
  slot_size: size("64 B").optional(),
  size: size("64 KiB").optional(),
  full: word("block")
    .describe(listWords(builtWords(FULL_POLICIES)))
    .optional(),
  reply_size: size("64 B").optional(),
  refresh: time("10 ms").optional(),
});

export const poolSchema = z.strictObject({
  owner: word("camera").describe("the name of the partition that it belongs to, in quotes"),
  members: names("filter").describe("the names of the other partitions, in quotes: a list, or one name"),
  mode: word("seal").describe(listWords(builtWords(POOL_MODES))),
  size: size("4 MiB"),
  block: size("64 KiB").optional(),
});

export const machineSchema = z.strictObject({
  cores: whole(CORES).optional(),
  memory: size("64 MiB").optional(),
  frequency: z.string().describe('a frequency in quotes, such as "1 MHz" or "3 GHz"').optional(),
  timing: word(DEFAULT_TIMING)
    .describe(listWords(builtWords(TIMING_PROFILES)))
    .optional(),
  seed: whole(SEED).optional(),
});

export const systemSchema = z.strictObject({
  name: word("tour").optional(),
  machine: machineSchema.describe("a table [machine]").optional(),
  partition: z
    .record(z.string(), partitionSchema.describe("a table [partition.NAME]"))
    .describe("tables such as [partition.NAME]"),
  core: z.record(z.string(), coreSchema.describe("a table [core.N]")).describe("tables such as [core.0]").optional(),
  device: z
    .record(z.string(), deviceSchema.describe("a table [device.NAME]"))
    .describe("tables such as [device.NAME]")
    .optional(),
  pool: z
    .record(z.string(), poolSchema.describe("a table [pool.NAME]"))
    .describe("tables such as [pool.NAME]")
    .optional(),
  channel: z
    .array(channelSchema.describe("a table headed [[channel]]"))
    .describe("tables headed [[channel]]")
    .optional(),
});

export type SystemDocument = z.infer<typeof systemSchema>;

/** Keys and class names of the design that are not built yet: named as such, rather than as unknown. */
export const KEYS_NOT_BUILT: ReadonlyMap<string, string> = new Map([
  ["plans", "Several plans of windows are not built yet: give one frame and its windows."],
]);

/** The part of the schema at a path, as data: what it must be, and its keys where it is a table. */
export interface SchemaNode {
  readonly description: string;
  readonly keys: readonly string[];
  /** Something of the right shape where the schema demands a value; undefined where the key may be left out. */
  readonly placeholder: unknown;
}

/** Follows a path through tables, records, lists and unions; null where it leaves the schema. */
export function schemaAt(path: readonly (string | number)[]): SchemaNode | null {
  let type: unknown = systemSchema;
  let description = "";
  let isOptional = false;
  for (let index = 0; ; index++) {
    isOptional = type instanceof z.ZodOptional;
    const unwrapped = unwrap(type);
    description = unwrapped.description;
    type = unwrapped.type;
    if (index === path.length) break;
    if (type instanceof z.ZodUnion) type = type.options.find((option) => option instanceof z.ZodObject);
    if (type instanceof z.ZodObject) type = (type.shape as Record<string, unknown>)[String(path[index])];
    else if (type instanceof z.ZodRecord) type = type.valueType;
    else if (type instanceof z.ZodArray) type = type.element;
    else return null;
    if (type === undefined) return null;
  }
  if (type instanceof z.ZodUnion) type = type.options.find((option) => option instanceof z.ZodObject);
  const keys = type instanceof z.ZodObject ? Object.keys(type.shape) : [];
  return { description, keys, placeholder: isOptional ? undefined : placeholderOf(type) };
}

function placeholderOf(type: unknown): unknown {
  if (type instanceof z.ZodString) return "";
  if (type instanceof z.ZodNumber) return 0;
  if (type instanceof z.ZodArray) return [placeholderOf(type.element)];
  if (!(type instanceof z.ZodObject)) return {};
  const required = Object.entries<unknown>(type.shape).filter(([, value]) => !(value instanceof z.ZodOptional));
  return Object.fromEntries(required.map(([key, value]) => [key, placeholderOf(value)]));
}

function unwrap(type: unknown): { readonly type: unknown; readonly description: string } {
  let description = "";
  while (type instanceof z.ZodOptional) {
    description ||= type.description ?? "";
    type = type.unwrap();
  }
  if (type instanceof z.ZodType) description ||= type.description ?? "";
  return { type, description };
}
