/** A word too many in each vocabulary, and the files in which the compiler must then ask for the rest. */

export interface Probe {
  /** What it would be a word of. */
  readonly vocabulary: string;
  /** Where words are added, below src/. */
  readonly file: string;
  /** What is put behind a text that stands once in the file. */
  readonly additions: readonly { readonly behind: string; readonly added: string }[];
  /** How the word is written where it is missing. */
  readonly word: string;
  /** Files below src/ that must fail to compile for want of it. */
  readonly missingIn: readonly string[];
}

/** A member of a const enum whose table, in the same file, has no row for it. */
function member(vocabulary: string, file: string, name: string, word: string): Probe {
  const pascal = word.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const additions = [{ behind: `const enum ${name} {`, added: ` ${pascal} = 99, ` }];
  return { vocabulary, file, additions, word, missingIn: [file] };
}

/** A row of a table that other tables are keyed by. */
function row(
  vocabulary: string,
  file: string,
  table: string,
  word: string,
  text: string,
  missingIn: readonly string[],
): Probe {
  const additions = [{ behind: `export const ${table} = {`, added: ` "${word}": { ${text} },` }];
  return { vocabulary, file, additions, word, missingIn };
}

export const PROBES: readonly Probe[] = [
  member("status", "abi/statuses.ts", "Status", "probe-status"),
  member("scope of exit", "abi/arguments.ts", "ExitScope", "probe-scope"),
  member("operation of mode", "abi/arguments.ts", "ModeOperation", "probe-operation"),
  member("mode of a partition", "abi/arguments.ts", "PartitionMode", "probe-mode"),
  member("kind of report", "abi/arguments.ts", "ReportKind", "probe-report"),
  member("cause of lateness", "trace/causes.ts", "Cause", "probe-cause"),
  member("full policy", "abi/channel-kinds.ts", "FullPolicy", "probe-full"),
  row(
    "system call",
    "abi/calls.ts",
    "SYSTEM_CALLS",
    "probe_call",
    'number: 99, arguments: [], value: "", meaning: "", statuses: []',
    ["kernel/calls/index.ts"],
  ),
  {
    vocabulary: "class of partitions",
    file: "scheduler/classes.ts",
    additions: [{ behind: "export type ClassName =", added: ' "probe-class" |' }],
    word: "probe-class",
    missingIn: ["scheduler/classes.ts"],
  },
  {
    vocabulary: "channel kind with half a row",
    file: "ipc/kinds.ts",
    additions: [{ behind: "export const CHANNEL_KINDS = {", added: ' "probe-kind": { meaning: "" },' }],
    word: "ChannelKind",
    missingIn: ["ipc/kinds.ts"],
  },
  {
    vocabulary: "device with half a row",
    file: "devices/table.ts",
    additions: [{ behind: "export const DEVICES = {", added: ' "probe-device": { rings: false },' }],
    word: "DeviceRow",
    missingIn: ["devices/table.ts"],
  },
  {
    vocabulary: "overrun policy with half a row",
    file: "kernel/threads/overruns.ts",
    additions: [{ behind: "export const OVERRUNS = {", added: ' "probe-overrun": { meaning: "" },' }],
    word: "OverrunRow",
    missingIn: ["kernel/threads/overruns.ts"],
  },
  member("event", "trace/events.ts", "EventKind", "probe-event"),
  {
    vocabulary: "event that is counted and drawn in code",
    file: "trace/events.ts",
    additions: [
      { behind: "const enum EventKind {", added: " ProbeCase = 98, " },
      {
        behind: "export const EVENTS = {",
        added: '"probe-case": { number: EventKind.ProbeCase, meaning: "", ledger: "in code", chrome: "in code" },',
      },
    ],
    word: "EventKind.ProbeCase",
    missingIn: ["trace/ledger.ts", "trace/drawing.ts"],
  },
  member("reason to leave", "trace/words.ts", "ExitReason", "probe-reason"),
  member("reason to wait", "trace/words.ts", "BlockReason", "probe-wait"),
  member("cause of waking", "trace/words.ts", "WakeCause", "probe-cause"),
  member("kernel step", "machine/timing/kernel-steps.ts", "KernelStep", "probe-step"),
  {
    vocabulary: "price of a kernel step",
    file: "machine/timing/kernel-steps.ts",
    additions: [
      { behind: "const enum KernelStep {", added: " ProbePrice = 98, " },
      {
        behind: "export const KERNEL_STEPS = {",
        added: '"probe-price": { number: KernelStep.ProbePrice, name: "", meaning: "" },',
      },
    ],
    word: "probe-price",
    missingIn: ["machine/timing/flat.ts"],
  },
  row("pure operation", "machine/engine/ssa/pure-table.ts", "PURE", "probePure", "ofConstants: null, evaluate: null", [
    "machine/engine/wasm/plan/translated-operations.ts",
  ]),
  row("effect", "machine/engine/ssa/effect-table.ts", "EFFECTS", "probeEffect", "accesses: false", [
    "machine/engine/wasm/plan/translated-operations.ts",
  ]),
  {
    vocabulary: "pure operation that is translated",
    file: "machine/engine/wasm/plan/translated-operations.ts",
    additions: [{ behind: 'selectorValid: "reference"', added: ' as unknown as "translated"' }],
    word: "selectorValid",
    missingIn: ["machine/engine/wasm/emit/pure-code.ts"],
  },
  {
    vocabulary: "effect that is guarded",
    file: "machine/engine/wasm/plan/translated-operations.ts",
    additions: [{ behind: 'getSelector: "reference"', added: ' as unknown as "guarded"' }],
    word: "getSelector",
    missingIn: ["machine/engine/wasm/emit/float/float-values.ts"],
  },
];
