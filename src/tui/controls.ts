/** Keys, and what they do: one table for handling, footer and help. */
import type { Model } from "./model.js";
import { SPEEDS } from "./pacer.js";
import { ZOOMS, type UiState } from "./state.js";

interface Control {
  /** As screen.ts names keys. */
  readonly keys: readonly string[];
  /** For the help: keys and meaning; none for alternatives that need no telling. */
  readonly shown: string;
  readonly help: string;
  readonly act: (model: Model, state: UiState) => void;
}

const SCROLL_LINES = 10;

/** Any key but a pause leaves the system as it is; stepping pauses first. */
const CONTROLS: readonly Control[] = [
  {
    keys: ["space", "p"],
    shown: "space",
    help: "pause, go on",
    act: ({ pacer }) => {
      pacer.isRunning = !pacer.isRunning;
    },
  },
  {
    keys: ["s"],
    shown: "s",
    help: "pause, and step one instruction of the core that is next",
    act: ({ pacer }) => {
      if (pacer.isRunning) pacer.isRunning = false;
      else pacer.stepInstruction();
    },
  },
  {
    keys: ["n"],
    shown: "n",
    help: "pause, and step to the next event",
    act: ({ pacer }) => {
      if (pacer.isRunning) pacer.isRunning = false;
      else pacer.stepEvent();
    },
  },
  { keys: ["+", "="], shown: "+  -", help: "faster, slower", act: ({ pacer }) => changeSpeed(pacer, 1) },
  { keys: ["-", "_"], shown: "", help: "", act: ({ pacer }) => changeSpeed(pacer, -1) },
  {
    keys: ["m"],
    shown: "m  1",
    help: "as fast as the host can, real time",
    act: ({ pacer }) => {
      pacer.speed = Infinity;
    },
  },
  {
    keys: ["1"],
    shown: "",
    help: "",
    act: ({ pacer }) => {
      pacer.speed = 1;
    },
  },
  {
    keys: ["]", "z"],
    shown: "[  ]",
    help: "lanes: more time, finer time",
    act: (model, state) => changeZoom(model, state, -1),
  },
  { keys: ["[", "x"], shown: "", help: "", act: (model, state) => changeZoom(model, state, 1) },
  {
    keys: ["down", "j", "tab"],
    shown: "up down tab",
    help: "select a partition",
    act: (model, state) => select(model, state, 1),
  },
  { keys: ["up", "k", "S-tab"], shown: "", help: "", act: (model, state) => select(model, state, -1) },
  {
    keys: ["enter", "linefeed"],
    shown: "enter",
    help: "the selected partition's console alone, or all again",
    act: (_, state) => {
      state.isConsoleFocused = !state.isConsoleFocused;
      state.scrollBack = 0;
    },
  },
  {
    keys: ["pageup", "u"],
    shown: "pgup pgdn",
    help: "scroll the consoles",
    act: (_, state) => {
      state.scrollBack += SCROLL_LINES;
    },
  },
  {
    keys: ["pagedown", "d"],
    shown: "",
    help: "",
    act: (_, state) => {
      state.scrollBack = Math.max(0, state.scrollBack - SCROLL_LINES);
    },
  },
  {
    keys: ["i"],
    shown: "i",
    help: "the selected partition in detail: threads, registers, code",
    act: (_, state) => {
      state.overlay = state.overlay === "details" ? "none" : "details";
    },
  },
  {
    keys: ["?", "h", "f1"],
    shown: "?",
    help: "these keys",
    act: (_, state) => {
      state.overlay = state.overlay === "help" ? "none" : "help";
    },
  },
  {
    keys: ["escape"],
    shown: "esc",
    help: "back",
    act: (_, state) => {
      if (state.overlay !== "none") state.overlay = "none";
      else state.isConsoleFocused = false;
      state.scrollBack = 0;
    },
  },
  {
    keys: ["q", "C-c"],
    shown: "q",
    help: "quit",
    act: (_, state) => {
      state.quitting = true;
    },
  },
];

/** For the help overlay. */
export const KEY_HELP: readonly (readonly [keys: string, what: string])[] = CONTROLS.filter(
  ({ shown }) => shown !== "",
).map(({ shown, help }) => [shown, help]);

/** For the last row, the most useful first. */
export const FOOTER_KEYS: readonly (readonly [key: string, what: string])[] = [
  ["space", "pause"],
  ["s", "step"],
  ["n", "event"],
  ["+-", "speed"],
  ["[]", "zoom"],
  ["↑↓", "select"],
  ["⏎", "console"],
  ["i", "inside"],
  ["?", "help"],
  ["q", "quit"],
];

/** Returns whether the key means anything. */
export function pressKey(key: string, model: Model, state: UiState): boolean {
  const control = CONTROLS.find(({ keys }) => keys.includes(key));
  control?.act(model, state);
  return control !== undefined;
}

function changeSpeed(pacer: Model["pacer"], step: 1 | -1): void {
  const next = step > 0 ? SPEEDS.find((speed) => speed > pacer.speed) : SPEEDS.findLast((speed) => speed < pacer.speed);
  pacer.speed = next ?? pacer.speed;
}

function changeZoom({ activity }: Model, state: UiState, step: 1 | -1): void {
  state.zoom = Math.max(0, Math.min(ZOOMS.length - 1, state.zoom + step));
  activity.setColumnCycles(ZOOMS[state.zoom]);
}

function select({ plan }: Model, state: UiState, step: 1 | -1): void {
  state.selected = (state.selected + step + plan.partitions.length) % plan.partitions.length;
  state.scrollBack = 0;
}
