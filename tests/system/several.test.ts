import { describe, expect, it } from "vitest";
import { ConfigError, MAX_TOLD_PROBLEMS } from "../../dist/errors.js";
import { suggestName } from "../../dist/system/index.js";
import { change, GOOD, load } from "./fixture.js";

/** "line:column problem" of each mistake that is told. */
function mistakes(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [error, ...error.others].map(({ place, problem }) => `${place.line}:${place.column} ${problem}`);
  }
  return [];
}

function message(text: string): string {
  try {
    load(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

const partition = (name: string, core: number, rest = ""): string =>
  `[partition.${name}]\nclass = "backend"\nprogram = "a.elf"\ncore = ${core}\n${rest}`;

describe("several mistakes", () => {
  it("are told at once, in the order of the file, whatever stage finds them", () => {
    const text = change("seed = 7", "sed = 7")
      .replace('program = "a.elf"', 'program = "c.elf"')
      .replace('"realtime"', '"realtim"')
      .replace('"4 MiB"', '"4 MB"')
      .replace("slots = 16", "slots = 12")
      .replace('to = "api"', 'to = "app"');
    expect(mistakes(text)).toEqual([
      '3:1 unknown key "sed" in [machine]',
      '7:11 cannot read program "c.elf": no such file',
      '11:9 unknown class "realtim"',
      '14:10 "4 MB" has no unit of size that Hallows takes',
      '23:6 channel "orders" has no end: there is no partition "app"',
      "24:9 slots can't be 12",
    ]);
  });

  it("of shape are told with those of meaning", () => {
    const text = `${partition("a", 0, "memroy = 3\n")}${partition("b", 0)}[partition.c]\nclass = 3\nprogram = "a.elf"\n`;
    expect(mistakes(text)).toEqual([
      '5:1 unknown key "memroy" in [partition.a]',
      '9:8 core 0 is used twice: by partitions "a" and "b"',
      '10:2 [partition.c] has no "core"',
      '11:9 "class" can\'t be 3',
    ]);
  });

  it("in one window don't hide those in the next", () => {
    const window = (name: string, start: string, length: string): string =>
      `  { partition = "${name}", start = "${start}", length = "${length}" },\n`;
    const text = `${partition("a", 0)}${partition("b", 0)}[core.0]\nframe = "10 ms"\nwindows = [\n${[
      window("a", "0 ms", "4 mss"),
      window("b", "3 ms", "2 ms"),
      window("c", "6 ms", "2 ms"),
      window("b", "9 ms", "2 ms"),
    ].join("")}]\n`;
    expect(mistakes(text)).toEqual([
      '12:47 "4 mss" is not a time',
      '14:17 there is no partition "c"',
      '15:47 the window ends at "11 ms", after the end of the frame of "10 ms"',
    ]);
  });

  it("that follow from one are told as that one", () => {
    // Neither are times judged by a frequency that can't be read, nor is the memory of a system with a size too many.
    expect(mistakes(change('"1 MHz"', '"1 Mhz"').replace('"10 ms"', '"10.0001 ms"'))).toEqual([
      '2:13 "1 Mhz" is not a frequency',
    ]);
    expect(mistakes(change('"4 MiB"', '"40 GiB"'))).toEqual(['14:10 memory can\'t be "40 GiB"']);
    expect(mistakes(change("partition.api]", "partition.4]"))).toEqual([
      '5:2 "4" can\'t be a name',
      '23:6 channel "orders" has no end: there is no partition "api"',
    ]);
    expect(mistakes(change("core = 1", ""))).toEqual(['5:2 [partition.api] has no "core"']);
  });

  it("of a program that several partitions run are told once", () => {
    const text = Array.from({ length: 5 }, (_, core) => partition(`p${core}`, core).replace("a.elf", "text.elf"));
    expect(mistakes(text.join(""))).toHaveLength(1);
  });

  it(`beyond ${MAX_TOLD_PROBLEMS} are counted`, () => {
    const wrong = 'memory = "4"\nstack = "5"\n';
    const text = Array.from({ length: 16 }, (_, core) => partition(`p${core}`, core, wrong)).join("");
    const told = message(text);
    expect(told.split("\n").filter((line) => line.includes("is not a size"))).toHaveLength(MAX_TOLD_PROBLEMS);
    expect(told).toMatch(/\nand 12 more$/);
  });
});

describe("a value of the wrong kind is told with what is right", () => {
  it.each([
    ["a word without quotes", change('"backend"', "backend"), "Words, sizes and times stand in quotes."],
    ["a number for a table", "[partition]\na = 3\n", "It must be a table [partition.NAME]."],
    ["text for a core", `${GOOD}[core]\n0 = "x"\n`, "It must be a table [core.N]."],
    [
      "a word for a window",
      `${GOOD}[core.0]\nframe = "1 s"\nwindows = ["a"]\n`,
      "It must be a table such as { partition =",
    ],
  ])("%s", (_, text, hint) => {
    expect(message(text)).toContain(hint);
  });
});

describe("what is never closed is told where it was opened", () => {
  it.each<[string, string, string]>([
    ["a string", change('class = "backend"', 'class = "backend'), "6:9 the string that begins here is never closed"],
    ["a literal string", change('"backend"', "'backend"), "6:9 the string that begins here is never closed"],
    ["a long string", change('"backend"', '"""backend"'), "6:9 the string that begins here is never closed"],
    [
      "a table header",
      change("[partition.api]", "[partition.api"),
      "5:1 the table header that begins here is never closed",
    ],
    ["a header of two", change("[[channel]]", "[[channel]"), "20:1 the table header that begins here is never closed"],
    ["an inline table", change("limit = 3 }", "limit = 3"), "16:11 the inline table that begins here is never closed"],
    [
      "a list",
      `[core.0]\nframe = "1 s"\nwindows = [\n  { partition = "api", start = "0 s", length = "1 s" },\n${GOOD}`,
      "3:11 the list that begins here is never closed",
    ],
    [
      "a list before a key",
      `[core.0]\nwindows = [\n  { partition = "api", start = "0 s", length = "1 s" }\nframe = "1 s"\n`,
      "2:11 the list that begins here is never closed",
    ],
    ["a string with a # in it", change('"backend"', '"back # end'), "6:9 the string that begins here is never closed"],
  ])("%s", (_, text, expected) => {
    expect(mistakes(text)).toEqual([expected]);
  });

  it("but not when something else is wrong before it", () => {
    expect(mistakes(change("seed = 7", "seed = = 7").replace('full = "refuse"', 'full = "refuse'))[0]).toMatch(
      /^3:8 not valid TOML: invalid value/,
    );
  });
});

describe("a suggestion is made", () => {
  it.each([
    ["memroy", "memory"],
    ["form", "from"],
    ["Sensor", "sensor"],
    ["controll", "control"],
    ["ap", "api"],
  ])("for %s: %s", (wanted, meant) => {
    expect(suggestName(wanted, ["z-axis", meant])).toBe(`Did you mean "${meant}"?`);
  });

  it.each([
    ["z", "a"],
    ["ab", "xy"],
    ["logger", "sensor"],
    ["x", "xyz"],
    ["", "a"],
  ])("for no name that is far: not for %j the name %s", (wanted, known) => {
    expect(suggestName(wanted, [known])).toBe(`Known are: ${known}.`);
  });
});
