import { describe, expect, it } from "vitest";
import { buildElf, SIMPLE } from "../partitions/elf-builder.js";
import { FULL_POLICIES } from "../../dist/abi/index.js";
import { TIMING_PROFILES } from "../../dist/machine/index.js";
import { CLASSES } from "../../dist/scheduler/index.js";
import { createSession } from "../../dist/system/index.js";
import { builtWords } from "../../dist/vocabulary.js";
import { change, GOOD, load, PROGRAMS, refusalOf } from "./fixture.js";

/** The words of a vocabulary that are built, as errors list them. */
function listed(table: Readonly<Record<string, object>>): string {
  return builtWords(table)
    .map((word) => `"${word}"`)
    .join(" or ");
}

/** What changes in GOOD, the text that the error points at, the problem, and words of the hint. */
type Case = readonly [what: string, text: string, pointsAt: string, problem: string, hint: string];

const WINDOWS = `
[partition.logger]
class = "backend"
program = "a.elf"
core = 0

[core.0]
frame = "10 ms"
windows = [
  { partition = "sensor", start = "0 ms", length = "4 ms" },
  { partition = "logger", start = "4 ms", length = "2 ms" },
]
`;
const windows = (from: string, to: string): string => GOOD + WINDOWS.replace(from, to);
const threads = (count: number): string =>
  Array.from({ length: count }, (_, index) => `[partition.api.thread.t${index}]\nentry = "_start"\n`).join("");

/** A third partition. */
const third = '\n[partition.third]\nclass = "backend"\nprogram = "a.elf"\ncore = 2\n';

