/**
 * What a record holds, and reading it: whatever the bytes, the result is a record whose parts are in range, or a
 * ConfigError. What was cut off is told, and the rest is good.
 */
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { z } from "zod";
import { ConfigError } from "../../errors.js";
import type { SystemPlan } from "../../kernel/index.js";
import { unpackImage, type ImageDescription, type SystemHashes } from "../../system/index.js";
import { END_OF_TIME, type Cycles } from "../../units.js";
import { decodeEvents, type RecordedInput } from "./events.js";
import {
  BLOCK_HEAD_BYTES,
  BlockKind,
  FILE_HEAD_BYTES,
  isRecord,
  Packing,
  readBlockHead,
  RECORD_VERSION,
} from "./format.js";

const cycles = z.int().min(0).max(END_OF_TIME);
const hashText = z.string().regex(/^[0-9a-f]{16}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().max(256);

const headerSchema = z.strictObject({
  /** Of Hallows. */
  version: z.string().max(64),
  system: name,
  /** The host's date when it began. */
  date: z.iso.datetime(),
  /** What changes results besides the plan. */
  tsoSeed: z.int().min(0).max(0xffff_ffff).nullable(),
  /** SHA-256 of the image, and of the first contents of each store that has a file. */
  digests: z.array(z.strictObject({ of: name, sizeBytes: z.int().min(0), sha256, isEmbedded: z.boolean() })).max(256),
});
const checkSchema = z.strictObject({ cycle: cycles, hashes: z.array(hashText).max(256) });
const endSchema = z.strictObject({
  cycle: cycles,
  /** Why it ended: a sentence's end. */
  reason: z.string().max(256),
  hashes: z.strictObject({ partitions: z.array(hashText).max(256), system: hashText }),
  /** What the host refused of a store's operations, by their numbers. */
  refusals: z
    .array(z.strictObject({ store: name, operations: z.array(z.tuple([z.int().min(1), z.int().min(0)])).max(10_000) }))
    .max(64),
});

export type RecordHeader = z.infer<typeof headerSchema>;
/** A moment at which all cores stand at one cycle, and the running hash of each partition. */
export type RecordCheck = z.infer<typeof checkSchema>;
export type RecordEnd = z.infer<typeof endSchema> & { readonly hashes: SystemHashes };

export type RecordEvent =
  | { readonly kind: "input"; readonly input: RecordedInput }
  | { readonly kind: "check"; readonly check: RecordCheck };

export interface Record {
  readonly header: RecordHeader;
  readonly plan: SystemPlan;
  readonly description: ImageDescription;
  /** First contents of stores that the record holds, by name. */
  readonly stores: ReadonlyMap<string, Uint8Array>;
  readonly inputs: number;
  readonly inputBytes: number;
  readonly checks: number;
  /** The cycle of the last event or of the end. */
  readonly lastCycle: Cycles;
  readonly end: RecordEnd | null;
  /** Sentences about what was lost. */
  readonly losses: readonly string[];
  /** In their order. A block's inputs are unpacked when they are asked for. */
  events(): Generator<RecordEvent>;
}

/** The image's place among the digests. */
export const IMAGE_DIGEST = "image";
/** First contents of all stores together that a record holds or is read with. */
export const MOST_STORE_BYTES = 64 * 1024 * 1024;
const MOST_BLOCKS = 1_000_000;

interface Block {
  readonly kind: BlockKind;
  unpack(): Uint8Array;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Throws ConfigError. */
export function readRecord(bytes: Uint8Array, file: string): Record {
  const refuse = (problem: string, hint: string): never => {
    throw new ConfigError({ file, line: 0, column: 0 }, problem, hint);
  };
  if (!isRecord(bytes)) refuse("is no record", 'A record comes from "hallows boot SYSTEM --record FILE".');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes.length < FILE_HEAD_BYTES ? 0 : view.getUint32(0x08, true);
  if (version !== RECORD_VERSION)
    refuse(`is a record of version ${version}, and this is version ${RECORD_VERSION}`, "Record the session again.");

  const damaged = (what: string): never => refuse(`is damaged: ${what}`, "Take another copy of it.");
  const parse = <Value>(schema: z.ZodType<Value>, contents: Uint8Array, what: string): Value => {
    try {
      return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(contents)));
    } catch {
      return damaged(`${what} can't be read`);
    }
  };

  const { blocks, goodBytes } = findBlocks(bytes, () => damaged("a block can't be unpacked"));
  const losses: string[] = [];
  if (goodBytes < bytes.length)
    losses.push(`${bytes.length - goodBytes} bytes behind the last whole block are left out: it was cut off there`);
  const [headerBlock, imageBlock, ...others] = blocks;
  if (headerBlock?.kind !== BlockKind.Header || imageBlock?.kind !== BlockKind.Image)
    return damaged("it has no beginning");
  const header = parse(headerSchema, headerBlock.unpack(), "its header");
  const imageBytes = imageBlock.unpack();
  const digest = header.digests.find(({ of }) => of === IMAGE_DIGEST);
  if (digest === undefined || sha256Of(imageBytes) !== digest.sha256) damaged("its image is another than it says");
  const { plan, description } = unpackImage(imageBytes, file);

  const stores = readStores(others, header, damaged);
  const counts = { inputs: 0, inputBytes: 0, checks: 0, lastCycle: 0 };
  const end = readEvents(others, plan, counts, parse, damaged);
  if (end === null) losses.push("it has no end: the run was cut off, and its last hash is not known");
  return {
    header,
    plan,
    description,
    stores,
    ...counts,
    end,
    losses,
    *events() {
      for (const { kind, unpack } of others) {
        if (kind === BlockKind.Events)
          for (const input of decodeEvents(unpack(), plan.channels.length) ?? []) yield { kind: "input", input };
        else if (kind === BlockKind.Check)
          yield { kind: "check", check: parse(checkSchema, unpack(), "a check of hashes") };
      }
    },
  };
}

