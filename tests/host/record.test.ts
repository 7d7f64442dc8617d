import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { array, assert, integer, nat, oneof, property, record as recordOf, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../dist/errors.js";
import type { GrowingFile } from "../../dist/host/growing-file.js";
import { createLive, type LiveSource } from "../../dist/host/live.js";
import { createEventEncoder, decodeEvents } from "../../dist/host/record/events.js";
import { BLOCK_HEAD_BYTES, BlockKind, encodeBlock, FILE_HEAD_BYTES, Packing } from "../../dist/host/record/format.js";
import { readRecord, type Record } from "../../dist/host/record/record.js";
import { createRecorder, type StoreContents } from "../../dist/host/record/recorder.js";
import { createReplay, type Replay, type ReplayReport } from "../../dist/host/record/replay.js";
import { settle } from "../../dist/host/slices.js";
import { createSession, loadSystem, packImage, type Session, type SessionOptions } from "../../dist/system/index.js";
import { END_OF_TIME } from "../../dist/units.js";
import { createRandom, mutateBytes } from "../system/mutate.js";

const SHELL = fileURLToPath(new URL("../../images/shell/", import.meta.url));
const TEXT = readFileSync(`${SHELL}system.toml`, "utf8");
const plan = loadSystem(TEXT, "system.toml", { readFile: (name) => readFileSync(SHELL + name) });
/** The one that the console's input comes over. */
const KEYS = 0;

/** A file in memory. */
function memoryFile(): GrowingFile & { bytes(): Promise<Uint8Array> } {
  const chunks: Uint8Array[] = [];
  let last: Promise<unknown> = Promise.resolve();
  return {
    add(_, piece) {
      last = last.then(async () => chunks.push(await piece()));
    },
    pendingBytes: () => 0,
    writtenBytes: () => chunks.reduce((total, { length }) => total + length, 0),
    failure: () => null,
    close: async () => void (await last),
    bytes: async () => {
      await last;
      return new Uint8Array(Buffer.concat(chunks));
    },
  };
}

interface Recorded {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/** A person who types at the shell for some seconds of a host's clock that is made up. */
async function record(lines: readonly string[], stores: readonly StoreContents[] = []): Promise<Recorded> {
  const session = createSession(plan);
  const file = memoryFile();
  const image = packImage({ plan, description: { file: "system.toml", text: TEXT } });
  const date = new Date(0);
  const recorder = createRecorder({ file, session, image, stores, version: "1", tsoSeed: null, date });
  let host = 0;
  const live = createLive(session, {
    clock: () => (host += 0.05),
    onInput: recorder.input,
    onSettled: recorder.check,
    nap: { sleep: () => Promise.resolve(), wake: () => undefined },
  });
  const source: LiveSource = live.openSource();
  for (const line of lines) {
    for (let steps = 0; steps < 30; steps++) live.step(Infinity);
    source.deliver(KEYS, new TextEncoder().encode(line));
    host += 400;
  }
  for (let steps = 0; steps < 300; steps++) live.step(Infinity);
  settle(session);
  const { system } = session.hashes();
  await recorder.finish({ reason: "the test is over", refusals: [] });
  return { bytes: await file.bytes(), hash: system };
}

function replayed(read: Record, options: SessionOptions = {}): { readonly session: Session; readonly replay: Replay } {
  const session = createSession(read.plan, options);
  const replay = createReplay(read, session, "a.rec", 5);
  for (let slices = 0; slices < 100_000; slices++) {
    const end = replay.run(Infinity);
    if (end !== "more") return { session, replay };
  }
  throw new Error("it never ends");
}

function reportOf(read: Record, options: SessionOptions = {}): ReplayReport {
  return replayed(read, options).replay.report();
}

/** Where blocks of a kind lie. */
function blocksOf(bytes: Uint8Array, wanted: BlockKind): { readonly at: number; readonly end: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const found: { at: number; end: number }[] = [];
  for (let at = FILE_HEAD_BYTES; at < bytes.length;) {
    const end = at + BLOCK_HEAD_BYTES + view.getUint32(at + 4, true);
    if (bytes[at] === wanted) found.push({ at, end });
    at = end;
  }
  return found;
}

function withText(bytes: Uint8Array, kind: BlockKind, index: number, change: (text: string) => string): Uint8Array {
  const { at, end } = blocksOf(bytes, kind)[index];
  const text = new TextEncoder().encode(change(new TextDecoder().decode(bytes.subarray(at + BLOCK_HEAD_BYTES, end))));
  return new Uint8Array(
    Buffer.concat([bytes.subarray(0, at), encodeBlock(kind, Packing.None, text, text.length), bytes.subarray(end)]),
  );
}

const LINES = ["help\n", "echo a", " b\n", "count 3000\n", "fault\n", "time\n", "echo one\necho two\n", "time\n"];
const recorded = await record(LINES);

describe("a record", () => {
  it("holds what came in, in its order, with its cycles", () => {
    const read = readRecord(recorded.bytes, "a.rec");
    const inputs = [...read.events()].flatMap((event) => (event.kind === "input" ? [event.input] : []));
    expect(inputs.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(LINES);
    expect(read).toMatchObject({ inputs: LINES.length, inputBytes: LINES.join("").length, losses: [] });
    expect(read.checks).toBeGreaterThan(1);
    expect(read.end).toMatchObject({ reason: "the test is over", hashes: { system: recorded.hash } });
    expect(read.description.text).toBe(TEXT);
  });

  it("is small: an input takes a few bytes more than it has", () => {
    const events = blocksOf(recorded.bytes, BlockKind.Events);
    const taken = events.reduce((total, { at, end }) => total + end - at - BLOCK_HEAD_BYTES, 0);
    expect(taken).toBeLessThan(LINES.join("").length + LINES.length * 7);
  });

  it("is replayed to the same hash, on both engines, whatever the run-ahead", () => {
    const read = readRecord(recorded.bytes, "a.rec");
    for (const options of [{}, { engine: "reference" }, { runAheadCycles: 7 }, { skipPolling: false }] as const) {
      const { session, replay } = replayed(read, options);
      expect(replay.report()).toMatchObject({ verdict: "same", inputs: LINES.length, difference: null });
      expect(session.hashes().system).toBe(recorded.hash);
    }
  });

  it("is replayed to the same hash when somebody steps it instruction by instruction meanwhile", () => {
    const read = readRecord(recorded.bytes, "a.rec");
    const session = createSession(read.plan);
    const replay = createReplay(read, session, "a.rec", 5);
    let steps = 0;
    while (replay.run(session.now() + 20_000) !== "end of record")
      for (let count = 0; count < 5; count++, steps++)
        session.run({ until: replay.prepare(Infinity), maxInstructions: 1 });
    expect(steps).toBeGreaterThan(20);
    expect(replay.report().verdict).toBe("same");
  });

  it("says where a run leaves it: the partition, and between which cycles", () => {
    const read = readRecord(
      withText(recorded.bytes, BlockKind.Check, 1, (text) => text.replace(/[0-9a-f]{16}/, "0123456789abcdef")),
      "a.rec",
    );
    const [first, second] = [...read.events()].flatMap((event) => (event.kind === "check" ? [event.check] : []));
    expect(reportOf(read)).toMatchObject({
      verdict: "different",
      difference: { partitions: ["shell"], after: first.cycle, by: second.cycle },
    });
    const other = withText(recorded.bytes, BlockKind.End, 0, (text) => text.replace(recorded.hash, "0".repeat(16)));
    expect(reportOf(readRecord(other, "a.rec"))).toMatchObject({
      verdict: "different",
      difference: { partitions: [] },
    });
  });

  it("that was cut off is replayed up to its last whole block, and says so", () => {
    const [, second] = blocksOf(recorded.bytes, BlockKind.Check);
    for (const length of [second.end, second.end + 1, second.end + BLOCK_HEAD_BYTES + 1]) {
      const read = readRecord(recorded.bytes.slice(0, length), "a.rec");
      expect(read.end).toBeNull();
      expect(read.losses.at(-1)).toContain("it has no end");
      expect(read.losses).toHaveLength(length === second.end ? 1 : 2);
      expect(reportOf(read)).toMatchObject({ verdict: "unknown", checks: 2, difference: null });
    }
  });

  it("holds what stores held at first, but for zeros, and no more than 64 MiB", async () => {
    const contents = new Uint8Array(3 * 1024 * 1024);
    contents.fill(7, 2 * 1024 * 1024 + 5, 2 * 1024 * 1024 + 900);
    const small: StoreContents = {
      name: "disk",
      sizeBytes: contents.length,
      sha256: createHash("sha256").update(contents).digest("hex"),
      readFirst: (at, sizeBytes) => contents.slice(at, at + sizeBytes),
    };
    const large: StoreContents = {
      name: "huge",
      sizeBytes: 2 ** 30,
      sha256: "0".repeat(64),
      readFirst: () => {
        throw new Error("nobody needs it");
      },
    };
    const { bytes } = await record([], [small, large]);
    expect(blocksOf(bytes, BlockKind.Store)).toHaveLength(1);
    const read = readRecord(bytes, "a.rec");
    expect(Buffer.compare(read.stores.get("disk") ?? new Uint8Array(0), contents)).toBe(0);
    expect(read.stores.has("huge")).toBe(false);
    expect(read.header.digests.map(({ of, isEmbedded }) => [of, isEmbedded])).toEqual([
      ["image", true],
      ["disk", true],
      ["huge", false],
    ]);
  });
});

describe("inputs in a block", () => {
  it("come back as they were", () => {
    const input = recordOf({
      step: oneof(nat(200), integer({ min: 0, max: 2 ** 45 })),
      channel: nat(62),
      bytes: uint8Array({ maxLength: 300 }),
    });
    assert(
      property(array(input, { maxLength: 40 }), (steps) => {
        let at = 0;
        const inputs = steps.map(({ step, channel, bytes }) => ({ at: (at += step), channel, bytes }));
        const encoder = createEventEncoder();
        for (const one of inputs) encoder.add(one);
        expect(decodeEvents(encoder.take(), 63)).toEqual(inputs);
        expect(encoder.sizeBytes).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it("are refused where they go on behind their block, name no channel, or lie behind the end of time", () => {
    expect(decodeEvents(Uint8Array.of(5, 0, 3, 1, 2), 1)).toBeNull();
    expect(decodeEvents(Uint8Array.of(5, 1, 0), 1)).toBeNull();
    expect(decodeEvents(Uint8Array.of(5), 1)).toBeNull();
    expect(
      decodeEvents(
        Uint8Array.from({ length: 12 }, () => 0xff),
        1,
      ),
    ).toBeNull();
    const encoder = createEventEncoder();
    for (const at of [END_OF_TIME, END_OF_TIME + 1]) {
      encoder.add({ at, channel: 0, bytes: new Uint8Array(0) });
      expect(decodeEvents(encoder.take(), 1) === null).toBe(at > END_OF_TIME);
    }
  });
});

describe("a file that is no good record", () => {
  const refusal = (bytes: Uint8Array): string => {
    try {
      readRecord(bytes, "a.rec");
    } catch (error) {
      if (error instanceof ConfigError) return error.problem;
      throw error;
    }
    return "none";
  };

  it("is refused with a reason", () => {
    expect(refusal(new TextEncoder().encode("hello"))).toBe("is no record");
    const other = recorded.bytes.slice();
    other[8] = 9;
    expect(refusal(other)).toBe("is a record of version 9, and this is version 1");
    expect(refusal(recorded.bytes.slice(0, 40))).toBe("is damaged: it has no beginning");
    const image = withText(recorded.bytes, BlockKind.Header, 0, (text) => text.replace(/"sha256":"../, '"sha256":"ff'));
    expect(refusal(image)).toBe("is damaged: its image is another than it says");
    const header = withText(recorded.bytes, BlockKind.Header, 0, (text) => text.replace('"version"', '"edition"'));
    expect(refusal(header)).toBe("is damaged: its header can't be read");
    const check = withText(recorded.bytes, BlockKind.Check, 0, (text) => text.replace("]", ',"0123456789abcdef"]'));
    expect(refusal(check)).toBe("is damaged: it has hashes of other partitions");
  });

  it("takes no more memory than its blocks may have, however much they would unpack to", () => {
    const { at, end } = blocksOf(recorded.bytes, BlockKind.Image)[0];
    const zeros = deflateRawSync(new Uint8Array(50_000_000));
    const bomb = encodeBlock(BlockKind.Image, Packing.Deflate, zeros, 1000);
    expect(
      refusal(new Uint8Array(Buffer.concat([recorded.bytes.subarray(0, at), bomb, recorded.bytes.subarray(end)]))),
    ).toBe("is damaged: a block can't be unpacked");
  });

  it("never does worse than to be refused, or to be replayed to some end, whatever is damaged in it", () => {
    const seed = Number(process.env["HALLOWS_SEED"] ?? 1);
    const cases = Number(process.env["HALLOWS_CASES"] ?? 60);
    const outcomes = new Map<string, number>();
    const note = (what: string): void => void outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
    for (let index = 0; index < cases; index++) {
      const random = createRandom(seed * 1_000_003 + index);
      const kind = [BlockKind.Header, BlockKind.Events, BlockKind.Check, BlockKind.End][random(4)];
      const blocks = blocksOf(recorded.bytes, kind);
      const { at, end } = blocks[random(blocks.length)];
      const contents = mutateBytes(recorded.bytes.subarray(at + BLOCK_HEAD_BYTES, end), random, 4096);
      // Half of them with a checksum that is right, so that the damage gets further.
      const bytes =
        random(2) === 0
          ? mutateBytes(recorded.bytes, random, 400)
          : Buffer.concat([
              recorded.bytes.subarray(0, at),
              encodeBlock(kind, Packing.None, contents, contents.length),
              recorded.bytes.subarray(end),
            ]);
      try {
        const read = readRecord(new Uint8Array(bytes), "a.rec");
        const session = createSession(read.plan);
        const replay = createReplay(read, session, "a.rec", 5);
        const until = 2_000_000;
        for (let slices = 0; session.now() < until && slices < 1000; slices++) if (replay.run(until) !== "more") break;
        note(replay.report().verdict);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw new Error(`HALLOWS_SEED=${seed}, case ${index}`, { cause: error });
        note("refused");
      }
    }
    console.log(`damaged records: seed ${seed}, ${cases} cases: ${JSON.stringify([...outcomes])}`);
    expect(outcomes.get("refused")).toBeGreaterThan(cases / 10);
  });
});
