/** Keys and mouse for partitions: the adapter of the device "input". What a person does comes from the terminal UI. */
import { INPUT_BITS, INPUT_KEYS, InputKind } from "../../abi/index.js";
import { outsideChannels, type SystemPlan } from "../../kernel/index.js";
import type { ChannelId, PartitionId } from "../../units.js";
import type { Adapter } from "./adapter.js";
import type { Live, LiveSource } from "../live.js";

export interface Modifiers {
  readonly shift?: boolean;
  readonly control?: boolean;
  readonly alt?: boolean;
}

export interface PointerState {
  readonly x: number;
  readonly y: number;
  /** Bits of HALLOWS_BUTTON_LEFT and so on. */
  readonly buttons: number;
}

export interface InputAdapter extends Adapter {
  /** Somebody sits there: from now on something may come. Once it has been started. */
  attach(): void;
  /** Whether a partition has a channel from the device. */
  accepts(partition: PartitionId): boolean;
  key(partition: PartitionId, code: number, modifiers: Modifiers): void;
  pointer(partition: PartitionId, state: PointerState, modifiers: Modifiers): void;
  wheel(partition: PartitionId, isDown: boolean, state: PointerState): void;
}

/** Codes by the names that the terminal UI has for keys (src/tui/screen.ts). */
const NAMED_KEYS: ReadonlyMap<string, number> = new Map([
  ["backspace", INPUT_KEYS.KEY_BACKSPACE.value],
  ["tab", INPUT_KEYS.KEY_TAB.value],
  ["enter", INPUT_KEYS.KEY_ENTER.value],
  ["linefeed", INPUT_KEYS.KEY_ENTER.value],
  ["escape", INPUT_KEYS.KEY_ESCAPE.value],
  ["space", 0x20],
  ["up", INPUT_KEYS.KEY_UP.value],
  ["down", INPUT_KEYS.KEY_DOWN.value],
  ["left", INPUT_KEYS.KEY_LEFT.value],
  ["right", INPUT_KEYS.KEY_RIGHT.value],
  ["home", INPUT_KEYS.KEY_HOME.value],
  ["end", INPUT_KEYS.KEY_END.value],
  ["pageup", INPUT_KEYS.KEY_PAGE_UP.value],
  ["pagedown", INPUT_KEYS.KEY_PAGE_DOWN.value],
  ["insert", INPUT_KEYS.KEY_INSERT.value],
  ["delete", INPUT_KEYS.KEY_DELETE.value],
  ...Array.from({ length: 12 }, (_, index) => [`f${index + 1}`, INPUT_KEYS.KEY_F1.value + index] as const),
]);

/** What the name of a key ("a", "A", "S-up", "C-x", "M-left") stands for; null for nothing that a partition knows. */
export function readKey(
  name: string,
  character: string,
): { readonly code: number; readonly modifiers: Modifiers } | null {
  const [, marks, base] = /^((?:[SCM]-)*)(.+)$/s.exec(name) ?? [];
  if (base === undefined) return null;
  const modifiers = { shift: marks.includes("S-"), control: marks.includes("C-"), alt: marks.includes("M-") };
  const named = NAMED_KEYS.get(base);
  if (named !== undefined) return { code: named, modifiers };
  // Of what is printed its own character counts, in which Shift is already.
  const text = modifiers.control || modifiers.alt ? base : character || base;
  const code = text.codePointAt(0) ?? 0;
  return [...text].length === 1 && code >= 0x20 && code !== 0x7f
    ? { code, modifiers: { ...modifiers, shift: false } }
    : null;
}

/** Null for a system to which the device has no channel. */
export function createInputAdapter(plan: SystemPlan): InputAdapter | null {
  const channelOf = new Map<PartitionId, ChannelId>();
  for (const { id, ends } of outsideChannels(plan)) {
    const isInput = ends.some(({ owner }) => owner.kind === "device" && plan.devices[owner.device].kind === "input");
    for (const { owner } of ends) if (isInput && owner.kind === "partition") channelOf.set(owner.partition, id);
  }
  if (channelOf.size === 0) return null;
  let live: Live | null = null;
  let source: LiveSource | null = null;

  function send(partition: PartitionId, words: readonly number[]): void {
    const channel = channelOf.get(partition);
    if (channel !== undefined) source?.deliver(channel, new Uint8Array(Uint32Array.from(words).buffer));
  }

  return {
    outlets: {},
    accepts: (partition) => channelOf.has(partition),
    key: (partition, code, modifiers) => send(partition, [InputKind.Key, code, 0, 0, 0, bitsOf(modifiers)]),
    pointer: (partition, { x, y, buttons }, modifiers) =>
      send(partition, [InputKind.Pointer, 0, x, y, buttons, bitsOf(modifiers)]),
    wheel: (partition, isDown, { x, y, buttons }) =>
      send(partition, [InputKind.Wheel, isDown ? 1 : 0, x, y, buttons, 0]),
    attach() {
      source = live?.openSource() ?? null;
    },
    start(started) {
      live = started;
    },
    close() {
      source?.close();
    },
  };
}

function bitsOf({ shift, control, alt }: Modifiers): number {
  const { MODIFIER_SHIFT, MODIFIER_CONTROL, MODIFIER_ALT } = INPUT_BITS;
  return (
    (shift === true ? MODIFIER_SHIFT.value : 0) |
    (control === true ? MODIFIER_CONTROL.value : 0) |
    (alt === true ? MODIFIER_ALT.value : 0)
  );
}
