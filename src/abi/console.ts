/** The console of a partition: a queue ring whose consumer is the console device; its slots hold text. */
import { valuesOf, type ConstantTable } from "./constants.js";

export const CONSOLE_LAYOUT = {
  CONSOLE_SLOTS: { value: 64, meaning: "Slots of a console." },
  CONSOLE_SLOT_BYTES: { value: 256, meaning: "Bytes of a console's slot." },
} as const satisfies ConstantTable;

export const { CONSOLE_SLOTS, CONSOLE_SLOT_BYTES } = valuesOf(CONSOLE_LAYOUT);
