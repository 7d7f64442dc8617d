/**
 * The shape of a plan inside an image: what each field may be, before plan/verify.ts looks at what they mean together.
 *
 * Differences to SystemPlan: addresses are numbers (they are below 2^47), a limit of null stands for none, and
 * `contents` is the number of a section of the image, or -1 for none.
 */
import { DEFAULT_OVERRUN, OVERRUN_WORDS } from "../../kernel/threads/overruns.js";
import { z } from "zod";
import { DEVICES, type DeviceWord } from "../../devices/index.js";
import { CHANNEL_KINDS } from "../../ipc/index.js";
import {
  FULL_POLICY_NAMES,
  MAX_CHANNEL_ENDS,
  MAX_PARTITIONS,
  MAX_POOLS,
  MAX_THREADS,
  POOL_MODES,
} from "../../abi/index.js";
import { CLASSES, POLICIES } from "../../scheduler/index.js";
import { TIMING_PROFILES } from "../../machine/timing/profiles.js";
import { builtWords } from "../../vocabulary.js";
import { MAX_DURATION_CYCLES } from "../../units.js";
import {
  BLOCK,
  CORE,
  CORES,
  FREQUENCY_HZ,
  MAX_DEVICES,
  MACHINE_MEMORY,
  POOL,
  PRIORITY,
  RESTARTS,
  SEED,
  SLOT,
  SLOTS,
  type Limits,
} from "../limits.js";

const MAX_MEMORY_BYTES = MACHINE_MEMORY.most;
const whole = (least: number, most: number) => z.number().int().min(least).max(most);
const within = ({ least, most }: Limits) => whole(least, most);
const virtualAddress = whole(0, 2 ** 47 - 1);
const physicalAddress = whole(0, MAX_MEMORY_BYTES - 1);
const memorySize = whole(0, MAX_MEMORY_BYTES);
const cycles = whole(0, MAX_DURATION_CYCLES);
const partitionId = whole(0, MAX_PARTITIONS - 1);
const deviceId = whole(0, MAX_DEVICES - 1);

/** Elements are looked at up to the first that is wrong: a file can make more complaints than the host has memory. */
function listOf<T>(element: z.ZodType<T>, least: number, most: number) {
  return z
    .array(z.unknown())
    .min(least)
    .max(most)
    .transform((values, context): T[] => {
      const elements: T[] = [];
      for (const [index, value] of values.entries()) {
        const result = element.safeParse(value);
        if (!result.success) {
          const [{ path, message }] = result.error.issues;
          context.addIssue({ code: "custom", message, path: [index, ...path] });
          return z.NEVER;
        }
        elements.push(result.data);
      }
      return elements;
    });
}

/** Printable, so that it may be shown as it is. */
const label = z.string().regex(/^[\x20-\x7e]{1,128}$/);
const extent = z.strictObject({ at: physicalAddress, sizeBytes: memorySize });

const region = z.strictObject({
  name: label,
  kind: z.enum(["program", "stack", "heap", "boot-info", "channel"]),
  at: virtualAddress,
  frames: physicalAddress,
  sizeBytes: memorySize,
  rights: z.strictObject({ write: z.boolean(), execute: z.boolean() }),
  shared: z.boolean(),
  contents: whole(-1, 65535),
});

const thread = z.strictObject({
  id: whole(0, MAX_PARTITIONS * MAX_THREADS - 1),
  name: label,
  rip: virtualAddress,
  rsp: virtualAddress,
  entry: virtualAddress,
  priority: within(PRIORITY),
  periodCycles: whole(1, MAX_DURATION_CYCLES).nullable(),
  deadlineCycles: whole(1, MAX_DURATION_CYCLES).nullable(),
  wcetCycles: whole(1, MAX_DURATION_CYCLES).nullable(),
  overrun: z.enum(OVERRUN_WORDS).default(DEFAULT_OVERRUN),
});

const channelEnd = z.strictObject({ channel: whole(0, 65535), end: whole(0, MAX_PARTITIONS) });

const symbol = z.strictObject({
  name: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  at: virtualAddress,
  sizeBytes: memorySize,
});

