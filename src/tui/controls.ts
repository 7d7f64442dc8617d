/** Keys, and what they do: one table for handling, footer and help. */
import { captorOf, passKey } from "./capture.js";
import type { Model } from "./model.js";
import { SPEEDS } from "./pacer.js";
import { GROWN_PANES } from "./panes.js";
import { ZOOMS, zoomFor, type UiState } from "./state.js";
import { startTyping, typeKey } from "./typing.js";

interface Control {
  /** As screen.ts names keys. */
  readonly keys: readonly string[];
  /** For the help: keys and meaning; none for alternatives that need no telling. */
  readonly shown: string;
  readonly help: string;
  readonly act: (model: Model, state: UiState) => void;
}

const SCROLL_LINES = 10;
/** Columns that lanes are moved at a time. */
const PAN_COLUMNS = 16;
/** What a fitting zoom counts with: the lanes of the smallest terminal. */
const FIT_COLUMNS = 72;

const NO_DISPLAY = 'there is no display: a [device.NAME] of kind = "display" would be one';

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
    help: "pause, and step one instruction of the chosen core",
    act: ({ pacer }, { stepCore }) => {
      if (pacer.isRunning) pacer.isRunning = false;
      else pacer.stepInstruction(stepCore);
    },
  },
  {
    keys: ["c"],
    shown: "c",
    help: "choose the core to step: the one that is next, or always the same",
    act: ({ plan }, state) => {
      const next = (state.stepCore ?? -1) + 1;
      state.stepCore = next < plan.cores.length ? next : null;
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
    act: (model, state) => setZoom(model, state, state.zoom - 1),
  },
  { keys: ["[", "x"], shown: "", help: "", act: (model, state) => setZoom(model, state, state.zoom + 1) },
  { keys: ["f"], shown: "f", help: "lanes: fit all that is known", act: fitLanes },
  {
    keys: [",", "S-left"],
    shown: ",  . end",
    help: "lanes: back in time, forth, to the present",
    act: (_, state) => {
      state.panned += PAN_COLUMNS;
    },
  },
  {
    keys: [".", "S-right"],
    shown: "",
    help: "",
    act: (_, state) => {
      state.panned = Math.max(0, state.panned - PAN_COLUMNS);
    },
  },
  {
    keys: ["end"],
    shown: "",
    help: "",
    act: (_, state) => {
      state.panned = 0;
      state.cursor = null;
    },
  },
  {
    keys: ["left"],
    shown: "left right",
    help: "lanes: a cursor that says what ran there",
    act: (_, state) => {
      state.cursor = (state.cursor ?? -1) + 1;
    },
  },
  {
    keys: ["right"],
    shown: "",
    help: "",
    act: (_, state) => {
      state.cursor = state.cursor === null || state.cursor === 0 ? null : state.cursor - 1;
    },
  },
  {
    keys: ["down", "j", "tab"],
    shown: "up down tab",
    help: "select a partition; scroll what lies over the picture",
    act: (model, state) => moveDown(model, state, 1),
  },
  { keys: ["up", "k", "S-tab"], shown: "", help: "", act: (model, state) => moveDown(model, state, -1) },
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
    keys: ["e"],
    shown: "e",
    help: "type lines for the selected partition, until esc; Ctrl-D ends its input",
    act: startTyping,
  },
  {
    keys: ["w"],
    shown: "w",
    help: "the whole screen for one pane, then the next",
    act: (_, state) => {
      const next = state.grown === null ? 0 : GROWN_PANES.indexOf(state.grown) + 1;
      state.grown = GROWN_PANES[next] ?? null;
    },
  },
  {
    keys: ["v"],
    shown: "v",
    help: "a display, with keys and mouse, then the next",
    act: ({ displays }, state) => {
      const next = (state.display ?? -1) + 1;
      if (displays.length === 0) state.notice = NO_DISPLAY;
      state.display = next < displays.length ? next : null;
    },
  },
  {
    keys: ["S-p", "P"],
    shown: "P",
    help: "what a display shows, to a PNG file in the folder in which you are",
    act: ({ displays, saveScreenshot }, state) => {
      const display = displays.at(state.display ?? 0);
      state.notice = display === undefined ? NO_DISPLAY : saveScreenshot(display.name);
    },
  },
  {
    keys: ["t"],
    shown: "t",
    help: "consoles with the time of each line, or without",
    act: (_, state) => {
      state.isTimed = !state.isTimed;
    },
  },
  {
    keys: ["pageup", "u"],
    shown: "pgup pgdn",
    help: "scroll consoles and events",
    act: (_, state) => {
      if (state.overlay === "none") state.scrollBack += SCROLL_LINES;
      else state.overlayScroll = Math.max(0, state.overlayScroll - SCROLL_LINES);
    },
  },
  {
    keys: ["pagedown", "d"],
    shown: "",
    help: "",
    act: (_, state) => {
      if (state.overlay === "none") state.scrollBack = Math.max(0, state.scrollBack - SCROLL_LINES);
      else state.overlayScroll += SCROLL_LINES;
    },
  },
  {
    keys: ["i"],
    shown: "i",
    help: "the selected partition in detail: threads, registers, code",
    act: (_, state) => toggleOverlay(state, "details"),
  },
  { keys: ["?", "h", "f1"], shown: "?", help: "these keys", act: (_, state) => toggleOverlay(state, "help") },
  {
    keys: ["escape"],
    shown: "esc",
    help: "back",
    act: (_, state) => {
      if (state.overlay !== "none") state.overlay = "none";
      else if (state.display !== null) state.display = null;
      else if (state.cursor !== null) state.cursor = null;
      else if (state.grown !== null) state.grown = null;
      else state.isConsoleFocused = false;
      state.scrollBack = 0;
    },
  },
  {
    keys: ["q", "C-c"],
    shown: "q",
    help: "quit (Ctrl-Z: to the shell for a while)",
    act: (_, state) => {
      state.quitting = true;
    },
  },
];

