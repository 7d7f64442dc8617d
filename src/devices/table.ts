/** The kinds of devices, by the word in descriptions and plans. A kind is its row here and a file. */
import {
  CLOCK_VALUE,
  CONSOLE_SLOT_BYTES,
  CONSOLE_SLOTS,
  DISPLAY_REQUEST,
  FullPolicy,
  INPUT_EVENT,
  STORE_REQUEST,
} from "../abi/index.js";
import type { ChannelKindWord, ChannelShape, EndRole } from "../ipc/index.js";
import { CLOCK_OPTIONS, createClock } from "./clock.js";
import { createConsole } from "./console.js";
import type { Device, DeviceHost } from "./device.js";
import { createNet, NET_LEAST_SLOT_BYTES, NET_OPTIONS } from "./net.js";
import { createDisplay, DISPLAY_OPTIONS } from "./display.js";
import { createEntropy, ENTROPY_OPTIONS } from "./entropy.js";
import { createInput } from "./input.js";
import type { DeviceOptions, OptionValues, ValuesOf } from "./options.js";
import { createStore, STORE_OPTIONS } from "./store/index.js";

/** What channels a device has an end of. */
export interface DeviceChannel {
  readonly kind: ChannelKindWord;
  /** The device's. */
  readonly role: EndRole;
}

/** A channel that a description connects to a device, and that leads to one partition. */
export interface TakenChannel extends DeviceChannel {
  /** "any": as many as one likes. "one": exactly one; all of those of a device lead to the same partition. */
  readonly count: "any" | "one";
  /** What its messages need, where a slot of one byte does not do. */
  readonly leastSlotBytes?: number;
}

/** A channel to a device that each partition has without asking. */
export interface GivenChannel extends ChannelShape, DeviceChannel {}

/** A kind of devices. Those with a given channel are there once; others are declared by tables [device.NAME]. */
export interface DeviceRow {
  /** What it is for: a full sentence, for documents. */
  readonly meaning: string;
  /**
   * Whether it may ring partitions: then their windows leave time for it, as for doorbells from other cores. It never
   * rings those at its given channels.
   */
  readonly rings: boolean;
  /**
   * Whether things come from outside over channels that are connected to it: then virtual time follows the host's
   * (src/host/live.ts).
   */
  readonly facesOutside: boolean;
  /** Null when partitions must ask for their channels to it. */
  readonly given: GivenChannel | null;
  /** What a description can connect to it. */
  readonly takes: readonly TakenChannel[];
  /** Whether a channel that names the kind has such a device at its other end without a table that declares it. */
  readonly isImplied: boolean;
  /** The keys of its table, `kind` aside. */
  readonly options: DeviceOptions;
  create(host: DeviceHost, options: OptionValues): Device;
}

/** A row whose device gets its options by the types of their rows. The plan has been checked, so they are right. */
function defineDevice<const Options extends DeviceOptions>(
  row: Omit<DeviceRow, "options" | "create"> & {
    readonly options: Options;
    create(host: DeviceHost, options: ValuesOf<Options>): Device;
  },
): DeviceRow {
  return { ...row, create: (host, options) => row.create(host, options as ValuesOf<Options>) };
}

export const DEVICES = {
  console: defineDevice({
    meaning:
      "Each partition's output for people. It is always there, and each partition has a channel to it. " +
      "A channel from it carries what people type.",
    rings: true,
    facesOutside: true,
    given: {
      kind: "queue",
      slots: CONSOLE_SLOTS,
      slotBytes: CONSOLE_SLOT_BYTES,
      full: FullPolicy.Block,
      replyBytes: 0,
      refreshCycles: 0,
      role: "consumer",
    },
    takes: [{ kind: "queue", role: "producer", count: "any" }],
    isImplied: true,
    options: {},
    create: createConsole,
  }),
  clock: defineDevice({
    meaning: "The host's date. A channel that names `clock` needs no table for it.",
    rings: true,
    facesOutside: true,
    given: null,
    takes: [{ kind: "sampling", role: "producer", count: "any", leastSlotBytes: CLOCK_VALUE.sizeBytes }],
    isImplied: true,
    options: CLOCK_OPTIONS,
    create: createClock,
  }),
  entropy: defineDevice({
    meaning: "Random bytes. A channel that names `entropy` needs no table for it.",
    rings: false,
    facesOutside: false,
    given: null,
    takes: [{ kind: "queue", role: "producer", count: "any" }],
    isImplied: true,
    options: ENTROPY_OPTIONS,
    create: createEntropy,
  }),
  display: defineDevice({
    meaning: "A picture that people see, drawn in private and flipped at vsyncs.",
    rings: true,
    facesOutside: false,
    given: null,
    takes: [{ kind: "call", role: "consumer", count: "one", leastSlotBytes: DISPLAY_REQUEST.sizeBytes }],
    isImplied: false,
    options: DISPLAY_OPTIONS,
    create: createDisplay,
  }),
  input: defineDevice({
    meaning: "Keys and mouse. A channel that names `input` needs no table for it.",
    rings: true,
    facesOutside: true,
    given: null,
    takes: [{ kind: "queue", role: "producer", count: "one", leastSlotBytes: INPUT_EVENT.sizeBytes }],
    isImplied: true,
    options: {},
    create: createInput,
  }),
  store: defineDevice({
    meaning: "A disk: sectors in a file of the host, with writes that a flush makes safe.",
    rings: true,
    facesOutside: false,
    given: null,
    takes: [{ kind: "call", role: "consumer", count: "one", leastSlotBytes: STORE_REQUEST.sizeBytes }],
    isImplied: false,
    options: STORE_OPTIONS,
    create: createStore,
  }),
  net: defineDevice({
    meaning:
      "Streams of bytes over TCP: clients that connect to this host, and servers that the partition connects to.",
    rings: true,
    facesOutside: true,
    given: null,
    takes: [
      { kind: "queue", role: "producer", count: "one", leastSlotBytes: NET_LEAST_SLOT_BYTES },
      { kind: "queue", role: "consumer", count: "one", leastSlotBytes: NET_LEAST_SLOT_BYTES },
    ],
    isImplied: false,
    options: NET_OPTIONS,
    create: createNet,
  }),
} as const satisfies Readonly<Record<string, DeviceRow>>;

export type DeviceWord = keyof typeof DEVICES;

const ROWS = Object.entries(DEVICES) as [DeviceWord, DeviceRow][];

/** The kinds that a table [device.NAME] can be of. */
export const DECLARED_DEVICES: readonly DeviceWord[] = ROWS.flatMap(([word, { given }]) =>
  given === null ? [word] : [],
);

export function isDeviceWord(word: string): word is DeviceWord {
  return Object.hasOwn(DEVICES, word);
}

/** Whether a device may ring whoever is at the other end of a channel in which it has this role. */
export function ringsAt(kind: DeviceWord, role: EndRole): boolean {
  const { rings, given }: DeviceRow = DEVICES[kind];
  return rings && given?.role !== role;
}

/** Whether things come from outside over a channel in which a device has this role. */
export function facesOutsideAt(kind: DeviceWord, role: EndRole): boolean {
  const { facesOutside, given }: DeviceRow = DEVICES[kind];
  return facesOutside && given?.role !== role;
}

/** The first ends of each partition, in their order. */
export const GIVEN_CHANNELS: readonly (GivenChannel & { readonly device: DeviceWord })[] = ROWS.flatMap(
  ([device, { given }]) => (given === null ? [] : [{ device, ...given }]),
);