const partition = z.strictObject({
  id: partitionId,
  name: label,
  class: z.enum(builtWords(CLASSES)),
  policy: z.enum(builtWords(POLICIES)).nullable(),
  core: within(CORE),
  memory: extent,
  tables: extent,
  regions: listOf(region, 0, 1024),
  threads: listOf(thread, 0, MAX_THREADS),
  channelEnds: listOf(channelEnd, 0, MAX_CHANNEL_ENDS),
  restart: z.strictObject({ action: z.enum(["stop", "restart"]), limit: within(RESTARTS).nullable() }),
  // As a person wrote it, in any script; made printable where it is shown.
  program: z.string().min(1).max(4096),
  symbols: listOf(symbol, 0, 65536),
});

const device = z.strictObject({
  id: deviceId,
  name: label,
  kind: z.enum(Object.keys(DEVICES) as DeviceWord[]),
  options: z.record(z.string().max(31), z.union([z.number(), z.string().max(1024), z.boolean(), z.null()])),
});

const owner = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("partition"), partition: partitionId }),
  z.strictObject({ kind: z.literal("device"), device: deviceId }),
]);

const endNumber = whole(0, MAX_PARTITIONS - 1);
const link = z.strictObject({
  from: endNumber,
  to: endNumber,
  fromSide: physicalAddress,
  toSide: physicalAddress.nullable(),
});

const channel = z.strictObject({
  id: whole(0, 65535),
  name: label,
  kind: z.enum(builtWords(CHANNEL_KINDS)),
  slots: within(SLOTS),
  slotBytes: within(SLOT),
  full: whole(0, FULL_POLICY_NAMES.length - 1),
  replyBytes: whole(0, SLOT.most),
  refreshCycles: cycles,
  ends: listOf(z.strictObject({ role: z.enum(["producer", "consumer"]), owner }), 0, MAX_PARTITIONS),
  links: listOf(link, 0, MAX_PARTITIONS),
});

const block = z.strictObject({
  writer: partitionId,
  readers: listOf(partitionId, 1, MAX_PARTITIONS),
  frames: physicalAddress,
  sizeBytes: memorySize,
});

const pool = z.strictObject({
  id: whole(0, MAX_POOLS - 1),
  name: label,
  mode: z.enum(builtWords(POOL_MODES)),
  members: listOf(partitionId, 2, MAX_PARTITIONS),
  sizeBytes: whole(POOL.least, POOL.most),
  blockBytes: whole(BLOCK.least, BLOCK.most),
  frames: physicalAddress,
});

const window = z.strictObject({
  partition: partitionId,
  startCycles: cycles,
  lengthCycles: whole(1, MAX_DURATION_CYCLES),
});

const reservation = z.strictObject({
  partition: partitionId,
  budgetCycles: whole(1, MAX_DURATION_CYCLES),
  periodCycles: whole(1, MAX_DURATION_CYCLES),
});

const core = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dedicated"), partition: partitionId }),
  z.strictObject({
    kind: z.literal("windows"),
    frameCycles: whole(1, MAX_DURATION_CYCLES),
    windows: listOf(window, 1, 65536),
  }),
  z.strictObject({
    kind: z.literal("reservations"),
    reservations: listOf(reservation, 0, 1024),
    slack: listOf(partitionId, 0, 1024),
  }),
  z.strictObject({ kind: z.literal("off") }),
]);

export const packedPlanSchema = z.strictObject({
  name: label,
  machine: z.strictObject({
    cores: within(CORES),
    memoryBytes: memorySize,
    frequencyHz: within(FREQUENCY_HZ),
    timing: z.enum(builtWords(TIMING_PROFILES)),
    seed: within(SEED),
  }),
  cores: listOf(core, 0, CORES.most),
  partitions: listOf(partition, 0, MAX_PARTITIONS),
  devices: listOf(device, 0, MAX_DEVICES),
  channels: listOf(channel, 0, MAX_PARTITIONS * MAX_CHANNEL_ENDS),
  blocks: listOf(block, 0, 2 * MAX_PARTITIONS * MAX_CHANNEL_ENDS),
  pools: listOf(pool, 0, MAX_POOLS).default([]),
});

export type PackedPlan = z.infer<typeof packedPlanSchema>;
