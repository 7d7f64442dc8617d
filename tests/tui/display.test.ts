import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createLive } from "../../dist/host/live.js";
import { createOutside } from "../../dist/host/devices/outside.js";
import type { GraphicsWay } from "../../dist/host/terminal-kind.js";
import { createSession, loadSystem, type Session } from "../../dist/system/index.js";
import { nearestOf16, nearestOf256, shadeOf } from "../../dist/tui/graphics/colours.js";
import { placeFrame, scaleFrame } from "../../dist/tui/graphics/scale.js";
import { drawSixel } from "../../dist/tui/graphics/sixel.js";
import { MAIN, ROOT } from "../cli/hallows.js";
import { openVirtual, type VirtualTerminal } from "./virtual-terminal.js";

const FOLDER = join(ROOT, "images/display");
const MARK = 0xffffff;

interface Open {
  readonly terminal: VirtualTerminal;
  readonly session: Session;
  readonly close: () => Promise<void>;
}
const open: Open[] = [];

/** The demo in a terminal of 100 by 32 that shows pictures in one way. */
function start(graphics: GraphicsWay, hasUnicode = true): Open {
  const text = readFileSync(join(FOLDER, "system.toml"), "utf8");
  const plan = loadSystem(text, "system.toml", { readFile: (path) => readFileSync(join(FOLDER, path)) });
  const outside = createOutside(plan);
  if (outside === null) throw new Error("the demo faces the outside");
  const session = createSession(plan, { outlets: outside.outlets });
  const live = createLive(session, { clock: () => performance.now() });
  outside.start(live, session);
  const kind = { hasScreen: true, hasColours: graphics !== "characters", hasUnicode, graphics };
  const terminal = openVirtual(session, 100, 32, {
    live,
    input: outside.input,
    kind,
    saveScreenshot: (display) => `saved ${display}`,
  });
  const all = { terminal, session, close: () => outside.close() };
  open.push(all);
  return all;
}

afterEach(async () => {
  for (const { terminal, close } of open.splice(0)) {
    terminal.press("\x1d");
    terminal.press("q");
    await terminal.closed;
    await close();
  }
});

const pixelAt = (session: Session, x: number, y: number): number => {
  const { width, pixels } = session.frame("picture");
  return new DataView(pixels.buffer, pixels.byteOffset).getUint32(4 * (y * width + x), true);
};
const CAPTURED = /keys and mouse go to demo; Ctrl-\] brings them back/;

describe("a display in the terminal UI", () => {
  it("has the whole screen in half blocks, with the keys, until Ctrl-] brings them back", async () => {
    const { terminal, session } = start("256 colours");
    await terminal.until(/160 by 100 pixels/);
    terminal.press("v");
    const text = await terminal.until(/▀{80}/);
    expect(text).toMatch(/─ picture ─.*160 × 100/);
    expect(text).toMatch(CAPTURED);
    terminal.press("q");
    // A "Q" in the middle: its upper dot.
    await terminal.until(() => pixelAt(session, 78, 43) === MARK);
    terminal.press("\x1d");
    await terminal.until(/─ Consoles ─/);
    expect(terminal.text()).not.toContain("▀▀▀▀▀▀▀▀▀▀");
  });

  it("brings the mouse to the pixel that it is at, and its buttons", async () => {
    const { terminal, session } = start("256 colours");
    await terminal.until(/160 by 100 pixels/);
    terminal.press("v");
    await terminal.until(CAPTURED);
    await terminal.until(() => terminal.sent().includes("\x1b[?1003h"));
    // The picture has 92 columns in 28 rows, from column 3 and row 2 on; and this is its middle.
    terminal.press("\x1b[<0;50;16M\x1b[<0;50;16m");
    await terminal.until(() => pixelAt(session, 78, 50) === MARK || pixelAt(session, 80, 50) === MARK);
    terminal.press("\x1d");
    await terminal.until(() => terminal.sent().includes("\x1b[?1003l"));
    expect(await terminal.until(/─ Consoles ─/)).not.toMatch(CAPTURED);
  });

  it("is saved as PNG by a key", async () => {
    const { terminal } = start("256 colours");
    await terminal.until(/160 by 100 pixels/);
    terminal.press("P");
    expect(await terminal.until(/saved/)).toContain("saved picture");
  });

  it("is shown in true colours where the terminal has them", async () => {
    const { terminal } = start("true colours");
    await terminal.until(/160 by 100 pixels/);
    terminal.press("v");
    await terminal.until(() => terminal.sent().includes("38;2;224;80;80"));
    await terminal.until(/▀{80}/);
    terminal.press("\x1d");
    expect(await terminal.until(/─ Consoles ─/)).not.toContain("▀▀▀▀▀▀▀▀▀▀");
  });

  it("is a picture of kitty's or of sixels where those are, and is taken away", async () => {
    const { terminal } = start("kitty");
    await terminal.until(/160 by 100 pixels/);
    terminal.press("v");
    await terminal.until(() => terminal.sent().includes("\x1b_Ga=T,f=24,o=z,s=160,v=100,"));
    terminal.press("\x1d");
    await terminal.until(() => terminal.sent().includes("\x1b_Ga=d"));
    const other = start("sixel").terminal;
    await other.until(/160 by 100 pixels/);
    other.press("v");
    await other.until(() => other.sent().includes('\x1bPq"1;1;'));
    expect(other.sent()).not.toContain("\x1b_G");
  });

  it("is characters of more and less ink without colours", async () => {
    const { terminal } = start("characters", false);
    await terminal.until(/160 by 100 pixels/);
    terminal.press("v");
    await terminal.until(/[-=+]{80}/);
    expect(terminal.text()).not.toContain("▀");
  });
});

