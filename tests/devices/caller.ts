/** A partition at the other end of a device's channel of calls: what it writes and reads there, byte by byte. */
import { FullPolicy } from "../../dist/abi/index.js";
import type { Device, DeviceEnd, DeviceHost } from "../../dist/devices/index.js";
import { CHANNEL_KINDS, type ChannelShape } from "../../dist/ipc/index.js";

const NEVER = Number.MAX_SAFE_INTEGER;
/** Offsets in a side: src/abi/channel-side.ts. */
export const FIELD = { tail: 0, head: 0x40, itemEvent: 0x80, spaceEvent: 0x84 };
const HEAD_BYTES = 16;
const DESCRIPTORS = 0x100;

export interface Answer {
  /** The number of the request. */
  readonly tag: number;
  readonly message: DataView;
}

export interface Caller<State> {
  readonly device: Device<State>;
  readonly end: DeviceEnd;
  /** Puts a request. */
  request(message: Uint8Array): void;
  ring(): string;
  /** When the device wants to act. */
  due(): number;
  /** Time passes, and the device acts at `at`. */
  wait(at: number): string;
  take(most?: number): Answer[];
  /** Of the caller's side, in which it may write anything. */
  readonly sideBytes: number;
  /** A word of the caller's side, and of the device's. */
  set(at: number, value: number): void;
  field(at: number): number;
}

export function createCaller<State>(
  sizes: Pick<ChannelShape, "slots" | "slotBytes" | "replyBytes">,
  create: (host: Pick<DeviceHost, "memory" | "now">) => Device<State>,
): Caller<State> {
  const shape: ChannelShape = { ...sizes, full: FullPolicy.Block, refreshCycles: 0 };
  const { slots } = shape;
  const requests = CHANNEL_KINDS.call.ring(shape);
  const replies = CHANNEL_KINDS.call.replies?.(shape) ?? requests;
  const bytes = new Uint8Array(requests.sizeBytes + replies.sizeBytes);
  const view = new DataView(bytes.buffer);
  const theirs = requests.sizeBytes;
  const link = { fromSide: 0, toSide: theirs };
  const end: DeviceEnd = { channel: 0, shape, link, role: "consumer", partition: 0 };
  const u32 = (at: number): number => view.getUint32(at, true);
  let now = 0;
  const device = create({
    now: () => now,
    memory: {
      readPhysical(at, sizeBytes) {
        if (at < 0 || at + sizeBytes > bytes.length) throw new Error(`the device reads ${sizeBytes} bytes at ${at}`);
        return bytes.slice(at, at + sizeBytes);
      },
      writePhysical(at, data) {
        if (at < theirs || at + data.length > bytes.length)
          throw new Error(`the device writes ${data.length} bytes at ${at}, outside of its side`);
        bytes.set(data, at);
      },
    },
  });
  return {
    device,
    end,
    sideBytes: theirs,
    request(message) {
      const tail = u32(FIELD.tail);
      const slot = requests.slotsOffset + (tail % slots) * requests.slotStrideBytes;
      view.setBigUint64(slot, BigInt(tail), true);
      bytes.set(message, slot + HEAD_BYTES);
      view.setUint32(DESCRIPTORS + 8 * (tail % slots), message.length, true);
      view.setUint32(FIELD.tail, tail + 1, true);
    },
    ring: () => device.doorbell(0, end),
    due: () => device.alarm?.dueAt(end) ?? NEVER,
    wait(at) {
      now = at;
      return device.alarm?.ring(0, end) ?? "quiet";
    },
    take(most = Infinity) {
      const taken: Answer[] = [];
      for (let head = u32(FIELD.head); head !== u32(theirs + FIELD.tail) && taken.length < most; head++) {
        const slot = theirs + replies.slotsOffset + (head % slots) * replies.slotStrideBytes;
        const length = u32(theirs + DESCRIPTORS + 8 * (head % slots));
        const message = bytes.slice(slot + HEAD_BYTES, slot + HEAD_BYTES + length);
        taken.push({ tag: u32(slot), message: new DataView(message.buffer) });
        view.setUint32(FIELD.head, head + 1, true);
      }
      return taken;
    },
    set: (at, value) => view.setUint32(at, value, true),
    field: (at) => u32(theirs + at),
  };
}
