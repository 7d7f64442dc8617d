import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createHostFiles } from "../../dist/host/files.js";
import { saveScreenshot } from "../../dist/host/devices/screenshots.js";
import type { Session } from "../../dist/system/index.js";
import { invoke, ROOT, temporaryFolder, TOUR } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const DEMO = join(ROOT, "images/display/system.toml");

describe("hallows boot --screenshot", () => {
  it("writes what the display shows at the end", async () => {
    const path = join(folder, "shot.png");
    expect(await invoke("boot", DEMO, "--headless", "--for", "40ms", "--screenshot", path)).toMatchObject({ code: 0 });
    const png = readFileSync(path);
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([160, 100]);
  });

  it("is refused before the run for a system without a display, and leaves nothing behind", async () => {
    const { code, out, err } = await invoke("boot", TOUR, "--headless", "--screenshot", join(folder, "none.png"));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("the system has no display");
    expect(readdirSync(folder)).toEqual(["shot.png"]);
  });
});

describe("a screenshot that a key of the terminal UI takes", () => {
  it("is named after display and cycle, and a file that can't be written is told", () => {
    const frame = { width: 1, height: 1, pixels: new Uint8Array(4) };
    const session = { now: () => 1234, frame: () => frame } as unknown as Session;
    const before = process.cwd();
    process.chdir(folder);
    try {
      const files = createHostFiles();
      expect(saveScreenshot(session, files, "picture")).toBe("picture-1234.png has what picture shows");
      expect(readFileSync("picture-1234.png").subarray(1, 4).toString()).toBe("PNG");
      expect(saveScreenshot(session, files, "picture")).toContain(
        "picture-1234.png: is written by this command already",
      );
    } finally {
      process.chdir(before);
    }
  });
});