const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
if (!hasTmux) console.log("skipped: a display in tmux (tmux is not here)");

describe("a display in a real terminal", () => {
  const socket = `hallows-display-${process.pid}`;
  const tmux = (...words: string[]): string => spawnSync("tmux", ["-L", socket, ...words], { encoding: "utf8" }).stdout;
  const until = async (expected: RegExp): Promise<string> => {
    const started = performance.now();
    for (;;) {
      const text = tmux("capture-pane", "-p", "-e", "-t", "test");
      if (expected.test(text)) return text;
      if (performance.now() - started > 20_000) throw new Error(`${String(expected)} never came:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it.skipIf(!hasTmux)("is drawn, follows what is typed, and leaves the screen as it was", async () => {
    try {
      tmux("new-session", "-d", "-s", "test", "-x", "100", "-y", "30", "sh");
      const boot = `"${process.execPath}" "${MAIN}" boot "${FOLDER}/system.toml"; echo code=$?`;
      tmux("send-keys", "-t", "test", boot, "Enter");
      await until(/160 by 100 pixels/);
      tmux("send-keys", "-t", "test", "v");
      await until(/▀{20}/);
      tmux("send-keys", "-t", "test", "h", "i");
      // White upon something else: nothing but letters is white.
      await until(/38;5;231|48;5;231/);
      expect(tmux("display-message", "-p", "-t", "test", "#{mouse_all_flag}")).toBe("1\n");
      tmux("send-keys", "-t", "test", "C-]");
      await until(/Consoles/);
      tmux("send-keys", "-t", "test", "q");
      expect(await until(/code=0/)).not.toContain("▀▀▀");
      expect(tmux("display-message", "-p", "-t", "test", "#{mouse_all_flag}")).toBe("0\n");
    } finally {
      tmux("kill-server");
    }
  });
});

describe("pictures", () => {
  const frame = (width: number, height: number, ...pixels: number[]) => ({
    width,
    height,
    pixels: new Uint8Array(Uint32Array.from(pixels).buffer),
  });

  it("keep their shape in cells that are twice as high as wide", () => {
    const area = { x: 0, y: 1, width: 100, height: 30 };
    expect(placeFrame(area, frame(160, 100))).toEqual({ x: 2, y: 1, width: 96, height: 30 });
    expect(placeFrame(area, frame(100, 400))).toEqual({ x: 42, y: 1, width: 15, height: 30 });
  });

  it("are made smaller by means, and larger by repetition", () => {
    const picture = frame(2, 2, 0x000000, 0x0000ff, 0x00ff00, 0xff0000);
    expect([...scaleFrame(picture, 1, 1).samples]).toEqual([63, 63, 63]);
    expect([...scaleFrame(picture, 4, 1).samples.subarray(0, 6)]).toEqual([0, 127, 0, 0, 127, 0]);
  });

  it("take the nearest colour that there is", () => {
    expect(nearestOf256(255, 0, 0)).toBe(196);
    expect(nearestOf256(118, 118, 118)).toBe(243);
    expect(nearestOf16(250, 10, 10)).toBe(9);
    expect([shadeOf(0, 0, 0), shadeOf(255, 255, 255)]).toEqual([" ", "@"]);
  });

  it("are bands of six rows as sixels, a line for each colour of a band", () => {
    const red = drawSixel(frame(1, 1, 0xff0000), { x: 0, y: 0, width: 1, height: 1 });
    expect(red).toBe('\x1bPq"1;1;8;16#180;2;100;0;0#180!8~-#180!8~-#180!8N\x1b\\');
  });
});
