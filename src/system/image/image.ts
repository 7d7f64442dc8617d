/**
 * Bootable images: a plan and the bytes of its programs in one file.
 *
 *   +0x00  "HALLOWS\n"              a file that went through a text conversion shows here
 *   +0x08  u32 version              IMAGE_VERSION
 *   +0x0c  u32 checksum             CRC-32 of everything from +0x10
 *   +0x10  u32 fileBytes            of the whole file
 *   +0x14  u32 headBytes            of the MessagePack part
 *   +0x18  u32 sections             their number
 *   +0x1c  u32 abiVersion           ABI_VERSION of the plan
 *   +0x20  { u32 offset, u32 sizeBytes } for each section, from the start of the file
 *   …      the MessagePack part: { description: { file, text }, plan }
 *   …      sections, each at a multiple of 16: what regions hold at the start
 *
 * All numbers are little-endian. Invariant: whatever the bytes, reading gives a plan that passes plan/verify.ts, or a
 * ConfigError; sections are views of the file, so reading allocates no more than the file's size a few times over.
 */
import { Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import { ABI_VERSION } from "../../abi/index.js";
import { ConfigError } from "../../errors.js";
import type { CorePlan, PartitionPlan, SystemPlan } from "../../kernel/plan.js";
import { isSameBytes } from "../bytes.js";
import { z } from "zod";
import { crc32 } from "./crc32.js";
import { isPlainMessagePack } from "./plain-message-pack.js";
import { packedPlanSchema, type PackedPlan } from "./plan-schema.js";
import { verifyPlan } from "../plan/verify.js";

export const IMAGE_VERSION = 4;
const MAGIC = Uint8Array.from([0x48, 0x41, 0x4c, 0x4c, 0x4f, 0x57, 0x53, 0x0a]);
const HEADER_BYTES = 0x20;
const CHECKED_FROM = 0x10;
const SECTION_ENTRY_BYTES = 8;
const SECTION_ALIGNMENT = 16;
const MAX_SECTIONS = 65536;
const MAX_HEAD_BYTES = 32 * 1024 * 1024;

/** The text that a plan was made of: kept for people, never read by the machine. */
export interface ImageDescription {
  readonly file: string;
  readonly text: string;
}

export interface Image {
  readonly plan: SystemPlan;
  readonly description: ImageDescription;
}

const headSchema = z.strictObject({
  description: z.strictObject({ file: z.string().max(4096), text: z.string().max(1024 * 1024) }),
  plan: packedPlanSchema,
});

const FORMAT = { useRecords: false, mapsAsObjects: true, variableMapSize: true } as const;

/** Whether bytes begin as an image does; a description never does. */
export function isImage(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** The same plan and description give the same bytes. */
export function packImage({ plan, description }: Image): Uint8Array {
  const sections: Uint8Array[] = [];
  const packed = packPlan(plan, (contents) => {
    const same = sections.findIndex((section) => isSameBytes(section, contents));
    return same === -1 ? sections.push(contents) - 1 : same;
  });
  // The schema brings the fields into one order, whoever made the plan.
  const head = new Packr(FORMAT).pack(headSchema.parse({ description, plan: packed }));
  if (!isPlainMessagePack(head)) {
    throw new ConfigError(
      { file: description.file, line: 0, column: 0 },
      "its programs have too many function symbols for an image",
      "Strip those that no thread starts with, or have no symbols at all: strip --strip-all.",
    );
  }
  let next = HEADER_BYTES + sections.length * SECTION_ENTRY_BYTES + head.length;
  const offsets = sections.map((section) => {
    const offset = Math.ceil(next / SECTION_ALIGNMENT) * SECTION_ALIGNMENT;
    next = offset + section.length;
    return offset;
  });
  const bytes = new Uint8Array(next);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC, 0);
  view.setUint32(0x08, IMAGE_VERSION, true);
  view.setUint32(0x10, bytes.length, true);
  view.setUint32(0x14, head.length, true);
  view.setUint32(0x18, sections.length, true);
  view.setUint32(0x1c, ABI_VERSION, true);
  sections.forEach((section, index) => {
    view.setUint32(HEADER_BYTES + index * SECTION_ENTRY_BYTES, offsets[index], true);
    view.setUint32(HEADER_BYTES + index * SECTION_ENTRY_BYTES + 4, section.length, true);
    bytes.set(section, offsets[index]);
  });
  bytes.set(head, HEADER_BYTES + sections.length * SECTION_ENTRY_BYTES);
  view.setUint32(0x0c, crc32(bytes.subarray(CHECKED_FROM)), true);
  return bytes;
}

/**
 * Throws ConfigError, and nothing else, for whatever is wrong with the bytes. Contents of regions are views of them.
 */
export function unpackImage(fileBytes: Uint8Array, file: string): Image {
  const bytes = new Uint8Array(fileBytes.buffer, fileBytes.byteOffset, fileBytes.byteLength);
  const refuse: Refuse = (problem, hint) => {
    throw new ConfigError({ file, line: 0, column: 0 }, problem, hint);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { headAt, headBytes, sections } = readFrame(view, bytes, refuse);
  const head = readHead(bytes.subarray(headAt, headAt + headBytes), refuse);
  const plan = unpackPlan(head.plan, (index) => {
    if (index === -1) return new Uint8Array(0);
    const section = sections[index];
    if (section === undefined)
      return refuse(`its plan names section ${index}, which is not there`, "Make the image again.");
    return section;
  });
  verifyPlan(plan, file);
  return { plan, description: head.description };
}

type Refuse = (problem: string, hint: string) => never;

interface Frame {
  readonly headAt: number;
  readonly headBytes: number;
  readonly sections: readonly Uint8Array[];
}

/** Everything that is not MessagePack: lengths, checksum, sections. */
function readFrame(view: DataView, bytes: Uint8Array, refuse: Refuse): Frame {
  if (!isImage(bytes)) refuse("it is not an image of Hallows", 'Make one with "hallows pack".');
  if (bytes.length < HEADER_BYTES) refuse("it is cut off", "Copy or make the image again.");
  const version = view.getUint32(0x08, true);
  if (version !== IMAGE_VERSION) {
    refuse(
      `it is an image of version ${version}, and this Hallows reads version ${IMAGE_VERSION}`,
      "Make the image again.",
    );
  }
  const fileBytes = view.getUint32(0x10, true);
  if (fileBytes !== bytes.length) {
    refuse(`it should have ${fileBytes} bytes, and has ${bytes.length}`, "Copy or make the image again.");
  }
  if (crc32(bytes.subarray(CHECKED_FROM)) !== view.getUint32(0x0c, true)) {
    refuse("it is damaged: its checksum is wrong", "Copy or make the image again.");
  }
  const abiVersion = view.getUint32(0x1c, true);
  if (abiVersion !== ABI_VERSION) {
    refuse(
      `its programs speak ABI version ${abiVersion}, and this kernel speaks ${ABI_VERSION}`,
      "Build its programs again.",
    );
  }
  const headBytes = view.getUint32(0x14, true);
  const count = view.getUint32(0x18, true);
  const headAt = HEADER_BYTES + count * SECTION_ENTRY_BYTES;
  if (count > MAX_SECTIONS || headBytes > MAX_HEAD_BYTES || headAt + headBytes > bytes.length) {
    refuse("its parts do not fit into it", "Make the image again.");
  }
  const sections = Array.from({ length: count }, (_, index) => {
    const offset = view.getUint32(HEADER_BYTES + index * SECTION_ENTRY_BYTES, true);
    const sizeBytes = view.getUint32(HEADER_BYTES + index * SECTION_ENTRY_BYTES + 4, true);
    if (offset + sizeBytes > bytes.length) refuse(`its section ${index} does not fit into it`, "Make the image again.");
    return bytes.subarray(offset, offset + sizeBytes);
  });
  return { headAt, headBytes, sections };
}

function readHead(bytes: Uint8Array, refuse: Refuse): z.infer<typeof headSchema> {
  // The decoder is shown only what can't make it do more than build plain values.
  if (!isPlainMessagePack(bytes))
    refuse("its plan is not plain MessagePack, or too much of it", "Make the image again.");
  let value: unknown;
  try {
    value = new Unpackr(FORMAT).unpack(bytes);
  } catch (error) {
    refuse(
      `its plan can't be read: ${error instanceof Error ? error.message : String(error)}`,
      "Make the image again.",
    );
  }
  const head = headSchema.safeParse(value);
  if (head.success) return head.data;
  const [issue] = head.error.issues;
  return refuse(`its plan has a wrong field: ${issue.path.map(String).join(".")}`, "Make the image again.");
}

function packCore(core: CorePlan): PackedPlan["cores"][number] {
  if (core.kind === "windows") return { ...core, windows: [...core.windows] };
  if (core.kind === "reservations") return { ...core, reservations: [...core.reservations], slack: [...core.slack] };
  return { ...core };
}

function packPlan(plan: SystemPlan, addSection: (contents: Uint8Array) => number): PackedPlan {
  return {
    name: plan.name,
    machine: { ...plan.machine },
    cores: plan.cores.map(packCore),
    partitions: plan.partitions.map((partition) => packPartition(partition, addSection)),
    devices: plan.devices.map((device) => ({ ...device, options: { ...device.options } })),
    channels: plan.channels.map((channel) => ({ ...channel, ends: [...channel.ends], links: [...channel.links] })),
    pools: plan.pools.map((pool) => ({ ...pool, members: [...pool.members] })),
    blocks: plan.blocks.map((block) => ({ ...block, readers: [...block.readers] })),
  };
}

function packPartition(
  partition: PartitionPlan,
  addSection: (contents: Uint8Array) => number,
): PackedPlan["partitions"][number] {
  const { restart } = partition;
  return {
    ...partition,
    regions: partition.regions.map((region) => ({
      ...region,
      at: Number(region.at),
      contents: region.contents.length === 0 ? -1 : addSection(region.contents),
    })),
    threads: partition.threads.map((thread) => ({
      ...thread,
      rip: Number(thread.rip),
      rsp: Number(thread.rsp),
      entry: Number(thread.entry),
    })),
    channelEnds: [...partition.channelEnds],
    restart: { action: restart.action, limit: Number.isFinite(restart.limit) ? restart.limit : null },
    symbols: partition.symbols.map((symbol) => ({ ...symbol, at: Number(symbol.at) })),
  };
}

function unpackPlan(packed: PackedPlan, section: (index: number) => Uint8Array): SystemPlan {
  return {
    ...packed,
    partitions: packed.partitions.map((partition): PartitionPlan => {
      const { restart } = partition;
      return {
        ...partition,
        regions: partition.regions.map((region) => ({
          ...region,
          at: BigInt(region.at),
          contents: section(region.contents),
        })),
        threads: partition.threads.map((thread) => ({
          ...thread,
          rip: BigInt(thread.rip),
          rsp: BigInt(thread.rsp),
          entry: BigInt(thread.entry),
        })),
        restart: { action: restart.action, limit: restart.limit ?? Number.POSITIVE_INFINITY },
        symbols: partition.symbols.map((symbol) => ({ ...symbol, at: BigInt(symbol.at) })),
      };
    }),
  };
}
