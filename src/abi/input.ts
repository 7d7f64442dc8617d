/** What the device "input" says: messages of a queue. */
import type { TableOf } from "../vocabulary.js";
import { valuesOf, type ConstantTable } from "./constants.js";
import type { GuestWord } from "./guest-words.js";
import type { Structure } from "./structures.js";

export const enum InputKind {
  Key = 1,
  Pointer = 2,
  Wheel = 3,
}

/** First field of an event. */
export const INPUT_KINDS = {
  key: {
    number: InputKind.Key,
    meaning: "A key was pressed: its code. Terminals say nothing of keys that are let go.",
  },
  pointer: { number: InputKind.Pointer, meaning: "The mouse was moved, or a button of it pressed or let go." },
  wheel: { number: InputKind.Wheel, meaning: "The wheel was turned, up with code 0 or down with code 1." },
} as const satisfies TableOf<typeof InputKind, GuestWord>;

/** Of keys that stand for no character; the code of others is that of their character in Unicode. */
export const INPUT_KEYS = {
  KEY_BACKSPACE: { value: 0x08, meaning: "Backspace." },
  KEY_TAB: { value: 0x09, meaning: "Tab." },
  KEY_ENTER: { value: 0x0a, meaning: "Enter." },
  KEY_ESCAPE: { value: 0x1b, meaning: "Escape." },
  KEY_UP: { value: 0x110001, meaning: "The arrow up." },
  KEY_DOWN: { value: 0x110002, meaning: "The arrow down." },
  KEY_LEFT: { value: 0x110003, meaning: "The arrow to the left." },
  KEY_RIGHT: { value: 0x110004, meaning: "The arrow to the right." },
  KEY_HOME: { value: 0x110005, meaning: "Home." },
  KEY_END: { value: 0x110006, meaning: "End." },
  KEY_PAGE_UP: { value: 0x110007, meaning: "Page up." },
  KEY_PAGE_DOWN: { value: 0x110008, meaning: "Page down." },
  KEY_INSERT: { value: 0x110009, meaning: "Insert." },
  KEY_DELETE: { value: 0x11000a, meaning: "Delete." },
  KEY_F1: { value: 0x110011, meaning: "F1; those up to F12 follow." },
} as const satisfies ConstantTable;

/** Bits of `modifiers` and `buttons`. */
export const INPUT_BITS = {
  MODIFIER_SHIFT: { value: 1, meaning: "Bit of modifiers: Shift. Not with a character, which is the shifted one." },
  MODIFIER_CONTROL: { value: 2, meaning: "Bit of modifiers: Control." },
  MODIFIER_ALT: { value: 4, meaning: "Bit of modifiers: Alt." },
  BUTTON_LEFT: { value: 1, meaning: "Bit of buttons: the left one." },
  BUTTON_MIDDLE: { value: 2, meaning: "Bit of buttons: the middle one." },
  BUTTON_RIGHT: { value: 4, meaning: "Bit of buttons: the right one." },
} as const satisfies ConstantTable;

export const { KEY_BACKSPACE, KEY_TAB, KEY_ENTER, KEY_ESCAPE, KEY_F1 } = valuesOf(INPUT_KEYS);

export const INPUT_EVENT = {
  name: "input_event",
  sizeBytes: 32,
  meaning: "A message of the device input.",
  fields: {
    kind: { type: "u32", offset: 0x00, meaning: "INPUT_KEY and so on" },
    code: { type: "u32", offset: 0x04, meaning: "of a key, or which way the wheel was turned" },
    x: { type: "u32", offset: 0x08, meaning: "pixels from the left of the display that has the mouse" },
    y: { type: "u32", offset: 0x0c, meaning: "pixels from its top" },
    buttons: { type: "u32", offset: 0x10, meaning: "of the mouse that are down: BUTTON_LEFT and so on" },
    modifiers: { type: "u32", offset: 0x14, meaning: "keys that were held: MODIFIER_SHIFT and so on" },
    entered_at: { type: "u64", offset: 0x18, meaning: "TSC cycle at which it came into the system" },
  },
} as const satisfies Structure;
