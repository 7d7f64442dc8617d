/** The mouse of a terminal: xterm's reports of every movement (1003) in SGR form (1006). */
import type { Readable } from "node:stream";
import type { MouseEvent } from "./capture.js";

export const MOUSE_ON = "\x1b[?1003h\x1b[?1006h";
export const MOUSE_OFF = "\x1b[?1006l\x1b[?1003l";

/** What follows the escape character: button, column and row; "m" when it is let go. */
const REPORT = /\[<(\d+);(\d+);(\d+)([Mm])/g;
const ESCAPE = "\x1b";

/** Of the first number: which button, and what else. */
const enum Bit {
  Button = 3,
  Shift = 4,
  Alt = 8,
  Control = 16,
  Movement = 32,
  Wheel = 64,
}

/** Calls back with each report that comes in. Returns what ends that. */
export function watchMouse(input: Readable, onMouse: (event: MouseEvent) => void): () => void {
  let buttons = 0;
  function take(chunk: Buffer | string): void {
    const text = chunk.toString();
    for (const { index, 1: code, 2: column, 3: row, 4: end } of text.matchAll(REPORT)) {
      if (text[index - 1] !== ESCAPE) continue;
      const bits = Number(code);
      const isWheel = (bits & Bit.Wheel) !== 0;
      if (!isWheel && (bits & Bit.Movement) === 0) {
        const button = 1 << (bits & Bit.Button);
        buttons = end === "M" ? buttons | button : buttons & ~button;
      }
      onMouse({
        column: Number(column) - 1,
        row: Number(row) - 1,
        buttons,
        wheel: isWheel ? ((bits & Bit.Button) === 1 ? "down" : "up") : null,
        shift: (bits & Bit.Shift) !== 0,
        alt: (bits & Bit.Alt) !== 0,
        control: (bits & Bit.Control) !== 0,
      });
    }
  }
  input.on("data", take);
  return () => input.off("data", take);
}
