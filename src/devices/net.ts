/**
 * Streams of bytes between a partition and the host's network (frames: src/abi/net.ts).
 *
 *   host                 device                                          partition
 *   sockets ──inject──>  connections, frames that wait  ──queue──>  accepted, data, end, window, closed …
 *           <──outlet──  each frame checked             <──queue──  data, end, window, reset, connect
 *
 * Flow control, for each connection and direction by itself: whoever sends has a window of bytes, and gets back what
 * the other side says that it took. So what waits here for a partition that is slow is bounded by the windows of all
 * connections, a slow client holds up nobody else, and a partition that takes nothing makes the host leave its sockets
 * unread. A connection's number is given again only when its last frame is with the partition.
 *
 * What a partition sends is checked, frame by frame: one that can't be (an unknown kind, a connection that there can't
 * be, more data than was granted) is a violation. The device then gives up all its connections, and takes part again
 * when the partition restarts.
 */
import { NetFrame } from "../abi/index.js";
import { drainQueueInPlace, offerQueue } from "../ipc/index.js";
import type { PhysicalAddress } from "../units.js";
import type { Device, DeviceEnd, DeviceHost, DoorbellOutcome, InputOutcome } from "./device.js";
import { HEAD_BYTES, indexOf, readHead, unpackInputs, writeHead, type NetInput } from "./net-frames.js";
import type { DeviceOptions, ValuesOf } from "./options.js";

export const NET_OPTIONS = {
  listen: {
    type: "whole",
    least: 0,
    most: 65535,
    default: null,
    meaning: "The TCP port that clients connect to; 0 for one that the host chooses and says. Without it, nobody can.",
  },
  bind: {
    type: "word",
    words: ["loopback", "any"],
    default: "loopback",
    meaning: "Whether only this host can connect, or others, too, which `hallows boot --allow-bind` must allow.",
  },
  connections: {
    type: "whole",
    least: 1,
    most: 1024,
    default: 200,
    meaning: "How many connections there can be at a time. As many more wait until one is closed; others are reset.",
  },
  window: {
    type: "size",
    least: 1024,
    most: 1024 * 1024,
    multiple: 1,
    default: 64 * 1024,
    meaning: "Bytes of a connection that may be under way each way before the receiver takes some.",
  },
} as const satisfies DeviceOptions;

/** A slot of fewer bytes has no room for data, or for an address. */
export const NET_LEAST_SLOT_BYTES = 64;

interface Connection {
  readonly number: number;
  /** "given up": by the partition; the host has not said yet that it is gone. "over": its last frame waits. */
  phase: "open" | "given up" | "over";
  /** Bytes that the partition may still send. */
  sendable: number;
  /** Bytes that the partition has been given and has not said to have taken. */
  untaken: number;
  /** Bytes that the host has taken, not yet told: at most one frame of them waits. */
  untold: number;
  hasEnded: boolean;
}

interface NetState {
  /** Indexed by the low bits of their numbers; null for one that is not given. */
  readonly connections: (Connection | null)[];
  /** Frames for the partition, from `next` on; of the first, `offset` bytes of data are through. */
  waiting: NetInput[];
  next: number;
  offset: number;
  /** Of `connect`, without answer. */
  asked: number;
  /** After a violation, until the partition restarts. */
  isBroken: boolean;
}

/** Frames that are through are forgotten when they are as many. */
const FORGET_FRAMES = 1024;
/** The longest address. */
const MAX_ADDRESS_BYTES = 260;

