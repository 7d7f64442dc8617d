/** A terminal in memory: xterm.js without a screen, connected to the terminal UI by two streams. */
import { PassThrough } from "node:stream";
import xterm from "@xterm/headless";
import type { Session } from "../../dist/system/index.js";
import { openTerminal, type TerminalOptions } from "../../dist/tui/index.js";

export interface VirtualTerminal {
  /** The rows as they are shown, without trailing spaces. */
  rows(): string[];
  text(): string;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until the picture matches, and returns it. Throws, showing the picture, after twenty seconds. */
  until(expected: RegExp | ((text: string) => boolean)): Promise<string>;
  /** Everything that was sent to the terminal. */
  sent(): string;
  readonly isAlternate: boolean;
  readonly isCursorHidden: boolean;
  /** Fulfilled when the UI has been left; rejected with its error. */
  readonly closed: Promise<void>;
}

const PATIENCE_MILLISECONDS = 20_000;

export function openVirtual(
  session: Session,
  columns: number,
  rows: number,
  options: Partial<TerminalOptions> = {},
): VirtualTerminal {
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const input = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: () => undefined });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns, rows });
  let sent = "";
  output.on("data", (chunk: Buffer) => {
    sent += chunk.toString();
    screen.write(chunk);
  });
  const closed = openTerminal(session, {
    untilCycles: Infinity,
    speed: 1,
    streams: { input, output, terminal: "xterm-256color" },
    ...options,
  });
  closed.catch(() => undefined);
  const shown = (): string[] => {
    const { active } = screen.buffer;
    return Array.from(
      { length: screen.rows },
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? "",
    );
  };
  return {
    rows: shown,
    text: () => shown().join("\n"),
    press: (keys) => {
      input.write(keys);
    },
    resize(newColumns, newRows) {
      screen.resize(newColumns, newRows);
      Object.assign(output, { columns: newColumns, rows: newRows });
      output.emit("resize");
    },
    async until(expected) {
      const started = performance.now();
      for (;;) {
        const text = shown().join("\n");
        if (typeof expected === "function" ? expected(text) : expected.test(text)) return text;
        if (performance.now() - started > PATIENCE_MILLISECONDS)
          throw new Error(`${String(expected)} never came:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    sent: () => sent,
    get isAlternate() {
      return screen.buffer.active.type === "alternate";
    },
    get isCursorHidden() {
      return sent.lastIndexOf("\x1b[?25l") > sent.lastIndexOf("\x1b[?25h");
    },
    closed,
  };
}
