import { describe, expect, it } from "vitest";
import { describeTerminal } from "../../dist/host/terminal-kind.js";

describe("a terminal", () => {
  it.each<[string, Record<string, string>, boolean, [boolean, boolean, boolean]]>([
    ["of today", { TERM: "xterm-256color", LANG: "en_GB.UTF-8" }, false, [true, true, true]],
    ["without a name", {}, false, [true, true, true]],
    ["that only prints lines", { TERM: "dumb" }, false, [false, false, true]],
    ["by DEC", { TERM: "vt100" }, false, [true, false, true]],
    ["in monochrome", { TERM: "xterm-mono" }, false, [true, false, true]],
    ["whose user wants no colours", { TERM: "xterm", NO_COLOR: "1" }, false, [true, false, true]],
    ["whose user set NO_COLOR to nothing", { TERM: "xterm", NO_COLOR: "" }, false, [true, true, true]],
    ["with --no-color", { TERM: "xterm" }, true, [true, false, true]],
    ["in the C locale", { TERM: "xterm", LANG: "C" }, false, [true, true, false]],
    ["in C.UTF-8", { TERM: "xterm", LANG: "C.UTF-8" }, false, [true, true, true]],
    ["where LC_ALL overrides", { TERM: "xterm", LANG: "en_GB.UTF-8", LC_ALL: "POSIX" }, false, [true, true, false]],
  ])("%s has what its environment says", (_, environment, isPlain, [hasScreen, hasColours, hasUnicode]) => {
    expect(describeTerminal(environment, isPlain)).toMatchObject({ hasScreen, hasColours, hasUnicode });
  });

  it.each<[string, Record<string, string>, string]>([
    ["of today", { TERM: "xterm-256color" }, "256 colours"],
    ["with true colours", { TERM: "xterm-256color", COLORTERM: "truecolor" }, "true colours"],
    ["kitty", { TERM: "xterm-kitty", COLORTERM: "truecolor" }, "kitty"],
    ["WezTerm", { TERM: "xterm-256color", TERM_PROGRAM: "WezTerm" }, "kitty"],
    ["foot", { TERM: "foot" }, "sixel"],
    ["kitty with tmux in it", { TERM: "tmux-256color", KITTY_WINDOW_ID: "1", TMUX: "/tmp/x" }, "256 colours"],
    ["of the Linux console", { TERM: "linux" }, "16 colours"],
    ["without colours", { TERM: "xterm-kitty", NO_COLOR: "1" }, "characters"],
  ])("%s shows pictures in the best way that it says it has", (_, environment, graphics) => {
    expect(describeTerminal(environment, false).graphics).toBe(graphics);
  });
});