export function createNet(
  { memory, outlets, id }: DeviceHost,
  { connections: most, window }: ValuesOf<typeof NET_OPTIONS>,
): Device<NetState> {
  const outlet = outlets.net(id);
  const head = new Uint8Array(HEAD_BYTES);
  const heard = new Uint8Array(HEAD_BYTES);
  let state = emptyState();

  function emptyState(): NetState {
    return {
      connections: Array.from({ length: most }, () => null),
      waiting: [],
      next: 0,
      offset: 0,
      asked: 0,
      isBroken: false,
    };
  }

  // ---- from the host ------------------------------------------------------------------------------------------------

  function take(input: NetInput): void {
    const { connection: number, kind } = input;
    const index = indexOf(number);
    const connection = state.connections[index] ?? null;
    if (kind === NetFrame.Failed) {
      if (state.asked > 0) state.waiting.push(input);
    } else if (kind === NetFrame.Accepted || kind === NetFrame.Connected) {
      if (connection !== null || index >= most || state.isBroken) return;
      if (kind === NetFrame.Connected && state.asked === 0) return;
      const phase = "open";
      state.connections[index] = { number, phase, sendable: window, untaken: 0, untold: 0, hasEnded: false };
      state.waiting.push({ ...input, value: window, extra: most });
    } else if (connection?.number === number && connection.phase === "open") {
      if (kind === NetFrame.Window) {
        if (connection.untold === 0) state.waiting.push(input);
        connection.untold += input.value;
      } else {
        if (isLast(kind)) connection.phase = "over";
        state.waiting.push(input);
      }
    } else if (isLast(kind)) {
      if (connection?.number === number) state.connections[index] = null;
      outlet.free(index);
    }
  }

  // ---- to the partition ---------------------------------------------------------------------------------------------

  /** Whether the partition is still to hear of a frame. */
  function isWanted({ connection: number, kind }: NetInput): boolean {
    if (kind === NetFrame.Failed) return true;
    const connection = state.connections[indexOf(number)];
    return connection?.number === number && connection.phase !== "given up";
  }

  /** Writes the next frame, or as much of it as a slot has room for; -1 when none waits. */
  function produce(at: PhysicalAddress, roomBytes: number): number {
    while (state.next < state.waiting.length && !isWanted(state.waiting[state.next])) goOn();
    if (state.next === state.waiting.length) return -1;
    const frame = state.waiting[state.next];
    const { data } = frame;
    const bytes = Math.min(data.length - state.offset, roomBytes - HEAD_BYTES);
    writeHead(head, 0, frame.kind === NetFrame.Window ? tellWindow(frame) : frame);
    memory.writePhysical(at, head);
    if (bytes > 0) memory.writePhysical(at + HEAD_BYTES, data.subarray(state.offset, state.offset + bytes));
    state.offset += bytes;
    if (frame.kind === NetFrame.Data) note(frame, bytes);
    // What is not data is never longer than a slot: only an address could be, and it is cut.
    if (state.offset === data.length || frame.kind !== NetFrame.Data) {
      if (isLast(frame.kind)) letGo(frame.connection);
      if (frame.kind === NetFrame.Failed || frame.kind === NetFrame.Connected) state.asked--;
      goOn();
    }
    return HEAD_BYTES + bytes;
  }

  function goOn(): void {
    state.next++;
    state.offset = 0;
    if (state.next < state.waiting.length && state.next < FORGET_FRAMES) return;
    state.waiting = state.waiting.slice(state.next);
    state.next = 0;
  }

  function tellWindow(frame: NetInput): NetInput {
    const connection = state.connections[indexOf(frame.connection)];
    if (connection === null) return frame;
    const value = connection.untold;
    connection.untold = 0;
    connection.sendable += value;
    return { ...frame, value };
  }

  function note({ connection: number }: NetInput, bytes: number): void {
    const connection = state.connections[indexOf(number)];
    if (connection !== null) connection.untaken += bytes;
  }

  function letGo(number: number): void {
    state.connections[indexOf(number)] = null;
    outlet.free(indexOf(number));
  }

  function pump({ shape, link }: DeviceEnd): InputOutcome | "violation" {
    const outcome = offerQueue(memory, shape, link, produce);
    if (outcome === "violation") breakOff();
    return outcome;
  }

  /** What is left of an input's frames gets memory of its own: the input's is the host's again. */
  function keepWaiting({ buffer }: Uint8Array): void {
    for (let index = state.waiting.length - 1; index >= state.next; index--) {
      const frame = state.waiting[index];
      if (frame.data.buffer !== buffer) return;
      state.waiting[index] = { ...frame, data: new Uint8Array(frame.data) };
    }
  }

  // ---- from the partition -------------------------------------------------------------------------------------------

  /** Fills `target`, and returns it. */
  function fetch(at: PhysicalAddress, target: Uint8Array): Uint8Array {
    if (memory.readInto === undefined) target.set(memory.readPhysical(at, target.length));
    else memory.readInto(at, target);
    return target;
  }

  /** False for a frame that can't be. */
  function obey(at: PhysicalAddress, sizeBytes: number): boolean {
    if (sizeBytes < HEAD_BYTES) return false;
    const { connection: number, kind, value } = readHead(fetch(at, heard));
    const bytes = sizeBytes - HEAD_BYTES;
    if (kind === NetFrame.Connect) {
      if (bytes > MAX_ADDRESS_BYTES || ++state.asked > most) return false;
      outlet.connect(value, String.fromCharCode(...memory.readPhysical(at + HEAD_BYTES, bytes)));
      return true;
    }
    const index = indexOf(number);
    if (index >= most || number === index) return false;
    const connection = state.connections[index];
    if (kind === NetFrame.Data) {
      if (connection?.number !== number || connection.phase !== "open") return true;
      if (connection.hasEnded || bytes > connection.sendable) return false;
      connection.sendable -= bytes;
      if (bytes > 0) outlet.write(number, fetch(at + HEAD_BYTES, outlet.room(bytes)));
      return true;
    }
    if (bytes > 0 || (kind !== NetFrame.End && kind !== NetFrame.Reset && kind !== NetFrame.Window)) return false;
    if (connection?.number !== number || connection.phase !== "open") return true;
    if (kind === NetFrame.End) {
      if (connection.hasEnded) return false;
      connection.hasEnded = true;
      outlet.end(number);
    } else if (kind === NetFrame.Reset) {
      connection.phase = "given up";
      outlet.reset(number);
    } else {
      if (value > connection.untaken) return false;
      connection.untaken -= value;
      outlet.grant(number, value);
    }
    return true;
  }

  function hear({ shape, link }: DeviceEnd): DoorbellOutcome {
    let isRight = !state.isBroken;
    const outcome = drainQueueInPlace(memory, shape, link, (at, sizeBytes) => {
      isRight &&= obey(at, sizeBytes);
    });
    if (outcome === "ok" && isRight) {
      outlet.flush();
      return "ok";
    }
    breakOff();
    return "violation";
  }

  /** Forgets all connections. Of those that the host holds it still says that they are gone. */
  function forget(): void {
    for (const [index, connection] of state.connections.entries()) if (connection?.phase === "over") outlet.free(index);
    state = emptyState();
    outlet.stop();
  }

  function breakOff(): void {
    if (state.isBroken) return;
    forget();
    state.isBroken = true;
  }

  return {
    doorbell(_, end) {
      if (end.role === "consumer") return hear(end);
      return !state.isBroken && pump(end) !== "violation" ? "ok" : "violation";
    },
    inject(_, end, bytes) {
      unpackInputs(bytes).forEach(take);
      const outcome = state.isBroken ? "quiet" : pump(end);
      if (state.isBroken) state.waiting = [];
      keepWaiting(bytes);
      outlet.tookIn();
      return outcome === "ring" ? "ring" : "quiet";
    },
    reset(end) {
      // Of the two channels, which are reset together, one is enough.
      if (end.role === "consumer") return;
      forget();
      outlet.start();
    },
    save: () => state,
    copy: (saved) => ({
      ...saved,
      connections: saved.connections.map((connection) => (connection === null ? null : { ...connection })),
      waiting: [...saved.waiting],
    }),
    restore(saved) {
      state = saved;
    },
  };
}

/** Whether nothing comes of a connection after a frame of this kind. */
function isLast(kind: number): boolean {
  return kind === NetFrame.Closed || kind === NetFrame.Reset;
}
