/**
 * The devices of a system, put together: made as the plan lists them, rung by channel, saved as one.
 *
 * What comes from outside waits here from the moment at which the host hands it over until the cycle at which it takes
 * effect. The kernel knows the cycle (`Kernel.announceInput`), and asks for the input then.
 */
import { Bug } from "../errors.js";
import { NEVER, type ChannelId, type CoreId, type Cycles, type DeviceId, type PartitionId } from "../units.js";
import type { Device, DeviceEnd, DeviceHost, DoorbellOutcome, InputOutcome } from "./device.js";
import type { OptionValues } from "./options.js";
import { DEVICES, type DeviceRow, type DeviceWord } from "./table.js";

/** Devices as the kernel sees them. A channel is one with a device at its other end. */
export interface DevicePort {
  /** The channel's doorbell is rung on `core`. */
  doorbell(core: CoreId, channel: ChannelId): DoorbellOutcome;
  /** The next input that waits for the channel takes effect. */
  takeInput(core: CoreId, channel: ChannelId): InputOutcome;
  /** When the device wants to act by itself at the channel; NEVER for not at all. */
  alarmDueAt(channel: ChannelId): Cycles;
  /** Its time has come, or is near. */
  ringAlarm(core: CoreId, channel: ChannelId): InputOutcome;
  /** The partition at the other end restarts. */
  reset(channel: ChannelId): void;
}

/** For systems without devices. */
export const NO_DEVICES: DevicePort = {
  doorbell: () => "ok",
  takeInput: () => "quiet",
  alarmDueAt: () => NEVER,
  ringAlarm: () => "quiet",
  reset: () => undefined,
};

interface PendingInput {
  readonly channel: ChannelId;
  readonly bytes: Uint8Array;
}

export interface DevicesState {
  /** What each device keeps, indexed by DeviceId. */
  readonly kept: readonly unknown[];
  /** In the order in which they take effect. */
  readonly inputs: readonly PendingInput[];
}

export interface Devices extends DevicePort {
  /**
   * An input waits for its cycle, behind those that came before it. Whoever calls tells the kernel of the cycle, and
   * changes the bytes no more until they have taken effect.
   */
  addInput(channel: ChannelId, bytes: Uint8Array): void;
  /** What one of them keeps, which is not to be changed. */
  keptBy(device: DeviceId): unknown;
  save(): DevicesState;
  restore(saved: DevicesState): void;
}

/** An end with the device that it belongs to. */
export interface OwnedEnd extends DeviceEnd {
  readonly device: DeviceId;
}

/** A device, as a plan has it. */
export interface DevicePlan {
  readonly id: DeviceId;
  readonly name: string;
  readonly kind: DeviceWord;
  /** A value for each option of its kind. */
  readonly options: OptionValues;
}

/** `onTake`: something from outside takes effect. */
export type DevicesHost = Omit<DeviceHost, "id" | "name"> & {
  readonly onTake?: (partition: PartitionId, bytes: Uint8Array) => void;
};

export type DeviceRows = Readonly<Record<DeviceWord, Pick<DeviceRow, "create">>>;

function copyOf(device: Device, state: unknown): unknown {
  return device.copy === undefined ? structuredClone(state) : device.copy(state);
}

/** `plans` is indexed by DeviceId. */
export function createDevices(
  plans: readonly DevicePlan[],
  ends: readonly OwnedEnd[],
  host: DevicesHost,
  rows: DeviceRows = DEVICES,
): Devices {
  const devices = plans.map(({ id, name, kind, options }) => rows[kind].create({ ...host, id, name }, options));
  /** Indexed by ChannelId. */
  const endOf: OwnedEnd[] = [];
  for (const end of ends) endOf[end.channel] = end;
  let inputs: PendingInput[] = [];

  /** The device at a channel, and its end of it. */
  function find(channel: ChannelId): { readonly device: Device; readonly end: DeviceEnd } {
    const end = endOf[channel];
    const device = end === undefined ? undefined : devices[end.device];
    if (device === undefined) throw new Bug(`channel ${channel} has no device`);
    return { device, end };
  }

  return {
    doorbell(core, channel) {
      const { device, end } = find(channel);
      return device.doorbell(core, end);
    },
    takeInput(core, channel) {
      const { device, end } = find(channel);
      const index = inputs.findIndex((input) => input.channel === channel);
      if (index < 0) throw new Bug(`no input waits for channel ${channel}`);
      const [{ bytes }] = inputs.splice(index, 1);
      host.onTake?.(end.partition, bytes);
      return device.inject(core, end, bytes);
    },
    alarmDueAt(channel) {
      const { device, end } = find(channel);
      return device.alarm === undefined ? NEVER : device.alarm.dueAt(end);
    },
    ringAlarm(core, channel) {
      const { device, end } = find(channel);
      return device.alarm === undefined ? "quiet" : device.alarm.ring(core, end);
    },
    reset(channel) {
      const { device, end } = find(channel);
      device.reset(end);
    },
    addInput(channel, bytes) {
      find(channel);
      inputs.push({ channel, bytes });
    },
    keptBy: (id) => devices[id].save(),
    save() {
      const kept = devices.map((device) => copyOf(device, device.save()));
      return { kept, inputs: structuredClone(inputs) };
    },
    restore(saved) {
      inputs = structuredClone([...saved.inputs]);
      for (const [id, device] of devices.entries()) device.restore(copyOf(device, saved.kept[id]));
    },
  };
}
