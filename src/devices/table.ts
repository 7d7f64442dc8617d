/** The devices, by the word in plans. A device is its row here and a file. */
import { CONSOLE_SLOT_BYTES, CONSOLE_SLOTS, FullPolicy } from "../abi/index.js";
import type { ChannelKindWord, ChannelShape, EndRole } from "../ipc/index.js";
import { createConsole } from "./console.js";
import type { Device, DeviceHost } from "./device.js";
import { createEntropy } from "./entropy.js";

/** What channels a device has an end of. */
export interface DeviceChannel {
  readonly kind: ChannelKindWord;
  /** The device's. */
  readonly role: EndRole;
}

/** A channel to a device that each partition has without asking. */
export interface GivenChannel extends ChannelShape, DeviceChannel {}

interface DeviceRow {
  /** Whether it may ring partitions: then their windows leave time for it, as for doorbells from other cores. */
  readonly rings: boolean;
  /** Null when partitions must ask for their channels to it. */
  readonly given: GivenChannel | null;
  /** What a description can connect to it; null when it takes none but those that it gives. */
  readonly takes: DeviceChannel | null;
  create(host: DeviceHost): Device;
}

export const DEVICES = {
  console: {
    rings: false,
    given: {
      kind: "queue",
      slots: CONSOLE_SLOTS,
      slotBytes: CONSOLE_SLOT_BYTES,
      full: FullPolicy.Block,
      replyBytes: 0,
      refreshCycles: 0,
      role: "consumer",
    },
    takes: null,
    create: createConsole,
  },
  entropy: {
    rings: false,
    given: null,
    takes: { kind: "queue", role: "producer" },
    create: createEntropy,
  },
} as const satisfies Readonly<Record<string, DeviceRow>>;

export type DeviceWord = keyof typeof DEVICES;

/** What a description can connect to a device; null for nothing. */
export function deviceTakes(device: DeviceWord): DeviceChannel | null {
  const { takes }: DeviceRow = DEVICES[device];
  return takes;
}

const ROWS = Object.entries(DEVICES) as [DeviceWord, DeviceRow][];

/** The first ends of each partition, in their order. */
export const GIVEN_CHANNELS: readonly (GivenChannel & { readonly device: DeviceWord })[] = ROWS.flatMap(
  ([device, { given }]) => (given === null ? [] : [{ device, ...given }]),
);
