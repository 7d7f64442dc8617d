/** Keys and mouse of a partition: while its display has the screen, they are its own. */
import { readKey, type Modifiers, type PointerState } from "../host/devices/input.js";
import type { PartitionId } from "../units.js";
import type { Model } from "./model.js";
import type { UiState } from "./state.js";

/** Ctrl-], as in telnet: the one key that stays ours. */
export const RELEASE_CHARACTER = "\x1d";

/** What the mouse did, at a cell of the screen. */
export interface MouseEvent extends Modifiers {
  readonly column: number;
  readonly row: number;
  /** Bits as in INPUT_EVENT: those that are down after it. */
  readonly buttons: number;
  readonly wheel: "up" | "down" | null;
}

/** The partition that has keys and mouse now, or null. */
export function captorOf({ displays, input }: Model, { display, overlay }: UiState): PartitionId | null {
  if (display === null || input === null || overlay !== "none") return null;
  const { partition } = displays[display];
  return input.accepts(partition) ? partition : null;
}

/** A key while a partition has them. */
export function passKey(
  key: string,
  character: string,
  partition: PartitionId,
  { input }: Model,
  state: UiState,
): void {
  if (character === RELEASE_CHARACTER) {
    state.display = null;
    return;
  }
  const read = readKey(key, character);
  if (read !== null) input?.key(partition, read.code, read.modifiers);
}

/** Beside the frame the mouse is nobody's. */
export function passMouse(event: MouseEvent, partition: PartitionId, { input, pictures }: Model): void {
  const pixel = pictures.pixelAt(event.column, event.row);
  if (pixel === null) return;
  const state: PointerState = { ...pixel, buttons: event.buttons };
  if (event.wheel === null) input?.pointer(partition, state, event);
  else input?.wheel(partition, event.wheel === "down", state);
}
