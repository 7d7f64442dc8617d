/**
 * A display: a frame that people see, and the next one, which the guest draws. A flip shows the next frame from the
 * next vsync on, and is answered then. Vsync n is at cycle n / refresh seconds, whether anybody waits for it or not: a
 * display for which nobody waits does nothing.
 *
 * Invariant: a frame that was flipped is never changed, so that copies of a state, and whoever looks, can share it.
 */
import { DISPLAY_REPLY, DISPLAY_REQUEST, DisplayOperation, DisplayStatus, writeFields } from "../abi/index.js";
import { putReplies, takeRequests } from "../ipc/index.js";
import { NEVER, type Cycles } from "../units.js";
import type { Device, DeviceHost } from "./device.js";
import type { DeviceOptions, ValuesOf } from "./options.js";

const BYTES_PER_PIXEL = 4;
const MAX_SIDE_PIXELS = 1920;

export const DISPLAY_OPTIONS = {
  width: { type: "whole", least: 1, most: MAX_SIDE_PIXELS, default: 320, meaning: "Pixels of a row." },
  height: { type: "whole", least: 1, most: MAX_SIDE_PIXELS, default: 200, meaning: "Rows." },
  refresh: { type: "whole", least: 1, most: 240, default: 60, meaning: "Vsyncs a second." },
} as const satisfies DeviceOptions;

/** What people see. */
export interface DisplayFrame {
  readonly width: number;
  readonly height: number;
  /** Row by row, from the top left: blue, green, red, and a byte without meaning. */
  readonly pixels: Uint8Array;
}

interface VsyncWaiter {
  readonly head: Uint8Array;
  /** Number of the vsync. */
  readonly vsync: number;
}

export interface DisplayState {
  front: Uint8Array;
  /** Flipped, and shown from the vsync on that somebody waits for. */
  flipped: Uint8Array | null;
  /** What is drawn; null for what `flipped`, or else `front`, holds. */
  back: Uint8Array | null;
  /** In their order, which is that of their vsyncs. */
  waiters: VsyncWaiter[];
}

export function createDisplay(
  { memory, now, frequencyHz }: Pick<DeviceHost, "memory" | "now" | "frequencyHz">,
  { width, height, refresh }: ValuesOf<typeof DISPLAY_OPTIONS>,
): Device<DisplayState> {
  const rowBytes = width * BYTES_PER_PIXEL;
  let state: DisplayState = createState();

  function createState(): DisplayState {
    return { front: new Uint8Array(height * rowBytes), flipped: null, back: null, waiters: [] };
  }

  const cycleOf = (vsync: number): Cycles => Math.ceil((vsync * frequencyHz) / refresh);
  /** Number of the last vsync at or before a cycle. */
  function lastVsync(at: Cycles): number {
    const near = Math.floor((at * refresh) / frequencyHz);
    return cycleOf(near + 1) <= at ? near + 1 : near;
  }

  function reply(status: DisplayStatus, at: Cycles): Uint8Array {
    const bytes = new Uint8Array(DISPLAY_REPLY.sizeBytes);
    const vsync = lastVsync(at);
    writeFields(bytes, 0, DISPLAY_REPLY, { status, width, height, refresh, vsync, vsync_at: cycleOf(vsync) });
    return bytes;
  }

  function draw(row: number, pixels: Uint8Array): void {
    state.back ??= (state.flipped ?? state.front).slice();
    state.back.set(pixels, row * rowBytes);
  }

  /** Does what is asked for; a status where it is answered at once, null where later or never. */
  function perform(at: Cycles, head: Uint8Array, message: Uint8Array): DisplayStatus | null {
    if (message.length < DISPLAY_REQUEST.sizeBytes) return DisplayStatus.Invalid;
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const operation: DisplayOperation = view.getUint32(DISPLAY_REQUEST.fields.operation.offset, true);
    const row = view.getUint32(DISPLAY_REQUEST.fields.row.offset, true);
    const rows = view.getUint32(DISPLAY_REQUEST.fields.rows.offset, true);
    const pixels = message.subarray(DISPLAY_REQUEST.sizeBytes);
    if (operation === DisplayOperation.Draw) {
      if (row + rows > height || pixels.length !== rows * rowBytes) return DisplayStatus.Invalid;
      draw(row, pixels);
      return null;
    }
    if (operation > DisplayOperation.Wait || row !== 0 || rows !== 0 || pixels.length > 0) return DisplayStatus.Invalid;
    if (operation === DisplayOperation.Describe) return DisplayStatus.Done;
    if (operation === DisplayOperation.Flip && state.back !== null) {
      state.flipped = state.back;
      state.back = null;
    }
    state.waiters.push({ head, vsync: lastVsync(at) + 1 });
    return null;
  }

  return {
    doorbell(core, { shape, link }) {
      const at = now(core);
      const replies: { head: Uint8Array; message: Uint8Array }[] = [];
      if (shape.replyBytes < DISPLAY_REPLY.sizeBytes) return "violation";
      const outcome = takeRequests(memory, shape, link, state.waiters.length, ({ head, message }) => {
        const status = perform(at, head, message);
        if (status !== null) replies.push({ head, message: reply(status, at) });
      });
      putReplies(memory, shape, link, replies);
      return outcome;
    },
    inject: () => "quiet",
    alarm: {
      dueAt: () => (state.waiters.length > 0 ? cycleOf(state.waiters[0].vsync) : NEVER),
      ring(core, { shape, link }) {
        const at = now(core);
        const last = lastVsync(at);
        const due = state.waiters.filter(({ vsync }) => vsync <= last);
        if (due.length === 0) return "quiet";
        state.waiters = state.waiters.slice(due.length);
        if (state.flipped !== null) {
          state.front = state.flipped;
          state.flipped = null;
        }
        const replies = due.map(({ head }) => ({ head, message: reply(DisplayStatus.Done, at) }));
        return putReplies(memory, shape, link, replies) ? "ring" : "quiet";
      },
    },
    reset() {
      state = { ...createState(), front: state.front };
    },
    save: () => state,
    copy: ({ front, flipped, back, waiters }) => ({
      front,
      flipped,
      back: back?.slice() ?? null,
      waiters: [...waiters],
    }),
    restore(saved) {
      state = saved;
    },
  };
}
