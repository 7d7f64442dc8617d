/**
 * The terminal: blessed for entering and leaving it, for keys, resizing and writing only what changed. Everything
 * that is specific to blessed is in this file.
 *
 * Invariant: after `close` the terminal is as it was: normal buffer, cursor shown, no mouse or key modes left on.
 */
import blessed from "blessed";
import type { Readable, Writable } from "node:stream";
import type { Canvas } from "./canvas.js";

export interface TerminalStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** Name of the terminal type, in place of TERM's. */
  readonly terminal?: string;
}

export interface TerminalScreen {
  readonly width: number;
  readonly height: number;
  draw(canvas: Canvas): void;
  close(): void;
}

export interface ScreenListeners {
  /** Names: "a", "A", "space", "enter", "up", "S-tab", "C-c", … */
  readonly onKey: (key: string) => void;
  readonly onResize: () => void;
}

/** Cells of blessed: attribute and character. */
type Cell = [number, string];
interface Line extends Array<Cell> {
  dirty?: boolean;
}

/** The inner parts of blessed's screen that its types leave out. */
interface ScreenInside {
  readonly lines: Line[];
  readonly tput: { brokenACS: boolean; colors: number };
  readonly cols: number;
  readonly rows: number;
  render(): void;
  draw(first: number, last: number): void;
  alloc(): void;
  destroy(): void;
}

interface Key {
  readonly full?: string;
  readonly name?: string;
}

export function openScreen(streams: TerminalStreams, listeners: ScreenListeners): TerminalScreen {
  const screen = blessed.screen({
    input: streams.input,
    output: streams.output,
    terminal: streams.terminal,
    // Blocks and lines are wanted even where LANG is not set; who has a terminal without them has other troubles.
    forceUnicode: true,
    fullUnicode: false,
    autoPadding: false,
    smartCSR: false,
    warnings: false,
    resizeTimeout: 30,
  } as unknown as blessed.Widgets.IScreenOptions);
  const inside = screen as unknown as ScreenInside;
  // Line characters as UTF-8, not through the terminal's second character set.
  inside.tput.brokenACS = true;
  // TERM often claims less than the terminal has ("screen" inside of tmux: 8); those without 256 colours are gone.
  inside.tput.colors = 256;
  // There are no widgets to render; blessed calls this at a resize.
  inside.render = () => undefined;
  screen.on("keypress", (character: string | undefined, key: Key | undefined) => {
    const name = key?.full ?? key?.name ?? character ?? "";
    // One press of the key gives "return" and "enter".
    if (name === "return") return;
    listeners.onKey(name === " " ? "space" : name);
  });
  screen.on("resize", listeners.onResize);
  let isOpen = true;
  return {
    get width() {
      return inside.cols;
    },
    get height() {
      return inside.rows;
    },
    draw(canvas) {
      if (!isOpen) return;
      const rows = Math.min(canvas.height, inside.lines.length);
      for (let y = 0; y < rows; y++) {
        const line = inside.lines[y];
        const columns = Math.min(canvas.width, line.length);
        for (let x = 0; x < columns; x++) {
          const at = y * canvas.width + x;
          const cell = line[x];
          if (cell[0] === canvas.attributes[at] && cell[1] === canvas.characters[at]) continue;
          cell[0] = canvas.attributes[at];
          cell[1] = canvas.characters[at];
          line.dirty = true;
        }
      }
      inside.draw(0, inside.lines.length - 1);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      inside.destroy();
    },
  };
}
