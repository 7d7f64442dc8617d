/**
 * The terminal: blessed for entering and leaving it, for keys, resizing and writing only what changed. Everything
 * that is specific to blessed is in this file.
 *
 * Invariant: after `close` the terminal is as it was: normal buffer, cursor shown, no mouse or key modes left on.
 */
import blessed from "blessed";
import type { Readable, Writable } from "node:stream";
import type { TerminalKind } from "../host/terminal-kind.js";
import { withoutColours, type Canvas } from "./canvas.js";
import { inAscii } from "./ascii.js";
import type { MouseEvent } from "./capture.js";
import { MOUSE_OFF, MOUSE_ON, watchMouse } from "./mouse.js";

export interface TerminalStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** Name of the terminal type, in place of TERM's. */
  readonly terminal?: string;
}

export interface TerminalScreen {
  /** Gives the terminal back to the shell, as it was, until `resume`. */
  suspend(): void;
  /** Takes it again; everything is drawn anew at the next `draw`. */
  resume(): void;
  readonly width: number;
  readonly height: number;
  draw(canvas: Canvas): void;
  /** Writes what a canvas can't carry over what was drawn. */
  write(text: string): void;
  /** Everything is drawn anew at the next `draw`. */
  forget(): void;
  /** Whether the mouse is heard of, wherever it goes. */
  setMouse(isHeard: boolean): void;
  close(): void;
}

export interface ScreenListeners {
  /** Names: "a", "A", "space", "enter", "up", "S-tab", "C-c", …; and the text that the key stands for, or "". */
  readonly onKey: (key: string, character: string) => void;
  readonly onMouse: (event: MouseEvent) => void;
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
  readonly program: {
    useBuffer: boolean;
    readonly put: { keypad_local(): void; keypad_xmit(): void };
    flush(): void;
    pause(): () => void;
  };
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

export function openScreen(streams: TerminalStreams, kind: TerminalKind, listeners: ScreenListeners): TerminalScreen {
  const screen = blessed.screen({
    input: streams.input,
    output: streams.output,
    terminal: streams.terminal,
    // What is not ASCII is replaced here where the terminal has none; blessed would do it in its own way.
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
  // TERM often claims less than the terminal has ("screen" inside of tmux: 8): those with a few colours have 256.
  inside.tput.colors = kind.hasColours ? 256 : 0;
  // There are no widgets to render; blessed calls this at a resize.
  inside.render = () => undefined;
  screen.on("keypress", (character: string | undefined, key: Key | undefined) => {
    const name = key?.full ?? key?.name ?? character ?? "";
    // One press of the key gives "return" and "enter".
    if (name === "return") return;
    listeners.onKey(name === " " ? "space" : name, character ?? "");
  });
  screen.on("resize", listeners.onResize);
  // blessed understands one movement of several that come at once.
  const stopMouse = watchMouse(streams.input, listeners.onMouse);
  let isOpen = true;
  let isMouseHeard = false;
  let resume: (() => void) | null = null;

  function write(text: string): void {
    if (!isOpen || resume !== null || text === "") return;
    // After what blessed gathers until the next turn of the event loop.
    inside.program.flush();
    streams.output.write(text);
  }

  function setMouse(isHeard: boolean): void {
    if (isHeard === isMouseHeard) return;
    isMouseHeard = isHeard;
    write(isHeard ? MOUSE_ON : MOUSE_OFF);
  }

  return {
    suspend() {
      if (!isOpen || resume !== null) return;
      setMouse(false);
      inside.program.put.keypad_local();
      // What blessed gathers until the next turn of the event loop would be lost.
      inside.program.flush();
      inside.program.useBuffer = false;
      resume = inside.program.pause();
      inside.program.useBuffer = true;
    },
    resume() {
      if (resume === null) return;
      resume();
      resume = null;
      inside.program.put.keypad_xmit();
      inside.alloc();
    },
    get width() {
      return inside.cols;
    },
    get height() {
      return inside.rows;
    },
    draw(canvas) {
      if (!isOpen || resume !== null) return;
      const rows = Math.min(canvas.height, inside.lines.length);
      for (let y = 0; y < rows; y++) {
        const line = inside.lines[y];
        const columns = Math.min(canvas.width, line.length);
        for (let x = 0; x < columns; x++) {
          const at = y * canvas.width + x;
          const cell = line[x];
          const look = kind.hasColours ? canvas.attributes[at] : withoutColours(canvas.attributes[at]);
          const character = kind.hasUnicode ? canvas.characters[at] : inAscii(canvas.characters[at]);
          if (cell[0] === look && cell[1] === character) continue;
          cell[0] = look;
          cell[1] = character;
          line.dirty = true;
        }
      }
      inside.draw(0, inside.lines.length - 1);
    },
    write,
    forget: () => inside.alloc(),
    setMouse,
    close() {
      if (!isOpen) return;
      setMouse(false);
      stopMouse();
      isOpen = false;
      inside.destroy();
    },
  };
}
