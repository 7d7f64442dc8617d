/** What a device of kind `clock` puts into a channel of kind `sampling`. */
import type { Structure } from "./structures.js";

export const CLOCK_VALUE = {
  name: "clock_value",
  sizeBytes: 16,
  meaning: "A value of a device of kind clock: the host's date at the sample's cycle.",
  fields: {
    nanoseconds: { type: "u64", offset: 0x00, meaning: "since 1 January 1970, UTC, without leap seconds" },
    offset_seconds: { type: "u32", offset: 0x08, meaning: "local time less UTC, as a signed number" },
  },
} as const satisfies Structure;