/** For the help overlay. */
export const KEY_HELP: readonly (readonly [keys: string, what: string])[] = CONTROLS.filter(
  ({ shown }) => shown !== "",
).map(({ shown, help }) => [shown, help]);

/** For the last row, the most useful first; help and quit are there at any width. */
export const FOOTER_KEYS: readonly (readonly [key: string, what: string])[] = [
  ["space", "pause"],
  ["s", "step"],
  ["n", "event"],
  ["+-", "speed"],
  ["[]f", "zoom"],
  ["↑↓", "select"],
  ["⏎", "console"],
  ["i", "inside"],
  ["←→", "cursor"],
  ["w", "grow"],
  ["v", "display"],
  [",.", "past"],
  ["c", "core"],
];
export const LAST_KEYS: readonly (readonly [key: string, what: string])[] = [
  ["?", "help"],
  ["q", "quit"],
];

/** Returns whether the key means anything. `character`: the text that it stands for, if any. */
export function pressKey(key: string, character: string, model: Model, state: UiState): boolean {
  if (state.typing !== null) {
    typeKey(key, character, model, state);
    return true;
  }
  const captor = captorOf(model, state);
  if (captor !== null) {
    passKey(key, character, captor, model, state);
    return true;
  }
  state.notice = "";
  const control = CONTROLS.find(({ keys }) => keys.includes(key));
  control?.act(model, state);
  return control !== undefined;
}

function changeSpeed(pacer: Model["pacer"], step: 1 | -1): void {
  const next = step > 0 ? SPEEDS.find((speed) => speed > pacer.speed) : SPEEDS.findLast((speed) => speed < pacer.speed);
  pacer.speed = next ?? pacer.speed;
}

/** The right edge of the lanes stays where it is in time. */
function setZoom({ activity }: Model, state: UiState, zoom: number): void {
  const before = activity.columnCycles;
  state.zoom = Math.max(0, Math.min(ZOOMS.length - 1, zoom));
  activity.setColumnCycles(ZOOMS[state.zoom]);
  state.panned = Math.round((state.panned * before) / activity.columnCycles);
}

/** All that is known of the past fits into the narrowest lanes. */
export function fitLanes(model: Model, state: UiState): void {
  state.panned = 0;
  setZoom(model, state, zoomFor(Math.max(1, model.sample.cycle - model.activity.knownFrom()), FIT_COLUMNS));
}

function toggleOverlay(state: UiState, overlay: "help" | "details"): void {
  state.overlay = state.overlay === overlay ? "none" : overlay;
  state.overlayScroll = 0;
}

function moveDown({ plan }: Model, state: UiState, step: 1 | -1): void {
  if (state.overlay !== "none") {
    state.overlayScroll = Math.max(0, state.overlayScroll + step);
    return;
  }
  state.selected = (state.selected + step + plan.partitions.length) % plan.partitions.length;
  state.scrollBack = 0;
}