describe("an error of form points at its place:", () => {
  it.each<Case>([
    ["text that is not TOML", change("seed = 7", "seed = = 7"), "= 7", "not valid TOML: invalid value", "TOML 1.0"],
    [
      "a table that is there twice",
      `${GOOD}[partition.api]\n`,
      "partition.api]",
      "this table or key is there already",
      "Names are unique",
    ],
    [
      "a key that is there twice",
      change("seed = 7", "seed = 7\nseed = 8"),
      "seed = 8",
      "this table or key is there already",
      "unique",
    ],
    [
      "an unknown key",
      change("memory =", "memroy ="),
      'memroy = "4 MiB"',
      'unknown key "memroy" in [partition.sensor]',
      'Did you mean "memory"? Keys here are: class, policy, program',
    ],
    [
      "an unknown table",
      `${GOOD}[kernel]\n`,
      "kernel]",
      'unknown key "kernel" in the description',
      "Keys here are: name, machine, partition, core, device, pool, channel.",
    ],
    [
      "a reservation on a core with windows",
      change("core = 0", 'core = 0\nreserve = { budget = "1 ms", period = "10 ms" }') + WINDOWS,
      'reserve = { budget = "1 ms", period = "10 ms" }',
      'partition "sensor" has reserve, and core 0 runs windows',
      "Leave reserve out",
    ],
    [
      "a reservation that is longer than its period",
      change("core = 1", 'core = 1\nreserve = { budget = "11 ms", period = "10 ms" }'),
      '"11 ms", period = "10 ms" }',
      'partition "api" reserves "11 ms" in each "10 ms"',
      "A budget is at most the period",
    ],
    [
      "a budget that the kernel uses up by itself",
      change("core = 1", 'core = 1\nreserve = { budget = "100 cycles", period = "10 ms" }'),
      '"100 cycles", period = "10 ms" }',
      'the budget of partition "api" is 100 cycles, and the kernel takes 98 to release a thread',
      "Give it at least",
    ],
    [
      "a partition on slack that has a reservation",
      change("core = 1", 'core = 1\nslack = true\nreserve = { budget = "1 ms", period = "10 ms" }'),
      "slack = true",
      'partition "api" has reserve and slack',
      "Leave one of them out.",
    ],
    [
      "a reservation without a period",
      change("core = 1", 'core = 1\nreserve = { budget = "1 ms" }'),
      'reserve = { budget = "1 ms" }',
      '[partition.api.reserve] has no "period"',
      "Add period",
    ],
    [
      "a missing key",
      change('class = "backend"\n', ""),
      "partition.api]",
      '[partition.api] has no "class"',
      `Add class: ${listed(CLASSES)}.`,
    ],
    [
      "a missing key of a channel",
      change('from = "sensor"\n', ""),
      "channel]]",
      '[[channel]] has no "from"',
      "Add from: the name of who sends",
    ],
    [
      "no partitions",
      "[machine]\n",
      "[machine]",
      'the description has no "partition"',
      "tables such as [partition.NAME]",
    ],
    [
      "a number for a size",
      change('"4 MiB"', "4096"),
      "4096",
      '"memory" can\'t be 4096',
      'It must be a size in quotes, such as "2 MiB".',
    ],
    ["text for a number", change("core = 1", 'core = "1"'), '"1"', '"core" can\'t be "1"', "a core number, 0 to 15"],
    [
      "a number that is too large",
      change("priority = 9", "priority = 256"),
      "256",
      '"priority" can\'t be 256',
      "a whole number from 0 to 255",
    ],
    [
      "a number beyond 2^63",
      change("seed = 7", "seed = 99999999999999999999"),
      "99999999999999999999",
      '"seed" can\'t be 99999999999999999999',
      "",
    ],
    ["a fraction", change("core = 1", "core = 1.5"), "1.5", '"core" can\'t be 1.5', "a core number"],
    [
      "a restart with a wrong key",
      change("limit = 3", "limits = 3"),
      "limits = 3 }",
      'unknown key "limits" in [partition.sensor.restart]',
      'Did you mean "limit"?',
    ],
    [
      "a restart of a wrong type",
      change('{ action = "restart", limit = 3 }', "3"),
      "3",
      '"restart" can\'t be 3',
      '"stop", "restart" or { action = "restart", limit = 3 }',
    ],
    [
      "a window with a wrong key",
      windows("start =", "begin ="),
      'begin = "0 ms", length = "4 ms" },',
      'unknown key "begin" in [core.0.windows]',
      "partition, start, length",
    ],
    [
      "a size without unit",
      change('"4 MiB"', '"4"'),
      '"4"',
      '"4" is not a size',
      'Write a size, such as "64 KiB" or "2 MiB"; units are B, KiB, MiB, GiB.',
    ],
    [
      "a decimal unit",
      change('"4 MiB"', '"4 MB"'),
      '"4 MB"',
      '"4 MB" has no unit of size that Hallows takes',
      'Write "4 MiB"',
    ],
    [
      "a time that is no time",
      change('"10 ms"', '"10 min"'),
      '"10 min"',
      '"10 min" is not a time',
      'such as "10 ms", "250 us" or "5000 cycles"',
    ],
    [
      "a time between cycles",
      change('"10 ms"', '"1.0005 ms"'),
      '"1.0005 ms"',
      '"1.0005 ms" is not a whole number of cycles at 1 MHz',
      '"1000 cycles" and "1001 cycles"',
    ],
    [
      "a frequency of nothing",
      change('"1 MHz"', '"0 Hz"'),
      '"0 Hz"',
      'frequency can\'t be "0 Hz"',
      '"1 kHz" to "100 GHz"',
    ],
    [
      "a memory between pages",
      change('"4 MiB"', '"4097 B"'),
      '"4097 B"',
      'memory "4097 B" is not a multiple of 4096 bytes',
      "4 KiB",
    ],
    [
      "a machine's memory between blocks",
      change("seed = 7", 'seed = 7\nmemory = "5 MiB"'),
      '"5 MiB"',
      'memory "5 MiB" is not a multiple of 2097152 bytes',
      "2 MiB",
    ],
    ["no memory at all", change('"4 MiB"', '"0 B"'), '"0 B"', 'memory can\'t be "0 B"', "4 KiB"],
    [
      "a stack that is too large",
      change('"16 KiB"', '"16 MiB"'),
      '"16 MiB"',
      'stack can\'t be "16 MiB"',
      '"4 KiB" to "8 MiB"',
    ],
    [
      "slots that are no power of two",
      change("slots = 16", "slots = 12"),
      "12",
      "slots can't be 12",
      "a power of two from 2 to 4096, such as 16",
    ],
    [
      "slots beyond all bounds",
      change("slots = 16", "slots = 1000000000000"),
      "1000000000000",
      "slots can't be 1000000000000",
      "such as 4096",
    ],
    ["a slot of nothing", change('"100 B"', '"0 B"'), '"0 B"', 'slot_size can\'t be "0 B"', '"1 B" to "64 KiB"'],
  ])("%s", (_, text, pointsAt, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({ pointsAt, problem, hint: expect.stringContaining(hint) as string });
  });

  it("of several the first in the file, and line and column are right", () => {
    const text = change("seed = 7", "sed = 7").replace("core = 1", "corr = 1");
    expect(refusalOf(text)).toMatchObject({ at: "3:1", problem: 'unknown key "sed" in [machine]' });
    expect(refusalOf(change('"4 MiB"', "4096")).at).toBe("14:10");
  });
});

