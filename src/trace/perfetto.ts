/**
 * The event stream as a Perfetto trace: the TrackEvent protobuf that ui.perfetto.dev and trace processor read natively.
 *
 * A track a core below the track of the system, and one a core with windows; slices, instants, and flows for doorbells
 * (drawing.ts). Timestamps are nanoseconds of virtual time; the exact cycles are in each event's annotations.
 *
 * Only what is needed of the schema is written, by hand: protos/perfetto/trace/trace_packet.proto and those that it
 * imports. Packets need no order: a slice is written when it has ended.
 */
import type { CoreId, Cycles } from "../units.js";
import type { ChromeTraceEnd } from "./chrome.js";
import { createTraceDrawing, type Arguments, type TraceNames } from "./drawing.js";
import type { TraceEvent } from "./stream.js";

export interface PerfettoTraceOptions {
  readonly names: TraceNames;
  readonly frequencyHz: number;
  /** The file has at most this many bytes. */
  readonly limitBytes: number;
  /** Takes the file piece by piece, in order. */
  readonly write: (chunk: Uint8Array) => void;
}

export interface PerfettoTrace {
  /** To be subscribed to the stream. */
  observe(event: TraceEvent): void;
  /** Ends slices at each core's present cycle and the file. Once. */
  close(now: readonly Cycles[]): ChromeTraceEnd;
}

/** Numbers of fields, by message. */
const enum TraceField {
  Packet = 1,
}
const enum PacketField {
  Timestamp = 8,
  Sequence = 10,
  TrackEvent = 11,
  TrackDescriptor = 60,
}
const enum DescriptorField {
  Uuid = 1,
  Name = 2,
  Process = 3,
  Parent = 5,
  ChildOrdering = 11,
  SiblingRank = 12,
}
const enum ProcessField {
  Pid = 1,
  Name = 6,
}
const enum EventFieldNumber {
  Annotation = 4,
  Type = 9,
  Track = 11,
  Category = 22,
  Name = 23,
  Flow = 47,
  FlowEnd = 48,
}
const enum AnnotationField {
  Integer = 4,
  Text = 6,
  Name = 10,
}
const enum EventType {
  SliceBegin = 1,
  SliceEnd = 2,
  Instant = 3,
}
/** TrackDescriptor.ChildTracksOrdering. */
const ORDER_BY_RANK = 3;

const SEQUENCE = 1;
/** Uuids of tracks. */
const SYSTEM_TRACK = 1;
const TRACKS = { cores: 100, windows: 200 } as const;

type Part = Uint8Array;

const encoder = new TextEncoder();

/** Base 128, the low end first. `value` is whole and not negative. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

function join(parts: readonly Part[]): Part {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Negative numbers as two's complement of 64 bits. */
function integer(field: number, value: number): Part {
  if (value >= 0) return Uint8Array.from([...varint(field * 8), ...varint(value)]);
  const bytes = varint(field * 8);
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return Uint8Array.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

function fixed64(field: number, value: number): Part {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return join([Uint8Array.from(varint(field * 8 + 1)), bytes]);
}

function message(field: number, parts: readonly Part[]): Part {
  const inner = join(parts);
  return join([Uint8Array.from([...varint(field * 8 + 2), ...varint(inner.length)]), inner]);
}

function text(field: number, value: string): Part {
  return message(field, [encoder.encode(value)]);
}

function annotations(args: Arguments): Part[] {
  return Object.entries(args).map(([name, value]) =>
    message(EventFieldNumber.Annotation, [
      text(AnnotationField.Name, name),
      typeof value === "string"
        ? text(AnnotationField.Text, value)
        : integer(AnnotationField.Integer, Math.round(value)),
    ]),
  );
}

export function createPerfettoTrace({ names, frequencyHz, limitBytes, write }: PerfettoTraceOptions): PerfettoTrace {
  let bytes = 0;
  let events = 0;
  let cutAt: Cycles | null = null;

  function packet(parts: readonly Part[]): Part {
    return message(TraceField.Packet, [...parts, integer(PacketField.Sequence, SEQUENCE)]);
  }

  function event(at: Cycles, parts: readonly Part[]): Part {
    const nanoseconds = Math.round((at * 1e9) / frequencyHz);
    return packet([integer(PacketField.Timestamp, nanoseconds), message(PacketField.TrackEvent, parts)]);
  }

  /** Adds packets that belong together, unless the file is full. */
  function put(at: Cycles, packets: readonly Part[]): void {
    if (cutAt !== null) return;
    const all = join(packets);
    if (bytes + all.length > limitBytes) {
      cutAt = at;
      return;
    }
    bytes += all.length;
    events++;
    write(all);
  }

  function describe(uuid: number, parts: readonly Part[]): void {
    const track = packet([message(PacketField.TrackDescriptor, [integer(DescriptorField.Uuid, uuid), ...parts])]);
    bytes += track.length;
    write(track);
  }

  const trackOf = (track: keyof typeof TRACKS, core: CoreId): Part =>
    integer(EventFieldNumber.Track, TRACKS[track] + core);

  function point(core: CoreId, category: string, name: string, parts: readonly Part[]): Part[] {
    return [
      integer(EventFieldNumber.Type, EventType.Instant),
      trackOf("cores", core),
      text(EventFieldNumber.Category, category),
      text(EventFieldNumber.Name, name),
      ...parts,
    ];
  }

  const drawing = createTraceDrawing(names, {
    slice(track, core, { name, category, start, args }, end) {
      const begins = [
        integer(EventFieldNumber.Type, EventType.SliceBegin),
        trackOf(track, core),
        text(EventFieldNumber.Category, category),
        text(EventFieldNumber.Name, name),
        ...annotations({ cycle: start, cycles: end - start, ...args }),
      ];
      const ends = [integer(EventFieldNumber.Type, EventType.SliceEnd), trackOf(track, core)];
      put(start, [event(start, begins), event(end, ends)]);
    },
    instant({ core, cycle }, name, category, args) {
      put(cycle, [event(cycle, point(core, category, name, annotations({ cycle, ...args })))]);
    },
    arrow(phase, { core, cycle }, id, name) {
      const flow = fixed64(phase === "s" ? EventFieldNumber.Flow : EventFieldNumber.FlowEnd, id);
      put(cycle, [event(cycle, point(core, "doorbell", name, [...annotations({ cycle }), flow]))]);
    },
    isFull: () => cutAt !== null,
  });

  describe(SYSTEM_TRACK, [
    message(DescriptorField.Process, [integer(ProcessField.Pid, 1), text(ProcessField.Name, names.system)]),
    integer(DescriptorField.ChildOrdering, ORDER_BY_RANK),
  ]);
  for (let core = 0; core < names.cores; core++)
    for (const [track, title] of [
      ["cores", `core ${core}`],
      ["windows", `core ${core}: windows`],
    ] as const)
      describe(TRACKS[track] + core, [
        text(DescriptorField.Name, title),
        integer(DescriptorField.Parent, SYSTEM_TRACK),
        integer(DescriptorField.SiblingRank, 2 * core + (track === "cores" ? 0 : 1)),
      ]);

  return {
    observe: drawing.observe,
    close(now) {
      drawing.end(now);
      return { events, bytes, cutAt };
    },
  };
}
