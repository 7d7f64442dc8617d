/**
 * What docs/system-descriptions.md says of each key beyond its form (src/system/description/schema.ts): default,
 * limits, meaning. Read by gen-descriptions.mjs, which refuses to run when a key is missing here or stands here for
 * nothing.
 *
 * Texts are Markdown. `value` is the default as a value of TOML, where it is one; `inside` and `outside` are values at
 * and beyond the limits: tests/system/docs.test.ts holds all three against the code.
 */
import { OVERRUNS } from "../dist/kernel/threads/overruns.js";
import {
  FULL_POLICIES,
  MAX_CHANNEL_ENDS,
  MAX_NAME_BYTES,
  MAX_PARTITIONS,
  MAX_POOL_BLOCKS,
  MAX_POOLS,
  MAX_THREADS,
  POOL_MODES,
} from "../dist/abi/index.js";
import { DECLARED_DEVICES, DEVICES } from "../dist/devices/index.js";
import { CHANNEL_KINDS } from "../dist/ipc/index.js";
import { DEFAULT_TIMING, TIMING_PROFILES } from "../dist/machine/index.js";
import { CLASSES } from "../dist/scheduler/index.js";
import { MAX_DEVICES } from "../dist/system/limits.js";
import { DEFAULTS } from "../dist/system/description/description.js";
import { formatFrequency, formatSize } from "../dist/system/description/units.js";
import { MAX_DURATION_CYCLES } from "../dist/units.js";
import { builtWords, wordsNotBuilt } from "../dist/vocabulary.js";

const classes = builtWords(CLASSES);
const kinds = builtWords(CHANNEL_KINDS);
const listKinds = (words) => words.map((word) => `\`kind = "${word}"\``).join(" or ");
const kindsWith = (role) =>
  `only with ${listKinds(kinds.filter((word) => CHANNEL_KINDS[word].several.includes(role)))}`;
const withKey = (key) => listKinds(kinds.filter((word) => CHANNEL_KINDS[word].keys.includes(key)));
const size = (sizeBytes) => formatSize(sizeBytes);
const MOST_TIME = `2^${Math.log2(MAX_DURATION_CYCLES)} cycles`;

/** The keys of all kinds of devices, as their rows tell them. */
const deviceKeys = {};
for (const kind of DECLARED_DEVICES)
  for (const [key, option] of Object.entries(DEVICES[kind].options)) deviceKeys[key] ??= optionKey(key, option);

function optionKey(key, option) {
  const having = DECLARED_DEVICES.filter((word) => key in DEVICES[word].options);
  const rules = [`only with ${listKinds(having)}`];
  if (option.type === "size") rules.push(`${size(option.least)} to ${size(option.most)}`);
  if (option.type === "size" && option.multiple > 1) rules.push(`a multiple of ${size(option.multiple)}`);
  if (option.type === "path") rules.push("not empty");
  return { default: defaultText(option), limits: rules.join("; "), meaning: option.meaning };
}

function defaultText(option) {
  if (option.default === null) return "none";
  if (option.type === "size") return size(option.default);
  return option.type === "time" ? `${option.default * 1000} ms` : `${option.default}`;
}