describe("names that are not built yet are told from unknown ones:", () => {
  it.each<Case>([
    [
      "an unknown class",
      change('"backend"', '"bakend"'),
      '"bakend"',
      'unknown class "bakend"',
      'Did you mean "backend"?',
    ],
    [
      "a timing profile",
      change("seed = 7", 'timing = "zen3"'),
      '"zen3"',
      'timing profile "zen3" is not built yet',
      `Use ${listed(TIMING_PROFILES)}.`,
    ],
    [
      "an unknown timing profile",
      change("seed = 7", 'timing = "pentium"'),
      '"pentium"',
      'unknown timing profile "pentium"',
      `Use ${listed(TIMING_PROFILES)}.`,
    ],
    [
      "a full policy",
      change('"refuse"', '"drop-all"'),
      '"drop-all"',
      'unknown full policy "drop-all"',
      `Use ${listed(FULL_POLICIES)}.`,
    ],
    [
      "an unknown restart action",
      change('{ action = "restart", limit = 3 }', '"reboot"'),
      '"reboot"',
      'unknown restart action "reboot"',
      'Use "stop" or "restart".',
    ],
    [
      "the same in a table",
      change('"restart", limit', '"halt", limit'),
      '"halt", limit = 3 }',
      'unknown restart action "halt"',
      'Use "stop"',
    ],
  ])("%s", (_, text, pointsAt, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({ pointsAt, problem, hint: expect.stringContaining(hint) as string });
  });
});

