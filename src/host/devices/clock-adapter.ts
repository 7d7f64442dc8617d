/** The adapter of devices of kind `clock`: hands them the host's date at first, and then again and again. */
import { CLOCK_VALUE, writeFields } from "../../abi/index.js";
import type { SystemPlan } from "../../kernel/index.js";
import type { ChannelId } from "../../units.js";
import type { Adapter } from "./adapter.js";
import type { Live, LiveSource } from "../live.js";

interface Ticking {
  readonly channel: ChannelId;
  readonly periodMilliseconds: number;
  /** Whether the device has not taken the last date yet: then another would only wait behind it. */
  isUnderWay: boolean;
}

/** A date for a channel, in the device's format. `date`: milliseconds since 1970. */
export function clockValue(date: number, offsetMinutes: number): Uint8Array {
  const bytes = new Uint8Array(CLOCK_VALUE.sizeBytes);
  const nanoseconds = BigInt(Math.round(date * 1000)) * 1000n;
  writeFields(bytes, 0, CLOCK_VALUE, { nanoseconds, offset_seconds: (offsetMinutes * 60) >>> 0 });
  return bytes;
}

/** Null for a system without such devices. */
export function createClockAdapter({ devices, channels, machine }: SystemPlan): Adapter | null {
  const ticking = channels.flatMap(({ id, ends }): Ticking[] => {
    const device = ends.flatMap(({ owner }) => (owner.kind === "device" ? [devices[owner.device]] : []))[0];
    if (device?.kind !== "clock") return [];
    const periodMilliseconds = Math.max(1, (Number(device.options["period"]) / machine.frequencyHz) * 1000);
    return [{ channel: id, periodMilliseconds, isUnderWay: false }];
  });
  if (ticking.length === 0) return null;
  const timers: NodeJS.Timeout[] = [];
  let source: LiveSource | null = null;

  function tell(one: Ticking): void {
    if (one.isUnderWay) return;
    one.isUnderWay = true;
    // The performance clock's origin is a date with fractions of a millisecond, and it never goes back.
    const date = performance.timeOrigin + performance.now();
    source?.deliver(one.channel, clockValue(date, -new Date(date).getTimezoneOffset()));
  }

  return {
    outlets: {
      onClock(channel) {
        for (const one of ticking) if (one.channel === channel) one.isUnderWay = false;
      },
    },
    start(live: Live) {
      source = live.openSource();
      for (const one of ticking) {
        tell(one);
        timers.push(setInterval(() => tell(one), one.periodMilliseconds));
      }
    },
    close() {
      timers.forEach(clearInterval);
    },
  };
}
