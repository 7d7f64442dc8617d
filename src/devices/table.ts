/** The devices, by the word in plans. A device is its row here and a file. */
import { createConsole } from "./console.js";
import type { Device, DeviceHost } from "./device.js";

interface DeviceRow {
  create(host: DeviceHost): Device;
}

export const DEVICES = {
  console: { create: createConsole },
} as const satisfies Readonly<Record<string, DeviceRow>>;

export type DeviceWord = keyof typeof DEVICES;