describe("threads are refused, with what would be right:", () => {
  it.each<Case>([
    [
      "a deadline without period",
      change('period = "10 ms"', 'deadline = "5 ms"'),
      'deadline = "5 ms"',
      'thread "main" has a deadline and no period',
      'period = "10 ms"',
    ],
    [
      "an overrun without period",
      change('period = "10 ms"', 'overrun = "skip"'),
      'overrun = "skip"',
      "overrun is about releases, and there is no period",
      'period = "10 ms"',
    ],
    [
      "a policy of overruns that there is not",
      change("priority = 9", 'overrun = "skp"'),
      '"skp"',
      'unknown overrun policy "skp"',
      '"skip"',
    ],
    [
      "a deadline beyond the period",
      change("priority = 9", 'deadline = "11 ms"'),
      '"11 ms"',
      'the deadline "11 ms" is longer than the period "10 ms"',
      'deadline = "10 ms"',
    ],
    ["a period of nothing", change('"10 ms"', '"0 ms"'), '"0 ms"', 'period can\'t be "0 ms"', "longer than nothing"],
    [
      "a priority in a class without",
      change("core = 1", "core = 1\npriority = 3"),
      "priority = 3",
      'class "backend" has no priorities: its threads run first come, first served',
      'class = "realtime"',
    ],
    [
      "a period beside thread tables",
      `${GOOD}[partition.sensor.thread.main]\n`,
      'period = "10 ms"',
      'period belongs to a thread, and partition "sensor" has thread tables',
      "Move it to [partition.sensor.thread.main]",
    ],
    [
      "two that would run main",
      `${GOOD}[partition.api.thread.one]\n[partition.api.thread.two]\n`,
      "partition.api.thread.two]",
      'threads "one" and "two" of partition "api" have no entry, so both would run main',
      'Add entry = "FUNCTION" to [partition.api.thread.two].',
    ],
    [
      "an entry that is not there",
      `${GOOD}[partition.api.thread.one]\nentry = "control_lop"\n`,
      '"control_lop"',
      'program "a.elf" has no function "control_lop"',
      'Did you mean "control_loop"?',
    ],
    ["17 of them", GOOD + threads(17), "partition.api.thread.t16]", 'partition "api" has 17 threads', "At most 16."],
    [
      "a name that can't be",
      `${GOOD}[partition.api.thread."a b"]\n`,
      'partition.api.thread."a b"]',
      '"a b" can\'t be a name',
      "begins with a letter",
    ],
    [
      "a limit of stopping",
      change('"restart", limit', '"stop", limit'),
      "limit = 3 }",
      'restart action "stop" takes no limit',
      'restart = "stop"',
    ],
  ])("%s", (_, text, pointsAt, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({ pointsAt, problem, hint: expect.stringContaining(hint) as string });
  });
});

describe("partitions and cores are refused, with what would be right:", () => {
  it.each<Case>([
    [
      "a core that is not there",
      change("seed = 7", "cores = 1"),
      "1",
      'partition "api" is on core 1, and the machine has 1, numbered from 0',
      "Write core = 0, or cores = 2 in [machine].",
    ],
    [
      "a name that is too long",
      change("partition.api]", `partition.${"a".repeat(32)}]`),
      `partition.${"a".repeat(32)}]`,
      `the name "${"a".repeat(32)}" has 32 characters`,
      "at most 31",
    ],
    [
      "a name that begins with a digit",
      change("partition.api]", "partition.4]"),
      "partition.4]",
      '"4" can\'t be a name',
      "begins with a letter",
    ],
    [
      "a program that is not there",
      change('"a.elf"', '"c.elf"'),
      '"c.elf"',
      'cannot read program "c.elf": no such file',
      "relative to the description's folder",
    ],
    [
      "a program that is none",
      change('"a.elf"', '"text.elf"'),
      '"text.elf"',
      'program "text.elf" can\'t be loaded: it is not an ELF file',
      "built by gcc or clang",
    ],
    [
      "a program that does not fit",
      change('"a.elf"', '"large.elf"'),
      "partition.api]",
      'partition "api" has 2 MiB of memory, and its program does not fit: it needs 3224 KiB (program 3076 KiB, stacks 64 KiB, console, boot information and page tables 84 KiB)',
      'memory = "4 MiB"',
    ],
    [
      "more memory than there is",
      change("seed = 7", 'memory = "8 MiB"'),
      '"8 MiB"',
      "the machine has 8 MiB of memory, and 10 MiB are needed: kernel 2 MiB, partitions 6 MiB, channels 2 MiB",
      'Write memory = "10 MiB"',
    ],
    [
      "more memory than can be",
      change('"4 MiB"', '"2 GiB"'),
      "machine]",
      "the machine has 64 MiB of memory, and 2054 MiB are needed: kernel 2 MiB, partitions 2050 MiB, channels 2 MiB",
      "at most 2 GiB",
    ],
    [
      "a core that does not exist",
      `${GOOD}[core.16]\nframe = "1 ms"\nwindows = [{ partition = "api", start = "0 ms", length = "1 ms" }]\n`,
      "core.16]",
      'there is no core "16"',
      "0 to 15",
    ],
    [
      "windows on a core without partitions",
      `${GOOD}[core.5]\nframe = "1 ms"\nwindows = [{ partition = "api", start = "0 ms", length = "1 ms" }]\n`,
      "core.5]",
      "[core.5] has windows, and no partition is on it",
      "put partitions there",
    ],
  ])("%s", (_, text, pointsAt, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({ pointsAt, problem, hint: expect.stringContaining(hint) as string });
  });

  it("33 partitions", () => {
    const text = Array.from(
      { length: 33 },
      (_, i) => `[partition.p${i}]\nclass = "backend"\nprogram = "a.elf"\ncore = 0\n`,
    ).join("");
    expect(refusalOf(text)).toMatchObject({
      pointsAt: "partition.p32]",
      problem: 'partition "p32" is one too many: there are 33',
    });
  });

  it("two on one core without windows, with a table that can be pasted", () => {
    const text = change("core = 1", "core = 0");
    const refusal = refusalOf(text);
    expect(refusal).toMatchObject({ pointsAt: "0", problem: 'core 0 is used twice: by partitions "api" and "sensor"' });
    const table = refusal.hint.slice(refusal.hint.indexOf("[core.0]"));
    expect(load(text + table).cores[0]).toEqual({
      kind: "windows",
      frameCycles: 10_000,
      windows: [
        { partition: 0, startCycles: 0, lengthCycles: 5000 },
        { partition: 1, startCycles: 5000, lengthCycles: 5000 },
      ],
    });
  });

  it("the table can be pasted whatever the frequency and number", () => {
    for (const frequency of ["1 kHz", "44.1 kHz", "100 kHz", "1 MHz", "2.445 GHz"]) {
      for (const count of [2, 3, 7]) {
        const partitions = Array.from(
          { length: count },
          (_, i) => `[partition.p${i}]\nclass = "backend"\nprogram = "a.elf"\ncore = 0\n`,
        ).join("");
        const text = `[machine]\nfrequency = "${frequency}"\n${partitions}`;
        const { hint } = refusalOf(text);
        expect(load(text + hint.slice(hint.indexOf("[core.0]"))).cores[0].kind).toBe("windows");
      }
    }
  });
});

