/**
 * Writing a record while the session runs: in the background, a block at a time, so that a run that is killed leaves a
 * record of all but its last moments. What the disk does not take in time is bounded (`isFull`); an error of the disk
 * ends the record, not the run.
 */
import { deflateRaw, deflateRawSync } from "node:zlib";
import { promisify } from "node:util";
import type { ConfigError } from "../../errors.js";
import type { Session } from "../../system/index.js";
import type { ChannelId, Cycles } from "../../units.js";
import type { GrowingFile } from "../growing-file.js";
import { createEventEncoder } from "./events.js";
import { BlockKind, encodeBlock, fileHead, MOST_RAW_BYTES, Packing } from "./format.js";
import { encodePiece, IMAGE_DIGEST, MOST_STORE_BYTES, sha256Of, type RecordEnd, type RecordHeader } from "./record.js";

/** First contents of a store. */
export interface StoreContents {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readFirst(at: number, sizeBytes: number): Uint8Array;
}

export interface RecorderOptions {
  readonly file: GrowingFile;
  readonly session: Session;
  readonly image: Uint8Array;
  readonly stores: readonly StoreContents[];
  readonly version: string;
  readonly tsoSeed: number | null;
  readonly date: Date;
}

export interface Recorder {
  input(channel: ChannelId, at: Cycles, bytes: Uint8Array): void;
  /**
   * All cores stand at the session's present cycle, which is a chance to note hashes. What was recorded so far is on
   * its way to the file.
   */
  check(): void;
  /** Whether the run should wait for the disk. */
  isFull(): boolean;
  failure(): ConfigError | null;
  /** The run has ended, and all cores stand at the session's present cycle. */
  finish(end: Pick<RecordEnd, "reason" | "refusals">): Promise<void>;
  readonly inputs: number;
}

const BLOCK_BYTES = 64 * 1024;
const PIECE_BYTES = 1024 * 1024;
const MOST_PENDING_BYTES = 16 * 1024 * 1024;
/** What is shorter is not worth packing. */
const LEAST_PACKED_BYTES = 256;
/** Blocks that go as they are after one that packing made little smaller: what comes is packed already. */
const UNPACKED_BLOCKS = 15;
const WORTHWHILE = 0.9;
/** While nothing comes in, each check of hashes takes twice as long to come as the one before, up to this. */
const MOST_PATIENCE = 64;

const deflate = promisify<Uint8Array, { level: number }, Uint8Array>(deflateRaw);

export function createRecorder(options: RecorderOptions): Recorder {
  const { file, session } = options;
  const encoder = createEventEncoder();
  let inputs = 0;
  let unpackedBlocks = 0;
  /** Since the last check of hashes: how often there could have been one, and how often there is to be none. */
  let passed = 0;
  let patience = 1;
  let checkedInputs = 0;

  function addText(kind: BlockKind, value: unknown): void {
    const contents = new TextEncoder().encode(JSON.stringify(value));
    file.add(contents.length, () => encodeBlock(kind, Packing.None, contents, contents.length));
  }

  function addPacked(kind: BlockKind, contents: Uint8Array): void {
    file.add(contents.length, () =>
      encodeBlock(kind, Packing.Deflate, deflateRawSync(contents, { level: 6 }), contents.length),
    );
  }

  async function packEvents(contents: Uint8Array): Promise<Uint8Array> {
    if (contents.length >= LEAST_PACKED_BYTES && unpackedBlocks === 0) {
      const packed = await deflate(contents, { level: 1 });
      if (packed.length < contents.length * WORTHWHILE)
        return encodeBlock(BlockKind.Events, Packing.Deflate, packed, contents.length);
      unpackedBlocks = UNPACKED_BLOCKS;
    } else if (unpackedBlocks > 0) unpackedBlocks--;
    return encodeBlock(BlockKind.Events, Packing.None, contents, contents.length);
  }

  function flush(): void {
    if (encoder.sizeBytes === 0) return;
    const contents = encoder.take();
    file.add(contents.length, () => packEvents(contents));
  }

  function begin(): void {
    const { image, stores, version, tsoSeed, date } = options;
    let embeddedBytes = 0;
    const isEmbedded = ({ sizeBytes }: StoreContents): boolean => {
      if (embeddedBytes + sizeBytes > MOST_STORE_BYTES) return false;
      embeddedBytes += sizeBytes;
      return true;
    };
    const digests = [
      { of: IMAGE_DIGEST, sizeBytes: image.length, sha256: sha256Of(image), isEmbedded: true },
      ...stores.map((store) => ({
        of: store.name,
        sizeBytes: store.sizeBytes,
        sha256: store.sha256,
        isEmbedded: isEmbedded(store),
      })),
    ];
    const header: RecordHeader = { version, system: session.plan.name, date: date.toISOString(), tsoSeed, digests };
    const head = fileHead();
    file.add(head.length, () => head);
    addText(BlockKind.Header, header);
    addPacked(BlockKind.Image, image);
    stores.forEach((store, index) => {
      if (digests[index + 1].isEmbedded) addStore(store);
    });
  }

  /** Pieces that are all zeros are left out. */
  function addStore({ name, sizeBytes, readFirst }: StoreContents): void {
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
      const bytes = readFirst(at, Math.min(PIECE_BYTES, sizeBytes - at));
      if (bytes.some((byte) => byte !== 0)) addPacked(BlockKind.Store, encodePiece({ store: name, at, bytes }));
    }
  }

  begin();
  return {
    get inputs() {
      return inputs;
    },
    input(channel, at, bytes) {
      if (file.failure() !== null) return;
      // A block holds whole inputs, however long one is.
      if (encoder.sizeBytes + bytes.length > MOST_RAW_BYTES[BlockKind.Events] / 2) flush();
      // Who handed them over may use them again.
      encoder.add({ channel, at, bytes: new Uint8Array(bytes) });
      inputs++;
      if (encoder.sizeBytes >= BLOCK_BYTES) flush();
    },
    check() {
      flush();
      passed++;
      if (inputs === checkedInputs && passed < patience) return;
      patience = inputs === checkedInputs ? Math.min(MOST_PATIENCE, patience * 2) : 1;
      checkedInputs = inputs;
      passed = 0;
      const hashes = session.plan.partitions.map(({ id }) => session.hal.hashOf(id));
      addText(BlockKind.Check, { cycle: session.now(), hashes });
    },
    isFull: () => file.pendingBytes() > MOST_PENDING_BYTES,
    failure: file.failure,
    async finish({ reason, refusals }) {
      flush();
      addText(BlockKind.End, { cycle: session.now(), reason, hashes: session.hashes(), refusals });
      await file.close();
    },
  };
}
