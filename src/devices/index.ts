/**
 * Devices: peers of partitions. The contract (device.ts), a file and a row (table.ts) for each, and all of a system's.
 */
export type {
  ConsoleListener,
  Device,
  DeviceAlarm,
  DeviceEnd,
  DeviceHost,
  DeviceOutlets,
  DoorbellOutcome,
  InputOutcome,
} from "./device.js";
export {
  createDevices,
  NO_DEVICES,
  type DevicePort,
  type Devices,
  type DevicesState,
  type DeviceRows,
  type OwnedEnd,
} from "./devices.js";
export {
  DEVICES,
  deviceTakes,
  GIVEN_CHANNELS,
  type DeviceChannel,
  type DeviceWord,
  type GivenChannel,
} from "./table.js";
