import { describe, expect, it } from "vitest";
import { readKey } from "../../dist/host/devices/input.js";

const [UP, F12] = [0x110001, 0x11001c];
const none = { shift: false, control: false, alt: false };

describe("a key for a partition", () => {
  it.each([
    ["a", "a", "a".codePointAt(0), none],
    ["S-a", "A", "A".codePointAt(0), none],
    ["é", "é", 0xe9, none],
    ["€", "€", 0x20ac, none],
    ["space", " ", 0x20, none],
    ["enter", "\r", 0x0a, none],
    ["linefeed", "\n", 0x0a, none],
    ["up", "\x1b[A", UP, none],
    ["S-up", "\x1b[1;2A", UP, { ...none, shift: true }],
    ["f12", "\x1b[24~", F12, none],
    ["C-x", "\x18", "x".codePointAt(0), { ...none, control: true }],
    ["M-x", "x", "x".codePointAt(0), { ...none, alt: true }],
    ["-", "-", "-".codePointAt(0), none],
  ])("%s has the code of its character, or its own", (name, character, code, modifiers) => {
    expect(readKey(name, character)).toEqual({ code, modifiers });
  });

  it("that means nothing to partitions is none", () => {
    expect([readKey("clear", "\x1b[E"), readKey("", ""), readKey("\x00", "\x00")]).toEqual([null, null, null]);
  });
});
