import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KEY_HELP } from "../../dist/tui/controls.js";

describe("the page on the terminal UI", () => {
  it("has the keys with the words of the help", () => {
    const page = readFileSync(fileURLToPath(new URL("../../docs/terminal-ui.md", import.meta.url)), "utf8");
    const rows = [...page.matchAll(/^\| `(.+)` \| (.+) \|$/gm)].map(([, keys, what]) => [keys, what]);
    expect(rows).toEqual(KEY_HELP);
  });
});
