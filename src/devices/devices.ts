/** The devices of a system, put together: made from the ends that the plan gives them, rung by channel, saved as one. */
import { Bug } from "../errors.js";
import type { ChannelId, CoreId } from "../units.js";
import type { Device, DeviceEnd, DeviceHost, DoorbellOutcome } from "./device.js";
import { DEVICES, type DeviceWord } from "./table.js";

/** Devices as the kernel sees them: all that it does is ring, and tell them of restarts. */
export interface DevicePort {
  /** The doorbell of a channel with a device at its other end, rung on `core`. */
  doorbell(core: CoreId, channel: ChannelId): DoorbellOutcome;
  /** The partition at the other end of the channel restarts. */
  reset(channel: ChannelId): void;
}

/** For systems without devices. */
export const NO_DEVICES: DevicePort = { doorbell: () => "ok", reset: () => undefined };

/** What each device that is in use keeps. */
export type DevicesState = Partial<Readonly<Record<DeviceWord, unknown>>>;

export interface Devices extends DevicePort {
  save(): DevicesState;
  restore(saved: DevicesState): void;
}

/** An end with the device that it belongs to. */
export interface OwnedEnd extends DeviceEnd {
  readonly device: DeviceWord;
}

export function createDevices(ends: readonly OwnedEnd[], host: DeviceHost): Devices {
  const devices = new Map<DeviceWord, Device>();
  /** Indexed by ChannelId. */
  const endOf: OwnedEnd[] = [];
  for (const end of ends) {
    endOf[end.channel] = end;
    if (!devices.has(end.device)) devices.set(end.device, DEVICES[end.device].create(host));
  }

  /** The device at a channel, and its end of it. */
  function find(channel: ChannelId): { readonly device: Device; readonly end: DeviceEnd } {
    const end = endOf[channel];
    const device = end === undefined ? undefined : devices.get(end.device);
    if (device === undefined) throw new Bug(`channel ${channel} has no device`);
    return { device, end };
  }

  return {
    doorbell(core, channel) {
      const { device, end } = find(channel);
      return device.doorbell(core, end);
    },
    reset(channel) {
      const { device, end } = find(channel);
      device.reset(end);
    },
    save: () => Object.fromEntries([...devices].map(([word, device]) => [word, structuredClone(device.save())])),
    restore(saved) {
      for (const [word, device] of devices) device.restore(structuredClone(saved[word]));
    },
  };
}
