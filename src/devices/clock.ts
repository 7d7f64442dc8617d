/**
 * The clock: the host's date, as values in channels of kind `sampling`. Each value says which date it was at the cycle
 * at which it was written; a program adds the cycles that have gone by since. What the host's clock says comes from
 * outside as any input does, so a replay has the dates of the recorded run.
 */
import { CLOCK_VALUE } from "../abi/index.js";
import { writeSample } from "../ipc/index.js";
import type { ChannelId, Cycles } from "../units.js";
import type { Device, DeviceEnd, DeviceHost } from "./device.js";
import type { DeviceOptions } from "./options.js";

export const CLOCK_OPTIONS = {
  period: { type: "time", default: 1, meaning: "How often it takes a look at the host's clock, about." },
} as const satisfies DeviceOptions;

interface Value {
  readonly bytes: Uint8Array;
  readonly at: Cycles;
}

export function createClock({ memory, outlets, now }: DeviceHost): Device<Record<ChannelId, Value>> {
  let values: Record<ChannelId, Value> = {};

  function write({ channel, shape, link }: DeviceEnd): void {
    const { bytes, at } = values[channel];
    writeSample(memory, shape, link, at, bytes);
  }

  return {
    doorbell: () => "ok",
    inject(core, end, input) {
      if (input.length !== CLOCK_VALUE.sizeBytes) return "quiet";
      values[end.channel] = { bytes: new Uint8Array(input), at: now(core) };
      write(end);
      outlets.onClock(end.channel);
      return "ring";
    },
    reset(end) {
      if (end.channel in values) write(end);
    },
    save: () => values,
    restore(saved) {
      values = saved;
    },
  };
}