describe("windows are refused, with what would be right:", () => {
  it("but not when they are right", () => {
    expect(load(GOOD + WINDOWS).cores[0].kind).toBe("windows");
  });

  it("and not when they are a cycle longer than refused: the kernel takes them, too", () => {
    const text = windows('length = "4 ms"', 'length = "1509 us"').replace('length = "2 ms"', 'length = "688 us"');
    expect(() => createSession(load(text))).not.toThrow();
  });

  it.each<Case>([
    [
      "one that overlaps another",
      windows('"4 ms", length', '"3 ms", length'),
      '"3 ms", length = "2 ms" },',
      'the window of "logger" starts at "3 ms", inside the one of "sensor", which runs from "0 ms" to "4 ms"',
      'Start it at "4 ms" or later.',
    ],
    [
      "one that ends after the frame",
      windows('length = "2 ms"', 'length = "7 ms"'),
      '"7 ms" },',
      'the window ends at "11 ms", after the end of the frame of "10 ms"',
      'Write length = "6 ms" or less',
    ],
    [
      "one that starts after the frame",
      windows('start = "4 ms"', 'start = "10 ms"'),
      '"10 ms", length = "2 ms" },',
      'the window starts at or after the end of the frame of "10 ms"',
      "before",
    ],
    [
      "one of nothing",
      windows('length = "2 ms"', 'length = "0 ms"'),
      '"0 ms" },',
      'length can\'t be "0 ms"',
      "longer than nothing",
    ],
    [
      "a frame of nothing",
      windows('frame = "10 ms"', 'frame = "0 ms"'),
      '"0 ms"',
      'frame can\'t be "0 ms"',
      "longer than nothing",
    ],
    [
      "one of a partition that is not there",
      windows('partition = "logger"', 'partition = "loger"'),
      '"loger", start = "4 ms", length = "2 ms" },',
      'there is no partition "loger"',
      'Did you mean "logger"?',
    ],
    [
      "one of a partition on another core",
      windows('partition = "logger"', 'partition = "api"'),
      '"api", start = "4 ms", length = "2 ms" },',
      'partition "api" is on core 1, not on core 0',
      "Write core = 0 in [partition.api]",
    ],
    [
      "none for a partition of the core",
      windows('{ partition = "logger", start = "4 ms", length = "2 ms" },', ""),
      "0",
      'core 0 runs windows, and partition "logger" has none there: the core would be used twice',
      'Add { partition = "logger"',
    ],
    [
      "one that is no longer than the switch into it",
      windows('length = "2 ms"', 'length = "687 us"'),
      '"687 us" },',
      'a window of partition "logger" on core 0 has 687 cycles, and switching to it can take 687',
      'Make it longer than "687 us"',
    ],
    [
      "one that its doorbells from another core can fill",
      windows('length = "4 ms"', 'length = "688 us"'),
      '"688 us" },',
      'a window of partition "sensor" on core 0 has 688 cycles, and switching to it and dealing with its doorbells can take 1508',
      "or give the machine a higher frequency.",
    ],
    [
      "no windows at all",
      `${GOOD}[core.0]\nframe = "1 ms"\nwindows = []\n`,
      "[]",
      '"windows" can\'t be an empty list',
      "a list such as",
    ],
  ])("%s", (_, text, pointsAt, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({ pointsAt, problem, hint: expect.stringContaining(hint) as string });
  });
});

