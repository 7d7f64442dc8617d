import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { boot, ConfigError, packImage, resolve } from "../dist/index.js";

const IMAGES = fileURLToPath(new URL("../images/", import.meta.url));
const description = readFileSync(`${IMAGES}tour/system.toml`, "utf8");
const readFile = (name: string): Uint8Array => readFileSync(`${IMAGES}tour/${name}`);

describe("the library", () => {
  it("boots a description from bytes, and a pause in the middle changes nothing", () => {
    const whole = boot({ description, readFile });
    expect(whole.now()).toBe(0);
    whole.run({ until: 100_000 });
    const halves = boot({ description, readFile });
    halves.run({ until: 33_333 });
    halves.run({ until: 100_000 });
    expect(halves.hashes()).toEqual(whole.hashes());
    expect(whole.kernel.view().partitions.map(({ name }) => name)).toContain("vandal");
  });

  it("boots an image and a resolved plan to the same hash as the description", () => {
    const plan = resolve({ description, readFile, file: "tour.toml" });
    const image = packImage({ plan, description: { file: "tour.toml", text: description } });
    const hashes = [boot({ plan }), boot({ image })].map((session) => {
      session.run({ until: 50_000 });
      return session.hashes().system;
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  it("runs a program, with its console handed to the caller", () => {
    let text = "";
    const program = readFileSync(`${IMAGES}programs/hello.elf`);
    const session = boot(
      { program, file: "hello.elf" },
      { onConsole: (_, bytes) => (text += new TextDecoder().decode(bytes)) },
    );
    expect(session.run({ until: Infinity })).toBe("quiet");
    expect(text).toBe("Hello from a partition.\n");
  });

  it("refuses what is wrong with a ConfigError that has place, problem and hint", () => {
    expect(() => boot({ description: "[partition]", readFile, file: "empty.toml" })).toThrow(ConfigError);
    try {
      boot({ description: '[partition.a]\nclass = "owl"\n', readFile, file: "owl.toml" });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ place: { file: "owl.toml", line: 1 } });
    }
  });
});
