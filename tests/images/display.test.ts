/** The demo on a display, with keys and mouse: what it shows, to the pixel. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../dist/host/png.js";
import { createSession, loadSystem, type Session, type SessionOptions } from "../../dist/system/index.js";

const FOLDER = fileURLToPath(new URL("../../images/display/", import.meta.url));
/** At 50 MHz and 60 Hz. */
const FRAME_CYCLES = 833_334;

function bootDemo(options: SessionOptions = {}): Session {
  const text = readFileSync(join(FOLDER, "system.toml"), "utf8");
  const plan = loadSystem(text, "system.toml", { readFile: (path) => readFileSync(join(FOLDER, path)) });
  return createSession(plan, options);
}

const pixelAt = ({ width, pixels }: ReturnType<Session["frame"]>, x: number, y: number): number =>
  new DataView(pixels.buffer, pixels.byteOffset).getUint32(4 * (y * width + x), true);
const digest = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");

/** As src/abi/input.ts has it, without the cycle. */
function event(kind: number, code: number, x = 0, y = 0, buttons = 0): Uint8Array {
  return new Uint8Array(Uint32Array.of(kind, code, x, y, buttons, 0).buffer);
}
const [KEY, POINTER] = [1, 2];

describe("the demo", () => {
  it("shows a frame at each vsync, the same on both engines", () => {
    const digests = [{}, { engine: "reference" } as const].map((options) => {
      const session = bootDemo(options);
      const frames = Array.from({ length: 3 }, (_, index) => {
        session.run({ until: (index + 2) * FRAME_CYCLES + 1000 });
        return digest(session.frame("picture").pixels);
      });
      return frames;
    });
    expect(new Set(digests[0]).size).toBe(3);
    expect(digests[1]).toEqual(digests[0]);
  });

  it("follows the mouse, marks where it is pressed, and shows what is typed", () => {
    const session = bootDemo();
    const keys = session.plan.channels.findIndex(({ name }) => name === "keys");
    session.run({ until: 3 * FRAME_CYCLES });
    const at = session.now() + 2000;
    for (const input of [
      event(POINTER, 0, 30, 40, 1),
      event(POINTER, 0, 120, 70),
      event(KEY, "h".codePointAt(0) ?? 0),
      event(KEY, "i".codePointAt(0) ?? 0),
    ])
      session.inject(keys, at, input);
    session.inject(keys, at, new Uint8Array(5));
    session.run({ until: at + 3 * FRAME_CYCLES });
    const frame = session.frame("picture");
    expect([pixelAt(frame, 30, 40), pixelAt(frame, 28, 38)]).toEqual([0xffffff, 0xffffff]);
    expect([pixelAt(frame, 120, 70), pixelAt(frame, 125, 70), pixelAt(frame, 120, 65)]).toEqual(
      Array(3).fill(0xffff60),
    );
    // "HI" in the middle: 24 dots of three pixels wide.
    expect(pixelAt(frame, 160 / 2 - 12, 50)).toBe(0xffffff);
    expect(() => session.frame("disk")).toThrow('there is no display "disk"');
  });

  it("ends when it is told to, and its last frame stays", () => {
    const session = bootDemo();
    const keys = session.plan.channels.findIndex(({ name }) => name === "keys");
    session.run({ until: 2 * FRAME_CYCLES });
    session.inject(keys, session.now() + 2000, event(KEY, 0x1b));
    expect(session.run({ until: 60 * FRAME_CYCLES })).toBe("quiet");
    expect(session.kernel.view().partitions[0].exitCode).toBe(0);
    expect(pixelAt(session.frame("picture"), 0, 0)).not.toBe(0);
  });
});

/** What the data of a PNG with one IDAT holds. */
function unpack(png: Buffer): Buffer {
  expect(png.subarray(37, 41).toString()).toBe("IDAT");
  return inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
}

describe("a picture as PNG", () => {
  it("has its pixels in red, green and blue", () => {
    const pixels = Uint8Array.of(3, 2, 1, 0, 6, 5, 4, 0, 9, 8, 7, 0, 12, 11, 10, 0);
    const png = Buffer.from(encodePng({ width: 2, height: 2, pixels }));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2, 2]);
    expect([...unpack(png)]).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 10, 11, 12]);
    expect(png.subarray(-8).toString("hex")).toBe("49454e44ae426082");
  });

  it("of the demo's fifth frame is this one", () => {
    const session = bootDemo();
    session.run({ until: 5 * FRAME_CYCLES + 1000 });
    const png = Buffer.from(encodePng(session.frame("picture")));
    // Not of the file itself: how well it is packed is the host's matter.
    expect(digest(unpack(png))).toBe("f9b99a3add8f054815780be3ca23cc3064d28598");
  });
});
