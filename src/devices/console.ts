/**
 * The console: one for all partitions, each with a queue of its own whose consumer it is. It takes what is in a queue
 * when its doorbell rings, within the system call. It keeps nothing, and takes nothing in.
 */
import { drainQueue } from "../ipc/index.js";
import { EventKind } from "../trace/index.js";
import type { Device, DeviceHost } from "./device.js";

export function createConsole({ memory, trace, outlets }: DeviceHost): Device<null> {
  return {
    doorbell: (core, { shape, link, partition }) =>
      drainQueue(memory, shape, link, (bytes) => {
        const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
        trace.recordText(EventKind.Console, core, partition, -1, bytes.length, -1, -1, text);
        outlets.onConsole(partition, bytes);
      }),
    inject: () => "quiet",
    reset: () => undefined,
    save: () => null,
    restore: () => undefined,
  };
}