const NAME = {
  limits: `a letter, then letters, digits, \`-\` and \`_\`; at most ${MAX_NAME_BYTES} characters`,
  inside: ["a", "x".repeat(MAX_NAME_BYTES), "A-b_3"],
  outside: ["", "x".repeat(MAX_NAME_BYTES + 1), "1st", "_a", "a b"],
};
const STACK = {
  limits: "a multiple of 4 KiB, up to 8 MiB",
  inside: ["4 KiB", "8 MiB"],
  outside: ["0 KiB", "6 KiB", "8196 KiB"],
};
/** At the default frequency, 1 GHz. */
const TIME = {
  limits: `from 1 cycle to ${MOST_TIME}, and a whole number of them`,
  inside: ["1 cycle", `${MAX_DURATION_CYCLES / 1e9} s`, "0.001 us"],
  outside: ["0 ms", `${(MAX_DURATION_CYCLES + 1) / 1e9} s`, "0.0005 us", "1.5 cycles"],
};
const THREAD = {
  priority: {
    default: `${DEFAULTS.priority}`,
    value: DEFAULTS.priority,
    limits: `only with ${classes
      .filter((word) => CLASSES[word].hasPriorities)
      .map((word) => `\`class = "${word}"\``)
      .join(" or ")}`,
    inside: [0, 255],
    outside: [-1, 256, 1.5, "1"],
    meaning: "Larger is more urgent, at once. Equals run first come, first served.",
  },
  period: {
    default: "none",
    ...TIME,
    meaning: "The thread is released once a period, and waits for that with `periodic_wait`.",
  },
  overrun: {
    default: "catch up",
    limits: "needs a period",
    inside: ["catch up", "skip", "next"],
    outside: ["again", 3],
    meaning: `What becomes of releases that it missed. ${Object.entries(OVERRUNS)
      .map(([name, { meaning }]) => `\`${name}\`: ${meaning}`)
      .join("; ")}.`,
  },
  deadline: {
    default: "the period",
    limits: "needs a period, and is at most that",
    inside: ["1 cycle", "10 ms"],
    outside: ["0 ms", "10.001 ms"],
    meaning: "Counts from the release. A thread that is not done by then is reported; nothing is done to it.",
  },
  wcet: {
    default: "unknown",
    limits: "not 0",
    inside: ["2 ms"],
    outside: ["0 ms"],
    meaning: "What an activation runs at most. With those of all threads that may run first, the response has a bound.",
  },
};

/**
 * Where tables stand in the document, and what each of their keys means. `path` leads to an example of the table.
 *
 * @typedef {string | number | readonly unknown[] | { readonly [key: string]: Value }} Value
 * @typedef {{ default?: string, limits: string, meaning: string, value?: Value, inside?: Value[], outside?: Value[] }}
 * KeyRow
 * @type {{ title: string, path: (string | number)[], keys: { [key: string]: KeyRow } }[]}
 */
export const TABLES = [
  {
    title: "Top level",
    path: [],
    keys: {
      name: {
        default: "the file's name",
        ...NAME,
        meaning: "What reports call the system, and `hallows pack` the image.",
      },
      machine: { default: "the defaults of its keys", limits: "", meaning: "The virtual computer." },
      partition: {
        limits: `1 to ${MAX_PARTITIONS} of them`,
        meaning: "The partitions. NAME is theirs, and follows the rule of names.",
      },
      core: {
        default: "each partition has its core alone",
        limits: "N from 0 to 15",
        meaning: "Divides the time of core N between partitions.",
      },
      device: {
        default: "none",
        limits: `at most ${MAX_DEVICES - 1}`,
        meaning:
          "What lies outside of the system and channels lead to. NAME is its own, and follows the rule of names.",
      },
      pool: {
        default: "none",
        limits: `at most ${MAX_POOLS}`,
        meaning:
          "Memory in blocks that partitions pass to each other. NAME is the pool's, and follows the rule of names.",
      },
      channel: {
        default: "none",
        limits: `at most ${MAX_CHANNEL_ENDS - 1} a partition`,
        meaning: "What partitions talk through. A partition sees its own only, in this order, after its console.",
      },
    },
  },
  {
    title: "`[machine]`",
    path: ["machine"],
    keys: {
      cores: {
        default: "as many as are used",
        limits: "",
        inside: [1, 16],
        outside: [0, 17, "4"],
        meaning: "Cores that no partition is on are off.",
      },
      memory: {
        default: size(DEFAULTS.memoryBytes),
        value: size(DEFAULTS.memoryBytes),
        limits: "a multiple of 2 MiB, up to 2 GiB",
        inside: ["2 MiB", "2 GiB"],
        outside: ["0 MiB", "3 MiB", "2050 MiB", "64 MB"],
        meaning:
          "RAM. The kernel takes 2 MiB; partitions, and the channels of each group of them, begin at multiples of 2 MiB.",
      },
      frequency: {
        default: formatFrequency(DEFAULTS.frequencyHz),
        value: formatFrequency(DEFAULTS.frequencyHz),
        limits: "1 kHz to 100 GHz",
        inside: ["1 kHz", "100 GHz", "1.5 MHz"],
        outside: ["999 Hz", "101 GHz", "1.0005 kHz"],
        meaning: "Cycles a second: what makes cycles of the times in this file.",
      },
      timing: {
        default: DEFAULT_TIMING,
        value: DEFAULT_TIMING,
        limits: "",
        inside: [...builtWords(TIMING_PROFILES)],
        outside: [...wordsNotBuilt(TIMING_PROFILES), "pentium"],
        meaning: "What instructions cost: see [caveats](caveats.md).",
      },
      seed: {
        default: `${DEFAULTS.seed}`,
        value: DEFAULTS.seed,
        limits: "",
        inside: [0, Number.MAX_SAFE_INTEGER],
        outside: [-1, 0.5],
        meaning: "Each partition gets a random seed of its own, made of this and its name. `--seed` replaces it.",
      },
    },
  },
  {
    title: "`[partition.NAME]`",
    path: ["partition", "NAME"],
    keys: {
      class: {
        limits: "",
        inside: [...classes],
        outside: ["batch", "real-time"],
        meaning:
          "How its threads share its time." + classes.map((word) => ` \`${word}\`: ${CLASSES[word].meaning}.`).join(""),
      },
      policy: {
        default: "its class's",
        limits: "",
        inside: ["earliest-deadline", "round-robin"],
        outside: ["lottery"],
        meaning: "Another policy for its threads: see [scheduling](scheduling.md).",
      },
      program: {
        limits: "not empty",
        inside: ["a.elf"],
        outside: [""],
        meaning: "What it runs, relative to the folder of the description. Several partitions may run one program.",
      },
      core: {
        limits: "",
        inside: [0, 15],
        outside: [-1, 16],
        meaning: "Where all its threads run. Two partitions on one core need `[core.N]`, or `reserve`.",
      },
      reserve: {
        default: "none",
        limits: "not on a core with windows",
        inside: [{ budget: "5 ms", period: "10 ms" }],
        outside: [1],
        meaning: "What it is promised of a core that it shares.",
      },
      slack: {
        default: "false",
        value: false,
        limits: "only where another partition of the core has `reserve`, or for all of them",
        inside: [true],
        outside: ["yes"],
        meaning: "It has what the reservations of its core leave.",
      },
      memory: {
        default: size(DEFAULTS.partitionMemoryBytes),
        value: size(DEFAULTS.partitionMemoryBytes),
        limits: "a multiple of 4 KiB, up to 2 GiB",
        inside: ["4 KiB", "2 GiB"],
        outside: ["0 KiB", "5 KiB", "2097156 KiB"],
        meaning: "Program, stacks, console and page tables. What these leave is its heap.",
      },
      stack: {
        default: size(DEFAULTS.stackBytes),
        value: size(DEFAULTS.stackBytes),
        ...STACK,
        meaning: "Of each of its threads.",
      },
      restart: {
        default: "stop",
        value: "stop",
        limits: "",
        inside: ["stop", "restart", { action: "restart" }],
        outside: ["again", 3],
        meaning: "What happens after a fault. `restart` alone means without limit.",
      },
      priority: {
        ...THREAD.priority,
        meaning: "These five are of the thread `main`, in a partition without `thread`.",
      },
      period: { ...THREAD.period, meaning: "" },
      deadline: { ...THREAD.deadline, meaning: "" },
      wcet: { ...THREAD.wcet, meaning: "" },
      overrun: { ...THREAD.overrun, meaning: "" },
      thread: {
        default: "one thread, `main`",
        limits: `at most ${MAX_THREADS}`,
        meaning: "Its threads. THREAD is their name, and follows the rule of names.",
      },
    },
  },
  {
    title: "`reserve`",
    path: ["partition", "NAME", "reserve"],
    keys: {
      budget: {
        limits: "at most the period; those of a core are not more than it has",
        inside: ["5 ms"],
        outside: ["0 ms"],
        meaning: "It gets this much of the core in each period, the kernel's work for it included.",
      },
      period: {
        limits: "not 0",
        inside: ["10 ms"],
        outside: ["0 ms"],
        meaning: "Counts from when it has something to do; what it used comes back a period later.",
      },
    },
  },
  {
    title: "`restart`, as a table",
    path: ["partition", "NAME", "restart"],
    keys: {
      action: {
        limits: "",
        inside: ["restart", "stop"],
        outside: ["again"],
        meaning: "Stops for good, or starts again from the first instruction.",
      },
      limit: {
        default: "none",
        limits: 'only with `action = "restart"`',
        inside: [0, 1_000_000],
        outside: [-1, 1_000_001],
        meaning: "The fault after this many restarts stops the partition.",
      },
    },
  },
  {
    title: "`[partition.NAME.thread.THREAD]`",
    path: ["partition", "NAME", "thread", "THREAD"],
    keys: {
      entry: {
        default: "`main`",
        limits: "one thread at most has none",
        inside: ["control_loop"],
        outside: [1],
        meaning: "What it runs. The program must have its symbols.",
      },
      ...THREAD,
      stack: { default: "the partition's", ...STACK, meaning: "Between two pages that are not mapped." },
    },
  },
  {
    title: "`[core.N]`",
    path: ["core", "0"],
    keys: {
      frame: { ...TIME, meaning: "After this time the windows begin again." },
      windows: {
        limits: "at least one; no two overlap",
        inside: [],
        outside: [[]],
        meaning: "Each partition of the core has one or more. Between them the core is idle.",
      },
    },
  },
  {
    title: "An element of `windows`",
    path: ["core", "0", "windows", 0],
    keys: {
      partition: { limits: "one of this core", meaning: "Whose time it is." },
      start: {
        limits: "before the end of the frame",
        inside: ["0 ms", "9 ms"],
        outside: ["1.0000005 ms", "-1 ms"],
        meaning: "Counts from the start of the frame.",
      },
      length: {
        limits: "ends within the frame; longer than a switch into it",
        inside: ["1 cycle"],
        outside: ["0 ms", "0.0000005 ms"],
        meaning: "Of this a switch takes its time, always the same.",
      },
    },
  },
  {
    title: "`[device.NAME]`",
    path: ["device", "dice"],
    keys: {
      kind: {
        limits: "",
        inside: [...DECLARED_DEVICES],
        outside: ["console", "disk"],
        meaning: DECLARED_DEVICES.map((word) => `\`${word}\`: ${DEVICES[word].meaning}`).join(" "),
      },
      ...deviceKeys,
    },
  },
  {
    title: "`[pool.NAME]`",
    path: ["pool", "frames"],
    keys: {
      owner: { limits: "", meaning: "The partition that has all blocks in the beginning." },
      members: { limits: "other partitions, each once", meaning: "Who else passes them on." },
      mode: {
        limits: "",
        inside: [...builtWords(POOL_MODES)],
        outside: ["lend"],
        meaning: Object.entries(POOL_MODES)
          .map(([word, { meaning }]) => `\`${word}\`: ${meaning}`)
          .join(" "),
      },
      size: {
        limits: `4 KiB to 1 GiB; a multiple of its block, at most ${MAX_POOL_BLOCKS} of them`,
        inside: ["64 KiB", "1 MiB"],
        outside: ["2 KiB", "96 KiB", "2 GiB"],
        meaning: "Of all blocks. In mode `copy` each member has as much memory again.",
      },
      block: {
        default: size(DEFAULTS.blockBytes),
        value: size(DEFAULTS.blockBytes),
        limits: "a power of two from 4 KiB to 2 MiB",
        inside: ["4 KiB", "2 MiB"],
        outside: ["2 KiB", "12 KiB", "4 MiB"],
        meaning:
          "What is given, sealed and taken at a time. A window switch waits out the longest call, which grows with it.",
      },
    },
  },
  {
    title: "`[[channel]]`",
    path: ["channel", 0],
    keys: {
      name: { ...NAME, limits: "as names; not `console`", meaning: "What the program of either end opens it by." },
      from: { limits: `a list: ${kindsWith("producer")}`, meaning: "Who produces messages: a partition, or a device." },
      to: {
        limits: `another; a list: ${kindsWith("consumer")}`,
        meaning: "Who consumes them: a partition, or a device.",
      },
      kind: {
        default: "queue",
        value: "queue",
        limits: "",
        inside: [...kinds],
        outside: [...wordsNotBuilt(CHANNEL_KINDS), "pipe"],
        meaning: kinds
          .map((word) => `${kinds.length > 1 ? `\`${word}\`: ` : ""}${CHANNEL_KINDS[word].meaning}`)
          .join(" "),
      },
      slots: {
        default: kinds
          .filter((word) => CHANNEL_KINDS[word].keys.includes("slots"))
          .map((word) => `${CHANNEL_KINDS[word].defaultSlots} (${word})`)
          .join(", "),
        value: CHANNEL_KINDS.queue.defaultSlots,
        limits: "a power of two",
        inside: [2, 4096],
        outside: [1, 3, 8192],
        meaning: "How many messages it holds.",
      },
      slot_size: {
        default: size(DEFAULTS.slotBytes),
        value: size(DEFAULTS.slotBytes),
        limits: "1 B to 64 KiB; all slots together at most 16 MiB",
        inside: ["1 B", "64 KiB"],
        outside: ["0 B", "65537 B"],
        meaning: "The longest message.",
      },
      size: {
        default: size(CHANNEL_KINDS.bytes.defaultSlots * CHANNEL_KINDS.bytes.unitBytes),
        value: "64 KiB",
        limits: `only with ${withKey("size")}; a power of two from 4 KiB to 8 MiB`,
        inside: ["4 KiB", "8 MiB"],
        outside: ["2 KiB", "12 KiB", "16 MiB"],
        meaning: "Bytes of the ring. Messages have any length.",
      },
      full: {
        default: "block",
        value: "block",
        limits: "",
        inside: [...builtWords(FULL_POLICIES)],
        outside: ["wait"],
        meaning: `What becomes of a message for which there is no room. ${builtWords(FULL_POLICIES)
          .map((word) => `\`${word}\`: ${FULL_POLICIES[word].meaning}`)
          .join(" ")}`,
      },
      reply_size: {
        default: size(DEFAULTS.slotBytes),
        value: size(DEFAULTS.slotBytes),
        limits: `only with ${withKey("reply_size")}; 1 B to 64 KiB`,
        inside: ["1 B", "64 KiB"],
        outside: ["0 B", "65537 B"],
        meaning: "The longest reply.",
      },
      refresh: {
        default: "for ever",
        ...TIME,
        limits: `only with ${withKey("refresh")}; ${TIME.limits}`,
        meaning: "How long a value is valid. An older one is still read, and the reader is told.",
      },
    },
  },
];