describe("channels are refused, with what would be right:", () => {
  it.each<Case>([
    [
      "one from nowhere",
      change('from = "sensor"', 'from = "senso"'),
      '"senso"',
      'channel "orders" has no end: there is no partition "senso"',
      'Did you mean "sensor"?',
    ],
    [
      "one to nowhere",
      change('to = "api"', 'to = "warehouse"'),
      '"warehouse"',
      'channel "orders" has no end: there is no partition "warehouse"',
      "Partitions are: api, sensor.",
    ],
    [
      "one to itself",
      change('to = "api"', 'to = "sensor"'),
      '"sensor"',
      'channel "orders" goes from "sensor" to itself',
      "joins two partitions",
    ],
    [
      "a queue of several consumers",
      change('to = "api"', 'to = ["api", "third"]') + third,
      '["api", "third"]',
      'channel "orders" has 2 names in to, and a channel of kind "queue" has one there',
      'use kind "broadcast" or "sampling"',
    ],
    [
      "a device at the wrong end",
      change('to = "api"', 'to = "entropy"'),
      '"entropy"',
      'device "entropy" can\'t be at that end of channel "orders"',
      'It takes a channel of kind "queue" that has "entropy" in from, and one partition in to.',
    ],
    [
      "one partition twice",
      change('from = "sensor"', 'from = ["sensor", "third", "sensor"]') + third,
      '"api"',
      'channel "orders" has "sensor" twice',
      "joins two partitions, or one with several",
    ],
    [
      "one from a name that is not there, in a list",
      change('from = "sensor"', 'from = ["sensor", "sensr"]'),
      '"sensr"]',
      'channel "orders" has no end: there is no partition "sensr"',
      'Did you mean "sensor"?',
    ],
    [
      "a key of another kind",
      change('full = "refuse"', 'kind = "sampling"\nfull = "refuse"'),
      'full = "refuse"',
      'a channel of kind "sampling" has no full',
      "Its keys are name, from, to, kind, slots, slot_size, refresh.",
    ],
    [
      "a ring of a size that is no power of two",
      change("slots = 16", 'kind = "bytes"\nsize = "12 KiB"').replace('slot_size = "100 B"', ""),
      '"12 KiB"',
      'size can\'t be "12 KiB"',
      'It is a power of two from "4 KiB" to "8 MiB".',
    ],
    [
      "one called console",
      change('"orders"', '"console"'),
      '"console"',
      'a channel can\'t be called "console"',
      "already",
    ],
    [
      "two of one name",
      `${GOOD}[[channel]]\nname = "orders"\nfrom = "api"\nto = "sensor"\n`,
      '"orders"',
      'there are two channels "orders"',
      "rename one",
    ],
    [
      "one that is too large",
      change("slots = 16", "slots = 4096").replace('"100 B"', '"64 KiB"'),
      "4096",
      'the slots of channel "orders" take 268468480 B',
      "at most 16 MiB",
    ],
  ])("%s", (_, text, pointsAt, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({ pointsAt, problem, hint: expect.stringContaining(hint) as string });
  });

  it("63 of one partition", () => {
    const channels = Array.from({ length: 63 }, (_, i) => `[[channel]]\nname = "c${i}"\nfrom = "api"\nto = "sensor"\n`);
    const text = change(
      '[[channel]]\nname = "orders"\nfrom = "sensor"\nto = "api"\nslots = 16\nslot_size = "100 B"\nfull = "refuse"\n',
      "",
    ).replace("seed = 7", 'memory = "256 MiB"');
    expect(refusalOf(text + channels.join(""))).toMatchObject({
      pointsAt: "partition.api]",
      problem: 'partition "api" has 63 channels',
    });
    expect(load(text + channels.slice(1).join("")).partitions[0].channelEnds).toHaveLength(63);
  });
});

