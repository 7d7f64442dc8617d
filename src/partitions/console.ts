/**
 * The console device: one for all partitions, each with a ring of its own whose consumer it is. It takes what is in a
 * ring when its doorbell rings, within the system call, and has no state besides the ring.
 */
import { drainRing, type RingMemory } from "../ipc/index.js";
import type { DevicePort, SystemPlan } from "../kernel/index.js";
import { EventKind, type TraceStream } from "../trace/index.js";
import type { Hal } from "../hal/index.js";
import type { PartitionId } from "../units.js";

/** Raw bytes, as the guest wrote them: whoever shows them makes them safe for its medium. */
export type ConsoleListener = (partition: PartitionId, bytes: Uint8Array) => void;

export interface ConsoleOptions {
  readonly plan: SystemPlan;
  readonly hal: Hal;
  readonly trace: TraceStream;
  readonly onOutput: ConsoleListener;
}

export function createConsole({ plan, hal, trace, onOutput }: ConsoleOptions): DevicePort {
  const memory: RingMemory = hal;
  return {
    doorbell(core, channel) {
      const ring = plan.channels[channel];
      return drainRing(memory, ring, (bytes) => {
        const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
        trace.recordText(EventKind.Console, core, ring.producer, -1, bytes.length, -1, -1, text);
        onOutput(ring.producer, bytes);
      });
    },
  };
}
