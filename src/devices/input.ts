/**
 * Keys and mouse: events from outside, each stamped with the cycle at which it comes in, put into a queue. What finds
 * no room there is thrown away, as a keyboard's buffer does it. It keeps nothing.
 *
 * From outside an event comes as INPUT_EVENT has it, without the last field.
 */
import { INPUT_EVENT } from "../abi/index.js";
import { putIntoQueue } from "../ipc/index.js";
import type { Device, DeviceHost } from "./device.js";

export const OUTSIDE_EVENT_BYTES = INPUT_EVENT.fields.entered_at.offset;

export function createInput({ memory, now }: Pick<DeviceHost, "memory" | "now">): Device<null> {
  return {
    doorbell: () => "ok",
    inject(core, { shape, link }, input) {
      if (input.length !== OUTSIDE_EVENT_BYTES || shape.slotBytes < INPUT_EVENT.sizeBytes) return "quiet";
      const event = new Uint8Array(INPUT_EVENT.sizeBytes);
      event.set(input);
      new DataView(event.buffer).setBigUint64(OUTSIDE_EVENT_BYTES, BigInt(now(core)), true);
      return putIntoQueue(memory, shape, link, event) === "ok" ? "ring" : "quiet";
    },
    reset: () => undefined,
    save: () => null,
    restore: () => undefined,
  };
}