describe("devices are refused, with what would be right:", () => {
  const declared = (table: string, channel = 'from = "dice"\nto = "api"'): string =>
    `${GOOD}${table}\n[[channel]]\nname = "throws"\n${channel}\n`;

  it.each<Case>([
    [
      "one of no kind",
      declared('[device.dice]\nkind = "entropie"'),
      '"entropie"',
      'unknown device kind "entropie"',
      'Did you mean "entropy"?',
    ],
    ["one without kind", declared("[device.dice]"), "device.dice]", '[device.dice] has no "kind"', "Add kind:"],
    [
      "one that is there already",
      declared('[device.console]\nkind = "entropy"', 'from = "entropy"\nto = "api"'),
      "device.console]",
      'a device can\'t be called "console": something else is',
      "rename it",
    ],
    [
      "one called like a partition",
      declared('[device.api]\nkind = "entropy"', 'from = "entropy"\nto = "api"'),
      "device.api]",
      'a device can\'t be called "api": something else is',
      "rename it",
    ],
    [
      "one with a key that no kind has",
      declared('[device.dice]\nkind = "entropy"\nsed = 3'),
      "sed = 3",
      'unknown key "sed" in [device.dice]',
      'Did you mean "seed"?',
    ],
    [
      "one with a value that can't be",
      declared('[device.dice]\nkind = "entropy"\nseed = -1'),
      "-1",
      "seed can't be -1",
      "a whole number from 0",
    ],
    [
      "one with a value of another type",
      declared('[device.dice]\nkind = "entropy"\nseed = "3"'),
      '"3"',
      'seed can\'t be "3"',
      "a whole number from 0",
    ],
    [
      "a channel to one that is not declared",
      declared('[device.dice]\nkind = "entropy"', 'from = "dic"\nto = "api"'),
      '"dic"',
      'channel "throws" has no end: there is no partition or device "dic"',
      'Did you mean "dice"?',
    ],
    [
      "a channel between devices",
      declared('[device.dice]\nkind = "entropy"', 'from = "dice"\nto = "entropy"'),
      '"dice"',
      'channel "throws" joins devices alone',
      "a partition at one end",
    ],
  ])("%s", (_, text, pointsAt, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({ pointsAt, problem, hint: expect.stringContaining(hint) as string });
  });

  const web = (channels: readonly string[]): string =>
    `${GOOD}[device.web]\nkind = "net"\n${channels.map((table) => `[[channel]]\n${table}\n`).join("")}`;
  const IN = 'name = "in"\nfrom = "web"\nto = "api"';
  const OUT = 'name = "out"\nfrom = "api"\nto = "web"';

  it.each<Case>([
    [
      "one without a channel that it must have",
      web([IN]),
      "device.web]",
      'device "web" has no channel of kind "queue" to it',
      'has "web" in to, and one partition in from',
    ],
    [
      "one with channels to two partitions",
      web([IN, OUT.replace('"api"', '"sensor"')]),
      "device.web]",
      'device "web" has channels with partitions "api" and "sensor"',
      "declare a device for each",
    ],
    [
      "one with two channels where it takes one",
      web([IN, OUT, IN.replace('"in"', '"more"')]),
      "device.web]",
      'device "web" has 2 channels of kind "queue" from it',
      "It takes one",
    ],
    [
      "a channel with slots that are too small",
      web([`${IN}\nslot_size = "48 B"`, OUT]),
      '"48 B"',
      'the slots of channel "in" are too small for device "web"',
      'It needs "64 B" at least.',
    ],
    [
      "a size out of its limits",
      web([IN, OUT]).replace('kind = "net"', 'kind = "net"\nwindow = "2 MiB"'),
      '"2 MiB"',
      'window can\'t be "2 MiB"',
      "within its limits",
    ],
    [
      "a word that is none of its own",
      web([IN, OUT]).replace('kind = "net"', 'kind = "net"\nbind = "all"'),
      '"all"',
      'bind can\'t be "all"',
      '"loopback" or "any"',
    ],
    [
      "a key of another kind",
      declared('[device.dice]\nkind = "entropy"\nlisten = 80'),
      "listen = 80",
      'a device of kind "entropy" has no listen',
      "Its keys are kind, seed.",
    ],
  ])("%s", (_, text, pointsAt, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({ pointsAt, problem, hint: expect.stringContaining(hint) as string });
  });

  it("too many", () => {
    const tables = (count: number): string =>
      Array.from({ length: count }, (_, i) => `[device.d${i}]\nkind = "entropy"\n`).join("");
    expect(load(GOOD + tables(63)).devices).toHaveLength(64);
    expect(refusalOf(GOOD + tables(64)).problem).toContain("is one too many");
  });
});

