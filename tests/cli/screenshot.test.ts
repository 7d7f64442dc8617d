import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
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
