/**
 * Traces in Perfetto's format, read by a small reader of the wire format (protobuf.dev, "Encoding") with the numbers of
 * fields in the published schema: what is in them is what the Chrome trace of the same run shows.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { traceNames } from "../../dist/cli/trace-file.js";
import { createSession, loadSystem } from "../../dist/system/index.js";
import { createChromeTrace, createPerfettoTrace } from "../../dist/trace/index.js";

const TOUR = fileURLToPath(new URL("../../images/tour/", import.meta.url));
const plan = loadSystem(readFileSync(join(TOUR, "system.toml"), "utf8"), "system.toml", {
  readFile: (path) => readFileSync(join(TOUR, path)),
});
const { frequencyHz } = plan.machine;

/** A message: its values by the number of their field. Numbers, and bytes. */
type Message = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

function decode(bytes: Uint8Array): Message {
  const message = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("the message is cut off");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    let value: bigint | Uint8Array;
    switch (tag % 8) {
      case 0:
        value = varint();
        break;
      case 1:
        value = new DataView(bytes.buffer, bytes.byteOffset + at).getBigUint64(0, true);
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > bytes.length) throw new Error("the message is cut off");
        value = bytes.subarray(at, at + length);
        at += length;
        break;
      }
      default:
        throw new Error(`wire type ${tag % 8}`);
    }
    const field = Math.floor(tag / 8);
    message.set(field, [...(message.get(field) ?? []), value]);
  }
  return message;
}

const messages = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map((value) => decode(value as Uint8Array));
const number = (message: Message, field: number): number => Number(message.get(field)?.[0] ?? NaN);
const text = (message: Message, field: number): string =>
  new TextDecoder().decode((message.get(field)?.[0] ?? new Uint8Array()) as Uint8Array);

interface Drawn {
  readonly bytes: Uint8Array;
  readonly chrome: readonly { ph: string; name: string; ts: number; dur: number; id: number; pid: number }[];
  readonly cutAt: number | null;
}

function run(limitBytes = Infinity): Drawn {
  const session = createSession(plan);
  const chunks: Uint8Array[] = [];
  let json = "";
  const options = { names: traceNames(plan), frequencyHz };
  const perfetto = createPerfettoTrace({ ...options, limitBytes, write: (chunk) => chunks.push(chunk) });
  const chrome = createChromeTrace({ ...options, limitBytes: Infinity, write: (chunk) => (json += chunk) });
  session.trace.subscribe(perfetto.observe);
  session.trace.subscribe(chrome.observe);
  session.run({ until: 0.2 * frequencyHz });
  const now = plan.cores.map((_, core) => session.hal.now(core));
  const { cutAt, bytes } = perfetto.close(now);
  chrome.close(now);
  const all = new Uint8Array(Buffer.concat(chunks));
  expect(bytes).toBe(all.length);
  return { bytes: all, chrome: (JSON.parse(json) as { traceEvents: Drawn["chrome"] }).traceEvents, cutAt };
}

describe("a Perfetto trace", () => {
  const { bytes, chrome } = run();
  const packets = messages(decode(bytes), 1);
  const events = packets.flatMap((packet) =>
    messages(packet, 11).map((event) => ({ at: number(packet, 8), type: number(event, 9), event })),
  );
  const byTime = (a: { at: number }, b: { at: number }): number => a.at - b.at;

  it("has a track a core and one of its windows, below the system", () => {
    const tracks = packets.flatMap((packet) => messages(packet, 60));
    const names = tracks.filter((track) => number(track, 5) === 1).map((track) => text(track, 2));
    expect(names).toEqual([0, 1, 2, 3].flatMap((core) => [`core ${core}`, `core ${core}: windows`]));
    expect(text(messages(tracks[0], 3)[0], 6)).toBe("tour");
  });

  it("has the slices of the Chrome trace, at the same nanoseconds", () => {
    const expected = chrome.filter(({ ph }) => ph === "X").map(({ name, ts }) => ({ name, at: Math.round(ts * 1000) }));
    const begins = events.filter(({ type }) => type === 1).map(({ at, event }) => ({ name: text(event, 23), at }));
    expect(begins).toEqual(expected);
    expect(begins.some(({ name }) => name === "sensor/main")).toBe(true);
  });

  it("ends each slice on its track before the next begins there", () => {
    const open = new Map<number, boolean>();
    for (const { type, event } of events.filter((row) => row.type < 3).toSorted(byTime)) {
      const track = number(event, 11);
      expect(open.get(track) ?? false).toBe(type === 2);
      open.set(track, type === 1);
    }
    expect([...open.values()].some(Boolean)).toBe(false);
  });

  it("has a flow for each doorbell, from where it is sent to where it arrives", () => {
    const flows = (field: number): Map<number, number> =>
      new Map(events.flatMap(({ at, event }) => (event.has(field) ? [[number(event, field), at] as const] : [])));
    const [starts, ends] = [flows(47), flows(48)];
    expect(starts.size).toBe(chrome.filter(({ ph }) => ph === "s").length);
    expect(ends.size).toBe(chrome.filter(({ ph }) => ph === "f").length);
    expect(ends.size).toBeGreaterThan(5);
    for (const [id, at] of ends) expect(starts.get(id)).toBeLessThan(at);
  });

  it("carries the exact cycle and the numbers of an event", () => {
    const release = events.find(({ event }) => text(event, 22) === "release");
    expect(release).toBeDefined();
    const annotations = new Map(
      messages(release?.event ?? new Map(), 4).map((row) => [text(row, 10), row.get(4)?.[0] ?? text(row, 6)]),
    );
    expect(Math.round((Number(annotations.get("cycle")) * 1e9) / frequencyHz)).toBe(release?.at);
    expect(annotations.size).toBeGreaterThan(1);
  });

  it("ends with a whole packet where its limit is", () => {
    const cut = run(5000);
    expect(cut.bytes.length).toBeLessThanOrEqual(5000);
    expect(cut.cutAt).not.toBeNull();
    expect(messages(decode(cut.bytes), 1).length).toBeGreaterThan(20);
    expect(Buffer.from(bytes).subarray(0, cut.bytes.length).equals(cut.bytes)).toBe(true);
  });
});