describe("instructions that the machine lacks are refused, where that is asked for, and", () => {
  // vmulsd xmm0, xmm1, xmm1; ret
  const FLOATING = buildElf({
    ...SIMPLE,
    segments: [
      { ...SIMPLE.segments[0], contents: Uint8Array.of(0xc5, 0xf3, 0x59, 0xc1, 0xc3, 0x90, 0x90, 0x90) },
      SIMPLE.segments[1],
    ],
  });

  it("are told with instruction, address, function and a way out", () => {
    const readFile = (path: string): Uint8Array => (path === "a.elf" ? FLOATING : PROGRAMS[path]);
    expect(refusalOf(GOOD, { readFile, strict: true })).toEqual({
      at: "7:11",
      pointsAt: '"a.elf"',
      problem: 'program "a.elf" uses VMULSD (AVX) at 0x401000 in _start: the machine has no such instruction',
      hint: "Compile all of it, libraries too, with -march=x86-64-v2 (-C target-cpu=x86-64-v2 for rustc), without -mavx, -mfma and the like.",
    });
  });

  it("are looked for by a function that can be replaced", () => {
    const missing = { at: 0x401000n, name: "FADD", feature: "x87", function: "" };
    const refusal = refusalOf(GOOD, { findMissingInstructions: () => [missing, missing, missing], strict: true });
    expect(refusal.problem).toBe(
      'program "a.elf" uses FADD (x87) at 0x401000, and 2 more such instructions: the machine has no such instruction',
    );
    expect(refusal.hint).toContain("-mlong-double-64");
  });
});