/** The whole blocks from the start on. */
function findBlocks(bytes: Uint8Array, fail: () => never): { readonly blocks: Block[]; readonly goodBytes: number } {
  const blocks: Block[] = [];
  let at = FILE_HEAD_BYTES;
  while (blocks.length < MOST_BLOCKS) {
    const head = readBlockHead(bytes, at);
    if (head === null) break;
    const { kind, packing, storedBytes, rawBytes } = head;
    const stored = bytes.subarray(at + BLOCK_HEAD_BYTES, at + BLOCK_HEAD_BYTES + storedBytes);
    blocks.push({ kind, unpack: () => (packing === Packing.None ? stored : inflate(stored, rawBytes, fail)) });
    at += BLOCK_HEAD_BYTES + storedBytes;
    if (kind === BlockKind.End) break;
  }
  return { blocks, goodBytes: at };
}

/** Never takes more memory than the block says, which is limited by its kind. */
function inflate(stored: Uint8Array, rawBytes: number, fail: () => never): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = inflateRawSync(stored, { maxOutputLength: Math.max(1, rawBytes) });
  } catch {
    return fail();
  }
  // Not as a Buffer, whose slices are views.
  return raw.length === rawBytes ? new Uint8Array(raw.buffer, raw.byteOffset, rawBytes) : fail();
}

function readStores(
  blocks: readonly Block[],
  { digests }: RecordHeader,
  damaged: (what: string) => never,
): ReadonlyMap<string, Uint8Array> {
  const stores = new Map<string, Uint8Array>();
  let total = 0;
  for (const { of, sizeBytes, isEmbedded } of digests) {
    if (!isEmbedded || of === IMAGE_DIGEST) continue;
    total += sizeBytes;
    if (total > MOST_STORE_BYTES) damaged("its stores are too large");
    stores.set(of, new Uint8Array(sizeBytes));
  }
  for (const { kind, unpack } of blocks) {
    if (kind !== BlockKind.Store) continue;
    const piece = decodePiece(unpack());
    const contents = piece === null ? undefined : stores.get(piece.store);
    if (piece === null || contents === undefined || piece.at + piece.bytes.length > contents.length)
      return damaged("a piece of a store lies nowhere");
    contents.set(piece.bytes, piece.at);
  }
  for (const [store, contents] of stores) {
    const digest = digests.find(({ of }) => of === store);
    if (sha256Of(contents) !== digest?.sha256) damaged("a store is not what its digest says");
  }
  return stores;
}

interface StorePiece {
  readonly store: string;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** u16 bytes of the name, the name, f64 offset, then the bytes. */
export function encodePiece({ store, at, bytes }: StorePiece): Uint8Array {
  const text = new TextEncoder().encode(store);
  const contents = new Uint8Array(2 + text.length + 8 + bytes.length);
  const view = new DataView(contents.buffer);
  view.setUint16(0, text.length, true);
  contents.set(text, 2);
  view.setFloat64(2 + text.length, at, true);
  contents.set(bytes, 2 + text.length + 8);
  return contents;
}

function decodePiece(contents: Uint8Array): StorePiece | null {
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  if (contents.length < 2 || contents.length < 2 + view.getUint16(0, true) + 8) return null;
  const bytesAt = 2 + view.getUint16(0, true) + 8;
  const at = view.getFloat64(bytesAt - 8, true);
  if (!Number.isSafeInteger(at) || at < 0) return null;
  return { store: new TextDecoder().decode(contents.subarray(2, bytesAt - 8)), at, bytes: contents.subarray(bytesAt) };
}

/** Checks all events, counts them, and returns the end. */
function readEvents(
  blocks: readonly Block[],
  plan: SystemPlan,
  counts: { inputs: number; inputBytes: number; checks: number; lastCycle: Cycles },
  parse: <Value>(schema: z.ZodType<Value>, contents: Uint8Array, what: string) => Value,
  damaged: (what: string) => never,
): RecordEnd | null {
  let latestInput: Cycles = 0;
  let end: RecordEnd | null = null;
  const insistPartitions = (hashes: readonly string[]): void => {
    if (hashes.length !== plan.partitions.length) damaged("it has hashes of other partitions");
  };
  for (const { kind, unpack } of blocks) {
    if (kind === BlockKind.Header || kind === BlockKind.Image) damaged("it begins twice");
    if (kind === BlockKind.Events) {
      const inputs = decodeEvents(unpack(), plan.channels.length) ?? damaged("its inputs can't be read");
      for (const { at, bytes } of inputs) {
        if (at < latestInput) damaged("its inputs are out of order");
        latestInput = at;
        counts.inputs++;
        counts.inputBytes += bytes.length;
      }
      counts.lastCycle = Math.max(counts.lastCycle, latestInput);
    } else if (kind === BlockKind.Check) {
      const { cycle, hashes } = parse(checkSchema, unpack(), "a check of hashes");
      insistPartitions(hashes);
      counts.checks++;
      counts.lastCycle = Math.max(counts.lastCycle, cycle);
    } else if (kind === BlockKind.End) {
      end = parse(endSchema, unpack(), "its end");
      insistPartitions(end.hashes.partitions);
      counts.lastCycle = end.cycle;
    }
  }
  return end;
}
