/**
 * Devices: peers of partitions. The contract (device.ts), a file and a row (table.ts) for each kind, what their tables
 * may say (options.ts), and all of a system's (devices.ts).
 */
export {
  NO_OUTLETS,
  type ConsoleInputListener,
  type ConsoleListener,
  type Device,
  type DeviceAlarm,
  type DeviceEnd,
  type DeviceHost,
  type DeviceOutlets,
  type DoorbellOutcome,
  type InputOutcome,
} from "./device.js";
export type { DisplayFrame, DisplayState } from "./display.js";
export {
  createDevices,
  NO_DEVICES,
  type DevicePlan,
  type DevicePort,
  type Devices,
  type DevicesState,
  type DeviceRows,
  type OwnedEnd,
} from "./devices.js";
export { connectionNumber, indexOf, NO_DATA, packInputs, type NetInput } from "./net-frames.js";
export { NO_NET, type NetOutlet } from "./net-outlet.js";
export {
  defaultValue,
  describeOption,
  isOptionValue,
  type DeviceOption,
  type DeviceOptions,
  type OptionValue,
  type OptionValues,
  type ValuesOf,
} from "./options.js";
export {
  DECLARED_DEVICES,
  DEVICES,
  facesOutsideAt,
  GIVEN_CHANNELS,
  isDeviceWord,
  ringsAt,
  type DeviceChannel,
  type DeviceRow,
  type DeviceWord,
  type GivenChannel,
  type TakenChannel,
} from "./table.js";
export {
  copyDisk,
  cutPower,
  createMemoryMedium,
  createStore,
  DISK_PAGE_BYTES,
  type DiskState,
  type MediumStatus,
  type PowerCut,
  type StoreMedium,
  type StoreState,
} from "./store/index.js";
